"""Milestones that the run never comes to.

## What it finds

A MultiStepLR with milestones beyond the last step of the run, or in batches while it is stepped once per epoch.

## Why it matters

A drop that never comes leaves the learning rate high to the end. Milestones of another recipe (30, 60, 80 of 90
epochs) in a run of 20 make it constant.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[30, 60, 80])
for epoch in range(20):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[10, 15, 18])
for epoch in range(20):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: the milestones or the length of the run may be what is wrong.

## When it stays silent

Where the last milestone is the end of the run (it does no harm), where the length of the run is not known, and
where it is an option whose default reaches the first milestone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.counts import Count
from lrlint.findings import Claim, Confidence, Related, Severity
from lrlint.registry import rule
from lrlint.source.curves import curves_of
from lrlint.source.program import Program
from lrlint.source.ticks import lives_through
from lrlint.source.units import Unit, cadence, planned_in
from lrlint.source.use import Use
from lrlint.source.verdicts import LONG


@rule("LR205", "milestones-out-of-run", Severity.WARNING)
def milestones_out_of_run(program: Program) -> Iterator[Claim]:
    """Milestones against the steps delivered."""
    for use in program.uses:
        if use.name != "MultiStepLR" or not lives_through(use):
            continue
        steps = use.delivered_by(use.steps)
        if planned_in(use) in (Unit.BATCHES, Unit.UPDATES) and cadence(use) is Unit.EPOCHS:
            yield _claim(use, steps, "the milestones count batches, but it is stepped once per epoch: they never come")
        elif steps is not None and use.milestones:
            yield from _beyond(use, steps)


def _beyond(use: Use, steps: Count) -> Iterator[Claim]:
    last, fixed = steps.value(), steps.value(only_fixed=True) is not None
    values = [count.value(only_fixed=True) for count in use.milestones]
    if last is None or not last or any(value is None for value in values):
        return
    beyond = [value for value in values if value is not None and value > LONG * last]
    if len(beyond) == len(values) or (beyond and fixed):
        which = "none of its milestones comes" if len(beyond) == len(values) else f"{_listed(beyond)} never comes"
        message = f"it is stepped {steps} times: {which}"
        yield _claim(use, steps, message, Confidence.PROVEN if fixed else Confidence.LIKELY)


def _listed(milestones: list[float]) -> str:
    return ", ".join(f"{milestone:g}" for milestone in milestones)


def _claim(use: Use, steps: Count | None, message: str, confidence: Confidence = Confidence.PROVEN) -> Claim:
    last = use.milestones[-1].value() if use.milestones else None
    return Claim(
        use.at,
        f"{use.name}: {message}",
        "give it milestones within the run, in the unit in which it is stepped",
        confidence,
        delivered=str(steps) if steps is not None else None,
        related=(Related(use.steps[0].place.at, "it is stepped here"),),
        curves=curves_of(use, last + 1 if last is not None else None, steps.value() if steps is not None else None),
    )
