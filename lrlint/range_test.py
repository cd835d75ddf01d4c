"""The engine of `lrlint range-test`: what LR range tests suggest, one by one and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs import find_sources, read_sources
from lrlint.logs.diagnosis import Diagnosis
from lrlint.logs.range_test import LEAST_RATIO, RangeTest, Refusal

SLACK = 1e-5
"""An LR may fall by this part from row to row and still count as rising: float32 and printed digits."""


@dataclass(frozen=True, slots=True)
class TestedRun:
    """One run: its name, the number of its rows, and what it suggests or why it suggests nothing."""

    run: str
    rows: int
    answer: RangeTest | Refusal


@dataclass(frozen=True)
class RangeTestReport:
    """The tests in the order in which they were found; `names` are those of all series."""

    tests: tuple[TestedRun, ...]
    problems: tuple[Problem, ...]
    names: frozenset[str]

    @cached_property
    def answers(self) -> list[RangeTest]:
        """The tests that suggest something."""
        return [test.answer for test in self.tests if isinstance(test.answer, RangeTest)]

    @property
    def together(self) -> tuple[float, float] | None:
        """The median `max_lr` of several tests and the standard deviation of its log10; None for fewer than two."""
        logs = [float(np.log10(answer.max_lr)) for answer in self.answers]
        return (float(10 ** np.median(logs)), float(np.std(logs, ddof=1))) if len(logs) > 1 else None


def read_range_tests(paths: Sequence[str], settings: Settings) -> RangeTestReport:
    """Read every run below `paths` as an LR range test."""
    sources, problems = find_sources(paths, settings)
    runs = list(read_sources(sources, settings))
    problems += [problem for run in runs for problem in run.problems]
    names = frozenset().union(*(run.names for run in runs))
    tests = tuple(_tested(Diagnosis(run)) for run in runs if run.series)
    return RangeTestReport(tests, tuple(problems), names)


def _tested(diagnosis: Diagnosis) -> TestedRun:
    lr, loss = diagnosis.lr, diagnosis.raw_loss
    rows = 0 if loss is None else len(loss.values)
    if lr is None or not len(lr.values):
        return TestedRun(diagnosis.run.name, rows, Refusal("no LR was logged"))
    if loss is None:
        return TestedRun(diagnosis.run.name, rows, Refusal("no training loss was logged"))
    if np.any(lr.values[1:] < (1 - SLACK) * lr.values[:-1]) or lr.values[-1] < LEAST_RATIO * lr.values[0]:
        reason = f"no range test: the LR does not rise from row to row, by a factor of {LEAST_RATIO:.0f} in all"
        return TestedRun(diagnosis.run.name, rows, Refusal(reason))
    return TestedRun(diagnosis.run.name, rows, diagnosis.range_test)
