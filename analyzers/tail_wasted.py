"""A large share of the steps at a learning rate too small to matter.

## What it finds

A run whose last third or more of the steps adds less than a thousandth of what the LR moved the model in all: an
exponential decay with too small a gamma, a StepLR stepped per batch, a ReduceLROnPlateau that halved its LR away.

## Why it matters

Those steps cost as much as any other, and change nothing.

## Method

The distance that an optimizer can travel is bounded by the sum of its LRs. The wasted tail is the longest end of
the run whose LRs add up to at most 0.1 % of the sum over the run; it is reported from 35 % of the steps on. A
cosine to zero has a tail of 4 %, three drops by ten at 50, 75 and 90 % one of 10 %.

## Evidence

The step at which the tail begins, its share of the run, the LR there and at the peak.

## When it stays silent

Where the schedule ended early and stays flat (RUN202, RUN206), after NaN, on range tests, and on fewer than ten rows.
"""

from __future__ import annotations

from lrlint.analyzers.lr_plateau import early_end
from lrlint.findings import RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable, wasted_from, wasted_share
from lrlint.logs.wording import count, number, share
from lrlint.registry import analyzer

FEWEST_ROWS = 10


@analyzer("RUN207", "tail-wasted", Severity.WARNING)
def tail_wasted(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding if the LR is negligible for a third of the run."""
    lr = diagnosis.lr
    if lr is None or len(lr.values) < FEWEST_ROWS:
        return NotApplicable("no LR series of ten rows or more")
    if not lr.values.max() > 0:
        return NotApplicable("the LR is never above 0")
    begin = wasted_from(lr)
    part = wasted_share(lr)
    if not diagnosis.lr_is_wasted or diagnosis.restarts or diagnosis.is_range_test or early_end(diagnosis) is not None:
        return []
    peak = float(lr.values.max())
    message = (
        f"the last {share(part)} of the run, from step {count(lr.steps[begin])} on, is trained at an LR of at most "
        f"{number(lr.values[begin:].max())}, against a peak of {number(peak)}: less than 0.1 % of the sum of the LRs"
    )
    return [
        diagnosis.finding(
            tail_wasted,
            message,
            "decay more slowly (a gamma closer to 1, fewer scheduler steps), give a min_lr, or end the run earlier",
            series=lr.name,
            steps=(int(lr.steps[begin]), int(lr.steps[-1])),
            evidence={"share": part, "lr": float(lr.values[begin]), "peak": peak},
        )
    ]
