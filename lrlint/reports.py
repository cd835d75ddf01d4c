"""What an engine hands to the output: findings, problems and the totals of one invocation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lrlint.findings import Finding, Problem, RunFinding
from lrlint.namedtuples import NamedTuple

if TYPE_CHECKING:
    from lrlint.logs.picture import Picture


class CheckReport(NamedTuple):
    """The result of `lrlint check`.

    `files` is the number of files looked at, `checked` how many of them had an LR scheduler at stake and
    were analysed in full. `sources` maps the path of every file with a finding to its text, for excerpts.
    """

    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    files: int
    checked: int
    seconds: float
    sources: Mapping[str, str] = {}


class SeriesSummary(NamedTuple):
    """One series of a run: its name in the log, the role it was understood to have, its length, its steps.

    `diagnosed` marks those that the analyzers take for the LR, the training loss and the validation loss of the run.
    """

    name: str
    role: str
    points: int
    first_step: int | None = None
    last_step: int | None = None
    diagnosed: bool = False


class ScheduleSummary(NamedTuple):
    """Which schedule ran, as far as the logged LR tells.

    `families` are the schedules that fit equally well, most likely first; `parameters` carry the names of
    torch's constructors and count in the unit of the run's step axis. `fit_error` is the largest deviation
    of the fitted curve, relative to the highest LR, None where nothing was fitted. `reason` says why the
    family is unknown or ambiguous.
    """

    families: tuple[str, ...]
    parameters: Mapping[str, object]
    fit_error: float | None
    reason: str | None = None


class RunSummary(NamedTuple):
    """One run as the summary line and the JSON output show it.

    `lr` and `loss` hold the primary LR and loss series, thinned evenly to at most a few hundred
    `(step, value)` pairs with their extremes kept, for sparklines. None marks what the log does not hold.
    """

    run: str
    formats: tuple[str, ...]
    files: int
    points: int
    first_step: int | None
    last_step: int | None
    wall_seconds: float | None
    series: tuple[SeriesSummary, ...]
    schedule: ScheduleSummary | None
    lr: tuple[tuple[int, float], ...] = ()
    loss: tuple[tuple[int, float], ...] = ()
    lr_low: float | None = None
    lr_high: float | None = None
    loss_start: float | None = None
    loss_best: float | None = None
    loss_last: float | None = None
    counter: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """The names of the series, and of the column that counts the steps."""
        return frozenset([*(one.name for one in self.series), *([] if self.counter is None else [self.counter])])


class SourceReport(NamedTuple):
    """What the files that are read together, a run as a rule, came to.

    `pictures` are those of the runs, where they were asked for. `until` is the time (seconds since 1970) up to which
    unchanged files come to the same, None for ever: a run that is live now is not an hour later.
    """

    runs: tuple[RunSummary, ...] = ()
    findings: tuple[RunFinding, ...] = ()
    problems: tuple[Problem, ...] = ()
    pictures: tuple[Picture, ...] = ()
    until: float | None = None


class LogsReport(NamedTuple):
    """The result of `lrlint logs`."""

    runs: tuple[RunSummary, ...]
    findings: tuple[RunFinding, ...]
    problems: tuple[Problem, ...]
    files: int
    seconds: float
