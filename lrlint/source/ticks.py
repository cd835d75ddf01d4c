"""Schedulers that are stepped too often or live too short: twice in one tick, or built anew in every epoch."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from functools import partial
from itertools import takewhile

from lrlint.counts import equal_up_to_rounding
from lrlint.source.events import Event, Loop, beyond, loops_of
from lrlint.source.units import planned_counts
from lrlint.source.use import Use
from lrlint.source.values import Optimizer


def doubled(use: Use) -> tuple[Event, Event] | None:
    """Two steps in one iteration of a loop with nothing trained in between, None where there are none.

    They run under the same conditions, so that neither is the alternative of the other.
    """
    trained = sorted(update.place.order for update in use.updates() or use.program.trained)
    together: dict[tuple[int, ...], list[Event]] = {}
    for second in use.steps:
        earlier = together.setdefault(tuple(map(id, second.place.frames)), [])
        if not _repeats(use, second):
            continue
        since = bisect_left(trained, second.place.order)
        # What was trained after an earlier step was trained after all the steps before that one too.
        untrained = takewhile(partial(_nothing_trained, trained, since), reversed(earlier))
        alike = [first for first in untrained if _comparable(first, second)]
        if alike:
            return alike[-1], second
        earlier.append(second)
    return None


def _nothing_trained(trained: list[int], since: int, event: Event) -> bool:
    """Whether none of the sorted `trained`, of which the first `since` are over, came after the event."""
    return bisect_right(trained, event.place.order) == since


def _repeats(use: Use, step: Event) -> bool:
    """Whether a loop around the step runs it more than once for each scheduler."""
    return any(loop.kind != "entry" for loop in loops_of(beyond(step.place.frames, use.scheduler.place.frames)))


def _comparable(first: Event, second: Event) -> bool:
    """Whether one of them never runs without the other."""
    return first.place.when <= second.place.when or second.place.when <= first.place.when


def rebuilt_in(use: Use) -> Loop | None:
    """The loop over epochs that builds a scheduler anew in every iteration, None where it is built to be used up.

    It is stepped in the body that builds it, or in the batch loop directly below. A schedule that is planned
    for just that (one per fold or stage, a cycle per epoch) is not rebuilt, nor is one that is told where it is.
    """
    loops = loops_of(use.scheduler.place.frames)
    if not loops or not use.counted or "kept" in use.scheduler.flags or not _lives_in(use, loops[-1]):
        return None
    lived = use.delivered_by(use.steps)
    if lived is not None and any(equal_up_to_rounding(lived, promised) for _, promised in use.promises):
        return None
    made_outside = [one for one in use.optimizers if isinstance(one, Optimizer) and loops[-1] not in one.place.frames]
    return loops[-1] if made_outside or _plans_for(use, loops[-1]) else None


def _lives_in(use: Use, loop: Loop) -> bool:
    """Whether every iteration of an epoch loop builds the scheduler, and it knows of no earlier one."""
    made = use.scheduler.place
    unconditional = made.frames[-1] is loop and made.when <= loop.when
    if not unconditional or use.restored_otherwise or loop not in use.program.epoch_loops:
        return False
    below = [frame for step in use.steps for frame in beyond(step.place.frames, made.frames)]
    return all(frame in use.program.batch_loops for frame in loops_of(below))


def _plans_for(use: Use, loop: Loop) -> bool:
    """Whether its numbers are those of the loop that rebuilds it (`T_max=epochs`)."""
    return loop.trip is not None and any(
        count.symbols() & loop.trip.symbols() for _, count in planned_counts(use) if count.symbols()
    )


def lives_through(use: Use) -> bool:
    """Whether its calls can be judged: all in view, one per tick, of one scheduler for the whole run."""
    return use.counted and doubled(use) is None and rebuilt_in(use) is None
