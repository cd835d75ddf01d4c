"""ReduceLROnPlateau watches a metric in the wrong direction.

## What it finds

`mode='min'` (the default) with a score such as accuracy, or `mode='max'` with a loss.

## Why it matters

Every improvement then counts as none: the learning rate falls after each `patience` epochs of steady progress,
and stays where it is when the run gets worse.

## Example

```python
import torch
from sklearn.metrics import accuracy_score

scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
for epoch in range(epochs):
    train(model, loader, criterion)
    accuracy = accuracy_score(y_true, predict(model, x))
    scheduler.step(accuracy)
```

## Instead

```python
import torch
from sklearn.metrics import accuracy_score

scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, mode="max")
for epoch in range(epochs):
    train(model, loader, criterion)
    accuracy = accuracy_score(y_true, predict(model, x))
    scheduler.step(accuracy)
```

## Fix safety

No fix is offered: either the mode or the metric may be the one that is meant.

## When it stays silent

Where the mode is not a literal, where the metric is computed from several, and where neither its
origin nor its name says what it is. A name alone makes the finding *likely*, not proven, and says nothing where
the scheduler is given a score in one place and a loss in another.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Confidence, Related, Severity
from lrlint.registry import rule
from lrlint.source.metrics import direction_of
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import Constant

_WATCHED = {"min": "a loss", "max": "a score"}


@rule("LR302", "plateau-mode", Severity.ERROR)
def plateau_mode(program: Program) -> Iterator[Claim]:
    """The mode of the constructor against the direction of the metric."""
    for use in program.uses:
        mode = _mode(use)
        if mode is None or use.foreign:
            continue
        directions = [(step, direction_of(program, step)) for step in use.steps]
        turned = {direction[0] for _, direction in directions if direction is not None} == set(_WATCHED)
        for step, direction in directions:
            if direction is not None and direction[0] != mode and not (turned and direction[1] is Confidence.LIKELY):
                yield Claim(
                    step.place.at,
                    f"{use.name} has mode '{mode}', and what it is given looks like {_WATCHED[direction[0]]}: "
                    "it takes every improvement for none",
                    f"build it with mode='{direction[0]}'",
                    direction[1],
                    related=(Related(use.at, f"built with mode '{mode}' here"),),
                )
                break


def _mode(use: Use) -> str | None:
    """The mode of a plateau scheduler, None where it is not known."""
    if not use.takes_metric:
        return None
    given = use.argument("mode")
    if given is None:
        return None if "open" in use.scheduler.flags else "min"
    return given.value if isinstance(given, Constant) and given.value in _WATCHED else None
