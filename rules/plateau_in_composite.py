"""ReduceLROnPlateau is one of the schedulers of a ChainedScheduler or SequentialLR.

## What it finds

A ReduceLROnPlateau in the list that ChainedScheduler or SequentialLR is given.

## Why it matters

The composite's `step()` takes no metric and has none to pass on. torch refuses to build it (ValueError); older
versions fail at the first step.

## Example

```python
from torch.optim.lr_scheduler import ChainedScheduler, ExponentialLR, ReduceLROnPlateau

decay = ExponentialLR(optimizer, gamma=0.98)
plateau = ReduceLROnPlateau(optimizer)
scheduler = ChainedScheduler([decay, plateau])
for epoch in range(20):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Instead

```python
from torch.optim.lr_scheduler import ExponentialLR, ReduceLROnPlateau

decay = ExponentialLR(optimizer, gamma=0.98)
plateau = ReduceLROnPlateau(optimizer)
for epoch in range(20):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    decay.step()
    plateau.step(validation_loss(model))
```

## Fix safety

No fix is offered: which metric the plateau scheduler is to watch is not in the code.

## When it stays silent

Where the list is not known, and for composites that are not torch's.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.program import Program


@rule("LR508", "plateau-in-composite", Severity.ERROR)
def plateau_in_composite(program: Program) -> Iterator[Claim]:
    """A scheduler that needs a metric inside one that has none."""
    for use in program.uses:
        for piece in use.pieces:
            if piece.takes_metric:
                yield Claim(
                    use.at,
                    f"{use.name} cannot hold {piece.name}, which needs a metric at every step",
                    f"step {piece.name} beside it: scheduler.step(val_loss)",
                    related=(Related(piece.at, f"{piece.name} is built here"),),
                )
