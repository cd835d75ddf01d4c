"""A metric is passed to a scheduler whose `step()` takes an epoch number.

## What it finds

`scheduler.step(val_loss)` on a scheduler that is no ReduceLROnPlateau.

## Why it matters

The loss is taken for the number of the epoch. A loss of 0.69 sets the schedule back to its first epoch, again
and again: the learning rate hardly moves, and nothing raises.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
for epoch in range(epochs):
    train(model, loader, optimizer)
    val_loss = validate(model)
    scheduler.step(val_loss)
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
for epoch in range(epochs):
    train(model, loader, optimizer)
    val_loss = validate(model)
    scheduler.step()
```

## Fix safety

No fix is offered: perhaps ReduceLROnPlateau was meant.

## When it stays silent

Where the argument is the index of a loop, where neither its origin nor its name says that it is a loss or a
score, and where the call may be meant for another scheduler under its conditions. Those under which the whole
training stands (`if mode == "train":`) tell no schedulers apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.events import Event
from lrlint.source.metrics import is_metric
from lrlint.source.program import Program
from lrlint.source.use import Use


@rule("LR304", "metric-to-epoch-schedule", Severity.ERROR)
def metric_to_epoch_schedule(program: Program) -> Iterator[Claim]:
    """A loss or score where an epoch number is expected."""
    for use in program.uses:
        if use.schedule is None or use.takes_metric or use.foreign:
            continue
        for step in use.steps:
            found, confidence = is_metric(program, step)
            if found and _certain(use, step):
                yield Claim(
                    step.place.at,
                    f"{use.name}.step() takes an epoch number, and is given a metric: it sets the schedule by it",
                    "call step() without arguments, or use ReduceLROnPlateau",
                    confidence,
                    related=(Related(use.at, f"{use.name} is built here"),),
                )
                break


def _certain(use: Use, step: Event) -> bool:
    """Whether the call is under no condition but those of the scheduler itself, or of the training as a whole."""
    extra = step.place.when - use.scheduler.place.when
    return not extra or any(extra <= update.place.when for update in use.updates())
