"""Plots of a run in a terminal."""

from __future__ import annotations

import pytest

from lrlint.findings import RunFinding
from lrlint.output import render
from lrlint.output.style import Style
from lrlint.output.terminal_plots import run_plots
from lrlint.reports import LogsReport, RunSummary

PLAIN = Style(color=False)


@pytest.fixture
def run(logs_report: LogsReport) -> RunSummary:
    """A run over 1,250 steps whose LR peaks in the middle and whose loss ends in NaN."""
    return logs_report.runs[0]


@pytest.fixture
def finding(logs_report: LogsReport) -> RunFinding:
    """A finding at step 1,200."""
    return logs_report.findings[0]


def test_lr_and_loss_stand_side_by_side_with_the_finding_below(run: RunSummary, finding: RunFinding) -> None:
    """The steps of both are those of the run, and what is not finite is left out."""
    title, top, *_, bottom, axis, steps, mark = run_plots(run, [finding], 90, PLAIN)
    assert title.split() == ["lr", "loss"]
    assert top == " 0.1 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⡠⠊⠢⡀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀   2.5 ┤⠑⢄⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀"
    assert bottom == "4e-7 ┤⠔⠁⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠑⢄   0.5 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠑⢄⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀"
    assert axis == "     └─────────────────────────────       └─────────────────────────────"
    assert steps == "      0                       1,250        0                       1,250"
    assert mark.split() == ["RUN101▲", "RUN101▲"]


def test_no_line_is_wider_than_the_terminal(run: RunSummary, finding: RunFinding) -> None:
    """Whatever its width; and where there is no room nothing is drawn."""
    assert run_plots(run, [finding], 79, PLAIN) == []
    for width in (80, 100, 137, 300):
        lines = run_plots(run, [finding], width, PLAIN)
        assert lines
        assert max(map(len, lines)) <= width - 2


def test_a_run_without_lr_and_loss_is_not_drawn(run: RunSummary, finding: RunFinding) -> None:
    """Nor is one with a single point of each."""
    assert run_plots(run._replace(lr=(), loss=()), [finding], 100, PLAIN) == []
    assert run_plots(run._replace(lr=run.lr[:1], loss=run.loss[:1]), [finding], 100, PLAIN) == []


def test_findings_that_would_overlap_get_lines_of_their_own(run: RunSummary, finding: RunFinding) -> None:
    """At the right edge the arrow follows the code."""
    close = [finding._replace(first_step=step) for step in (100, 110, 900, 1_250)]
    marks = [line[:45] for line in run_plots(run, close, 90, PLAIN) if "▲" in line]
    assert [line.split() for line in marks] == [["▲RUN101", "▲RUN101"], ["▲RUN101", "RUN101▲"]]


def test_only_runs_with_findings_or_a_lone_run_are_drawn(logs_report: LogsReport) -> None:
    """A hundred healthy runs would fill the screen."""
    assert "┤" in render(logs_report, "text", width=100)
    assert "┤" not in render(logs_report, "text")
    healthy = logs_report._replace(findings=())
    assert "┤" not in render(healthy, "text", width=100)
    assert "┤" in render(healthy._replace(runs=logs_report.runs[:1]), "text", width=100)
