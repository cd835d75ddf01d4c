"""LambdaLR's function returns a learning rate, where a factor is wanted.

## What it finds

A function given to LambdaLR whose result has the optimizer's own learning rate as a factor.

## Why it matters

LambdaLR multiplies the result with the optimizer's learning rate: with 0.05 returned for 0.05, the run trains at
0.0025.

## Example

```python
import torch

LR = 0.05
optimizer = torch.optim.SGD(model.parameters(), lr=LR)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: LR * (1 - epoch / 90))
for epoch in range(90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Instead

```python
import torch

LR = 0.05
optimizer = torch.optim.SGD(model.parameters(), lr=LR)
scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 - epoch / 90)
for epoch in range(90):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: the learning rate may be a factor in more than one place.

## When it stays silent

Where the optimizer's learning rate is 1 or set per parameter group, and where what the function returns cannot
be read.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.counts import Symbol
from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.source.program import Program
from lrlint.source.values import Entries, Items, Optimizer, Value, cases_of, number_of


@rule("LR506", "absolute-lr-lambda", Severity.WARNING)
def absolute_lr_lambda(program: Program) -> Iterator[Claim]:
    """A factor that contains what it is multiplied with."""
    for use in program.uses:
        optimizer = use.optimizers[0] if len(use.optimizers) == 1 else None
        if not isinstance(optimizer, Optimizer) or use.scheduler.factor is None:
            continue
        lr = _own_lr(optimizer)
        if lr is not None and all(_has_factor(case, lr) for _, case in cases_of(use.scheduler.factor)):
            yield Claim(
                use.at,
                f"{use.name}'s function returns a learning rate: it is multiplied with the optimizer's, {lr.label}, "
                "once more",
                f"return a factor: leave out {lr.label}, or build the optimizer with lr=1",
                related=(Related(optimizer.place.at, "the optimizer is built here"),),
            )


def _own_lr(optimizer: Optimizer) -> Symbol | None:
    """The symbol that is the optimizer's learning rate, None where it is a plain number or its groups have others."""
    given = optimizer.arguments.get("lr")
    count = number_of(given) if given is not None else None
    groups = optimizer.arguments.get("params")
    if count is None or (isinstance(groups, Items) and any(map(_has_lr, groups.elements))):
        return None
    symbols = list(count.symbols())
    return symbols[0] if len(symbols) == 1 and symbols[0].value != 1 else None


def _has_lr(group: Value) -> bool:
    return not isinstance(group, Entries) or not group.complete or "lr" in group.entries


def _has_factor(value: Value, lr: Symbol) -> bool:
    """Whether every term of a value has the symbol as a factor."""
    count = number_of(value)
    return count is not None and bool(count.terms) and all(dict(monomial).get(lr) == 1 for monomial in count.terms)
