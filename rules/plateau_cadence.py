"""ReduceLROnPlateau is stepped on every batch, with the loss of that batch.

## What it finds

A `step(loss)` in the batch loop whose argument is the very loss that the batch is trained with.

## Why it matters

`patience` counts calls. Per batch, ten of them are a fraction of an epoch, and the loss of single batches is
noise: the learning rate is cut again and again within the first epochs.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=5)
for epoch in range(epochs):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step(loss)
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=5)
for epoch in range(epochs):
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
    scheduler.step(validate(model))
```

## Fix safety

No fix is offered: a metric per epoch has to be computed first.

## When it stays silent

Where a condition thins the calls out (every n batches), where the metric is not the batch's own loss, where the
patience is 100 or more, so that batches may be meant, and where one epoch is one batch.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.events import Event, Guard, loops_of
from lrlint.source.metrics import is_training_loss, metric_of
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import number_of

MANY = 100
"""A patience from here on may well be meant in batches."""


@rule("LR303", "plateau-cadence", Severity.WARNING)
def plateau_cadence(program: Program) -> Iterator[Claim]:
    """A metric per batch for a patience in epochs."""
    for use in program.uses:
        if not use.takes_metric or use.foreign or not _few(use):
            continue
        for step in use.steps:
            if _with_every_batch(program, step):
                yield Claim(
                    step.place.at,
                    f"{use.name} is stepped on every batch with the loss of that batch: its patience counts batches",
                    "step it once per epoch, with a metric of the epoch",
                    related=(Related(use.at, "its patience is given here"),),
                )
                break


def _few(use: Use) -> bool:
    given = use.argument("patience")
    if given is None:
        return True
    count = number_of(given)
    worth = count.value() if count is not None else None
    return worth is not None and worth < MANY


def _with_every_batch(program: Program, step: Event) -> bool:
    value = metric_of(step)
    loops = loops_of(step.place.frames)
    if value is None or not loops or loops[-1] not in program.batch_loops:
        return False
    thinned = any(isinstance(frame, Guard) for frame in step.place.frames)
    return not thinned and is_training_loss(program, value)
