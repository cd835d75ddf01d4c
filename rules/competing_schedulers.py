"""Two schedulers overwrite each other's learning rate on one optimizer.

## What it finds

Two schedulers on the same optimizer that are stepped in the same loop, at least one of which sets the learning
rate outright (LambdaLR, OneCycleLR, CyclicLR, CosineAnnealingWarmRestarts, the `get_*_schedule` functions).

## Why it matters

Whichever is stepped last decides, and undoes what the other did: a warm-up that never shows, reductions of a
ReduceLROnPlateau that are gone one step later.

## Example

```python
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, LambdaLR

warmup = LambdaLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / 5))
cosine = CosineAnnealingWarmRestarts(optimizer, T_0=20)
for epoch in range(20):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    warmup.step()
    cosine.step()
```

## Instead

```python
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, LambdaLR, SequentialLR

warmup = LambdaLR(optimizer, lambda epoch: min(1.0, (epoch + 1) / 5))
cosine = CosineAnnealingWarmRestarts(optimizer, T_0=15)
scheduler = SequentialLR(optimizer, [warmup, cosine], milestones=[5])
for epoch in range(20):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: whether they are meant to follow each other or to be multiplied is not in the code.

## When it stays silent

Where both scale the learning rate that they find (StepLR, CosineAnnealingLR, LinearLR and others can be chained),
where a condition on the epoch or the step divides the run between them, where one lives for a part of the run
only, and for schedulers of different optimizers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.conditions import When
from lrlint.source.events import Event, Guard, Loop, beyond, loops_of
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import key_of


@rule("LR502", "competing-schedulers", Severity.WARNING)
def competing_schedulers(program: Program) -> Iterator[Claim]:
    """Two schedulers, one optimizer, one loop."""
    for first, second in combinations([use for use in program.uses if use.steps and not use.foreign], 2):
        overwriting = [use for use in (first, second) if _overwrites(use)]
        if overwriting and _same_optimizer(first, second) and _stepped_together(first, second):
            other = second if overwriting[0] is first else first
            yield Claim(
                second.at,
                f"{first.name} and {second.name} are stepped on one optimizer: "
                f"{overwriting[0].name} overwrites the learning rate that {other.name} sets",
                "let one follow the other with SequentialLR, or multiply them in one LambdaLR",
                related=(Related(first.at, f"{first.name} is built here"),),
            )


def _overwrites(use: Use) -> bool:
    return use.schedule is not None and use.schedule.children is None and not use.schedule.chainable


def _same_optimizer(first: Use, second: Use) -> bool:
    keys = [[key_of(one) for one in use.optimizers] for use in (first, second)]
    known = first.schedule is not None and second.schedule is not None
    return known and len(keys[0]) == 1 and keys[0] == keys[1]


def _stepped_together(first: Use, second: Use) -> bool:
    """Whether both live through the same loops, and are stepped under the same conditions in one of them."""
    made = (first.scheduler.place, second.scheduler.place)
    if loops_of(made[0].frames) != loops_of(made[1].frames) or made[0].when != made[1].when:
        return False
    if len({_condition(use, step) for use in (first, second) for step in use.steps}) != 1:
        return False
    if any(step.arguments and not use.takes_metric for use in (first, second) for step in use.steps):
        return False
    loops = [{loop for step in use.steps for loop in _loops(use, step)} for use in (first, second)]
    return bool(loops[0] & loops[1])


def _loops(use: Use, step: Event) -> list[Loop]:
    return [loop for loop in loops_of(beyond(step.place.frames, use.scheduler.place.frames)) if loop.kind != "entry"]


def _condition(use: Use, step: Event) -> tuple[When, frozenset[Guard]]:
    """What has to be true for a step to happen: for a part of the run, with every update, or always."""
    made = use.scheduler.place
    guards = [frame for frame in beyond(step.place.frames, made.frames) if isinstance(frame, Guard)]
    return step.place.when - made.when, frozenset(guards)
