"""The checkpoint holds the scheduler's state, and it is not loaded.

## What it finds

A checkpoint with the states of an optimizer and of its scheduler, and a place that loads the optimizer's state,
while nothing loads the scheduler's.

## Why it matters

A resumed run goes on with the optimizer where it was, and begins its schedule anew: a warm-up in the middle of
training, a cosine that starts again.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=90)
if resume:
    checkpoint = torch.load(path)
    optimizer.load_state_dict(checkpoint["optimizer"])
for epoch in range(90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    torch.save({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, path)
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=90)
if resume:
    checkpoint = torch.load(path)
    optimizer.load_state_dict(checkpoint["optimizer"])
    scheduler.load_state_dict(checkpoint["scheduler"])
for epoch in range(90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    torch.save({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, path)
```

## Fix safety

No fix is offered: checkpoints written before may lack the key.

## When it stays silent

Where the schedule is restored in another way (`last_epoch`, steps replayed, an epoch passed to `step()`), where
the scheduler is given to code that is not in view, and where what else is loaded may be the scheduler.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.program import Program
from lrlint.source.resuming import loads_of_optimizer, saved_with_optimizer, unrestored


@rule("LR402", "scheduler-not-restored", Severity.WARNING)
def scheduler_not_restored(program: Program) -> Iterator[Claim]:
    """A state that is saved for nothing."""
    for use in program.uses:
        saved = saved_with_optimizer(use) if unrestored(use) else None
        for load in loads_of_optimizer(use)[:1] if saved is not None else ():
            if load.place.order > use.scheduler.place.order:
                yield Claim(
                    load.place.at,
                    f"the optimizer's state is loaded here, and that of {use.name}, which is saved with it, nowhere: "
                    "a resumed run starts the schedule again",
                    "load the scheduler's state here, too: scheduler.load_state_dict(…)",
                    related=(Related(saved.place.at, "both are saved here"),) if saved else (),
                )
