"""The run ends before the schedule does.

## What it finds

A schedule with an end (`T_max`, `total_steps`, `num_training_steps`, `total_iters`) that is stepped fewer
times than that, by numbers that the code fixes: `T_max=200` in a loop of 20 epochs.

## Why it matters

The last part of a schedule, where the learning rate is small, is where much of the final loss is won. A run
that ends before it stops at a high learning rate: a cosine of 200 epochs has hardly moved after 20.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=200)
for epoch in range(20):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
for epoch in range(20):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: either number may be the one that is meant.

## When it stays silent

Where a count is not known or can be set from outside, for schedules without an end (warm restarts, CyclicLR),
for warm-ups, which are judged by their unit only, and in unit tests (`test_*.py`), whose runs are short on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrlint.findings import Claim, Severity
from lrlint.registry import rule
from lrlint.source.program import Program
from lrlint.source.verdicts import Ratio, claim_at_constructor, has_end, verdicts

_TEST = re.compile(r"(?:^|[/\\])(?:test_[^/\\]*|[^/\\]*_test)\.py$")
"""Files in which pytest looks for tests."""


@rule("LR202", "horizon-too-long", Severity.WARNING)
def horizon_too_long(program: Program) -> Iterator[Claim]:
    """Fewer steps than promised, in the same unit."""
    for verdict in verdicts(program):
        if verdict.ratio is Ratio.TOO_FEW and has_end(verdict.use) and not _TEST.search(verdict.use.at.path):
            yield claim_at_constructor(
                verdict,
                f"{verdict.use.name} takes {verdict.promised} steps, but is stepped only {verdict.delivered} times: "
                "the learning rate never gets to its end",
                "give it the number of times that it is stepped",
            )
