"""Runs that are still being written: what is new since the last look."""

from __future__ import annotations

from collections.abc import Callable

from lrlint.findings import Problem, RunFinding
from lrlint.namedtuples import NamedTuple
from lrlint.reports import LogsReport, RunSummary


class News(NamedTuple):
    """What a look found that no look before it had told; `report` is all that it found."""

    findings: tuple[RunFinding, ...]
    problems: tuple[Problem, ...]
    report: LogsReport


class Follower:
    """Tells every finding once, when it first holds. `look` reads what has changed, and reports on everything."""

    def __init__(self, look: Callable[[], LogsReport]) -> None:
        self._look = look
        self._points: dict[str, int] = {}
        self._findings: list[RunFinding] = []
        self._problems: set[Problem] = set()
        self._doubtful: set[Problem] = set()

    def look(self) -> News:
        """Look again."""
        report = self._look()
        for run in report.runs:
            self._forget_if_begun_anew(run)
        problems = self._new_problems(report)
        return News(tuple(finding for finding in report.findings if self._is_new(finding)), problems, report)

    def _forget_if_begun_anew(self, run: RunSummary) -> None:
        """A run with fewer points than before is another one in its place: it was truncated or rotated away."""
        if run.points < self._points.get(run.run, 0):
            self._findings = [finding for finding in self._findings if finding.run != run.run]
        self._points[run.run] = run.points

    def _is_new(self, finding: RunFinding) -> bool:
        """Whether nothing was told of this kind about these steps; if so, it is told now.

        The steps of most findings grow with the run.
        """
        for number, told in enumerate(self._findings):
            if _alike(told, finding):
                self._findings[number] = finding
                return False
        self._findings.append(finding)
        return True

    def _new_problems(self, report: LogsReport) -> tuple[Problem, ...]:
        """What could not be read in two looks: a single one may have come in the middle of writing or rotating."""
        lost = dict.fromkeys(problem for problem in report.problems if problem.lost)
        new = tuple(problem for problem in lost if problem in self._doubtful and problem not in self._problems)
        self._doubtful = set(lost)
        self._problems.update(new)
        return new

    def untold_problems(self) -> tuple[Problem, ...]:
        """What the last look could not read, and no look told."""
        return tuple(self._doubtful - self._problems)


def _alike(one: RunFinding, other: RunFinding) -> bool:
    """Whether both say the same of the same run, about steps in common."""
    if (one.run, one.code, one.series) != (other.run, other.code, other.series):
        return False
    if one.first_step is None or other.first_step is None or one.last_step is None or other.last_step is None:
        return True
    return one.first_step <= other.last_step and other.first_step <= one.last_step
