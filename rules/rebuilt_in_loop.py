"""The scheduler is built anew in every epoch.

## What it finds

A scheduler that is constructed inside the loop over the epochs, itself or with its optimizer by a function that
is called there, and stepped in the same iteration.

## Why it matters

Every new scheduler begins at its first step. Whatever it was to do later (a drop after 10 epochs, the end of a
cosine) never happens; where it was to do something at once, it does it again and again.

## Example

```python
import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(epochs):
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Instead

```python
import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
for epoch in range(epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: what else has to move out of the loop with it is not known.

## When it stays silent

For one scheduler per fold, task or stage, for a cycle that is planned for one epoch, and where the scheduler is
told where it is: by `last_epoch`, a loaded state, or an epoch passed to `step()`.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.program import Program
from lrlint.source.ticks import rebuilt_in


@rule("LR107", "rebuilt-in-loop", Severity.ERROR)
def rebuilt_in_loop(program: Program) -> Iterator[Claim]:
    """Built and used up in one iteration."""
    for use in program.uses:
        loop = rebuilt_in(use)
        if loop is not None:
            yield Claim(
                use.at,
                f"{use.name} is built anew in every epoch: its schedule never gets beyond the first one",
                "build the optimizer and the scheduler once, before the loop",
                related=(
                    Related(loop.at, "the loop that it is built in"),
                    Related(use.steps[0].place.at, "stepped in the same iteration"),
                ),
            )
