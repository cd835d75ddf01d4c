"""Rules that others have published, written anew from their documentation, with their default thresholds.

Each takes a run and yields findings: the check, and the step it names (None where it names none). All of them are
alarms. What a rule cannot see in a log of losses (accuracies, gradients of layers) is left out, and said so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.diagnosis import Diagnosis

Fired = tuple[str, float | None]
Floats = NDArray[np.float64]


def logged(run: Diagnosis, validation: bool = False) -> tuple[NDArray[np.int64], Floats]:
    """Steps and values of a loss as they were written, NaN included."""
    series = run.validation if validation else run.raw_loss
    if series is None:
        return np.empty(0, np.int64), np.empty(0)
    kept = series.effective()
    return kept.steps, kept.values


def lightning_spikes(run: Diagnosis) -> Iterator[Fired]:
    """`lightning.fabric.utilities.spike.SpikeDetection` of Lightning 2.5: window 10, warm-up 1, rtol 2.

    A loss that is not below the one before and away from the running mean by twice that mean, or not finite. Values
    that are spikes do not enter the mean.
    """
    steps, values = logged(run)
    kept: list[float] = []
    for row, (step, value) in enumerate(zip(steps, values, strict=True)):
        if row >= 1 and kept:
            mean, last = sum(kept[-10:]) / len(kept[-10:]), kept[-1]
            if not math.isfinite(value) or (value > last and abs(value - mean) >= 2.0 * abs(mean)):
                yield "spike", float(step)
                continue
        if math.isfinite(value):
            kept.append(value)


def wandb_z_score(run: Diagnosis) -> Iterator[Fired]:
    """W&B automations, `MetricZScoreFilter`: window 30, threshold 3 (docs.wandb.ai/models/ref/python/automations).

    Its default watches both directions; for a loss only increases are taken here, as a user would set it.
    """
    steps, values = logged(run)
    for row in range(30, len(values)):
        window = values[row - 30 : row]
        if values[row] > window.mean() + 3.0 * window.std() > -math.inf:
            yield "z-score", float(steps[row])


def olmo_spike_score(run: Diagnosis) -> Iterator[Fired]:
    """OLMo 2 (arXiv 2501.00656, section 3): values seven standard deviations from the rolling mean of the last 1,000.

    The paper counts them; here each is a spike. The window fills up from thirty rows on.
    """
    steps, values = logged(run)
    for row in range(30, len(values)):
        window = values[max(0, row - 1000) : row]
        if abs(values[row] - window.mean()) > 7.0 * window.std():
            yield "spike", float(steps[row])


def autotrainer(run: Diagnosis) -> Iterator[Fired]:
    """AutoTrainer (ICSE 2021), as in its repository: explode, where a loss is NaN or Inf or the last above 1e5.

    Its other four rules read accuracies and the gradients of layers, which these logs do not hold.
    """
    for steps, values in (logged(run), logged(run, validation=True)):
        lost = np.flatnonzero(~np.isfinite(values))
        if len(lost):
            yield "explode", float(steps[lost[0]])
        elif len(values) and values[-1] >= 1e5:
            yield "explode", float(steps[-1])


def sagemaker(run: Diagnosis) -> Iterator[Fired]:
    """SageMaker Debugger's built-in rules with their defaults (docs.aws.amazon.com, debugger-built-in-rules).

    LossNotDecreasing (num_steps 10; the validation loss where there is one), Overfit (ratio 0.1, patience 1) and
    Overtraining (patience 5 and 10, delta 0.1); a step is a logged row.
    """
    (steps, training), (at, validation) = logged(run), logged(run, validation=True)
    name, watched = (at, validation) if len(validation) else (steps, training)
    for row in range(10, len(watched), 10):
        if not watched[row] < watched[row - 10]:
            yield "LossNotDecreasing", float(name[row])
    if len(validation) and len(training):
        beside = np.interp(at, steps, training)
        over = (validation - beside) / np.abs(beside) > 0.1
        if any(one and other for one, other in pairwise(over)):
            yield "Overfit", None
        if _waits(training, 0.1) > 5 and _waits(validation, 0.1) > 10:
            yield "Overtraining", None


def _waits(values: Floats, delta: float) -> int:
    """The most rows in a row without an improvement by `delta`."""
    best, since, longest = math.inf, 0, 0
    for value in values:
        since = 0 if value < best - delta else since + 1
        best = min(best, value) if since == 0 else best
        longest = max(longest, since)
    return longest
