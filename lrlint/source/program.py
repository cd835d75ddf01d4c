"""A program as rules see it: schedulers in use, what they promise, what the loops deliver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise

from lrlint.counts import Count
from lrlint.source.events import Event, EventKind, Guard, Loop, loops_of
from lrlint.source.machine import Machine
from lrlint.source.methods import objects_in
from lrlint.source.use import Use
from lrlint.source.values import (
    Instance,
    Opaque,
    Optimizer,
    Scheduler,
    Value,
    cases_of,
    key_of,
    number_of,
)


class Program:
    """What rules are asked about."""

    def __init__(self, machine: Machine, paths: Iterable[str]) -> None:
        self._machine = machine
        self.paths = frozenset(paths)
        self._by_target: dict[object, list[Event]] = {}
        for event in machine.events:
            self._by_target.setdefault(key_of(event.target), []).append(event)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Everything that happens, in order."""
        return tuple(self._machine.events)

    @cached_property
    def uses(self) -> tuple[Use, ...]:
        """Every scheduler that the program builds."""
        return tuple(Use(self, scheduler) for scheduler in self._machine.schedulers)

    def events_of(self, target: Value, *kinds: EventKind) -> Iterator[Event]:
        """The events of some kinds on one object, in order."""
        return (event for event in self._by_target.get(key_of(target), []) if not kinds or event.kind in kinds)

    @cached_property
    def updates(self) -> tuple[Event, ...]:
        """Every step of an optimizer, whether it is known by its construction or by what is done with it."""
        return tuple(event for event in self.events if event.kind is EventKind.STEP and self.is_optimizer(event.target))

    @cached_property
    def trained(self) -> tuple[Event, ...]:
        """Every update and backward pass, and every place where code out of view may do one."""
        kinds = (EventKind.BACKWARD, EventKind.ESCAPE)
        return self.updates + tuple(event for event in self.events if event.kind in kinds)

    @cached_property
    def training_loops(self) -> frozenset[int]:
        """The ids of the loops in which something is trained."""
        return frozenset(id(loop) for event in self.trained for loop in loops_of(event.place.frames))

    @cached_property
    def states_taken(self) -> frozenset[object]:
        """The keys of everything whose `state_dict()` is taken."""
        return frozenset(map(key_of, self._machine.states_taken))

    @cached_property
    def complete(self) -> bool:
        """Whether all of the program was followed; deep or very large code is not."""
        return not self._machine.incomplete

    @cached_property
    def shared(self) -> frozenset[object]:
        """The keys of every scheduler that code out of view may hold: given away, returned, or part of such."""
        return self.given_away | self._within(self._machine.entered)

    @cached_property
    def given_away(self) -> frozenset[object]:
        """Those of them that are not merely part of an object of a plain class that nobody in view constructs."""
        given = [event.target for event in self.events if event.kind is EventKind.ESCAPE]
        return self._within([*self._machine.shared, *given])

    def _within(self, values: list[Value]) -> frozenset[object]:
        """The keys of all objects in these values, and in what they hold."""
        waiting = list(objects_in(values))
        found: set[object] = set()
        while waiting:
            key = key_of(value := waiting.pop())
            if key not in found:
                found.add(key)
                if isinstance(value, Instance):
                    waiting.extend(objects_in(list(self._machine.store.names_of(key).values())))
        return frozenset(found)

    def optimizers_of(self, scheduler: Scheduler) -> tuple[Value, ...]:
        """The optimizers that a scheduler may be built on."""
        return tuple(case for _, case in cases_of(scheduler.optimizer))

    def steered_by_framework(self, event: Event) -> bool:
        """Whether a framework's wrapper does the backward pass where this happens (accelerate, Fabric)."""
        names = ("accelerator", "fabric", "engine")
        return any(
            other.kind is EventKind.BACKWARD
            and isinstance(other.target, Opaque)
            and any(name in other.target.label.lower() for name in names)
            for other in self.events
            if other.place.at.path == event.place.at.path
        )

    def writes_to(self, optimizer: Value, kind: EventKind) -> Iterator[Event]:
        """The assignments to entries of an optimizer's parameter groups (LR_WRITE, INITIAL_LR_WRITE), in order."""
        wanted = key_of(optimizer)
        for event in self.events:
            if event.kind is kind and wanted in map(key_of, _ancestors(event.target)):
                yield event

    def is_optimizer(self, value: Value) -> bool:
        """Whether a value is an optimizer: built as one, annotated as one, or its gradients are zeroed."""
        if isinstance(value, Optimizer):
            return True
        if not isinstance(value, Opaque) or self.is_unknown_scheduler(value):
            return False
        return "optimizer" in value.tags or any(True for _ in self.events_of(value, EventKind.ZERO_GRAD))

    @staticmethod
    def is_unknown_scheduler(value: Value) -> bool:
        """Whether something that nobody in view built is an LR scheduler, by its annotation or its name."""
        if not isinstance(value, Opaque):
            return False
        last = value.label.rpartition(".")[2].lower()
        named = "sched" in last and "noise" not in last and _comes_from_outside(value)
        return "scheduler" in value.tags or named

    @cached_property
    def batch_loops(self) -> tuple[Loop, ...]:
        """The loops over a data loader: the innermost around an update or a backward pass that has items."""
        found: dict[int, Loop] = {}
        for event in self.events:
            if event.kind is EventKind.BACKWARD or (event.kind is EventKind.STEP and self.is_optimizer(event.target)):
                over_items = [loop for loop in loops_of(event.place.frames) if loop.kind in ("items", "endless")]
                if over_items:
                    found[id(over_items[-1])] = over_items[-1]
        return tuple(found.values())

    @cached_property
    def batches(self) -> tuple[Count, ...]:
        """The trip counts of the loops over data loaders: batches per epoch."""
        return tuple(loop.trip for loop in self.batch_loops if loop.trip is not None)

    @cached_property
    def batch_sizes(self) -> tuple[Count, ...]:
        """What the lengths of datasets are divided by for the lengths of their loaders, where that is more than 1."""
        lengths = {symbol.definition for count in self.batches for symbol in count.symbols() if symbol.definition}
        below = {symbol for one in lengths for term in one.terms for symbol, exponent in term if exponent < 0}
        return tuple(Count.symbol(symbol) for symbol in below if symbol.value is not None and symbol.value > 1)

    @cached_property
    def epochs(self) -> tuple[Count, ...]:
        """The trip counts of the loops around loops over data loaders."""
        found: list[Count] = []
        inner = set(map(id, self.batch_loops))
        for event in (*self.updates, *(e for e in self.events if e.kind is EventKind.BACKWARD)):
            loops = loops_of(event.place.frames)
            for position, loop in enumerate(loops):
                if id(loop) in inner:
                    found.extend(one.trip for one in loops[:position] if one.trip is not None)
        return tuple(found)

    @cached_property
    def epoch_loops(self) -> tuple[Loop, ...]:
        """The loops directly around the loops over data loaders."""
        found: dict[int, Loop] = {}
        inner = set(map(id, self.batch_loops))
        for event in (*self.updates, *(e for e in self.events if e.kind is EventKind.BACKWARD)):
            loops = loops_of(event.place.frames)
            found.update((id(outer), outer) for outer, loop in pairwise(loops) if id(loop) in inner)
        return tuple(found.values())

    @cached_property
    def accumulations(self) -> tuple[Count, ...]:
        """How many batches make an update: the periods of guards around optimizer steps, a framework's setting."""
        guarded = (
            frame.period
            for event in self.updates
            for frame in event.place.frames
            if isinstance(frame, Guard) and frame.period is not None
        )
        by_framework = (number_of(value) for value in self._machine.accumulations)
        return (*guarded, *(count for count in by_framework if count is not None))


def _ancestors(value: Value) -> Iterator[Value]:
    """What the value is an attribute, an item or an element of, outwards."""
    while isinstance(value, Opaque) and value.parent is not None:
        value = value.parent
        yield from (case for _, case in cases_of(value))


def _comes_from_outside(value: Opaque) -> bool:
    """Whether the value is a parameter that nobody in view gives, or an attribute that nobody in view sets."""
    if "parameter" in value.tags:
        return True
    return isinstance(value.key, tuple) and value.key[0] == "attribute" and value.label.startswith("self.")
