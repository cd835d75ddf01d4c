"""Spikes of the training loss.

## What it finds

Rows in which the training loss leaps far above its recent level, with or without coming back, and whether the LR
changed at that moment.

## Why it matters

A spike costs the steps until the loss is back, and is often the first sign of an LR at the edge of stability, of a
bad batch or of a numerical overflow. In long runs it can end in divergence.

## Method

A row stands out where it exceeds the trailing median of 51 rows by six local noise levels and by 25 % of the progress
made so far. A noise level is 1.4826 times the trailing median, over 103 rows, of the moves from row to row, over the
square root of two: a steep descent does not enlarge it. Where the 103 rows that follow are noisier, theirs counts. On
57 planted spikes, thresholds on the z-score alone reach a precision of .12 to .23: most of what they flag is the
noise of small batches. The part of the progress is what keeps those out. Rows within half a window are one spike, and
all spikes of a run are one finding. Of more than twenty, only those twice as high as the twentieth count: the loss of
single batches has a long tail, and the others are how far it reaches. Where a row is the mean of an epoch, a spike is
a hump: three rises in a row or more, to 15 % above the lowest loss so far and by eight noise levels, while the LR
does not rise. A rise made in one row, as a change of the data makes it, is no hump. Runs shorter than 408 rows use an
eighth of their rows as the window.

## Evidence

The step, level and height of each spike (at most 20), how many came back, and those at which the LR moved.

## When it stays silent

Where spikes come during warm-up and at the peak of the LR above all (that is RUN303), after the onset of a divergence
(RUN102), at an unplanned restart of the LR (RUN203), where the loss swings all the time (RUN104) or never falls
(RUN301), on LR range tests, and on fewer than 20 rows.
"""

from __future__ import annotations

import numpy as np

from lrlint.analyzers.diverged import divergence
from lrlint.analyzers.loss_plateau import never_falls
from lrlint.analyzers.oscillation import swings
from lrlint.analyzers.warmup_instability import early_spikes
from lrlint.findings import RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.spikes import FEWEST_ROWS
from lrlint.logs.wording import count, number
from lrlint.order import median
from lrlint.registry import analyzer

MOST_LISTED = 20


@analyzer("RUN103", "loss-spike", Severity.WARNING)
def loss_spike(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding for all spikes of the training loss."""
    loss = diagnosis.loss
    if loss is None or len(loss.values) < FEWEST_ROWS:
        return NotApplicable(f"no training loss of {FEWEST_ROWS} rows or more")
    if diagnosis.is_range_test or divergence(loss.values) is not None:
        return []
    if swings(diagnosis) is not None or never_falls(loss):
        return []
    found = diagnosis.spikes[len(early_spikes(diagnosis)) :]
    if not found:
        return []
    steps = [int(loss.steps[spike.first]) for spike in found]
    highest = max(found, key=lambda spike: spike.height - spike.level)
    at_lr_change = _where_the_lr_rose(diagnosis, steps)
    lasting = [spike for spike in found if not spike.recovered]
    if len(found) == 1:
        after = " and does not come back" if lasting else ""
    else:
        after = f"; {len(lasting)} did not come back" if lasting else ""
    message = (
        f"{loss.name} spikes {'once' if len(found) == 1 else f'{len(found)} times'}: from {number(highest.level)} to "
        f"{number(highest.height)} at step {count(loss.steps[highest.first])}"
        f"{', where the LR changes' if int(loss.steps[highest.first]) in at_lr_change else ''}"
        f"{after}"
    )
    return [
        diagnosis.finding(
            loss_spike,
            message,
            "look at the batches of these steps; clip gradients, or lower the LR if they recur",
            series=loss.name,
            steps=(steps[0], int(loss.steps[found[-1].last])),
            evidence={
                "count": len(found),
                "steps": steps[:MOST_LISTED],
                "levels": [spike.level for spike in found[:MOST_LISTED]],
                "heights": [spike.height for spike in found[:MOST_LISTED]],
                "recovered": len(found) - len(lasting),
                "at_lr_change": at_lr_change[:MOST_LISTED],
            },
        )
    ]


def _where_the_lr_rose(diagnosis: Diagnosis, steps: list[int]) -> list[int]:
    """Those of `steps` just before which, within a few rows, the LR rose by a tenth or more."""
    lr = diagnosis.lr
    if lr is None or len(lr.steps) < 3:
        return []
    reach = 3 * median(np.diff(lr.steps))
    places = np.array(steps, np.float64)
    before, now = (np.interp(at, lr.steps, lr.values) for at in (places - reach, places))
    return [step for step, rose in zip(steps, now > 1.1 * before, strict=True) if rose]
