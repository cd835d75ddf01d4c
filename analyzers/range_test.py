"""The run is a learning-rate range test: what it suggests.

## What it finds

A run in which the LR was raised over orders of magnitude until the loss diverged, with the LR of the steepest
descent and of the lowest loss.

## Why it matters

The test was run to choose an LR. Read by eye, or through an exponential average, its answer moves by half an order of
magnitude from seed to seed.

## Method

The LR grows geometrically by a factor of 20 at least, or linearly until the loss diverges (Smith 2017). The loss is
filtered by running medians over log(LR); the steepest descent is a `max_lr` for OneCycleLR, the minimum divided by
ten a constant LR. The suggestion must agree over three widths of the filter. `lrlint range-test` shows the curve.

## Evidence

The steepest descent, the minimum, both suggestions, and the spread of the suggestion in log10.

## When it stays silent

Where the run is no range test. Where the test is too noisy for a suggestion, the finding says so instead. It is
advice: off unless it is selected.
"""

from __future__ import annotations

from lrlint.findings import RunFinding, Severity
from lrlint.logs import range_test as reading
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.run import Series
from lrlint.logs.wording import number
from lrlint.registry import analyzer


@analyzer("RUN501", "range-test", Severity.ADVICE)
def range_test(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding with the suggestion of the test."""
    if diagnosis.lr is None or diagnosis.raw_loss is None:
        return NotApplicable("no LR and loss series")
    if not diagnosis.is_range_test:
        return NotApplicable("the run is no LR range test")
    found = diagnosis.range_test
    if isinstance(found, reading.Refusal):
        return [_refused(diagnosis, diagnosis.lr, found.reason)]
    message = (
        f"this is an LR range test: the loss falls fastest at {number(found.steepest)} (a max_lr for OneCycleLR) "
        f"and is lowest at {number(found.minimum)}; as a constant LR take {number(found.constant_lr)}"
    )
    return [
        diagnosis.finding(
            range_test,
            message,
            "use the suggested LR in the schedule",
            series=diagnosis.lr.name,
            steps=(int(diagnosis.lr.steps[0]), int(diagnosis.lr.steps[-1])),
            evidence={
                "steepest": found.steepest,
                "minimum": found.minimum,
                "max_lr": found.max_lr,
                "constant_lr": found.constant_lr,
                "spread_log10": found.spread,
            },
        )
    ]


def _refused(diagnosis: Diagnosis, lr: Series, reason: str) -> RunFinding:
    return diagnosis.finding(
        range_test,
        f"this is an LR range test, and it gives no suggestion: {reason}",
        "repeat the test as it says",
        series=lr.name,
        steps=(int(lr.steps[0]), int(lr.steps[-1])),
        evidence={"refused": reason},
    )
