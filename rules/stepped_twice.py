"""The scheduler is stepped twice where its schedule is to move by one.

## What it finds

Two calls of `scheduler.step()` for one scheduler in the same iteration of a loop, with no training in between:
a line that was copied, or one call in the function that trains an epoch and another one after it.

## Why it matters

The schedule runs at double speed. A cosine is back at its full learning rate when the run ends; OneCycleLR
raises ValueError half-way; a polynomial decay trains half of the run at 0.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
for epoch in range(epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    validate(model)
    scheduler.step()
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
for epoch in range(epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    validate(model)
```

## Fix safety

No fix is offered: which of the two calls is the wrong one is not in the code.

## When it stays silent

Where the calls are alternatives, where an epoch number is passed, where the optimizer is stepped between them,
and where both together are what the horizon promises.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.counts import equal_up_to_rounding
from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.curves import curves_of, in_numbers
from lrlint.source.program import Program
from lrlint.source.ticks import doubled
from lrlint.source.use import Use


@rule("LR106", "stepped-twice", Severity.ERROR)
def stepped_twice(program: Program) -> Iterator[Claim]:
    """Two steps in one iteration."""
    for use in program.uses:
        pair = doubled(use)
        if pair is None or use.foreign or use.positioned or _promised(use):
            continue
        first, second = pair
        steps, single = use.delivered_by(use.steps), use.delivered_by([first])
        curves = curves_of(use, single.value() if single else None, steps.value() if steps else None)
        yield Claim(
            second.place.at,
            f"{use.name} is stepped twice in one iteration of the loop: its schedule runs at double speed"
            + in_numbers(curves),
            "keep one of the two calls",
            promised=str(single) if single is not None else None,
            delivered=str(steps) if steps is not None else None,
            related=(Related(first.place.at, "it is stepped here already"),),
            curves=curves,
        )


def _promised(use: Use) -> bool:
    """Whether the horizon counts both calls."""
    steps = use.delivered_by(use.steps)
    return steps is not None and any(equal_up_to_rounding(steps, promised) for _, promised in use.promises)
