"""Steps that belong to the same tick: two calls where the schedule is to move by one."""

from __future__ import annotations

from lrlint.source.events import Event, beyond, loops_of
from lrlint.source.program import Use


def doubled(use: Use) -> tuple[Event, Event] | None:
    """Two steps in one iteration of a loop with nothing trained in between, None where there are none.

    They run under the same conditions, so that neither is the alternative of the other.
    """
    for position, second in enumerate(use.steps):
        for first in use.steps[:position]:
            if _same_iteration(use, first, second) and not _trains_between(use, first, second):
                return first, second
    return None


def _same_iteration(use: Use, first: Event, second: Event) -> bool:
    made = use.scheduler.place
    loops = [loop for loop in loops_of(beyond(second.place.frames, made.frames)) if loop.kind != "entry"]
    together = first.place.when <= second.place.when or second.place.when <= first.place.when
    return bool(loops) and together and list(map(id, first.place.frames)) == list(map(id, second.place.frames))


def _trains_between(use: Use, first: Event, second: Event) -> bool:
    """Whether an update of its optimizer lies between the two; if none is known, anything trained."""
    updates = use.updates() or use.program.trained
    return any(first.place.order < update.place.order < second.place.order for update in updates)
