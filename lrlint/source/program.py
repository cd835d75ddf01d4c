"""A program as rules see it: schedulers in use, what they promise, what the loops deliver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING

from lrlint.counts import Count
from lrlint.findings import Location
from lrlint.node import Node
from lrlint.schedules import Schedule, StepArgument
from lrlint.source.conditions import ALWAYS, When, consistent
from lrlint.source.events import Event, EventKind, Guard, Loop, beyond, loops_of, times
from lrlint.source.machine import Machine
from lrlint.source.methods import objects_in
from lrlint.source.values import (
    Constant,
    Instance,
    Items,
    Opaque,
    Optimizer,
    Scheduler,
    Value,
    cases_of,
    key_of,
    literal_of,
    number_of,
)

if TYPE_CHECKING:
    from lrlint.source.verdicts import Verdict

MOST_CONDITIONS = 6
"""How many undecided conditions are told apart for one scheduler; more are not followed."""


class World(Node):
    """One way in which the conditions around a scheduler's steps can be true or false."""

    when: When
    steps: tuple[Event, ...]
    delivered: Count | None


class Use:
    """One scheduler of the program with everything that happens to it."""

    def __init__(self, program: Program, scheduler: Scheduler) -> None:
        self.program = program
        self.scheduler = scheduler

    @property
    def name(self) -> str:
        """The class or function that built it."""
        return self.scheduler.name

    @property
    def schedule(self) -> Schedule | None:
        """Its description, None for a class that is not in the catalogue."""
        return self.scheduler.schedule

    @property
    def at(self) -> Location:
        """The constructor call."""
        return self.scheduler.place.at

    @property
    def foreign(self) -> bool:
        """Whether something else steps it (a framework, a composite), or it was lost sight of."""
        return bool(self.scheduler.flags & {"prepared", "owned", "child", "lost"})

    @cached_property
    def escaped(self) -> bool:
        """Whether it was given to code that is not in view, where anything may happen to it."""
        return any(True for _ in self.events(EventKind.ESCAPE))

    def events(self, *kinds: EventKind) -> Iterator[Event]:
        """What happens to it, in order."""
        return self.program.events_of(self.scheduler, *kinds)

    @cached_property
    def steps(self) -> tuple[Event, ...]:
        """The `step()` calls that can reach it, in the order of the program."""
        return tuple(self.events(EventKind.STEP))

    @cached_property
    def optimizers(self) -> tuple[Value, ...]:
        """The optimizers that it may be built on; those of its pieces where it is given none itself."""
        if self.pieces and self.argument("optimizer") is None:
            return tuple({id(one): one for piece in self.pieces for one in piece.optimizers}.values())
        return tuple(case for _, case in cases_of(self.scheduler.optimizer))

    @property
    def takes_metric(self) -> bool:
        """Whether its `step()` takes a metric."""
        return self.schedule is not None and self.schedule.step_argument is StepArgument.METRIC

    @cached_property
    def positioned(self) -> bool:
        """Whether the program tells it where it is (`step(epoch)`): calls are then not counted."""
        return not self.takes_metric and any(step.arguments or step.keywords for step in self.steps)

    @property
    def counted(self) -> bool:
        """Whether the calls in view are all there are, and what moves it."""
        return bool(self.steps) and not (self.foreign or self.escaped or self.positioned)

    @cached_property
    def saved(self) -> bool:
        """Whether its state is taken anywhere."""
        return key_of(self.scheduler) in self.program.states_taken

    @cached_property
    def restored_otherwise(self) -> bool:
        """Whether a resumed run can find its place without a saved state.

        `last_epoch` given or written, an epoch passed to `step()`, steps replayed in a loop of their own.
        """
        last = self.argument("last_epoch")
        given = last is not None and literal_of(last) != -1
        written = any(True for _ in self.events(EventKind.STATE_WRITE, EventKind.LOAD))
        own = "own_step" in self.scheduler.flags
        return own or given or self.positioned or written or self.replayed

    @property
    def replayed(self) -> bool:
        """Whether steps are made up for in a loop that trains nothing."""
        return any(self._replays(step) for step in self.steps)

    @property
    def caught_up(self) -> bool:
        """Whether it is stepped where something is trained, too: the loop that trains nothing is not the run's own."""
        return len({self._replays(step) for step in self.steps}) == 2

    def _replays(self, step: Event) -> bool:
        """Whether a step without arguments stands in a loop of the code in which nothing is trained."""
        frames = beyond(step.place.frames, self.scheduler.place.frames)
        loops = [loop for loop in loops_of(frames) if loop.kind != "entry"]
        if not loops or step.arguments:
            return False
        return not any(loops[0] in loops_of(update.place.frames) for update in self.program.trained)

    def updates(self) -> list[Event]:
        """The steps of its optimizers."""
        return [event for one in self.optimizers for event in self.program.events_of(one, EventKind.STEP)]

    def argument(self, name: str) -> Value | None:
        """A constructor argument by name, None where it is not given."""
        return self.scheduler.arguments.get(name)

    @cached_property
    def promises(self) -> tuple[tuple[When, Count], ...]:
        """The horizon in each case of its arguments; empty where it has none or it is not known."""
        if self.schedule is None or "open" in self.scheduler.flags:
            return ()
        if self.pieces and self.milestones:
            return tuple((when, last + self.milestones[-1]) for when, last in self.pieces[-1].promises)
        for names in self.schedule.horizons:
            values = [self.argument(name) for name in names]
            if all(value is not None and not _is_none(value) for value in values):
                return tuple(self._products([value for value in values if value is not None]))
        return ()

    def _products(self, values: list[Value]) -> Iterator[tuple[When, Count]]:
        for combination in product(*(cases_of(value) for value in values)):
            when = ALWAYS.union(*(one for one, _ in combination))
            counts = [number_of(value) for _, value in combination]
            if not consistent(when | self.scheduler.place.when):
                continue
            total = Count.of(1)
            for count in counts:
                if count is None:
                    return
                total = total * count
            yield when, total

    @cached_property
    def pieces(self) -> tuple[Use, ...]:
        """The schedulers that a composite is made of; empty where they are not known."""
        children = self.argument(self.schedule.children) if self.schedule and self.schedule.children else None
        elements = children.elements if isinstance(children, Items) else []
        if not all(isinstance(element, Scheduler) for element in elements):
            return ()
        return tuple(Use(self.program, element) for element in elements if isinstance(element, Scheduler))

    @cached_property
    def milestones(self) -> tuple[Count, ...]:
        """The milestones of a MultiStepLR or SequentialLR; empty where one of them is not a number."""
        given = self.argument("milestones")
        counts = [number_of(element) for element in given.elements] if isinstance(given, Items) else []
        known = tuple(count for count in counts if count is not None)
        return known if len(known) == len(counts) else ()

    @cached_property
    def worlds(self) -> tuple[World, ...]:
        """Every way its conditions can go in which it is stepped, with how often."""
        made = self.scheduler.place
        keys = sorted({key for step in self.steps for key, _ in step.place.when - made.when}, key=repr)
        if len(keys) > MOST_CONDITIONS:
            return (World(made.when, self.steps, None),)
        found = []
        for truths in product((True, False), repeat=len(keys)):
            when = made.when | set(zip(keys, truths, strict=True))
            steps = tuple(step for step in self.steps if step.place.when <= when)
            if steps and consistent(when):
                found.append(World(when, steps, self.delivered_by(steps)))
        return tuple(found)

    def delivered_by(self, steps: Iterable[Event]) -> Count | None:
        """How often these events happen between its construction and the end of its life.

        Not known where it is built in one iteration (`if epoch == 5`) and outlives it.
        """
        total = Count.of(0)
        guards = [frame for frame in self.scheduler.place.frames if isinstance(frame, Guard)]
        for step in steps:
            if any(guard not in step.place.frames for guard in guards):
                return None
            once = times(beyond(step.place.frames, self.scheduler.place.frames))
            if once is None:
                return None
            total = total + once
        return total


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

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Delivered against promised, for every scheduler where both are known."""
        from lrlint.source.verdicts import verdicts

        return tuple(verdicts(self))

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
        given = [event.target for event in self.events if event.kind is EventKind.ESCAPE]
        waiting = list(objects_in([*self._machine.shared, *given]))
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


def _is_none(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is None


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
