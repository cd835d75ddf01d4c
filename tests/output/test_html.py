"""The HTML report as a file: its size, what it holds of the lines, and that it asks for nothing from elsewhere."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest

from lrlint.examine import summarise
from lrlint.logs.diagnosis import Diagnosis
from lrlint.logs.picture import Picture, picture
from lrlint.logs.run import Role, Run, Series
from lrlint.output.html import render_html
from lrlint.reports import LogsReport, RunSummary


def one_run(rows: int, name: str = "runs/a") -> tuple[RunSummary, Picture]:
    """A run of a cosine and of noisy losses with so many rows."""
    steps, parts = np.arange(rows), np.zeros(rows, np.int32)
    noise = np.random.default_rng(0).normal(size=rows)
    columns = (
        Series("lr", Role.LR, steps, 0.05 * (1 + np.cos(np.pi * steps / rows)), parts),
        Series("loss", Role.LOSS, steps, np.exp(-3 * steps / rows) + 0.1 * noise**2, parts),
        Series("val/loss", Role.VALIDATION, steps, np.exp(-2 * steps / rows) + 0.1 * noise**2, parts),
    )
    diagnosis = Diagnosis(Run(name, name, ("csv",), (f"{name}/log.csv",), columns))
    return summarise(diagnosis), picture(diagnosis)


def report_on(*summaries: RunSummary) -> LogsReport:
    """A report without findings."""
    return LogsReport(summaries, (), (), len(summaries), 1.0)


def drawings(html: str) -> list[dict[str, list[dict[str, list[float | None]]]]]:
    """The JSON of every run."""
    return [json.loads(block) for block in re.findall(r'<script type="application/json">(.*?)</script>', html)]


def test_two_hundred_runs_of_a_million_rows_stay_below_ten_megabytes() -> None:
    """They are drawn more coarsely than a single run, each still with hundreds of points."""
    summary, drawn = one_run(1_000_000)
    names = [f"runs/{number}" for number in range(200)]
    html = render_html(report_on(*(summary._replace(run=name) for name in names)), [drawn] * 200)
    assert len(html.encode()) < 10_000_000
    assert all(len(line["values"]) > 300 for line in drawings(html)[7]["lr"])


@pytest.mark.parametrize("rows", [10, 1_000, 300_000])
def test_the_lines_hold_the_extremes_of_the_log(rows: int) -> None:
    """Steps are differences, values have five digits."""
    summary, drawn = one_run(rows)
    (drawing,) = drawings(render_html(report_on(summary), [drawn]))
    (loss,) = (line for line in drawing["loss"] if line["name"] == "loss")  # type: ignore[comparison-overlap]
    steps = np.cumsum(np.array(loss["steps"], np.int64))
    assert (steps[0], steps[-1]) == (0, rows - 1)
    values = np.exp(-3 * np.arange(rows) / rows) + 0.1 * np.random.default_rng(0).normal(size=rows) ** 2
    shown = np.array(loss["values"], np.float64)
    assert shown.max() == pytest.approx(values.max(), rel=1e-4)
    assert shown.min() == pytest.approx(values.min(), rel=1e-4)
    np.testing.assert_allclose(shown, values[steps], rtol=1e-4)


def test_what_is_not_finite_is_a_gap() -> None:
    """JSON has no NaN."""
    rows, parts = np.arange(3), np.zeros(3, np.int32)
    series = Series("loss", Role.LOSS, rows, np.array([1.0, math.nan, math.inf]), parts)
    diagnosis = Diagnosis(Run("run", "run", ("csv",), ("log.csv",), (series,)))
    (drawing,) = drawings(render_html(report_on(summarise(diagnosis)), [picture(diagnosis)]))
    assert drawing["loss"][0]["values"] == [1.0, None, None]


def test_the_file_refers_to_nothing_outside_of_it() -> None:
    """No address at all but the one in the chart library's licence line."""
    html = render_html(report_on(one_run(100)[0]), [one_run(100)[1]])
    assert re.findall(r"https?://[^\s\"')]+", html) == ["https://github.com/leeoniya/uPlot"]
    assert not re.search(r"<link|<iframe|<object|src=", html)
    assert "default-src 'none'" in html


def test_the_same_runs_make_the_same_file(logs_report: LogsReport) -> None:
    """A report under version control changes only where the runs do."""
    pictures = [Picture(run.run, (), 0, None, None, (), ()) for run in logs_report.runs]
    html = render_html(logs_report, pictures)
    assert html == render_html(logs_report, pictures)
    for shown in ("runs/a", "runs/b", "one_cycle or cosine", "the loss is NaN from step 1,200 on", "lower the peak LR"):
        assert shown in html
