"""A resumed run restarts its schedule, or cannot be resumed at all.

## What it finds

A scheduler that is built after its optimizer's state was loaded, and is told neither by its own state nor by
`last_epoch` where it was, or makes up for its steps on a learning rate that is already lowered; and `last_epoch`
given for an optimizer whose groups have no `initial_lr`.

## Why it matters

A new scheduler begins with its first step: LambdaLR and others put the learning rate back to its first value at
once. With `last_epoch`, torch looks the first learning rate up in the groups' `initial_lr`, which only an earlier
scheduler or a loaded state puts there: KeyError.

## Example

```python
import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30, last_epoch=start_epoch - 1)
for epoch in range(start_epoch, 90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Instead

```python
import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
if resume:
    checkpoint = torch.load(path)
    optimizer.load_state_dict(checkpoint["optimizer"])
    scheduler.load_state_dict(checkpoint["scheduler"])
for epoch in range(start_epoch, 90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    torch.save({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, path)
```

## Fix safety

No fix is offered: what the checkpoint holds is not in the code that loads it.

## When it stays silent

Where the scheduler's state is loaded afterwards, where the run does not save the scheduler's state (LR401), where
`initial_lr` is set by hand or by an earlier scheduler, and where the optimizer is built out of view, or by another
function than the scheduler while nobody in view calls the two.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.conditions import consistent
from lrlint.source.events import Event, EventKind, beyond, loops_of
from lrlint.source.program import Program
from lrlint.source.resuming import loads_of_optimizer, saved_with_optimizer, unrestored
from lrlint.source.use import Use
from lrlint.source.values import Constant, Entries, Items, Opaque, Optimizer, Value, cases_of, key_of, number_of


@rule("LR403", "resume-without-state", Severity.WARNING)
def resume_without_state(program: Program) -> Iterator[Claim]:
    """A scheduler that begins again, or that lacks what `last_epoch` needs."""
    for use in program.uses:
        before = [load for load in loads_of_optimizer(use) if _in_one_go(load, use)]
        if before and unrestored(use) and saved_with_optimizer(use) is not None:
            yield _after(use, before[0], "it begins with its first step again")
        elif before and use.caught_up and use.schedule is not None and use.schedule.chainable:
            yield _after(use, before[0], "the steps made up for lower the learning rate a second time")
        elif before and _placed_by_hand(use):
            yield _after(use, before[0], "building it sets the loaded learning rate back to the first one")
        elif not before and _continues(use) and all(_lacks_initial_lr(use, one) for one in use.optimizers):
            yield Claim(
                use.at,
                f"last_epoch needs 'initial_lr' in the optimizer's parameter groups, which nothing puts there: "
                f"{use.name} raises KeyError unless last_epoch is -1",
                "build it without last_epoch and load its state, or set initial_lr in every group",
            )


def _placed_by_hand(use: Use) -> bool:
    """Whether only `last_epoch` is written after a schedule was built that sets the learning rate outright.

    The next `step()` finds its place again; until then the run goes on at the first learning rate.
    """
    if use.foreign or use.schedule is None or use.schedule.chainable or use.takes_metric:
        return False
    loaded = any(True for _ in use.events(EventKind.LOAD))
    return not loaded and not use.positioned and any(True for _ in use.events(EventKind.STATE_WRITE))


def _in_one_go(load: Event, use: Use) -> bool:
    """Whether a state is loaded before the scheduler is built, and no loop (a new stage of the run) lies between."""
    made = use.scheduler.place
    return load.place.order < made.order and not loops_of(beyond(made.frames, load.place.frames))


def _after(use: Use, load: Event, outcome: str) -> Claim:
    return Claim(
        use.at,
        f"{use.name} is built after the optimizer's state was loaded: {outcome}",
        "build it before, and load its state with the optimizer's",
        related=(Related(load.place.at, "the optimizer's state is loaded here"),),
    )


def _continues(use: Use) -> bool:
    """Whether `last_epoch` is given and may be another number than -1."""
    given = use.argument("last_epoch")
    if given is None or use.schedule is None:
        return False
    return not any(isinstance(case, Constant) or _is_fresh(case) for _, case in cases_of(given))


def _is_fresh(last_epoch: Value) -> bool:
    """Whether it is -1, in the call or as a default that the call leaves as it is."""
    count = number_of(last_epoch)
    return count is not None and count.value(only_fixed=True) == -1


def _lacks_initial_lr(use: Use, optimizer: Value) -> bool:
    """Whether neither the optimizer's arguments, nor an earlier scheduler, nor the program set `initial_lr`.

    What callers out of view do between building the optimizer and the scheduler is not known.
    """
    if not isinstance(optimizer, Optimizer) or not _plain(optimizer.arguments.get("params")):
        return False
    between = loops_of(beyond(use.scheduler.place.frames, optimizer.place.frames))
    if any(loop.kind == "entry" for loop in between):
        return False
    earlier = [
        other
        for other in use.program.uses
        if other.scheduler.place.order < use.scheduler.place.order
        and consistent(other.scheduler.place.when | use.scheduler.place.when)
        and key_of(optimizer) in map(key_of, other.optimizers)
    ]
    return not earlier and not any(True for _ in use.program.writes_to(optimizer, EventKind.INITIAL_LR_WRITE))


def _plain(params: Value | None) -> bool:
    """Whether an optimizer's parameters are tensors, or groups that are known to have no `initial_lr`."""
    if isinstance(params, Items):
        return all(
            isinstance(one, Entries) and one.complete and "initial_lr" not in one.entries for one in params.elements
        )
    return isinstance(params, Opaque) and isinstance(params.parent, Opaque) and params.parent.name == "parameters"
