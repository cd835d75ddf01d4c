"""The run is longer than the schedule.

## What it finds

A schedule with an end (`T_max`, `total_steps`, `num_training_steps`, `total_iters`) that is stepped more
often than that: `T_max=50` in a loop of 100 epochs, `T_max=len(loader)` stepped for every batch of many epochs.

## Why it matters

What happens past the end depends on the schedule. A cosine climbs back to the full learning rate, so that
the run ends at its highest; OneCycleLR raises ValueError; a linear or polynomial schedule stays at its end
value, often 0, and the remaining steps train nothing.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50)
for epoch in range(100):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100)
for epoch in range(100):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: either number may be the one that is meant.

## When it stays silent

Where the loop can end early (a `break`), where either count is not known, and for schedules without an end
(warm restarts, CyclicLR) and warm-ups, which are meant to be over before the run is.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Severity
from lrlint.registry import rule
from lrlint.schedules import PastEnd
from lrlint.source.program import Program
from lrlint.source.verdicts import Ratio, claim_at_constructor, has_end, verdicts

_AFTERWARDS = {
    PastEnd.CLIMBS_BACK: "the learning rate climbs back up",
    PastEnd.RAISES: "the step after the last one raises ValueError",
    PastEnd.HOLDS: "it stays at its end value for the rest of the run",
}


@rule("LR201", "horizon-too-short", Severity.ERROR)
def horizon_too_short(program: Program) -> Iterator[Claim]:
    """More steps than promised, in the same unit."""
    for verdict in verdicts(program):
        schedule = verdict.use.schedule
        if verdict.ratio is Ratio.TOO_MANY and has_end(verdict.use) and schedule is not None:
            yield claim_at_constructor(
                verdict,
                f"{verdict.use.name} ends after {verdict.promised} steps, but is stepped {verdict.delivered} times: "
                f"{_AFTERWARDS[schedule.past_end]}",
                "give it the number of times that it is stepped",
            )
