"""The scheduler is stepped before the optimizer, so that the first learning rate is skipped.

## What it finds

A `scheduler.step()` that comes before the first `optimizer.step()` in the loop that holds both, or directly
after the scheduler is built.

## Why it matters

Since PyTorch 1.1 the schedule starts when it is built. Stepped first, the whole schedule runs one step
early: the first learning rate is never used, a milestone comes one epoch too soon, and a one-cycle or
cosine schedule ends one step before the run. See https://docs.pytorch.org/docs/stable/optim.html, 'How to
adjust learning rate'.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
for epoch in range(90):
    scheduler.step()
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
for epoch in range(90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: code between the two places may read the learning rate.

## When it stays silent

For classes of the program with a `step` or `get_lr` of their own, where an epoch number is passed
(`scheduler.step(epoch)` sets the schedule outright), where a condition that is no option of the run may keep the
first step out, and where the optimizer's step is not in view.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.conditions import Question, consistent, is_setting
from lrlint.source.events import Event, Guard, Loop, beyond, loops_of
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import key_of


@rule("LR104", "scheduler-before-optimizer", Severity.WARNING)
def scheduler_before_optimizer(program: Program) -> Iterator[Claim]:
    """The order of the first steps after the scheduler is built."""
    for use in program.uses:
        if use.foreign or use.takes_metric or use.scheduler.flags & {"own_step", "own_get_lr"}:
            continue
        for step in use.steps:
            later = _first_update_after(use, step)
            if later is not None:
                yield Claim(
                    step.place.at,
                    f"{use.name} is stepped before the optimizer: the first learning rate is skipped",
                    "step the optimizer first: move scheduler.step() behind it",
                    related=(Related(later.place.at, "the optimizer is stepped only here"),),
                )
                break


def _first_update_after(use: Use, step: Event) -> Event | None:
    """The update that a step comes before, None where the order is right or not known."""
    if step.arguments or step.keywords:
        return None
    made, updates = use.scheduler.place, use.updates()
    if any(made.order < update.place.order < step.place.order and _together(use, step, update) for update in updates):
        return None
    after = [one for one in updates if one.place.order > step.place.order and _together(use, step, one)]
    if not after or _kept_out_at_first(use, step, after[0]):
        return None
    mine = loops_of(beyond(step.place.frames, made.frames))
    if all(loop.kind == "entry" for loop in mine):
        return after[0] if _stepped_at_once(use, step) or _begins_an_epoch(mine, after[0]) else None
    inner = {id(loop) for loop in mine if loop.kind != "entry"}
    return next((update for update in after if inner & set(map(id, update.place.frames))), None)


def _together(use: Use, step: Event, update: Event) -> bool:
    """Whether one execution can reach the scheduler, its step and the update."""
    return consistent(use.scheduler.place.when | step.place.when | update.place.when)


def _kept_out_at_first(use: Use, step: Event, update: Event) -> bool:
    """Whether a guard or a condition that the update is not under as well may spare the first step.

    What the user chose holds for all steps or for none, and so does what is settled when the scheduler is there.
    """
    fresh = step.place.when - use.scheduler.place.when - update.place.when
    guards = [frame for frame in beyond(step.place.frames, update.place.frames) if isinstance(frame, Guard)]
    return bool(guards) or not all(is_setting(asked) or _settled(use, asked, truth) for asked, truth in fresh)


def _settled(use: Use, asked: Question, truth: bool) -> bool:
    """Whether the question has one answer for all steps.

    It is one on the variable that holds the scheduler, and of it the answer is known; or it is whether something
    was raised, outside of the loops that begin after the scheduler was built.
    """
    match asked.key:
        case ("handler", _, frozenset() as loops):
            return loops <= set(map(id, loops_of(use.scheduler.place.frames)))
        case (_, _, frozenset() as known):
            return (key_of(use.scheduler), truth) in known
    return False


def _begins_an_epoch(entries: list[Loop], update: Event) -> bool:
    """Whether a method that nobody in view calls steps the scheduler, and then trains in a loop."""
    within = loops_of(update.place.frames)
    return bool(entries) and entries[-1] in within and within[-1] is not entries[-1]


def _stepped_at_once(use: Use, step: Event) -> bool:
    """Whether a step outside of every loop is one too many: the schedule is stepped again with the training."""
    plain = use.schedule is not None and use.schedule.closed_form is not None
    return plain and step.place.frames == use.scheduler.place.frames and len(use.steps) > 1
