"""The engine of `lrlint logs`: from paths to findings about the runs below them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from operator import attrgetter

import numpy as np

from lrlint.config import Settings
from lrlint.findings import RunFinding, Severity
from lrlint.logs import find_sources, read_source
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.run import Series
from lrlint.registry import AnalyzerQuestion, Entry, load_analyzers, selected
from lrlint.reports import LogsReport, RunSummary, ScheduleSummary, SeriesSummary

SPARKLINE_POINTS = 200


def diagnose(
    paths: Sequence[str],
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
    observe: Callable[[Diagnosis], None] | None = None,
) -> LogsReport:
    """Read every run below `paths` and ask every selected analyzer about it.

    `progress`, if given, is called with (folders or files of a run done, all of them) after each; `observe` with
    every run that is in the report, in its order, while its series are at hand.
    """
    started = time.perf_counter()
    sources, problems = find_sources(paths, settings)
    analyzers = chosen_analyzers(settings)
    summaries: list[RunSummary] = []
    findings: list[RunFinding] = []
    for number, source in enumerate(sources, start=1):
        for run in read_source(source, settings):
            problems += run.problems
            if run.series:
                diagnosis = Diagnosis(run)
                findings += examine(diagnosis, analyzers)
                summaries.append(summarise(diagnosis))
                if observe is not None:
                    observe(diagnosis)
        if progress is not None:
            progress(number, len(sources))
    files = sum(len(source.files) for source in sources)
    return LogsReport(tuple(summaries), tuple(findings), tuple(problems), files, time.perf_counter() - started)


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
        series=tuple(SeriesSummary(s.name, s.role.value, len(s.values)) for s in run.series),
        schedule=_schedule(diagnosis),
        lr=sparkline(lr),
        loss=sparkline(loss),
        lr_low=float(lr.values.min()) if lr is not None and has_lr else None,
        lr_high=float(lr.values.max()) if lr is not None and has_lr else None,
        loss_start=float(loss.values[0]) if loss is not None and has_loss else None,
        loss_best=float(loss.values.min()) if loss is not None and has_loss else None,
        loss_last=float(loss.values[-1]) if loss is not None and has_loss else None,
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
        chosen = np.unique(low + high)
    return tuple((int(series.steps[i]), float(series.values[i])) for i in chosen)
