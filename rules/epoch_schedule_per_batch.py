"""A schedule that is planned in epochs is stepped for every batch.

## What it finds

A scheduler whose numbers count epochs (`T_max=epochs`, StepLR and MultiStepLR as they are usually written),
while `scheduler.step()` stands in the batch loop.

## Why it matters

The schedule runs as many times too fast as an epoch has batches. StepLR(30) drops the learning rate every 30
batches instead of every 30 epochs, so that nothing is left of it after the first epoch; a cosine climbs up and
down all the time.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
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

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
for epoch in range(epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()
    scheduler.step()
```

## Fix safety

No fix is offered: moving the line and stating the numbers in batches are both possible.

## When it stays silent

Where the numbers are not known to be epochs, nor called so (`lr_decay_epochs`: *likely*), and where a number that
is called so ends the loop over batches. A number written into StepLR or MultiStepLR is taken for epochs only where
the run has at least as many of them, and its learning rate would be gone (or its last milestone past) with as few
as ten batches in an epoch; the finding is then *likely*, not proven. More than a thousand epochs are short ones, of
a batch or a few: written numbers say nothing there.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Confidence, Related, Severity
from lrlint.node import replace
from lrlint.registry import rule
from lrlint.source.curves import curves_of, in_numbers
from lrlint.source.decay import MOST_EPOCHS, taken_for_epochs
from lrlint.source.events import beyond, loops_of
from lrlint.source.program import Program
from lrlint.source.ticks import lives_through
from lrlint.source.units import (
    NAMED_FOR_EPOCHS,
    Unit,
    cadence,
    epochs_of,
    is_called,
    planned_counts,
    planned_in,
)
from lrlint.source.use import Use
from lrlint.source.verdicts import Ratio, Verdict, claim_at_step, has_end, verdicts

_HELP = "step it once per epoch, after the batch loop, or state its numbers in batches"


@rule("LR103", "epoch-schedule-per-batch", Severity.ERROR)
def epoch_schedule_per_batch(program: Program) -> Iterator[Claim]:
    """Horizons and step sizes in epochs, steps in batches."""
    for verdict in verdicts(program):
        if verdict.ratio is Ratio.PER_BATCH and _means_epochs(verdict):
            literal = verdict.promised.constant() is not None
            yield claim_at_step(
                replace(verdict, confidence=Confidence.LIKELY) if literal else verdict,
                f"{verdict.use.name} is planned for {verdict.promised} epochs, but is stepped for every batch: "
                f"{verdict.delivered} times",
                _HELP,
            )
    judged = {id(verdict.use) for verdict in verdicts(program)}
    for use in program.uses:
        if lives_through(use) and id(use) not in judged:
            yield from _by_unit(use)


def _means_epochs(verdict: Verdict) -> bool:
    """Whether the horizon counts epochs: by its symbols, or as a number that the run has as many epochs as."""
    if verdict.promised.constant() is None:
        return True
    epochs = epochs_of(verdict.use)
    return epochs is not None and (verdict.promised.value() or 0) <= epochs <= MOST_EPOCHS


def _called_epochs(use: Use) -> bool:
    """Whether only the name of a number says what it counts (`milestones=config.decay_epochs`), and it is epochs.

    The steps are then in a batch loop inside of another loop, that over the epochs, and the number is not what
    ends them.
    """
    counts = [count for _, count in planned_counts(use)]
    loops = loops_of(beyond(use.steps[0].place.frames, use.scheduler.place.frames))
    budgets = {symbol for loop in loops for _, limit in loop.budgets for symbol in limit.symbols()}
    named = bool(counts) and all(is_called(count, NAMED_FOR_EPOCHS) for count in counts)
    return named and len(loops) > 1 and all(budgets.isdisjoint(count.symbols()) for count in counts)


def _by_unit(use: Use) -> Iterator[Claim]:
    """Schedules without an end, or with an unknown one: the unit of their numbers against the loop of their steps."""
    per_batch = cadence(use) in (Unit.BATCHES, Unit.UPDATES)
    grounded = per_batch and not has_end(use) and planned_in(use) is Unit.EPOCHS
    taken = not has_end(use) and taken_for_epochs(use)
    if not (grounded or taken or (per_batch and _called_epochs(use))):
        return
    counts = [str(count) for _, count in planned_counts(use)]
    numbers = f"{next(iter(planned_counts(use)))[0]}: {', '.join(counts)}"
    epochs, steps = epochs_of(use), use.delivered_by(use.steps)
    curves = curves_of(use, epochs, steps.value() if steps is not None else None)
    yield Claim(
        use.steps[0].place.at,
        f"{use.name} is stepped for every batch, but {'is' if grounded else 'looks'} planned in epochs ({numbers})"
        + in_numbers(curves),
        _HELP,
        Confidence.PROVEN if grounded else Confidence.LIKELY,
        delivered=str(steps) if steps is not None else None,
        related=(Related(use.at, f"{use.name} is built here"),),
        curves=curves,
    )
