"""The horizon counts batches, but under gradient accumulation the scheduler is stepped with the updates.

## What it finds

`optimizer.step()` and `scheduler.step()` together inside the guard of gradient accumulation, and a horizon
(`num_training_steps`, `total_steps`, `T_max`) that was not divided by it.

## Why it matters

With 8 batches to an update the run takes an eighth of the steps that the schedule waits for. A warm-up lasts
eight times as long, and the annealing, which is where most of the gain is, never comes.

## Example

```python
from transformers import get_cosine_schedule_with_warmup

scheduler = get_cosine_schedule_with_warmup(optimizer, warmup_steps, epochs * len(loader))
for epoch in range(epochs):
    for i, (x, y) in enumerate(loader):
        (loss_of(model(x), y) / accumulate).backward()
        if (i + 1) % accumulate == 0:
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
```

## Instead

```python
from transformers import get_cosine_schedule_with_warmup

scheduler = get_cosine_schedule_with_warmup(optimizer, warmup_steps, epochs * len(loader) // accumulate)
for epoch in range(epochs):
    for i, (x, y) in enumerate(loader):
        (loss_of(model(x), y) / accumulate).backward()
        if (i + 1) % accumulate == 0:
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
```

## Fix safety

No fix is offered: the division is often wanted in more than one place, and how to round it is a choice.

## When it stays silent

Where the scheduler belongs to accelerate or another framework, which counts in its own way, and where either
count is not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Severity
from lrlint.registry import rule
from lrlint.source.program import Program
from lrlint.source.verdicts import Ratio, claim_at_constructor, verdicts


@rule("LR203", "horizon-ignores-accumulation", Severity.ERROR)
def horizon_ignores_accumulation(program: Program) -> Iterator[Claim]:
    """Horizons in batches, steps in updates."""
    for verdict in verdicts(program):
        if verdict.ratio is Ratio.PER_UPDATE:
            yield claim_at_constructor(
                verdict,
                f"{verdict.use.name} is planned for {verdict.promised} batches, but is stepped with the updates: "
                f"{verdict.delivered} times",
                "divide the horizon by the number of batches that make an update",
            )
