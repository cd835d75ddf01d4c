"""A checkpoint to resume from holds the optimizer's state and not the scheduler's.

## What it finds

A dictionary (or a file of its own) with `optimizer.state_dict()` in it, a place that loads the optimizer's
state, and a scheduler on that optimizer whose state is saved nowhere.

## Why it matters

On resume the optimizer continues where it was, and the schedule starts again at its first step: a warm-up in
the middle of training, a cosine that begins anew.

## Example

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
start = 0
if resume:
    checkpoint = torch.load(path)
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    start = checkpoint["epoch"]
for epoch in range(start, epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch + 1}, path)
```

## Instead

```python
import torch

scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
start = 0
if resume:
    checkpoint = torch.load(path)
    model.load_state_dict(checkpoint["model"])
    optimizer.load_state_dict(checkpoint["optimizer"])
    scheduler.load_state_dict(checkpoint["scheduler"])
    start = checkpoint["epoch"]
for epoch in range(start, epochs):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
    scheduler.step()
    states = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}
    torch.save({**states, "epoch": epoch + 1}, path)
```

## Fix safety

No fix is offered: the place that loads the checkpoint has to change with it.

## When it stays silent

For checkpoints of weights only, where nothing loads the optimizer's state, where that is taken before there is a
scheduler, for a scheduler that is made for one pass of a loop (a warm-up), where the schedule is restored in
another way (`last_epoch`, steps replayed, an epoch passed to `step()`, a `step` of its own), where a
ReduceLROnPlateau gets a learning rate set by hand after the load, and where the scheduler is given to code that is
not in view. Where only a ReduceLROnPlateau's counters are lost, and where the epochs count from the first again
after a load, the finding is *likely*, not proven.
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.findings import Claim, Confidence, Location, Related, Severity
from lrlint.registry import rule
from lrlint.source.events import Event, EventKind, Loop, beyond, loops_of
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import Entries, State, Value, cases_of, key_of


@rule("LR401", "checkpoint-without-scheduler", Severity.WARNING)
def checkpoint_without_scheduler(program: Program) -> Iterator[Claim]:
    """A resume point without the scheduler's state."""
    for use in program.uses:
        if use.foreign or use.escaped or not use.steps or use.restored_otherwise or use.saved:
            continue
        loads = [load for one in use.optimizers for load in program.events_of(one, EventKind.LOAD)]
        resumed = bool(loads) and not (use.takes_metric and _starts_afresh(use, loads[0]))
        saved = list(dict.fromkeys(map(_made_at, _checkpoints(program, use)))) if resumed else []
        if saved:
            yield Claim(
                saved[0],
                f"this checkpoint holds the optimizer's state and not that of {use.name}: a resumed run {_loss(use)}",
                "add scheduler.state_dict() to it, and load it where the optimizer's state is loaded",
                Confidence.LIKELY if use.takes_metric or _begins_anew(use) else Confidence.PROVEN,
                related=(
                    Related(use.at, "the scheduler is built here"),
                    Related(loads[0].place.at, "the optimizer's state is loaded here"),
                    *(Related(other, "saved without it here as well") for other in saved[1:]),
                ),
            )


def _loss(use: Use) -> str:
    """What a resumed run is without; the learning rate itself comes back with the optimizer's state."""
    return "forgets the best metric and how long it has waited" if use.takes_metric else "starts the schedule again"


def _begins_anew(use: Use) -> bool:
    """Whether the loops around the steps count from their beginning, whatever was loaded: it is a new run."""
    around = [loops_of(beyond(step.place.frames, use.scheduler.place.frames)) for step in use.steps]
    counted = ("range", "while")
    return all(loops and loops[0].kind in counted and not any(map(_goes_on, loops)) for loops in around)


def _goes_on(loop: Loop) -> bool:
    """Whether a loop may begin where a checkpoint left off."""
    return loop.resumed or loop.kind == "entry"


def _starts_afresh(use: Use, load: Event) -> bool:
    """Whether the learning rate is set by hand after the optimizer's state was loaded, before the training."""
    trains = {id(loop) for step in use.steps for loop in loops_of(beyond(step.place.frames, load.place.frames))}
    return any(
        write.place.order > load.place.order and not trains & set(map(id, write.place.frames))
        for one in use.optimizers
        for write in use.program.writes_to(one, EventKind.LR_WRITE)
    )


def _checkpoints(program: Program, use: Use) -> Iterator[Event]:
    """The dictionaries (or files of its own) that hold the state of the scheduler's optimizer."""
    optimizers = {key_of(one) for one in use.optimizers}
    lifetime = [loop for loop in loops_of(use.scheduler.place.frames) if loop.kind != "entry"]
    for event in program.events:
        held = _held_by(event)
        if any(isinstance(one, State) and key_of(one.of) in optimizers for one in held) and (
            not _taken_before(use, event) and (not lifetime or _steps_around(use, event))
        ):
            yield event


def _taken_before(use: Use, saved: Event) -> bool:
    """Whether it is taken once, when there is no scheduler yet: to be put back after a try (an LR range test)."""
    return saved.place.order < use.scheduler.place.order and not loops_of(saved.place.frames)


def _held_by(event: Event) -> list[Value]:
    """What a checkpoint holds: the values of a dictionary, or one state that is saved by itself."""
    if event.kind not in (EventKind.CHECKPOINT, EventKind.SAVE):
        return []
    if not isinstance(event.target, Entries):
        return [event.target]
    held = event.target.entries.values() if event.target.complete else ()
    return [case for value in held for _, case in cases_of(value)]


def _made_at(saved: Event) -> Location:
    """Where the dictionary stands that is saved, or the call that saves a state by itself."""
    return saved.target.at if isinstance(saved.target, Entries) else saved.place.at


def _steps_around(use: Use, saved: Event) -> bool:
    """Whether a scheduler that is made anew in a loop is still in use where the checkpoint is saved."""
    shared = set(map(id, beyond(saved.place.frames, use.scheduler.place.frames)))
    return any(id(loop) in shared for step in use.steps for loop in loops_of(step.place.frames))
