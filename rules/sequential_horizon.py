"""The pieces of a SequentialLR and its milestones do not add up.

## What it finds

A SequentialLR whose last piece is longer or shorter than what its last milestone leaves of the run (a cosine
whose `T_max` still counts the warm-up), or a piece that is cut off by the milestone after it.

## Why it matters

Every piece starts at its own step 0 at its milestone. A cosine of 100 epochs after a warm-up of 5 has 95 to
run in: it never gets to its end. One that is too short climbs back up.

## Example

```python
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

warmup = LinearLR(optimizer, 0.01, total_iters=warmup_epochs)
cosine = CosineAnnealingLR(optimizer, T_max=epochs)
scheduler = SequentialLR(optimizer, [warmup, cosine], milestones=[warmup_epochs])
for epoch in range(epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Instead

```python
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

warmup = LinearLR(optimizer, 0.01, total_iters=warmup_epochs)
cosine = CosineAnnealingLR(optimizer, T_max=epochs - warmup_epochs)
scheduler = SequentialLR(optimizer, [warmup, cosine], milestones=[warmup_epochs])
for epoch in range(epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

## Fix safety

No fix is offered: the milestone or the piece may be what is wrong.

## When it stays silent

Where the run's length is not known, where the last piece has no end or is stated in terms that the run does not
know, where the unit is what is wrong (LR101, LR103), and for a warm-up that is over before its milestone.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.counts import Count, equal_up_to_rounding
from lrlint.findings import Claim, Related, Severity
from lrlint.registry import rule
from lrlint.schedules import PastEnd
from lrlint.source.curves import curves_of, in_numbers
from lrlint.source.program import Program
from lrlint.source.ticks import lives_through
from lrlint.source.units import cadence, planned_in
from lrlint.source.use import Use
from lrlint.source.verdicts import LONG, SHORT, has_end, may_end_early


@rule("LR206", "sequential-horizon", Severity.WARNING)
def sequential_horizon(program: Program) -> Iterator[Claim]:
    """Pieces against milestones, and both against the run."""
    for use in program.uses:
        if not use.milestones or len(use.pieces) != len(use.milestones) + 1 or not lives_through(use):
            continue
        if planned_in(use) in (None, cadence(use)):
            yield from _last_piece(use)
            yield from _cut_off(use)


def _last_piece(use: Use) -> Iterator[Claim]:
    """What the last milestone leaves of the run, against what the last piece is planned for."""
    piece, run = use.pieces[-1], use.delivered_by(use.steps)
    if run is None or not has_end(piece) or len(piece.promises) != 1 or any(may_end_early(step) for step in use.steps):
        return
    planned, left = piece.promises[0][1], run - use.milestones[-1]
    if _differ(planned, left, run.symbols() | use.milestones[-1].symbols()):
        whole = planned + use.milestones[-1]
        yield _claim(use, piece, f"{piece.name} is planned for {planned} steps, but has {left}", whole, run)


def _differ(planned: Count, left: Count, known: set[object]) -> bool:
    """Whether two counts are not the same: as numbers that the code fixes, or as terms in the run's own symbols."""
    numbers = planned.value(only_fixed=True), left.value(only_fixed=True)
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[1] > 0 and not SHORT <= numbers[0] / numbers[1] <= LONG
    return bool(planned.symbols()) and planned.symbols() <= known and not equal_up_to_rounding(planned, left)


def _cut_off(use: Use) -> Iterator[Claim]:
    """Pieces before the last that their milestone ends too soon, or that climb back before it."""
    begun = Count.of(0)
    for piece, milestone in zip(use.pieces, use.milestones, strict=False):
        span = (milestone - begun).value(only_fixed=True)
        planned = piece.promises[0][1] if len(piece.promises) == 1 else None
        number = planned.value(only_fixed=True) if planned is not None else None
        begun = milestone
        if span and number and span > 0 and piece.schedule is not None:
            climbs = piece.schedule.past_end is PastEnd.CLIMBS_BACK and span > LONG * number
            if span < SHORT * number or climbs:
                yield _claim(use, piece, f"{piece.name} is planned for {planned} steps, but has {span:g}", None, None)
                return


def _claim(use: Use, piece: Use, problem: str, planned: Count | None, run: Count | None) -> Claim:
    curves = None
    if planned is not None and run is not None:
        curves = curves_of(use, planned.value(), run.value())
    return Claim(
        use.at,
        f"{problem} before the {'run ends' if run is not None else 'next milestone'}" + in_numbers(curves),
        "let each piece take the steps between its milestones, the last one those that are left of the run",
        promised=str(planned) if planned is not None else None,
        delivered=str(run) if run is not None else None,
        related=(Related(piece.at, f"{piece.name} is built here"),),
        curves=curves,
    )
