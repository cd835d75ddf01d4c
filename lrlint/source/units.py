"""What a number of steps counts, and how often a scheduler is stepped: epochs, batches or updates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum

from lrlint.counts import Count, Monomial
from lrlint.source.branching import is_running
from lrlint.source.events import Event, Guard, beyond, loops_of
from lrlint.source.program import Program
from lrlint.source.use import Use
from lrlint.source.values import Items, Value, cases_of, number_of

NAMED_FOR_EPOCHS = re.compile(r"(^|_)n?epochs?$")
"""A variable that counts epochs, if nothing but its name says what it counts."""


class Unit(str, Enum):
    """What is counted."""

    EPOCHS = "epochs"
    BATCHES = "batches"
    UPDATES = "updates"


def unit_of(program: Program, count: Count) -> Unit | None:
    """The unit of a count by the roles of its symbols, None for a plain number or symbols without a role.

    Only like can be added to like: one term in batches says what the others are.
    """
    for terms in (count.terms, count.expand().terms):
        in_batches = [term for term in terms if any(_holds(term, one) for one in _monomials(program.batches))]
        if in_batches:
            periods = list(_monomials(program.accumulations))
            divided = any(_holds(term, _inverse(period)) for term in in_batches for period in periods)
            return Unit.UPDATES if divided else Unit.BATCHES
    if any(epochs in count.terms for epochs in _monomials(program.epochs)):
        return Unit.EPOCHS
    return None


def is_index(value: Value) -> bool:
    """Whether a value is the number of an iteration: the index of a loop or a counter, maybe shifted."""
    count = number_of(value)
    return count is not None and any(is_running(symbol) for symbol in count.symbols())


def is_called(count: Count, pattern: re.Pattern[str]) -> bool:
    """Whether a count is one variable with such a name."""
    symbols = count.symbols()
    return (
        len(count.terms) == 1
        and len(symbols) == 1
        and all(pattern.search(symbol.label.rpartition(".")[2].lower()) for symbol in symbols)
    )


def _monomials(counts: Iterable[Count]) -> Iterator[Monomial]:
    """The symbols of every count that is one term, as it stands and with its definitions spelled out."""
    for count in counts:
        for whole in (count, count.expand()):
            if len(whole.terms) == 1 and whole.constant() is None:
                yield next(iter(whole.terms))


def _holds(monomial: Monomial, factor: Monomial) -> bool:
    exponents = dict(monomial)
    return all(exponents.get(symbol, 0) * exponent >= exponent**2 for symbol, exponent in factor)


def _inverse(monomial: Monomial) -> Monomial:
    return tuple((symbol, -exponent) for symbol, exponent in monomial)


def cadence_of(use: Use, step: Event) -> Unit | None:
    """How often a step happens while its scheduler lives: once per epoch, batch or update; None if otherwise."""
    frames = beyond(step.place.frames, use.scheduler.place.frames)
    loops = [loop for loop in loops_of(frames) if loop.kind != "entry"]
    guards = [frame for frame in frames if isinstance(frame, Guard)]
    if not loops:
        return None
    program = use.program
    if any(loops[-1] is loop for loop in program.batch_loops):
        if not guards:
            return Unit.BATCHES
        periods = [guard.period for guard in guards]
        known = {period.identity() for period in program.accumulations}
        return Unit.UPDATES if all(one is not None and one.identity() in known for one in periods) else None
    return Unit.EPOCHS if not guards and loops[-1] in program.epoch_loops else None


def cadence(use: Use) -> Unit | None:
    """How often a scheduler is stepped, None where that differs between its steps or is not known."""
    cadences = {cadence_of(use, step) for step in use.steps}
    return cadences.pop() if len(cadences) == 1 else None


def epochs_of(use: Use) -> float | None:
    """How many epochs a scheduler that is stepped in a batch loop lives, as far as the code or a default says."""
    frames = beyond(use.steps[0].place.frames, use.scheduler.place.frames) if use.steps else ()
    around = [loop for loop in loops_of(frames) if any(loop is one for one in use.program.epoch_loops)]
    trip = around[-1].trip if around else None
    return trip.value() if trip is not None else None


def planned_in(use: Use) -> Unit | None:
    """The unit of the step counts in a scheduler's arguments, None where they disagree or are not known."""
    units = {unit_of(use.program, count) for _, count in planned_counts(use)} - {None}
    return units.pop() if len(units) == 1 else None


def planned_counts(use: Use) -> Iterator[tuple[str, Count]]:
    """The arguments that count steps, by parameter name; one for each element of a list, and those of the pieces."""
    for piece in use.pieces:
        yield from planned_counts(piece)
    for parameter in use.schedule.parameters if use.schedule is not None else ():
        value = use.argument(parameter.name)
        if parameter.counts_steps and value is not None:
            for count in counts_in(value):
                yield parameter.name, count


def counts_in(value: Value) -> Iterator[Count]:
    """The numbers in a value: itself, its cases, or the elements of a list."""
    for _, case in cases_of(value):
        if isinstance(case, Items):
            for element in case.elements:
                yield from counts_in(element)
        else:
            count = number_of(case)
            if count is not None:
                yield count
