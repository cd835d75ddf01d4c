"""From runs to findings: every analyzer asked about every run. `lrlint.diagnose` decides which runs, and where."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby, pairwise, takewhile
from operator import attrgetter, is_not, itemgetter
from typing import TYPE_CHECKING

import numpy as np

from lrlint.config import Settings
from lrlint.findings import Problem, RunFinding, Severity
from lrlint.logs.breaks import fresh_starts
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.readers.base import Source
from lrlint.logs.reading import read_each
from lrlint.logs.run import Series
from lrlint.logs.tfevents.eventfile import YOUNG_SECONDS
from lrlint.order import each_once
from lrlint.registry import AnalyzerQuestion, Entry, load_analyzers, selected
from lrlint.reports import RunSummary, ScheduleSummary, SeriesSummary, SourceReport

if TYPE_CHECKING:
    from lrlint.crosscheck import Promise
    from lrlint.logs.picture import Picture

SPARKLINE_POINTS = 200

TOLD_BY_THE_CODE = ("RUN201", "RUN202", "RUN204", "RUN205", "RUN206")
"""What the LR alone tells of a fault that the code tells better: beside RUN208 they would say the same again."""


def reports(
    sources: Sequence[Source], settings: Settings, *, draws: bool, promise: Promise | None = None
) -> Iterator[SourceReport]:
    """A report for each of the sources, in their order, as they are read; with pictures, if it `draws`.

    `promise` is what the code of the runs says about their LR.
    """
    analyzers = chosen_analyzers(settings)
    waiting = iter(sources)
    for source, pairs in groupby(read_each(sources, settings), key=itemgetter(0)):
        # A source without any run is not among the pairs.
        yield from (SourceReport() for _ in takewhile(partial(is_not, source), waiting))
        yield _joined([_report(Diagnosis(run, promise), analyzers, draws) for _, run in pairs], source)
    yield from (SourceReport() for _ in waiting)


def _report(diagnosis: Diagnosis, analyzers: Iterable[Entry[AnalyzerQuestion]], draws: bool) -> SourceReport:
    run = diagnosis.run
    if not run.series:
        return SourceReport(problems=run.problems)
    return SourceReport(
        runs=(summarise(diagnosis),),
        findings=tuple(examine(diagnosis, analyzers)),
        problems=(*run.problems, *_fresh_starts(diagnosis)),
        pictures=_pictures(diagnosis) if draws else (),
        until=diagnosis.live_until if diagnosis.is_live else None,
    )


def _fresh_starts(diagnosis: Diagnosis) -> Iterator[Problem]:
    """A remark on a log that goes back to its first step, as one of several runs does: the last start is diagnosed."""
    written = (series for series in (diagnosis.raw_lr, diagnosis.raw_loss) if series is not None)
    count = max(map(fresh_starts, written), default=0)
    if count:
        times = "once" if count == 1 else f"{count} times"
        sentence = f"goes back to its first step {times}, as a log of several runs does: the last start counts"
        yield Problem(diagnosis.run.path, sentence, lost=False)


def _pictures(diagnosis: Diagnosis) -> tuple[Picture, ...]:
    from lrlint.logs.picture import picture

    return (picture(diagnosis),)


def _joined(reports: Sequence[SourceReport], source: Source) -> SourceReport:
    times = [report.until for report in reports if report.until is not None]
    return SourceReport(
        runs=tuple(one for report in reports for one in report.runs),
        findings=tuple(one for report in reports for one in report.findings),
        problems=tuple(one for report in reports for one in report.problems),
        pictures=tuple(one for report in reports for one in report.pictures),
        until=min([*times, *_ends_of_youth(source)], default=None),
    )


def _ends_of_youth(source: Source) -> Iterator[float]:
    """When files that were written to a moment ago will be taken for finished."""
    for path in source.files:
        with suppress(OSError):
            end = os.stat(path).st_mtime + YOUNG_SECONDS
            if end > time.time():
                yield end


def chosen_analyzers(settings: Settings) -> list[Entry[AnalyzerQuestion]]:
    """The analyzers that `settings` turn on; advice is off unless it is selected."""
    return [
        entry
        for entry in load_analyzers()
        if selected(entry.code, settings.select, settings.ignore, default=entry.severity is not Severity.ADVICE)
    ]


def examine(diagnosis: Diagnosis, analyzers: Iterable[Entry[AnalyzerQuestion]]) -> list[RunFinding]:
    """The findings of `analyzers` about one run, in the order of their codes."""
    findings: list[RunFinding] = []
    for entry in analyzers:
        answer = entry.ask(diagnosis)
        if not isinstance(answer, NotApplicable):
            findings += answer
    if any(finding.code == "RUN208" for finding in findings):
        findings = [finding for finding in findings if finding.code not in TOLD_BY_THE_CODE]
    return sorted(findings, key=attrgetter("code"))


def summarise(diagnosis: Diagnosis) -> RunSummary:
    """The summary line of one run."""
    run, lr, loss = diagnosis.run, diagnosis.lr, diagnosis.loss
    steps = [bound for series in run.series if len(series.steps) for bound in (series.steps.min(), series.steps.max())]
    has_lr, has_loss = lr is not None and len(lr.values) > 0, loss is not None and len(loss.values) > 0
    return RunSummary(
        run=run.name,
        formats=run.formats,
        files=len(run.files),
        points=sum(len(series.values) for series in run.series),
        first_step=int(min(steps)) if steps else None,
        last_step=int(max(steps)) if steps else None,
        wall_seconds=_wall_seconds(run.series),
        series=tuple(_series(one, diagnosis) for one in run.series),
        schedule=_schedule(diagnosis),
        lr=sparkline(lr),
        loss=sparkline(loss),
        lr_low=float(lr.values.min()) if lr is not None and has_lr else None,
        lr_high=float(lr.values.max()) if lr is not None and has_lr else None,
        loss_start=float(loss.values[0]) if loss is not None and has_loss else None,
        loss_best=float(loss.values.min()) if loss is not None and has_loss else None,
        loss_last=float(loss.values[-1]) if loss is not None and has_loss else None,
        counter=run.counter,
    )


def _series(series: Series, diagnosis: Diagnosis) -> SeriesSummary:
    chosen = (diagnosis.raw_lr, diagnosis.raw_loss, diagnosis.validation)
    steps = series.steps
    return SeriesSummary(
        name=series.name,
        role=series.role.value,
        points=len(series.values),
        first_step=int(steps.min()) if len(steps) else None,
        last_step=int(steps.max()) if len(steps) else None,
        diagnosed=any(one is not None and one.name == series.name for one in chosen),
    )


def _schedule(diagnosis: Diagnosis) -> ScheduleSummary | None:
    found = diagnosis.schedule
    if found is None:
        return None
    return ScheduleSummary(found.families, found.parameters, found.fit_error, found.reason)


def _wall_seconds(series: Iterable[Series]) -> float | None:
    walls = [s.wall_times[np.isfinite(s.wall_times)] for s in series if s.wall_times is not None]
    ends = [bound for wall in walls if len(wall) for bound in (float(wall.min()), float(wall.max()))]
    return max(ends) - min(ends) if ends else None


def sparkline(series: Series | None) -> tuple[tuple[int, float], ...]:
    """`(step, value)` pairs of a series, at most about two hundred: lowest and highest of each even stretch."""
    if series is None or not len(series.values):
        return ()
    if len(series.values) <= SPARKLINE_POINTS:
        chosen = np.arange(len(series.values))
    else:
        edges = np.linspace(0, len(series.values), SPARKLINE_POINTS // 2 + 1).astype(int)
        stretches = list(pairwise(edges))
        low = [a + int(series.values[a:b].argmin()) for a, b in stretches]
        high = [a + int(series.values[a:b].argmax()) for a, b in stretches]
        chosen = each_once(low + high)
    return tuple((int(series.steps[i]), float(series.values[i])) for i in chosen)
