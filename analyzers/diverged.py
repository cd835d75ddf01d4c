"""The loss leaves its running range for good.

## What it finds

A run whose training loss climbs away from what it had reached and does not come back, or that overshoots in its
first steps and never gets below where it began.

## Why it matters

The usual cause is an LR that is too high for the model or for the moment: no warm-up, a restart at the peak LR
in the middle of the run, a range test's upper end. Nothing after the divergence is worth its compute.

## Method

The loss is cut into at most 40 even stretches and each is replaced by its median, so that single spikes do not
count. With `start` the median of the first stretch, `best` the lowest and `last` the median of the last two, the run
diverged where `last` has lost at least 80 % of the progress `start - best` (or lies above `start`), provided that
it lies more than five noise levels above `best`. Where the loss never got below 90 % of its start, it diverged if
some stretch in the first fifth of the run lies above 1.5 times the start: an overshoot from which the model did
not recover. The first step follows the last row that lies within 30 % of the progress, or within the
noise, of the best. A loss that was out there for two thirds as long before, and came back,
or that turned six times before, is swinging (RUN104).

Reference: a maximum over the first fifth of the run above 1.15 times the start flagged none of 285 healthy runs;
the thresholds here are stricter because a loss that returns is a spike, not a divergence.

## Evidence

Start, best and last level of the loss, the LR at the onset, and the unplanned restart of the LR that caused it,
if there was one.

## When it stays silent

On fewer than ten rows, on runs that turn NaN (that is RUN101), on LR range tests, which are meant to diverge, and on
rises that keep most of the progress: augmentation switched on or off, a new task, a larger resolution.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrlint.analyzers.non_finite import onset
from lrlint.findings import RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.run import Series
from lrlint.logs.smoothing import Floats, block_medians, spread
from lrlint.logs.swings import MOST_TURNS, slow_turns
from lrlint.logs.wording import count, number
from lrlint.namedtuples import NamedTuple
from lrlint.order import median
from lrlint.registry import analyzer

FEWEST_ROWS = 10
BLOCKS = 40
LOST = 0.8
LONGER_THAN_BEFORE = 1.5
ONSET = 0.3
NOISE_LEVELS = 5.0
OVERSHOOT = 1.5
NO_PROGRESS = 0.1


class Levels(NamedTuple):
    """Levels of the loss: where it began, its best stretch, where it ended; and the index of the onset."""

    start: float
    best: float
    last: float
    onset: int


@analyzer("RUN102", "diverged", Severity.ERROR)
def diverged(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding if the training loss never comes back."""
    loss = diagnosis.loss
    if loss is None or len(loss.values) < FEWEST_ROWS:
        return NotApplicable("no training loss of ten rows or more")
    if any(onset(series) for series in diagnosis.run.series if series.role is loss.role):
        return []
    if diagnosis.schedule is not None and diagnosis.schedule.family == "range_test":
        return []
    levels = divergence(loss.values)
    return [] if levels is None else [_finding(diagnosis, loss, levels)]


def divergence(values: Floats) -> Levels | None:
    """The levels of a loss that diverged, None for one that did not."""
    medians, _ = block_medians(values, BLOCKS)
    return _overshoot(values, medians) or _lost_for_good(values, medians)


def _overshoot(values: Floats, medians: Floats) -> Levels | None:
    """A loss that rose at once and never got below where it began."""
    began, last = median(values[:2]), median(medians[-2:])
    highest = float(np.max(medians[: max(1, len(medians) // 5)]))
    if began <= 0 or highest <= OVERSHOOT * began or min(last, medians.min()) <= (1 - NO_PROGRESS) * began:
        return None
    return Levels(began, float(medians.min()), last, int(np.argmax(values > OVERSHOOT * began)))


def _lost_for_good(values: Floats, medians: Floats) -> Levels | None:
    """A loss that made progress and lost it."""
    start, best, last = float(medians[0]), float(medians.min()), median(medians[-2:])
    progress = start - best
    if progress <= NO_PROGRESS * abs(start) or medians.argmin() >= len(medians) - 2:
        return None
    noise = spread(np.diff(values)) / np.sqrt(2)
    if last - best < max(LOST * progress, NOISE_LEVELS * noise):
        return None
    within = values <= best + max(ONSET * progress, NOISE_LEVELS * noise)
    onset = int(np.flatnonzero(within)[-1]) + 1
    if slow_turns(values[:onset])[0] > MOST_TURNS:
        return None
    if len(values) - onset <= LONGER_THAN_BEFORE * _longest_excursion(within):
        return None
    return Levels(start, best, last, onset)


def _longest_excursion(within: NDArray[np.bool_]) -> int:
    """Most rows in a row that the loss was outside its range and came back, once it had been inside."""
    inside = np.flatnonzero(within)
    return int(np.max(np.diff(inside), initial=1)) - 1


def _finding(diagnosis: Diagnosis, loss: Series, levels: Levels) -> RunFinding:
    step = int(loss.steps[min(levels.onset, len(loss.steps) - 1)])
    restart = diagnosis.restart_near(step, within=0.1 * float(loss.steps[-1] - loss.steps[0]) + 1)
    lr = None if diagnosis.lr is None else float(np.interp(step, diagnosis.lr.steps, diagnosis.lr.values))
    cause = (
        f", after the LR restarted at step {count(restart.step)} ({number(restart.before)} to {number(restart.after)})"
        if restart
        else (f", at lr {number(lr)}" if lr is not None else "")
    )
    message = (
        f"{loss.name} leaves its range at step {count(step)}{cause}: it began at {number(levels.start)}, "
        f"was never below {number(levels.best)} and ends at {number(levels.last)}"
    )
    return diagnosis.finding(
        diverged,
        message,
        "restore the scheduler's state when resuming" if restart else "lower the peak LR, or warm up to it for longer",
        series=loss.name,
        steps=(step, int(loss.steps[-1])),
        evidence={
            "start": levels.start,
            "best": levels.best,
            "last": levels.last,
            "lr": lr,
            "restart_step": restart.step if restart else None,
        },
    )
