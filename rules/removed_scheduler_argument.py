"""An argument is passed that torch's schedulers no longer have.

## What it finds

`verbose=` given to a scheduler of torch: deprecated in PyTorch 2.2 and removed since.

## Why it matters

On a current torch the constructor raises TypeError. It is advice, off unless selected: an older torch, to which
many projects are pinned, still takes it, and the code does not say which one runs it.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=5, verbose=True)
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=5)
```

## Fix safety

No fix is offered: what was printed has to be logged by hand, with `get_last_lr()`.

## When it stays silent

For schedulers that are not torch's, and where arguments are passed on as `**kwargs`.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Severity
from lrlint.registry import rule
from lrlint.source.program import Program


@rule("LR602", "removed-scheduler-argument", Severity.ADVICE)
def removed_scheduler_argument(program: Program) -> Iterator[Claim]:
    """`verbose=`."""
    for use in program.uses:
        if use.schedule is not None and "verbose" in use.scheduler.arguments:
            yield Claim(
                use.at,
                f"{use.name} no longer has the parameter 'verbose': a current torch raises TypeError",
                "leave it out, and log scheduler.get_last_lr()",
            )
