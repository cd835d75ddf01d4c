"""What happens while a program is followed: steps, loads, saves, each at its place in the loops."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from lrlint.counts import ONE, Count
from lrlint.findings import Location
from lrlint.node import Node, anew
from lrlint.source.conditions import ALWAYS, When
from lrlint.source.values import Value


class Loop(Node):
    """One execution of a loop, seen once for all its iterations.

    `trip` is the number of iterations, None where it is not known. `kind` is "range", "items" (over an
    iterable), "while", or "entry": code that somebody out of view calls any number of times. `left_early`
    marks a break that the code cannot predict (early stopping). `budgets` are bounds on counters that
    end the loop, each with its counter's key. `when` are the conditions under which the loop is entered.
    `resumed` marks one that may begin where a checkpoint left off; its trip is that of the whole run.
    """

    kind: str
    at: Location
    trip: Count | None
    over: Value | None = None
    label: str = ""
    left_early: bool = False
    budgets: list[tuple[object, Count]] = anew(factory=list)
    when: When = ALWAYS
    resumed: bool = False


class Guard(Node):
    """A condition on the indices of `loops` that holds `trip` times over all of them together.

    `period` is the divisor where it holds once in every so many iterations.
    """

    loops: tuple[Loop, ...]
    trip: Count | None
    period: Count | None = None


Frame = Loop | Guard


class Place(Node):
    """Where and under which conditions something happens, and how many things happened before."""

    at: Location
    frames: tuple[Frame, ...] = ()
    when: When = ALWAYS
    order: int = 0
    calls: tuple[Location, ...] = ()


class EventKind(str, Enum):
    STEP = "step"
    BACKWARD = "backward"
    ZERO_GRAD = "zero_grad"
    SAVE = "save"
    LOAD = "load"
    ESCAPE = "escape"
    LR_WRITE = "lr_write"
    INITIAL_LR_WRITE = "initial_lr_write"
    LR_READ = "lr_read"
    GET_LR = "get_lr"
    STATE_WRITE = "state_write"
    ADD_GROUP = "add_group"
    REBIND = "rebind"
    CHECKPOINT = "checkpoint"


class Event(Node):
    """One thing that happens to `target`; `text` is the call that does it, where that is known."""

    kind: EventKind
    target: Value
    place: Place
    arguments: list[Value] = anew(factory=list)
    keywords: dict[str, Value] = anew(factory=dict)
    text: str = ""


def loops_of(frames: Iterable[Frame]) -> list[Loop]:
    """The loops among the frames, outermost first."""
    return [frame for frame in frames if isinstance(frame, Loop)]


def beyond(inner: tuple[Frame, ...], outer: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """The frames of `inner` that `outer` is not inside of as well."""
    shared = set(map(id, outer))
    return tuple(frame for frame in inner if id(frame) not in shared)


def times(frames: Iterable[Frame]) -> Count | None:
    """How often code inside these frames runs: the product of the trip counts, divided by the guards."""
    trips: dict[int, Count | None] = {}
    together: list[tuple[tuple[Loop, ...], Count | None]] = []
    for frame in frames:
        if isinstance(frame, Loop):
            trips[id(frame)] = frame.trip
        elif len(frame.loops) == 1 and id(frame.loops[0]) in trips:
            trips[id(frame.loops[0])] = _guarded(trips[id(frame.loops[0])], frame)
        elif all(id(loop) in trips for loop in frame.loops):
            together.append((frame.loops, frame.trip))
    for loops, trip in together:
        for loop in loops:
            trips[id(loop)] = ONE
        trips[id(loops[0])] = trip
    total = ONE
    for trip in trips.values():
        if trip is None:
            return None
        total = total * trip
    return total


def _guarded(trip: Count | None, guard: Guard) -> Count | None:
    if guard.period is not None:
        return None if trip is None else (trip / guard.period).round()
    return guard.trip
