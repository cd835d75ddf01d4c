"""The learning rate is multiplied down to nothing.

## What it finds

ExponentialLR or StepLR whose `gamma`, to the power of the steps that the loop delivers, leaves less than a
millionth of the learning rate; and a `gamma` of 0.

## Why it matters

`ExponentialLR(gamma=0.95)` halves the learning rate every 14 steps. Stepped per batch, 0.95 ** 9380 is zero:
the model is frozen after the first few hundred batches, and the rest of the run changes nothing.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)
for iteration in range(1000):
    loss_of(model(x), y).backward()
    optimizer.step()
    optimizer.zero_grad()
    scheduler.step()
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=200, gamma=0.5)
for iteration in range(1000):
    loss_of(model(x), y).backward()
    optimizer.step()
    optimizer.zero_grad()
    scheduler.step()
```

## Fix safety

No fix is offered: `gamma`, the step size and the place of the step are all possible.

## When it stays silent

Where it is stepped once per epoch (a strong decay over many epochs is a choice), where the number of steps is
not known or the loop can end early, and where the unit of the step size is what is wrong (LR103).
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Confidence, Related, Severity
from lrlint.registry import rule
from lrlint.source.curves import curves_of
from lrlint.source.decay import NOTHING, gamma_of, remainder, taken_for_epochs
from lrlint.source.program import Program
from lrlint.source.ticks import lives_through
from lrlint.source.units import Unit, cadence
from lrlint.source.use import Use
from lrlint.source.verdicts import may_end_early


@rule("LR207", "decays-to-nothing", Severity.WARNING)
def decays_to_nothing(program: Program) -> Iterator[Claim]:
    """gamma to the power of the drops."""
    for use in program.uses:
        if use.name not in ("ExponentialLR", "StepLR") or not lives_through(use):
            continue
        steps = use.delivered_by(use.steps)
        if gamma_of(use) == 0:
            message = f"{use.name} multiplies the learning rate by 0 at its first drop"
        elif steps is None or any(may_end_early(step) for step in use.steps) or _by_epochs(use):
            continue
        else:
            left = remainder(use, steps)
            if left is None or left >= NOTHING:
                continue
            message = f"{steps} steps of {use.name} leave nothing of the learning rate: {left:.0e} of it"
        fixed = steps is not None and steps.value(only_fixed=True) is not None
        worth = steps.value() if steps is not None else None
        yield Claim(
            use.at,
            message,
            "use a gamma closer to 1, a larger step size, or step it less often",
            Confidence.PROVEN if fixed or gamma_of(use) == 0 else Confidence.LIKELY,
            delivered=str(steps) if steps is not None else None,
            related=(Related(use.steps[0].place.at, "it is stepped here"),),
            curves=curves_of(use, worth, worth),
        )


def _by_epochs(use: Use) -> bool:
    """Whether it is stepped per epoch, as its numbers are meant, or its numbers are epochs and the step is wrong."""
    return cadence(use) is Unit.EPOCHS or taken_for_epochs(use)
