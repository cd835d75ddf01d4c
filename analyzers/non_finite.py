"""NaN or Inf in the loss, the learning rate or a metric.

## What it finds

A logged training loss, validation loss or LR that is NaN or infinite, a metric that turns NaN and stays so, and
a gradient norm that does: some trainers log a clean loss over a NaN run (the Hugging Face Trainer replaces NaN
step losses by the recent mean unless `logging_nan_inf_filter=False`), and the gradient norm gives it away.

## Why it matters

Once a weight is NaN, every later step is lost. The run goes on, burns its budget and saves broken checkpoints.

## Method

Every value is looked at. Leading rows without a value are taken as placeholders, unless no loss of the run ever has a
finite value: then it was lost from its first row on. A metric or gradient norm
counts only if it is non-finite in the last half of its rows: mixed-precision training skips steps with an
infinite gradient norm as a matter of course (`torch.amp.GradScaler`), and a metric may be undefined for a while.
The loss before the first bad row is compared with the median of the rows before: three times as high means that
it rose first. All series of a run that turn non-finite make one finding.

## Evidence

The first bad step, its series and value, how many rows are non-finite, the last finite loss and LR before it,
and the other series that turned non-finite.

## When it stays silent

On LR range tests, which are meant to diverge, on placeholders before the first finite value, on passing infinities of
the gradient norm, and on metrics that recover.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrlint.findings import Confidence, RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.run import Role, Series
from lrlint.logs.wording import count, number
from lrlint.node import Node
from lrlint.order import median
from lrlint.registry import analyzer

WATCHED = (Role.LOSS, Role.VALIDATION, Role.LR, Role.METRIC, Role.GRADIENT_NORM)
MUST_PERSIST = (Role.METRIC, Role.GRADIENT_NORM)
ROSE_FIRST = 3.0
SEVERAL_ROWS = 3


class Onset(Node):
    """Where a series turned non-finite."""

    series: Series
    index: int
    bad: int

    @property
    def step(self) -> int:
        """The step of the first non-finite row."""
        return int(self.series.steps[self.index])


@analyzer("RUN101", "non-finite", Severity.ERROR)
def non_finite(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding for the series that turned NaN or Inf first."""
    if diagnosis.is_range_test:
        return []
    watched = [series for role in WATCHED for series in diagnosis.run.of(role) if len(series.values)]
    if not watched:
        return NotApplicable("no loss, LR or metric series")
    onsets = sorted((o for o in (*map(onset, watched), never_finite(watched)) if o is not None), key=lambda o: o.step)
    if not onsets:
        return []
    first = onsets[0]
    value = float(first.series.values[first.index])
    to_the_end = first.bad == len(first.series.values) - first.index
    message = (
        f"{first.series.name} is {value} at step {count(first.step)}"
        f"{' and stays non-finite to the end' if to_the_end else ''} ({_before(diagnosis, first)})"
    )
    last = int(first.series.steps[~np.isfinite(first.series.values)][-1])
    return [
        diagnosis.finding(
            non_finite,
            message,
            "restore the last checkpoint before this step; lower the LR, clip gradients, or look at the batch of it",
            series=first.series.name,
            steps=(first.step, last),
            confidence=Confidence.PROVEN,
            evidence={
                "value": str(value),
                "rows": first.bad,
                "last_finite": _last_finite(first.series, first.index),
                "lr_before": _lr_before(diagnosis, first.step),
                "also": [o.series.name for o in onsets[1:]],
            },
        )
    ]


def onset(series: Series) -> Onset | None:
    """Where `series` turns non-finite after a finite value, None where it never does (or recovers, if it may)."""
    finite = np.isfinite(series.values)
    if finite.all() or not finite.any():
        return None
    begun = int(np.argmax(finite))
    bad = np.flatnonzero(~finite[begun:]) + begun
    if not len(bad):
        return None
    if series.role in MUST_PERSIST and np.mean(finite[len(finite) // 2 :]) > 0.5 and finite[-1]:
        return None
    return Onset(series, int(bad[0]), len(bad))


def never_finite(watched: Sequence[Series]) -> Onset | None:
    """The first row of a training loss, where no loss of the run has a finite value at all; else None."""
    losses = [series for series in watched if series.role in (Role.LOSS, Role.VALIDATION)]
    if any(np.isfinite(series.values).any() for series in losses):
        return None
    long = [series for series in losses if series.role is Role.LOSS and len(series.values) >= SEVERAL_ROWS]
    return Onset(long[0], 0, len(long[0].values)) if long else None


def _last_finite(series: Series, index: int) -> float | None:
    before = series.values[:index]
    before = before[np.isfinite(before)]
    return float(before[-1]) if len(before) else None


def _lr_before(diagnosis: Diagnosis, step: int) -> float | None:
    if diagnosis.lr is None:
        return None
    before = diagnosis.lr.values[diagnosis.lr.steps <= step]
    return float(before[-1]) if len(before) else None


def _before(diagnosis: Diagnosis, first: Onset) -> str:
    """What preceded the first bad row: the value before it, whether it had been rising, the LR."""
    before = first.series.values[max(0, first.index - 20) : first.index]
    before = before[np.isfinite(before)]
    if not len(before):
        return "no row before it"
    rose = first.series.role is Role.LOSS and before[-1] > ROSE_FIRST * abs(median(before))
    lr = _lr_before(diagnosis, first.step)
    told = f"{number(before[-1])} just before{', after rising' if rose else ''}"
    return told + (f", at lr {number(lr)}" if lr is not None else "")
