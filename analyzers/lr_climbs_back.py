"""A cosine schedule runs past its T_max, and the learning rate climbs back up.

## What it finds

CosineAnnealingLR stepped more often than its T_max: the LR falls along half a cosine, and then rises again on the
other half.

## Why it matters

The run ends at a high LR, at worst at its initial one: what annealing gained is lost. The usual cause is a T_max in
epochs stepped per batch, or half the epochs of the run.

## Method

The identified schedule is a cosine with a T_max that is shorter than the run by an eighth at least, and the LR rose
from its lowest value by 5 % of its range. A wave of three or more half-periods that ends at its lowest LR is taken
as a cycle on purpose, and so is one of four and more, unless T_max is the number of epochs of the run, which is the
mark of a scheduler stepped per batch.

## Evidence

T_max, the length of the run, the lowest and the last LR and the step of the lowest.

## When it stays silent

On CosineAnnealingWarmRestarts and CyclicLR, on cosines that hold their end value, and where the fit is poor.
"""

from __future__ import annotations

import numpy as np

from lrlint.findings import RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.run import Role
from lrlint.logs.wording import count, number
from lrlint.registry import analyzer

LEAST_OVERRUN = 1.125
CLIMBED = 0.05
ON_PURPOSE = 4.0


@analyzer("RUN204", "lr-climbs-back", Severity.WARNING)
def lr_climbs_back(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding if the cosine went past its T_max."""
    lr, schedule = diagnosis.lr, diagnosis.schedule
    if lr is None or schedule is None:
        return NotApplicable("no LR series")
    period = schedule.parameters.get("T_max")
    if schedule.family != "cosine" or not isinstance(period, float):
        return []
    lowest = int(np.argmin(lr.values))
    climbed = float(np.max(lr.values[lowest:]) - lr.values[lowest]) / max(float(np.ptp(lr.values)), 1e-300)
    halves = (schedule.curve.span + schedule.curve.tick) / period
    if halves < LEAST_OVERRUN or climbed < CLIMBED or _on_purpose(diagnosis, halves, period):
        return []
    first = float(schedule.curve.steps[0])
    message = (
        f"the cosine reaches its lowest LR at step {count(first + period)} of {count(lr.steps[-1])} and climbs back: "
        f"the LR ends at {number(lr.values[-1])}, after {number(lr.values[lowest])}"
    )
    return [
        diagnosis.finding(
            lr_climbs_back,
            message,
            "set T_max to the number of scheduler steps of the whole run",
            series=lr.name,
            steps=(round(first + period), int(lr.steps[-1])),
            evidence={
                "T_max": period,
                "steps": schedule.curve.span,
                "lowest_lr": float(lr.values[lowest]),
                "last_lr": float(lr.values[-1]),
            },
        )
    ]


def _on_purpose(diagnosis: Diagnosis, halves: float, period: float) -> bool:
    """Whether so many half-periods look like a cycle that was meant."""
    epochs = diagnosis.run.of(Role.EPOCH)
    if epochs and len(epochs[0].values) and halves > ON_PURPOSE:
        return abs(float(np.nanmax(epochs[0].values)) + 1 - period) > 1.5
    ends_low = abs(halves - (2 * round((halves - 1) / 2) + 1)) < 0.1
    return halves >= ON_PURPOSE or (halves > 2.5 and ends_low)
