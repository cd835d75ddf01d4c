"""Resuming a run: what is saved and loaded together with an optimizer."""

from __future__ import annotations

from lrlint.source.conditions import consistent
from lrlint.source.events import Event, EventKind
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import Entries, Opaque, State, cases_of, key_of


def unrestored(use: Use) -> bool:
    """Whether a scheduler in use is never told where it was."""
    if use.foreign or use.escaped or not use.steps or use.restored_otherwise:
        return False
    return not _may_be_loaded(use.program)


def _may_be_loaded(program: Program) -> bool:
    """Whether a state is loaded into something that is not known and may be a scheduler by its name."""
    return any(
        event.kind is EventKind.LOAD and isinstance(event.target, Opaque) and "sched" in event.target.label.lower()
        for event in program.events
    )


def loads_of_optimizer(use: Use) -> list[Event]:
    """Where the state of the scheduler's optimizer is loaded, in order."""
    made = use.scheduler.place
    return [
        load
        for one in use.optimizers
        for load in use.program.events_of(one, EventKind.LOAD)
        if consistent(load.place.when | made.when)
    ]


def saved_with_optimizer(use: Use) -> Event | None:
    """A dictionary that holds the states of the scheduler and of its optimizer, None where there is none."""
    optimizers = set(map(key_of, use.optimizers))
    for event in use.program.events:
        if event.kind is EventKind.CHECKPOINT and isinstance(event.target, Entries):
            held = {
                key_of(case.of)
                for value in event.target.entries.values()
                for _, case in cases_of(value)
                if isinstance(case, State)
            }
            if held & optimizers and key_of(use.scheduler) in held:
                return event
    return None
