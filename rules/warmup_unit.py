"""The warm-up is counted in another unit than the horizon.

## What it finds

A schedule with a warm-up (`num_warmup_steps`) in epochs and a horizon in batches, or the reverse; a warm-up in
batches where the horizon counts the updates of gradient accumulation; a warm-up that is not shorter than the
horizon.

## Why it matters

Two epochs of warm-up, passed as 2 steps, are no warm-up: training starts at the full learning rate. A warm-up
in batches of a schedule in epochs is never left, and the full learning rate is never reached.

## Example

```python
from transformers import get_linear_schedule_with_warmup

scheduler = get_linear_schedule_with_warmup(optimizer, warmup_epochs, epochs * len(loader))
for epoch in range(epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
        scheduler.step()
```

## Instead

```python
from transformers import get_linear_schedule_with_warmup

scheduler = get_linear_schedule_with_warmup(optimizer, warmup_epochs * len(loader), epochs * len(loader))
for epoch in range(epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
        scheduler.step()
```

## Fix safety

No fix is offered: the unit that is right depends on where the scheduler is stepped.

## When it stays silent

Where the unit of either is not known. A variable whose name says that it counts epochs is taken at its word,
and the finding is then *likely*, not proven.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrlint.counts import Count, quotient
from lrlint.findings import Claim, Confidence, Severity
from lrlint.registry import rule
from lrlint.source.program import Program
from lrlint.source.units import NAMED_FOR_EPOCHS, Unit, is_called, unit_of
from lrlint.source.use import Use
from lrlint.source.values import number_of

_NAMED_FOR_WARMUP = re.compile(r"^(num_)?warm_?up(_steps)?$")


@rule("LR204", "warmup-unit", Severity.ERROR)
def warmup_unit(program: Program) -> Iterator[Claim]:
    """The warm-up against the horizon."""
    for use in program.uses:
        given = use.argument(use.schedule.warmup) if use.schedule is not None and use.schedule.warmup else None
        warmup = number_of(given) if given is not None else None
        if warmup is None or not use.promises:
            continue
        for _, horizon in use.promises[:1]:
            yield from _judged(use, warmup, horizon)


def _judged(use: Use, warmup: Count, horizon: Count) -> Iterator[Claim]:
    unit, of_horizon = unit_of(use.program, warmup), unit_of(use.program, horizon)
    share = quotient(warmup, horizon)
    part = share.value(only_fixed=True) if share is not None and share.constant() is not None else None
    if unit is not None and of_horizon is not None and unit is not of_horizon:
        yield _claim(use, warmup, horizon, f"counts {unit.value}, its horizon {of_horizon.value}")
    elif part is not None and part >= 1:
        yield _claim(use, warmup, horizon, f"is not shorter than its horizon of {horizon}")
    elif unit is not None and of_horizon is None and is_called(horizon, _NAMED_FOR_WARMUP):
        message = f"counts {unit.value}; its horizon, {horizon}, is a warm-up by its name: the two are swapped"
        yield _claim(use, warmup, horizon, message, Confidence.LIKELY)
    elif unit is None and of_horizon in (Unit.BATCHES, Unit.UPDATES) and is_called(warmup, NAMED_FOR_EPOCHS):
        message = f"counts epochs by its name, its horizon {of_horizon.value}"
        yield _claim(use, warmup, horizon, message, Confidence.LIKELY)


def _claim(use: Use, warmup: Count, horizon: Count, problem: str, confidence: Confidence = Confidence.PROVEN) -> Claim:
    return Claim(
        use.at,
        f"the warm-up of {use.name}, {warmup}, {problem}",
        "give both in the unit in which the scheduler is stepped",
        confidence,
        promised=str(horizon),
    )
