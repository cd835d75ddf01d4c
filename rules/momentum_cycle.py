"""A one-cycle or cyclic schedule cycles the momentum of an optimizer that has none.

## What it finds

OneCycleLR or CyclicLR with `cycle_momentum` on (the default), built on an optimizer without `momentum` and
`betas`: Adagrad, Adadelta, Rprop, LBFGS and others.

## Why it matters

The constructor raises ValueError: the schedule lowers the momentum while it raises the learning rate, and
there is nothing to lower.

## Example

```python
import torch

optimizer = torch.optim.Adagrad(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=1000)
```

## Instead

```python
import torch

optimizer = torch.optim.Adagrad(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=1000, cycle_momentum=False)
for batch in range(1000):
    optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: another optimizer may be what is meant.

## When it stays silent

Where the optimizer may be another one, or its class is not one of torch's, and where `cycle_momentum` is given
and not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Related, Severity
from lrlint.optimizers import optimizer_by_qualified_name
from lrlint.registry import rule
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import Constant, Optimizer, Value


@rule("LR507", "momentum-cycle", Severity.ERROR)
def momentum_cycle(program: Program) -> Iterator[Claim]:
    """`cycle_momentum` without a momentum."""
    for use in program.uses:
        if _cycles_momentum(use) and use.optimizers and all(map(_has_none, use.optimizers)):
            optimizer = use.optimizers[0]
            assert isinstance(optimizer, Optimizer), "an optimizer that is known has a constructor"
            yield Claim(
                use.at,
                f"{use.name} cycles the momentum, and {optimizer.kind} has none: the constructor raises ValueError",
                "pass cycle_momentum=False",
                related=(Related(optimizer.place.at, "the optimizer is built here"),),
            )


def _cycles_momentum(use: Use) -> bool:
    if use.schedule is None or "open" in use.scheduler.flags:
        return False
    if "cycle_momentum" not in use.schedule.parameter_names():
        return False
    given = use.argument("cycle_momentum")
    return given is None or (isinstance(given, Constant) and given.value is True)


def _has_none(optimizer: Value) -> bool:
    if not isinstance(optimizer, Optimizer):
        return False
    known = optimizer_by_qualified_name(f"torch.optim.{optimizer.kind}")
    return known is not None and known.cycles_momentum is False
