"""A scheduler is built for an optimizer that trains, and never stepped.

## What it finds

A scheduler that no `step()` in the program reaches, while its optimizer is stepped in a loop.

## Why it matters

The learning rate stays what it was when the scheduler was built. The schedule is written down, its options
can be set, and nothing of it happens. OneCycleLR does harm even so: building it sets the learning rate to
`max_lr / 25`.

## Example

```python
import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
for epoch in range(90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
```

## Instead

```python
import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
for epoch in range(90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: where the step belongs depends on the unit of the schedule.

## When it stays silent

Where the scheduler (or an object that holds it) is given to code that is not in view, returned to callers that are
not in view, or part of another scheduler, where something that may be it is stepped, and where the program sets
the learning rate itself in every round of the training: the scheduler is then a leftover. It is also silent where
nobody in view constructs the object that holds the scheduler, unless one of its methods has the loop over the
epochs with the whole training in it: the finding is then *likely*, not proven.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Confidence, Related, Severity
from lrlint.registry import rule
from lrlint.source.conditions import consistent
from lrlint.source.events import Event, EventKind, Guard, loops_of
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import Opaque, key_of


@rule("LR105", "never-stepped", Severity.ERROR)
def never_stepped(program: Program) -> Iterator[Claim]:
    """Schedulers without a step."""
    if not program.complete or any(_may_be_any(program, event) for event in program.events):
        return
    for use in program.uses:
        training = _training(use)
        if training is None or _may_be_stepped(use) or _by_hand(use, training):
            continue
        held = key_of(use.scheduler) in program.shared
        if not held or _trains_in_one_go(use):
            yield Claim(
                use.at,
                f"{use.name} is never stepped: the learning rate stays what it is",
                "call scheduler.step() after the optimizer's steps, or remove the scheduler",
                Confidence.LIKELY if held else Confidence.PROVEN,
                related=(Related(training.place.at, "its optimizer is stepped here"),),
            )


def _may_be_any(program: Program, event: Event) -> bool:
    """Whether something unknown is stepped that may be a scheduler."""
    target = event.target
    if event.kind is not EventKind.STEP or not isinstance(target, Opaque) or program.is_optimizer(target):
        return False
    return len(event.arguments) + len(event.keywords) <= 1 and "prof" not in target.label


def _may_be_stepped(use: Use) -> bool:
    moved = any(True for _ in use.events(EventKind.STEP, EventKind.STATE_WRITE, EventKind.GET_LR))
    return moved or use.foreign or use.schedule is None


def _trains_in_one_go(use: Use) -> bool:
    """Whether only an object of a plain class has the scheduler, and all epochs are over when its method returns.

    Whoever constructs the object gets it back when there is nothing left to schedule.
    """
    program = use.program
    inner = set(map(id, program.batch_loops))
    outer = {id(loop) for loop in program.epoch_loops if loop.kind != "entry"}
    loops = [set(map(id, loops_of(update.place.frames))) for update in use.updates()]
    return key_of(use.scheduler) not in program.given_away and all(one & inner and one & outer for one in loops)


def _by_hand(use: Use, training: Event) -> bool:
    """Whether the learning rate is assigned, whatever happens, in a loop around the training."""
    around = set(map(id, loops_of(training.place.frames)))
    return any(
        write.place.when <= training.place.when
        and not any(isinstance(frame, Guard) for frame in write.place.frames)
        and any(id(loop) in around for loop in loops_of(write.place.frames) if loop.kind != "entry")
        for one in use.optimizers
        for write in use.program.writes_to(one, EventKind.LR_WRITE)
    )


def _training(use: Use) -> Event | None:
    """A step of its optimizer in a loop, after it was built."""
    made = use.scheduler.place
    for update in use.updates():
        looped = any(loop.kind != "entry" for loop in loops_of(update.place.frames))
        if looped and update.place.order > made.order and consistent(update.place.when | made.when):
            return update
    return None
