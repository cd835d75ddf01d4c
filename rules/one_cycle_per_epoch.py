"""A schedule that is planned in batches is stepped once per epoch.

## What it finds

A scheduler whose horizon counts batches or updates (OneCycleLR, a `get_*_schedule_with_warmup`, any
`T_max` or `total_iters` with `len(loader)` in it), while `scheduler.step()` stands in the epoch loop.

## Why it matters

The schedule gets one step per epoch instead of one per batch: 20 of 9,380. A warm-up is never left, an
annealing never begins. The run trains to its end at nearly the first learning rate.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, epochs=epochs, steps_per_epoch=len(loader))
for epoch in range(epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()
    scheduler.step()
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, epochs=epochs, steps_per_epoch=len(loader))
for epoch in range(epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()
        scheduler.step()
```

## Fix safety

No fix is offered: whether the step belongs into the batch loop or the horizon should count epochs is a
decision about the run.

## When it stays silent

Where either count is not known, where a framework or code out of view steps the scheduler, and where one
epoch is one update.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.curves import curves_of, in_numbers
from lrlint.source.program import Program
from lrlint.source.ticks import lives_through
from lrlint.source.units import Unit, cadence, planned_counts, planned_in
from lrlint.source.use import Use
from lrlint.source.verdicts import Ratio, claim_at_constructor, claim_at_step, has_end, promises_the_updates, verdicts

_MOVE = "step it after every optimizer.step(), inside the batch loop"


@rule("LR101", "one-cycle-per-epoch", Severity.ERROR)
def one_cycle_per_epoch(program: Program) -> Iterator[Claim]:
    """Horizons in batches, steps in epochs."""
    judged = set()
    for verdict in verdicts(program):
        judged.add(id(verdict.use.scheduler))
        if verdict.ratio is not Ratio.PER_EPOCH:
            continue
        message = (
            f"{verdict.use.name} is planned for {verdict.promised} steps, but is stepped once per epoch: "
            f"{verdict.delivered} times"
        )
        if promises_the_updates(verdict):
            yield claim_at_step(verdict, message, _MOVE)
        else:
            yield claim_at_constructor(
                verdict, message, "state the horizon in epochs, the number of times it is stepped"
            )
    for use in program.uses:
        if id(use.scheduler) not in judged and lives_through(use):
            yield from _by_unit(use)


def _by_unit(use: Use) -> Iterator[Claim]:
    """Schedules without an end: the unit of their numbers against the loop of their steps. Milestones are LR205's."""
    if has_end(use) or use.name == "MultiStepLR" or cadence(use) is not Unit.EPOCHS:
        return
    unit = planned_in(use)
    if unit not in (Unit.BATCHES, Unit.UPDATES):
        return
    name, count = next((name, count) for name, count in planned_counts(use) if count.symbols())
    steps, updates = use.delivered_by(use.steps), use.delivered_by(use.updates()[:1])
    curves = curves_of(use, updates.value() if updates else None, steps.value() if steps else None)
    yield Claim(
        use.steps[0].place.at,
        f"{use.name} counts {unit.value} ({name} is {count}), but is stepped once per epoch" + in_numbers(curves),
        f"{_MOVE}, or state its numbers in epochs",
        delivered=str(steps) if steps is not None else None,
        related=(Related(use.at, f"{use.name} is built here"),),
        curves=curves,
    )
