"""The learning rate is assigned by hand while a scheduler steps.

## What it finds

`param_group["lr"] = …` in the loop in which a scheduler of that optimizer is stepped, in every iteration; and,
as *likely*, a learning rate set to a fraction of the optimizer's after a scheduler was built that only scales
what it finds and so never puts it back.

## Why it matters

Two schedules are at work and one of them is lost: a scheduler that sets the learning rate outright undoes the
assignment at its next step, one that scales it goes on from the assigned value.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=90)
for epoch in range(90):
    for group in optimizer.param_groups:
        group["lr"] = 0.1 * 0.1 ** (epoch // 30)
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=90)
for epoch in range(90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: which of the two schedules is meant is not in the code.

## When it stays silent

Where the assignment is under a condition of its own (a warm-up by hand in the first steps, a lower bound), where
it goes by the learning rate in use (`group["lr"] *= group["scale"]`, `get_last_lr()`), where it concerns a later
group alone (`param_groups[1]`: held down on purpose), and where the scheduler is stepped in another loop.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.counts import ZERO, Count, quotient
from lrlint.findings import Claim, Confidence, Related, Severity
from lrlint.registry import rule
from lrlint.source.events import Event, EventKind, Loop, beyond, loops_of
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import Opaque, Optimizer, Value, number_of

_HELP = "remove one of the two: let the scheduler alone set the learning rate, or leave it out"


@rule("LR503", "lr-overwritten", Severity.WARNING)
def lr_overwritten(program: Program) -> Iterator[Claim]:
    """A scheduler and an assignment that both set the learning rate."""
    for use in program.uses:
        for optimizer in use.optimizers if use.steps else ():
            writes = [one for one in program.writes_to(optimizer, EventKind.LR_WRITE) if not _to_a_later_group(one)]
            for write in writes:
                step = next((step for step in use.steps if _in_every_iteration(use, write, step)), None)
                if step is not None and not _goes_by_the_current(write.arguments[0]):
                    yield _both(use, write, step)
            if len(writes) == 1 and _never_put_back(use, optimizer, writes[0]):
                yield _scaled(use, writes[0])


def _to_a_later_group(write: Event) -> bool:
    """Whether only another group than the first is written: it may be held down on purpose, beside the scheduler."""
    match write.target:
        case Opaque(key=("item", _, ("number", index))):
            return bool(index != ZERO.identity())
    return False


def _in_every_iteration(use: Use, write: Event, step: Event) -> bool:
    """Whether a loop writes whenever it steps the scheduler."""
    made = use.scheduler.place
    frames = beyond(write.place.frames, made.frames)
    unshared = [frame for frame in beyond(frames, step.place.frames) if not isinstance(frame, Loop)]
    if not write.place.when - made.when <= step.place.when or unshared:
        return False
    shared = set(loops_of(frames)) & set(loops_of(step.place.frames))
    return any(loop.kind != "entry" for loop in shared)


def _goes_by_the_current(value: Value) -> bool:
    """Whether the value is made from the learning rate in use."""
    count = number_of(value)
    tags = [symbol.tags for symbol in count.symbols()] if count is not None else []
    return any("lr" in one for one in tags) or (isinstance(value, Opaque) and "lr" in value.tags)


def _never_put_back(use: Use, optimizer: Value, write: Event) -> bool:
    """Whether a fraction of the optimizer's learning rate is assigned once, and the scheduler goes on from there."""
    if not (use.schedule and use.schedule.chainable and isinstance(optimizer, Optimizer)) or use.takes_metric:
        return False
    frames = beyond(write.place.frames, use.scheduler.place.frames)
    once = all(isinstance(frame, Loop) and frame.kind == "items" for frame in frames)
    before_steps = use.scheduler.place.order < write.place.order < use.steps[0].place.order
    fraction = _fraction(write.arguments[0], optimizer.arguments.get("lr"))
    return once and before_steps and fraction is not None and fraction < 1


def _fraction(value: Value, lr: Value | None) -> float | None:
    """`value / lr` where it is a number."""
    written, built = number_of(value), number_of(lr) if lr is not None else None
    ratio: Count | None = quotient(written, built) if written is not None and built is not None else None
    constant = ratio.constant() if ratio is not None else None
    return float(constant) if constant is not None else None


def _both(use: Use, write: Event, step: Event) -> Claim:
    outcome = "scales what is assigned here" if use.schedule and use.schedule.chainable else "overwrites it"
    return Claim(
        write.place.at,
        f"the learning rate is assigned by hand in the loop that steps {use.name}, which {outcome}",
        _HELP,
        related=(Related(step.place.at, f"{use.name} is stepped here"),),
    )


def _scaled(use: Use, write: Event) -> Claim:
    return Claim(
        write.place.at,
        f"{use.name} only scales the learning rate that it finds: it never returns to the one before this assignment",
        "put the learning rate back by hand, or build the scheduler with a warm-up",
        Confidence.LIKELY,
        related=(Related(use.at, f"{use.name} is built here"),),
    )
