"""The validation loss rises while the training loss still falls.

## What it finds

A validation loss that passed its lowest value and has risen steadily since, beside a training loss that went on
falling.

## Why it matters

What the model learns after the minimum is the training set. The best checkpoint is the one at the minimum, and the
rest of the run is wasted; often the LR was held too long, or regularisation is missing.

## Method

After the lowest validation loss (of running medians of five; of more than 300 rows, the medians of 200 stretches
count) there are at least five rows. They rise by more than 20 % of the minimum and 10 % of the progress until then, or
give back 25 % of that progress and rise by 13 % of the minimum; and by three noise levels. The rise lasts: the lower
bound (95 %) of the Theil-Sen slope over them (Sen 1968) is above zero and the slope explains half of the rise, or three
quarters of the rows lie above half of the rise. And the training loss ends below its value at the minimum. A gap
between the two losses alone is no fault: a rule on the ratio of validation to training loss flags 94 % of healthy runs.

## Evidence

The step and value of the minimum, the last validation loss, the slope with its lower bound, the training loss then
and at the end.

## When it stays silent

Where a validation metric (accuracy and the like) is still at its best in the last quarter of the run, where the
training loss does not fall, and on fewer than eight rows of validation loss.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lrlint.findings import RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable, effective
from lrlint.logs.run import Role, Series
from lrlint.logs.smoothing import Floats, block_medians, spread
from lrlint.logs.wording import count, number
from lrlint.order import median, row_medians
from lrlint.registry import analyzer

FEWEST_ROWS = 8
FEWEST_AFTER = 5
RISE = 0.2
RISE_OF_PROGRESS = 0.1
GIVEN_BACK = 0.25
LEAST_RISE = 0.13
MOST_ABOVE = 0.75
STEADY = 0.5
NOISE_LEVELS = 3.0
NORMAL_95 = 1.645
MOST_ROWS = 300
BLOCKS = 200
HIGHER_IS_BETTER = ("acc", "top1", "auc", "f1", "iou", "dice", "map", "precision", "recall", "bleu", "score")


@analyzer("RUN302", "overfitting", Severity.WARNING)
def overfitting(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding if the validation loss rises from its minimum."""
    loss, validation = diagnosis.loss, diagnosis.validation
    if loss is None or validation is None or len(validation.values) < FEWEST_ROWS or len(loss.values) < FEWEST_ROWS:
        return NotApplicable("no training and validation loss of eight rows or more")
    steps, values = condensed(validation)
    levels = smoothed(values)
    lowest = int(np.argmin(levels))
    minimum, end = float(levels[lowest]), float(levels[-1])
    after = values[lowest:]
    if len(after) <= FEWEST_AFTER or not _rises(values, levels, lowest):
        return []
    slope, bound = theil_sen(steps[lowest:], after)
    half_way = float(np.mean(after > minimum + (end - minimum) / 2))
    then, last = _level(loss, float(steps[lowest])), _level(loss, float(loss.steps[-1]))
    steady = slope * float(steps[-1] - steps[lowest]) > STEADY * (end - minimum)
    lasts = (bound > 0 and steady) or half_way > MOST_ABOVE
    if not lasts or last >= then or _metric_improves(diagnosis, float(steps[lowest])):
        return []
    step = int(steps[_lowest_near(values, lowest)])
    message = (
        f"{validation.name} rises from {number(minimum)} at step {count(step)} to {number(end)}, "
        f"while {loss.name} falls from {number(then)} to {number(last)}"
    )
    return [
        diagnosis.finding(
            overfitting,
            message,
            "keep the checkpoint at the minimum; stop earlier, decay the LR earlier, or regularise",
            series=validation.name,
            steps=(step, int(validation.steps[-1])),
            evidence={
                "minimum": minimum,
                "last": end,
                "slope_per_step": slope,
                "slope_lower_bound": bound,
                "training_then": then,
                "training_last": last,
            },
        )
    ]


def condensed(series: Series) -> tuple[Floats, Floats]:
    """Steps and values; of more than 300 rows the medians of some 200 stretches, at the step where each begins."""
    if len(series.values) <= MOST_ROWS:
        return series.steps.astype(np.float64), series.values
    medians, begins = block_medians(series.values, BLOCKS)
    return series.steps[begins].astype(np.float64), medians


def smoothed(values: Floats) -> Floats:
    """The running median of five, at the ends of as many as there are; shape (n,), n ≥ 5."""
    inner = row_medians(sliding_window_view(values, 5))
    ends = [median(values[:3]), median(values[:4])]
    return np.concatenate((ends, inner, [median(values[-4:]), median(values[-3:])]))


def _lowest_near(values: Floats, row: int) -> int:
    """The row of the lowest value among the five around `row`, of which its running median is made."""
    begin = max(0, row - 2)
    return begin + int(np.argmin(values[begin : row + 3]))


def _rises(values: Floats, levels: Floats, lowest: int) -> bool:
    minimum, last = float(levels[lowest]), median(values[-3:])
    noise = spread(np.diff(values[lowest:])) / np.sqrt(2)
    progress = median(values[:2]) - minimum
    of_minimum = max(RISE * abs(minimum), RISE_OF_PROGRESS * progress)
    of_progress = max(GIVEN_BACK * progress, LEAST_RISE * abs(minimum))
    return bool(last - minimum > max(min(of_minimum, of_progress), NOISE_LEVELS * noise))


def theil_sen(x: Floats, y: Floats) -> tuple[float, float]:
    """The median of all pairwise slopes, and its lower 95 % bound by Sen's normal approximation."""
    i, j = np.triu_indices(len(x), 1)
    slopes = np.sort((y[j] - y[i]) / (x[j] - x[i]))
    n = len(x)
    margin = NORMAL_95 * np.sqrt(n * (n - 1) * (2 * n + 5) / 18)
    rank = int(max(0, np.floor((len(slopes) - margin) / 2)))
    return median(slopes), float(slopes[rank])


def _level(series: Series, step: float) -> float:
    """The median of the rows in the twentieth of the run that ends at `step`."""
    reach = (series.steps[-1] - series.steps[0]) / 20
    near = series.values[(series.steps <= step) & (series.steps > step - reach)]
    return median(near) if len(near) else float(np.interp(step, series.steps, series.values))


def _metric_improves(diagnosis: Diagnosis, minimum: float) -> bool:
    """Whether a metric for which higher is better peaks in the last quarter, above its value at the minimum."""
    for metric in map(effective, diagnosis.run.of(Role.METRIC)):
        name = metric.name.lower()
        if "train" in name or not any(word in name for word in HIGHER_IS_BETTER) or len(metric.values) < FEWEST_ROWS:
            continue
        late = metric.steps >= metric.steps[-1] - (metric.steps[-1] - metric.steps[0]) / 4
        then = float(np.interp(minimum, metric.steps, metric.values))
        if metric.values[late].max() >= metric.values.max() and metric.values[late].max() > then:
            return True
    return False
