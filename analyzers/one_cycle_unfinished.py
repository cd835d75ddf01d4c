"""The learning rate is still in its warm-up, or high in its cycle, when the run ends.

## What it finds

A run in which the LR only rose, slowly, to its end: the mark of OneCycleLR or another warm-up schedule that is
planned in batches and stepped per epoch. And OneCycleLR cycles that the run leaves with the LR far above its floor.

## Why it matters

Stepped per epoch instead of per batch, a cycle of 20 epochs of 100 batches never leaves its warm-up: the LR goes from
0.0040 to 0.00495 of a max_lr of 0.1. The model trains far below the LR that was planned and is never annealed.

## Method

Stuck in the warm-up: the LR never falls, and still rises over the last tenth of the run. Unfinished: the identified
cycle is a tenth longer than the run at least, and the LR ends above a fifth of its peak.

## Evidence

The first, highest and last LR, and the length of the cycle against that of the run.

## When it stays silent

On LR range tests (geometric rises over a factor of 20, or linear ones that diverge), on fewer than ten rows, and
while the log is still being written: a run in progress is allowed to be in its warm-up.
"""

from __future__ import annotations

import numpy as np

from lrlint.findings import RunFinding, Severity
from lrlint.identify import Identification
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.run import Series
from lrlint.logs.wording import count, number, share
from lrlint.registry import analyzer

FEWEST_ROWS = 10
LEFT_OF_CYCLE = 1.1
HIGH = 0.2


@analyzer("RUN205", "one-cycle-unfinished", Severity.WARNING)
def one_cycle_unfinished(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding if the run ends in the warm-up or in mid-cycle."""
    lr, schedule = diagnosis.lr, diagnosis.schedule
    if lr is None or schedule is None or len(lr.values) < FEWEST_ROWS:
        return NotApplicable("no LR series of ten rows or more")
    if diagnosis.is_live:
        return NotApplicable("the log is still being written")
    if diagnosis.is_range_test or schedule.family == "range_test":
        return []
    if still_rising(lr):
        rise = f"from {number(lr.values[0])} to {number(lr.values[-1])}"
        message = f"the LR rises to the very end, {rise}: the run ends in its warm-up"
        return [_finding(diagnosis, lr, message, None)]
    cycle = _cycle(schedule)
    if cycle is None or cycle < LEFT_OF_CYCLE * schedule.curve.span or lr.values[-1] < HIGH * lr.values.max():
        return []
    message = (
        f"the run ends at step {count(lr.steps[-1])}, {share(schedule.curve.span / cycle)} into a cycle "
        f"of {count(cycle)} steps, with the LR at {number(lr.values[-1])} of {number(lr.values.max())}"
    )
    return [_finding(diagnosis, lr, message, cycle)]


def still_rising(lr: Series) -> bool:
    """Whether the LR never falls and still rises over the last tenth of the run."""
    values = lr.values
    tail = values[-max(2, len(values) // 10) :]
    never_falls = bool(np.all(np.diff(values) >= -1e-6 * values.max()))
    return never_falls and bool(tail[-1] - tail[0] > 0.01 * np.ptp(values) > 0)


def _cycle(schedule: Identification) -> float | None:
    cycle = schedule.parameters.get("total_steps")
    return cycle if schedule.family == "one_cycle" and isinstance(cycle, float) else None


def _finding(diagnosis: Diagnosis, lr: Series, message: str, cycle: float | None) -> RunFinding:
    return diagnosis.finding(
        one_cycle_unfinished,
        message,
        "step the scheduler with every batch, or plan its total_steps in the unit in which it is stepped",
        series=lr.name,
        steps=(int(lr.steps[0]), int(lr.steps[-1])),
        evidence={
            "first_lr": float(lr.values[0]),
            "highest_lr": float(lr.values.max()),
            "last_lr": float(lr.values[-1]),
            "cycle": cycle,
        },
    )
