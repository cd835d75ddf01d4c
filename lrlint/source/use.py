"""One scheduler as rules see it: what it promises, and what the loops deliver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from lrlint.counts import Count
from lrlint.findings import Location
from lrlint.node import Node
from lrlint.schedules import Schedule, StepArgument
from lrlint.source.conditions import ALWAYS, When, consistent
from lrlint.source.events import Event, EventKind, Frame, Guard, beyond, loops_of, times
from lrlint.source.values import (
    Items,
    Scheduler,
    Value,
    cases_of,
    is_none,
    key_of,
    literal_of,
    number_of,
)

if TYPE_CHECKING:
    from lrlint.source.program import Program

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
        return id(loops[0]) not in self.program.training_loops

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
            if all(value is not None and not is_none(value) for value in values):
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

        Not known where it is built in one iteration (`if epoch == 5`) and outlives it, nor where a loop goes on
        with what an earlier one began.
        """
        total = Count.of(0)
        begun: set[int] = set()
        guards = [frame for frame in self.scheduler.place.frames if isinstance(frame, Guard)]
        for step in steps:
            if any(guard not in step.place.frames for guard in guards):
                return None
            frames = beyond(step.place.frames, self.scheduler.place.frames)
            once = times(frames)
            if once is None or _goes_on(frames, begun):
                return None
            total = total + once
        return total


def _goes_on(frames: tuple[Frame, ...], begun: set[int]) -> bool:
    """Whether the outermost loop may begin where a checkpoint left off, after a loop that was `begun` before it."""
    loops = [loop for loop in loops_of(frames) if loop.kind != "entry"]
    if not loops:
        return False
    later = bool(begun) and id(loops[0]) not in begun
    begun.add(id(loops[0]))
    return later and loops[0].resumed
