"""The training loss swings without net progress.

## What it finds

A training loss that goes up and down by a large part of what it ever gained, again and again, or that alternates from
row to row around its level.

## Why it matters

The LR is too high for the curvature that the run has met: with a step above 2 / curvature, gradient descent jumps
across the valley instead of down into it. A lower LR, or an earlier decay, would turn the swings into progress.

## Method

Slow swings: the loss is cut into at most 40 even stretches, each replaced by its median; a turn counts where the
medians move back by a third of the whole progress and by five noise levels of a median. Six turns are an
oscillation. Fast swings: the residual around the trailing median alternates in sign (its autocorrelation at lag one
is below -0.5 by two standard errors, where independent noise has none) with an amplitude above a tenth of the
progress, over the second half of the run.

## Evidence

The number of turns or the autocorrelation, the amplitude, the LR over the swings.

## When it stays silent

Where the LR itself goes up and down (cycles, restarts, a cosine that climbs back, an unknown curve), on range
tests, after a divergence, on a loss that is often above zero and often below it, as the surrogates of policy gradients
are, and on fewer than 40 rows.
"""

from __future__ import annotations

import numpy as np

from lrlint.analyzers.diverged import divergence
from lrlint.findings import RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.swings import MOST_ROWS, MOST_TURNS, fast_alternation, slow_turns
from lrlint.logs.wording import number
from lrlint.namedtuples import NamedTuple
from lrlint.order import median
from lrlint.registry import analyzer

FEWEST_ROWS = 40
ALTERNATION = -0.5
AMPLITUDE = 0.1
BOTH_SIGNS = 0.2
STEADY = ("constant", "step", "multistep", "exponential", "linear", "polynomial", "inverse_sqrt", "plateau")


class Swings(NamedTuple):
    """How a loss swings: the number of slow `turns` by `swing` or more, and the autocorrelation of its fast moves."""

    turns: int
    swing: float
    autocorrelation: float


@analyzer("RUN104", "oscillation", Severity.WARNING)
def oscillation(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding if the training loss swings."""
    loss = diagnosis.loss
    if loss is None or len(loss.values) < FEWEST_ROWS:
        return NotApplicable(f"no training loss of {FEWEST_ROWS} rows or more")
    found = swings(diagnosis)
    if found is None:
        return []
    lr = None if diagnosis.lr is None else median(diagnosis.lr.values)
    slow = found.turns > MOST_TURNS
    how = f"turns {found.turns} times by {number(found.swing)} or more" if slow else "alternates from row to row"
    message = f"{loss.name} {how} without settling{'' if lr is None else f', at a median lr of {number(lr)}'}"
    return [
        diagnosis.finding(
            oscillation,
            message,
            "lower the LR, or let it decay earlier",
            series=loss.name,
            steps=(int(loss.steps[0]), int(loss.steps[-1])),
            evidence={
                "turns": found.turns,
                "swing": found.swing,
                "autocorrelation": found.autocorrelation,
                "median_lr": lr,
            },
        )
    ]


def swings(diagnosis: Diagnosis) -> Swings | None:
    """The swings of the training loss if they are a fault; spikes and plateaus of such a loss are part of them."""
    loss = diagnosis.loss
    if loss is None or len(loss.values) < FEWEST_ROWS:
        return None
    if diagnosis.is_range_test or _lr_swings(diagnosis) or divergence(loss.values) is not None:
        return None
    if BOTH_SIGNS < np.mean(loss.values < 0) < 1 - BOTH_SIGNS:
        return None
    turns, swing = slow_turns(loss.values)
    alternation, amplitude = fast_alternation(loss.values)
    chance = 2 / np.sqrt(min(MOST_ROWS, len(loss.values) / 2))
    fast = alternation < ALTERNATION - chance and amplitude > AMPLITUDE
    return Swings(turns, swing, alternation) if fast or turns > MOST_TURNS else None


def _lr_swings(diagnosis: Diagnosis) -> bool:
    schedule = diagnosis.schedule
    if schedule is None:
        return False
    return not schedule.family.startswith(("warmup", "one_cycle", *STEADY)) and schedule.family != "cosine"
