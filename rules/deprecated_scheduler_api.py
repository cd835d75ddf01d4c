"""A call of the scheduler API that torch has deprecated.

## What it finds

`get_lr()` read for the current learning rate, and an epoch number passed to `step()`.

## Why it matters

`get_lr()` is a part of `step()`; called elsewhere, it warns. Of a schedule that scales what it finds (StepLR,
CosineAnnealingLR, …) it computes the *next* value: at a milestone it is off by a whole factor. `step(epoch)` is
deprecated since PyTorch 1.4 and replaces the chainable form by the closed one. See
https://docs.pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
for epoch in range(90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    print(scheduler.get_lr()[0])
    scheduler.step()
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
for epoch in range(90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    print(scheduler.get_last_lr()[0])
    scheduler.step()
```

## Fix safety

`get_lr()` becomes `get_last_lr()`, which returns the learning rate in use: safe. For `step(epoch)` no fix is
offered: without the number, where the call stands begins to matter.

## When it stays silent

Where neither the origin nor the name of what `step()` is given says that it counts epochs, steps or iterations (a
name alone makes the finding *likely*), inside a scheduler's own class, for classes of the program with a `get_lr`
or `step` of their own (or what may be one of them), where `get_last_lr()` is read on the other side of a condition
(the program asks which of the two torch has), for CosineAnnealingWarmRestarts, whose `step()` takes a fractional
epoch by design, and for the schedulers of other libraries, whose `step()` means something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrlint.findings import Claim, Confidence, Edit, Fix, Location, Severity
from lrlint.registry import rule
from lrlint.schedules import PastEnd
from lrlint.source.events import Event, EventKind
from lrlint.source.metrics import direction_of
from lrlint.source.program import Program
from lrlint.source.units import is_index
from lrlint.source.use import Use
from lrlint.source.values import Constant

_GET_LR = "get_lr()"
_COUNTER = re.compile(r"\.step\(.*(epoch|step|iter)", re.I)


@rule("LR601", "deprecated-scheduler-api", Severity.WARNING)
def deprecated_scheduler_api(program: Program) -> Iterator[Claim]:
    """`get_lr()` and `step(epoch)`."""
    for use in program.uses:
        if use.schedule is not None and use.schedule.past_end is not PastEnd.RESTARTS and not use.takes_metric:
            yield from (claim for step in use.steps if (claim := _epoch_passed(program, use, step)) is not None)
        if "own_get_lr" not in use.scheduler.flags:
            wrong = use.schedule is None or use.schedule.chainable
            for event in use.events(EventKind.GET_LR):
                if not _for_an_old_torch(program, event):
                    yield _get_lr(event, use.name, wrong, Confidence.PROVEN)
    own = any("own_get_lr" in use.scheduler.flags for use in program.uses)
    reads = [event for event in program.events if event.kind is EventKind.GET_LR and not own]
    for event in reads:
        if program.is_unknown_scheduler(event.target) and not _for_an_old_torch(program, event):
            yield _get_lr(event, "the scheduler", None, Confidence.LIKELY)


def _for_an_old_torch(program: Program, event: Event) -> bool:
    """Whether `get_last_lr()` stands on the other side of a condition: the program asks which of them torch has."""
    other_side = {(asked, not truth) for asked, truth in event.place.when}
    return any(other_side & other.place.when for other in program.events_of(event.target, EventKind.LR_READ))


def _epoch_passed(program: Program, use: Use, step: Event) -> Claim | None:
    """Proven where the number is known to count, likely where it is called an epoch, a step or an iteration."""
    given = [*step.arguments, *(value for name, value in step.keywords.items() if name == "epoch")]
    if len(given) != 1 or isinstance(given[0], Constant):
        return None
    counts = is_index(given[0])
    if not counts and (direction_of(program, step) is not None or not _COUNTER.search(step.text)):
        return None
    return Claim(
        step.place.at,
        f"an epoch number is passed to {use.name}.step(): deprecated, it sets the schedule instead of advancing it",
        "call step() without arguments, once, after the optimizer's steps of the epoch",
        Confidence.PROVEN if counts else Confidence.LIKELY,
    )


_OUTCOMES = {
    True: "it computes the next value, not the one in use",
    False: "it only warns",
    None: "it warns, and for many schedules computes the next value, not the one in use",
}


def _get_lr(event: Event, name: str, wrong: bool | None, confidence: Confidence) -> Claim:
    """`wrong`: the value is another one than that in use, at least now and then; None if that is not known."""
    outcome = _OUTCOMES[wrong]
    return Claim(
        event.place.at,
        f"get_lr() of {name} is a part of step(): called elsewhere, {outcome}",
        "use get_last_lr()",
        confidence,
        fix=_renamed(event.place.at),
    )


def _renamed(at: Location) -> Fix | None:
    """`get_lr()` at the end of the call renamed, where it stands on one line."""
    if at.line != at.end_line or at.end_column - at.column <= len(_GET_LR):
        return None
    name = Location(at.path, at.line, at.end_column - len(_GET_LR), at.line, at.end_column - 2)
    return Fix("read get_last_lr()", (Edit(name, "get_last_lr"),), safe=True)
