"""ReduceLROnPlateau is stepped without a metric.

## What it finds

A `step()` without arguments on a scheduler that is a ReduceLROnPlateau.

## Why it matters

ReduceLROnPlateau compares a metric with the best one so far; without one, `step()` raises TypeError, often
only after the first epoch of training.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
for epoch in range(epochs):
    train(model, loader, optimizer)
    scheduler.step()
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
for epoch in range(epochs):
    train(model, loader, optimizer)
    scheduler.step(validate(model))
```

## Fix safety

No fix is offered: which metric is meant is not in the code.

## When it stays silent

Where the scheduler may be another one under the conditions of the call (`isinstance`, an option).
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.events import Event
from lrlint.source.program import Program
from lrlint.source.use import Use


@rule("LR301", "plateau-without-metric", Severity.ERROR)
def plateau_without_metric(program: Program) -> Iterator[Claim]:
    """`step()` of a scheduler that needs a metric."""
    for use in program.uses:
        if use.takes_metric and not use.foreign:
            for step in use.steps:
                if not step.arguments and not step.keywords and _certain(use, step):
                    yield Claim(
                        step.place.at,
                        f"{use.name}.step() needs the metric it watches: without one it raises TypeError",
                        "pass the validation loss: scheduler.step(val_loss)",
                        related=(Related(use.at, f"{use.name} is built here"),),
                    )


def _certain(use: Use, step: Event) -> bool:
    """Whether the scheduler that is stepped is this one under all conditions of the call."""
    made = use.scheduler.place.when
    return not made or step.place.when <= made
