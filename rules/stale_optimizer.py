"""The optimizer is replaced, or gets new parameter groups, after the scheduler was built on it.

## What it finds

A variable that holds a scheduler's optimizer and is given another one, which is then trained with while the old
scheduler is stepped; and `add_param_group()` after a scheduler was built that keeps one value per group.

## Why it matters

A scheduler sets the learning rate of the optimizer that it was built on. The new one stays at its first learning
rate for the rest of the run. A group that is added later has no place in LambdaLR, OneCycleLR, CyclicLR and
CosineAnnealingWarmRestarts: the next step raises (older versions of torch leave the group without a schedule).

## Example

```python
import torch

optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
for epoch in range(20):
    if epoch == 5:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Instead

```python
import torch

optimizer = torch.optim.SGD(head.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
for epoch in range(20):
    if epoch == 5:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=15)
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: the schedule of the rest of the run has to be decided.

## When it stays silent

Where a scheduler is built on the new optimizer, where the old scheduler is not stepped any more, and for groups
added to schedulers that scale the learning rate of every group that they find (StepLR, CosineAnnealingLR, …).
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.conditions import consistent
from lrlint.source.events import Event, EventKind, beyond, loops_of
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import Optimizer, key_of


@rule("LR501", "stale-optimizer", Severity.ERROR)
def stale_optimizer(program: Program) -> Iterator[Claim]:
    """A scheduler whose optimizer is not the one that is trained with."""
    for use in program.uses:
        for optimizer in use.optimizers if use.steps and not use.foreign else ():
            for event in program.events_of(optimizer, EventKind.REBIND, EventKind.ADD_GROUP):
                new = event.arguments[0] if event.arguments else None
                if not _while_in_use(use, event):
                    continue
                if event.kind is EventKind.ADD_GROUP and _one_value_per_group(use):
                    yield _added(use, event)
                elif isinstance(new, Optimizer) and event.kind is EventKind.REBIND and _trains(program, use, new):
                    yield _replaced(use, event)


def _while_in_use(use: Use, event: Event) -> bool:
    """Whether something happens to the optimizer after the scheduler was built, which is stepped afterwards."""
    made = use.scheduler.place
    if event.place.order < made.order or not consistent(made.when | event.place.when):
        return False
    return any(
        consistent(step.place.when | event.place.when)
        and (step.place.order > event.place.order or _in_one_loop(use, step, event))
        for step in use.steps
    )


def _in_one_loop(use: Use, step: Event, event: Event) -> bool:
    loops = [set(loops_of(beyond(one.place.frames, use.scheduler.place.frames))) for one in (step, event)]
    return any(loop.kind != "entry" for loop in loops[0] & loops[1])


def _one_value_per_group(use: Use) -> bool:
    schedule = use.schedule
    return schedule is not None and (not schedule.chainable or schedule.name == "MultiplicativeLR")


def _trains(program: Program, use: Use, new: Optimizer) -> bool:
    """Whether the new optimizer is stepped where the scheduler is, and has no scheduler of its own."""
    if any(key_of(one) == key_of(new) for other in program.uses for one in other.optimizers):
        return False
    updates = [*program.events_of(new, EventKind.STEP)]
    return any(_in_one_loop(use, step, update) for step in use.steps for update in updates)


def _added(use: Use, event: Event) -> Claim:
    return Claim(
        event.place.at,
        f"a parameter group is added after {use.name} was built, which has no learning rate for it: "
        "its next step raises, or leaves the group out",
        "add the group before the scheduler is built",
        related=(Related(use.at, f"{use.name} is built here"),),
    )


def _replaced(use: Use, event: Event) -> Claim:
    return Claim(
        event.place.at,
        f"the optimizer is replaced, and {use.name} goes on with the old one: "
        "the learning rate of the new one never changes",
        "build a scheduler on the new optimizer",
        related=(Related(use.at, f"{use.name} is built on the old optimizer here"),),
    )
