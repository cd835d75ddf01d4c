"""The loss spikes or overshoots while the learning rate is still rising or at its peak.

## What it finds

An early overshoot of the training loss, or spikes, in the part of the run in which the LR climbs to its peak and
for a tenth of the run after that.

## Why it matters

The peak LR is close to what the model bears, or the warm-up is too short for it: adaptive optimizers have poor second
moments in their first steps (Liu et al. 2020), and large LRs meet the sharpest curvature early. The run survived this
time.

## Method

The early part ends where the LR first reaches 98 % of its highest value, plus a tenth of the run, and at the first
fifth of the run if the LR was not logged. There, the loss overshoots where the median of three rows exceeds its start
by 30 % and by five noise levels (of the early part or of the whole run, whichever is noisier), and its very first
value; a maximum of 1.15 times the start in the first fifth flagged none of 285 healthy
runs. Spikes are those of RUN103, in this part, if they are
twice as frequent there as later.

## Evidence

The step, the start and the height of the loss, the LR there, the end of the early part.

## When it stays silent

Where the loss never recovers (RUN102), swings all the time (RUN104) or never falls (RUN301), where the LR reaches its
highest value only in the second half of the run, on LR range tests, and on fewer than 20 rows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrlint.analyzers.diverged import divergence
from lrlint.analyzers.loss_plateau import never_falls
from lrlint.analyzers.oscillation import swings
from lrlint.findings import RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.run import Series
from lrlint.logs.smoothing import spread
from lrlint.logs.spikes import FEWEST_ROWS, Spike
from lrlint.logs.wording import count, number
from lrlint.order import median, row_medians
from lrlint.registry import analyzer

OVERSHOOT = 1.3
NOISE_LEVELS = 5.0
AT_PEAK = 0.98
AFTER_PEAK = 0.1
WITHOUT_LR = 0.2
MORE_FREQUENT = 2.0


@analyzer("RUN303", "warmup-instability", Severity.WARNING)
def warmup_instability(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding for the early part of the run."""
    loss = diagnosis.loss
    if loss is None or len(loss.values) < FEWEST_ROWS:
        return NotApplicable(f"no training loss of {FEWEST_ROWS} rows or more")
    early = end_of_peak(diagnosis)
    if early < loss.steps[0] or diagnosis.is_range_test or divergence(loss.values) is not None:
        return []
    if swings(diagnosis) is not None or never_falls(loss):
        return []
    row = _overshoot(loss, early)
    if row is None:
        row = next((spike.first for spike in early_spikes(diagnosis)), None)
    return [] if row is None else [_finding(diagnosis, loss, row, early)]


def early_spikes(diagnosis: Diagnosis) -> Sequence[Spike]:
    """The spikes of the early part, none where they are as frequent later: then the LR's peak has no part in them."""
    loss, spikes = diagnosis.loss, diagnosis.spikes
    if loss is None or not spikes:
        return ()
    early = end_of_peak(diagnosis)
    number = int(np.count_nonzero(loss.steps[[spike.first for spike in spikes]] <= early))
    share = max(0.0, early - float(loss.steps[0])) / max(1.0, float(loss.steps[-1] - loss.steps[0]))
    frequent = number * (1 - share) >= MORE_FREQUENT * (len(spikes) - number) * share
    return spikes[:number] if frequent else ()


def end_of_peak(diagnosis: Diagnosis) -> float:
    """The step at which the early part ends; before the run where the LR peaks in its second half."""
    loss = diagnosis.loss
    assert loss is not None
    first, length = float(loss.steps[0]), float(loss.steps[-1] - loss.steps[0])
    if diagnosis.lr is None or not len(diagnosis.lr.values):
        return first + WITHOUT_LR * length
    peak = float(diagnosis.lr.steps[int(np.argmax(diagnosis.lr.values >= AT_PEAK * diagnosis.lr.values.max()))])
    return first - 1 if peak > first + 0.5 * length else peak + AFTER_PEAK * length


def _overshoot(loss: Series, early: float) -> int | None:
    """The first row of an early overshoot of the loss, None if there is none."""
    values = loss.values[loss.steps <= early]
    if len(values) < 5 or loss.values[0] <= 0:
        return None
    first, start = float(values[0]), min(float(values[0]), median(values[:3]))
    noise = max(spread(np.diff(values)), spread(np.diff(loss.values))) / np.sqrt(2)
    medians = row_medians(np.lib.stride_tricks.sliding_window_view(values, 3))
    over = medians > max(first, OVERSHOOT * start, start + NOISE_LEVELS * noise)
    return int(np.argmax(over)) + 1 if over.any() else None


def _finding(diagnosis: Diagnosis, loss: Series, row: int, early: float) -> RunFinding:
    step, height = int(loss.steps[row]), float(np.max(loss.values[row:][loss.steps[row:] <= early]))
    before = median(loss.values[max(0, row - 20) : max(1, row)])
    lr = diagnosis.lr_at(step)
    message = (
        f"{loss.name} goes from {number(before)} up to {number(height)} from step {count(step)} on"
        f"{'' if lr is None else f', at lr {number(lr)}'}, before the peak of the LR is behind it"
    )
    return diagnosis.finding(
        warmup_instability,
        message,
        "warm up for longer, or to a lower peak LR; clip gradients",
        series=loss.name,
        steps=(step, early),
        evidence={"before": before, "height": height, "lr": lr, "early_part_ends": early},
    )
