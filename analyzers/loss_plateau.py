"""The loss stopped improving while the learning rate was still high, or never began to.

## What it finds

A training loss that does not fall at all, and one that fell a little and has stood still since before the middle of
the run although the LR was never lowered.

## Why it matters

From the start: the gradients do not reach the weights, the labels do not belong to the inputs, or the LR is far too
small or too high. Later: the LR is too high to go further down, and its decay comes too late or never.

## Method

The loss is cut into ten even stretches, each replaced by its median. It never fell where the lowest is less than 1 %
below the first, or less than 10 % and the medians do not tend downwards (rank correlation with time above -0.5). It
stands still where the second half has no such tendency, its lowest median is no lower than that of the first half
by 2 % of the progress, less than 70 % of the starting loss is gone, and the LR stayed above half its peak throughout.

## Evidence

Start, best and last level of the loss, the rank correlation, the LR.

## When it stays silent

Where the LR itself is too small to matter (RUN207). On runs that continue another (the first step lies well above
zero), on diverged and swinging runs and range tests, on losses that are close to zero at the start, on fewer than 20
rows.
"""

from __future__ import annotations

import numpy as np

from lrlint.analyzers.diverged import divergence
from lrlint.analyzers.non_finite import onset
from lrlint.analyzers.oscillation import swings
from lrlint.findings import RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.run import Series
from lrlint.logs.smoothing import Floats, block_medians
from lrlint.logs.wording import count, number
from lrlint.order import median
from lrlint.registry import analyzer

FEWEST_ROWS = 20
BLOCKS = 10
NO_DROP = 0.1
NOTHING = 0.01
TREND = -0.5
STANDING = 0.02
MOSTLY_LEARNED = 0.7
HIGH = 0.5
OVERSHOOT = 1.5


@analyzer("RUN301", "loss-plateau", Severity.WARNING)
def loss_plateau(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding if the training loss stands still."""
    loss = diagnosis.loss
    if loss is None or len(loss.values) < FEWEST_ROWS:
        return NotApplicable(f"no training loss of {FEWEST_ROWS} rows or more")
    if loss.steps[0] > 0.1 * loss.steps[-1]:
        return NotApplicable("the run continues another")
    if diagnosis.is_range_test or divergence(loss.values) is not None or diagnosis.lr_is_wasted:
        return []
    if swings(diagnosis) is not None:
        return []
    if any(onset(series) for series in diagnosis.run.of(loss.role)):
        return []
    medians, _ = block_medians(loss.values, BLOCKS)
    first, highest = _first_level(loss), float(loss.values.max())
    if first <= 0:
        return []
    if never_falls(loss):
        rose = f", rises to {number(highest)}" if highest > OVERSHOOT * first else ""
        message = f"{loss.name} never falls: it begins at {number(first)}{rose} and ends at {number(medians[-1])}"
        return [_finding(diagnosis, loss, medians, int(loss.steps[0]), message)]
    half = loss.steps[0] + (loss.steps[-1] - loss.steps[0]) / 2
    if _stands_still(first, medians) and _lr_stays_high(diagnosis, half):
        message = (
            f"{loss.name} has stood still since step {count(half)}, at {number(medians[-1])} after a start at "
            f"{number(first)}, and the LR was never lowered"
        )
        return [_finding(diagnosis, loss, medians, int(half), message)]
    return []


def _first_level(loss: Series) -> float:
    """Where the loss began: an overshoot in the second row is not it."""
    return min(float(loss.values[0]), median(loss.values[: max(3, len(loss.values) // 50)]))


def rank_trend(medians: Floats) -> float:
    """Spearman's rank correlation of the medians with time: -1 falls throughout, 0 shows no tendency."""
    ranks = np.argsort(np.argsort(medians)).astype(np.float64)
    time = np.arange(len(medians), dtype=np.float64)
    return float(np.corrcoef(ranks, time)[0, 1]) if len(medians) > 2 else 0.0


def never_falls(loss: Series) -> bool:
    """Whether a loss of twenty rows or more never fell; what it did besides is part of that fault."""
    if len(loss.values) < FEWEST_ROWS:
        return False
    medians, _ = block_medians(loss.values, BLOCKS)
    first = _first_level(loss)
    drop = first - float(medians.min())
    return drop < NOTHING * first or (drop < NO_DROP * first and rank_trend(medians) > TREND)


def _stands_still(first: float, medians: Floats) -> bool:
    half = len(medians) // 2
    early, late = medians[:half], medians[half:]
    progress = first - float(medians.min())
    return (
        rank_trend(late) > TREND
        and float(early.min() - late.min()) < STANDING * progress
        and progress < MOSTLY_LEARNED * first
    )


def _lr_stays_high(diagnosis: Diagnosis, half: float) -> bool:
    lr = diagnosis.lr
    return (
        lr is not None
        and len(lr.values) > 0
        and float(lr.values[lr.steps >= half].min(initial=np.inf)) > HIGH * lr.values.max()
    )


def _finding(diagnosis: Diagnosis, loss: Series, medians: Floats, first_step: int, message: str) -> RunFinding:
    return diagnosis.finding(
        loss_plateau,
        message,
        "check that the loss reaches the weights and that the labels fit; then try another LR, or decay it",
        series=loss.name,
        steps=(first_step, int(loss.steps[-1])),
        evidence={
            "start": _first_level(loss),
            "best": float(medians.min()),
            "last": float(medians[-1]),
            "rank_correlation": rank_trend(medians),
            "lr": diagnosis.lr_at(float(loss.steps[-1])),
        },
    )
