"""Under gradient accumulation the scheduler is stepped on every backward pass.

## What it finds

`optimizer.step()` is guarded (`if (i + 1) % accumulate == 0`), and `scheduler.step()` stands outside of the
guard, in the same loop.

## Why it matters

torch's contract is one scheduler step per optimizer step. A schedule planned in updates then runs
`accumulate` times too fast: with 8 it is over after an eighth of the run, and the rest trains at its end value.

## Example

```python
import torch

updates = epochs * len(loader) // accumulate
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=updates)
for epoch in range(epochs):
    for i, (x, y) in enumerate(loader):
        (loss_of(model(x), y) / accumulate).backward()
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
        scheduler.step()
```

## Instead

```python
import torch

updates = epochs * len(loader) // accumulate
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=updates)
for epoch in range(epochs):
    for i, (x, y) in enumerate(loader):
        (loss_of(model(x), y) / accumulate).backward()
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
            scheduler.step()
```

## Fix safety

No fix is offered: moving the line changes the schedule, and the horizon may have to change with it.

## When it stays silent

Where the horizon counts batches (then the curve is right), where accelerate holds the scheduler, and where
a framework steps it. Where the horizon is not known the finding is *likely*, not proven.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Confidence, Related, Severity
from lrlint.registry import rule
from lrlint.source.events import Event, EventKind, Guard
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import Opaque, Optimizer, Scheduler, key_of
from lrlint.source.verdicts import Ratio, claim_at_step, outside_guard, verdicts

_HELP = "step it together with the optimizer, inside the guard"


@rule("LR102", "step-per-backward", Severity.ERROR)
def step_per_backward(program: Program) -> Iterator[Claim]:
    """M = A times the updates."""
    for verdict in verdicts(program):
        if verdict.ratio is Ratio.PER_BACKWARD and (
            outside_guard(verdict.step, program.updates) or _optimizer_is_prepared(verdict.use)
        ):
            yield claim_at_step(
                verdict,
                f"{verdict.use.name} is planned for {verdict.promised} updates, but is stepped on every backward "
                f"pass: {verdict.delivered} times",
                _HELP,
            )
    yield from _by_contract(program)


def _optimizer_is_prepared(use: Use) -> bool:
    """Whether accelerate steps the optimizer with every update, and the scheduler was left out of `prepare`."""
    return any(isinstance(one, Optimizer) and "prepared" in one.flags for one in use.optimizers)


def _by_contract(program: Program) -> Iterator[Claim]:
    """One loop, the optimizer guarded, the scheduler not, and a horizon that nobody knows."""
    for event in program.events:
        if event.kind is EventKind.STEP and not event.arguments and _horizon_is_unknown(program, event):
            updates = [update for update in program.updates if _paired(program, event, update)]
            if updates and outside_guard(event, updates):
                yield _likely(event, updates[0])


def _horizon_is_unknown(program: Program, event: Event) -> bool:
    if isinstance(event.target, Scheduler):
        use = next(use for use in program.uses if use.scheduler is event.target)
        return not (use.foreign or use.promises or use.takes_metric)
    return program.is_unknown_scheduler(event.target) and not program.steered_by_framework(event)


def _paired(program: Program, event: Event, update: Event) -> bool:
    """Whether the update is one of the scheduler's own optimizer, as far as that is known."""
    if isinstance(event.target, Scheduler):
        return key_of(update.target) in {key_of(one) for one in program.optimizers_of(event.target)}
    return isinstance(update.target, Opaque) or not isinstance(event.target, Opaque)


def _likely(event: Event, update: Event) -> Claim:
    period = next(frame.period for frame in update.place.frames if isinstance(frame, Guard) and frame.period)
    return Claim(
        event.place.at,
        f"the optimizer is stepped once in {period} batches, the scheduler on every one of them",
        _HELP,
        Confidence.LIKELY,
        related=(Related(update.place.at, f"guarded: once in {period} batches"),),
    )
