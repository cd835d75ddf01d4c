"""Steps delivered against steps promised: what the ratio of the two counts says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import lru_cache

from lrlint.counts import Count, equal_up_to_rounding, quotient
from lrlint.findings import Claim, Confidence, Curves, Related
from lrlint.node import Node, replace
from lrlint.schedules import PastEnd
from lrlint.source.conditions import consistent
from lrlint.source.curves import curves_of, in_numbers, numbers_of
from lrlint.source.events import Event, EventKind, Guard, Loop
from lrlint.source.program import Program
from lrlint.source.ticks import lives_through
from lrlint.source.units import Unit, unit_of
from lrlint.source.use import Use, World

SHORT, LONG = 0.95, 1.05
"""Known counts that differ by less are taken to be the same."""


class Ratio(Enum):
    """Delivered over promised, in the roles that the symbols have in the program."""

    RIGHT = "1"
    PER_EPOCH = "1/B"
    PER_BATCH = "B"
    PER_BACKWARD = "A"
    PER_UPDATE = "1/A"
    TOO_MANY = "> 1"
    TOO_FEW = "< 1"


class Verdict(Node):
    """What one scheduler promises and gets. `factor` is delivered over promised, where it is a number."""

    use: Use
    ratio: Ratio
    promised: Count
    delivered: Count
    step: Event
    factor: float | None
    confidence: Confidence

    def curves(self) -> Curves | None:
        """The LR as promised and as delivered, where the numbers are known."""
        return curves_of(self.use, self.promised.value(), self.delivered.value())


@lru_cache(maxsize=1)
def verdicts(program: Program) -> tuple[Verdict, ...]:
    """One verdict for every scheduler whose horizon and steps are both known, where all its cases agree.

    Schedulers that something else steps (a framework, a composite, code out of view) get none, nor do those
    that are told their position, stepped twice or built anew in every epoch: that bug has its own rule.
    Many rules ask about one program before the next one comes.
    """
    return tuple(_verdicts(program))


def _verdicts(program: Program) -> Iterator[Verdict]:
    for use in program.uses:
        if not lives_through(use):
            continue
        found = [_judge(use, promised, world) for promised, world in _cases(use)]
        first = found[0] if found else None
        if first is not None and all(one is not None and one.ratio is first.ratio for one in found):
            yield first


def _cases(use: Use) -> Iterator[tuple[Count, World]]:
    for when, promised in use.promises:
        for world in use.worlds:
            if consistent(when | world.when):
                yield promised, world


def _judge(use: Use, promised: Count, world: World) -> Verdict | None:
    delivered = world.delivered
    if delivered is None or not promised.terms or not delivered.terms:
        return None
    if _planned_for_budget(world.steps, promised):
        return None
    ratio, factor, confidence = compare(use.program, promised, delivered)
    if ratio is None:
        return None
    if ratio is Ratio.TOO_MANY and any(may_end_early(step, delivered) for step in world.steps):
        return None
    verdict = Verdict(use, ratio, promised, delivered, world.steps[0], factor, confidence)
    planned_for_updates = ratio is Ratio.TOO_FEW and promises_the_updates(verdict)
    return replace(verdict, ratio=Ratio.PER_EPOCH) if planned_for_updates else verdict


def _planned_for_budget(steps: Iterable[Event], promised: Count) -> bool:
    """Whether a loop around the steps ends at a counter's bound, and that is what was promised."""
    loops = [frame for step in steps for frame in step.place.frames if isinstance(frame, Loop)]
    return any(equal_up_to_rounding(limit, promised) for loop in loops for _, limit in loop.budgets)


def may_end_early(step: Event, delivered: Count | None = None) -> bool:
    """Whether a loop around a step ends at something that the code cannot predict, or before the steps delivered."""
    loops = [frame for frame in step.place.frames if isinstance(frame, Loop)]
    limits = [limit for loop in loops for _, limit in loop.budgets]
    known = delivered is not None and all(equal_up_to_rounding(limit, delivered) for limit in limits)
    return any(loop.left_early for loop in loops) or (bool(limits) and not known)


def compare(program: Program, promised: Count, delivered: Count) -> tuple[Ratio | None, float | None, Confidence]:
    """The ratio of two counts, its value if it is a number, and how sure it is."""
    proven = Confidence.PROVEN
    for m, n in ((delivered, promised), (delivered.expand(), promised.expand())):
        if equal_up_to_rounding(m, n):
            return Ratio.RIGHT, 1.0, proven
        ratio = quotient(m, n)
        if ratio is None:
            continue
        number = ratio.value(only_fixed=True)
        if number is not None and ratio.constant() is not None:
            return _by_number(number), number, proven
        by_role = _by_role(program, ratio, n)
        if by_role is not None:
            return by_role, number, proven
        if _in_samples(program, ratio):
            return Ratio.TOO_FEW, number, proven
        if number is not None:
            return _by_number(number), number, proven
    return None, None, proven


def _by_number(number: float) -> Ratio:
    return Ratio.TOO_MANY if number > LONG else Ratio.TOO_FEW if number < SHORT else Ratio.RIGHT


def _by_role(program: Program, ratio: Count, promised: Count) -> Ratio | None:
    """The ratio as a product of powers of batches, accumulation and epochs; None if anything else is in it."""
    for batches in _distinct(program.batches):
        for accumulation in (None, *_distinct(program.accumulations)):
            exponents = _exponents(ratio, batches, accumulation, _distinct(program.epochs))
            if exponents == (0, 0) and unit_of(program, promised) not in (Unit.BATCHES, Unit.UPDATES):
                return None
            if exponents is not None:
                return _ROLES.get(exponents)
    for accumulation in _distinct(program.accumulations):
        exponents = _exponents(ratio, None, accumulation, [])
        if exponents is not None:
            return _ROLES.get(exponents)
    return None


_ROLES = {
    (-1, 0): Ratio.PER_EPOCH,
    (-1, 1): Ratio.PER_EPOCH,
    (1, 0): Ratio.PER_BATCH,
    (1, -1): Ratio.PER_BATCH,
    (0, 1): Ratio.PER_BACKWARD,
    (0, -1): Ratio.PER_UPDATE,
    (0, 0): Ratio.TOO_MANY,
}
"""Exponents of batches and of accumulation; with neither, epochs are left: a promise of one epoch."""


def _exponents(
    ratio: Count, batches: Count | None, accumulation: Count | None, epochs: list[Count]
) -> tuple[int, int] | None:
    """The exponents that leave a number, or a number times epochs. None where there are none."""
    for b in (-1, 1, 0) if batches is not None else (0,):
        for a in (0, 1, -1) if accumulation is not None else (0,):
            rest: Count | None = ratio
            for count, exponent in ((batches, b), (accumulation, a)):
                if rest is not None and count is not None and exponent:
                    rest = quotient(rest, count) if exponent > 0 else rest * count
            if rest is None:
                continue
            if rest.constant() is not None and (a or b):
                return b, a
            if (a or b) and _made_of(rest, epochs):
                return b, a
            if any((left := quotient(rest, one)) is not None and left.constant() is not None for one in epochs):
                return b, a
    return None


def _in_samples(program: Program, ratio: Count) -> bool:
    """Whether the horizon counts samples: a batch has more than one, so that much fewer steps are delivered."""
    for size in program.batch_sizes:
        rest = ratio * size
        counts = [rest, *(rest * one for one in program.accumulations)]
        counts += [left for one in program.accumulations if (left := quotient(rest, one)) is not None]
        if any(count.constant() is not None for count in counts):
            return True
    return False


def _made_of(count: Count, epochs: list[Count]) -> bool:
    """Whether a count speaks of epochs only: `epochs - 10`."""
    theirs = {symbol for one in epochs for symbol in one.symbols()}
    return count.symbols() <= theirs and all(exponent > 0 for monomial in count.terms for _, exponent in monomial)


def _distinct(counts: Iterable[Count]) -> list[Count]:
    return list({count.identity(): count for count in counts if count.terms and count.constant() is None}.values())


def promises_the_updates(verdict: Verdict) -> bool:
    """Whether the horizon is right for a step with every update or batch: the wrong place is the `step()`."""
    use = verdict.use
    trained = [*use.updates(), *(event for event in use.program.trained if event.kind is EventKind.BACKWARD)]
    counts = [use.delivered_by([event]) for event in trained]
    return any(count is not None and equal_up_to_rounding(count, verdict.promised) for count in counts)


def claim_at_step(verdict: Verdict, message: str, help: str) -> Claim:
    """A claim at the `step()` call, with the constructor as the other place."""
    return Claim(
        verdict.step.place.at,
        message + in_numbers(verdict.curves()),
        help,
        verdict.confidence,
        str(verdict.promised),
        str(verdict.delivered),
        (Related(verdict.use.at, f"{verdict.use.name} promises {verdict.promised} steps here"),),
        curves=verdict.curves(),
    )


def claim_at_constructor(verdict: Verdict, message: str, help: str) -> Claim:
    """A claim at the constructor, with the `step()` call as the other place."""
    return Claim(
        verdict.use.at,
        message + in_numbers(verdict.curves()),
        help,
        verdict.confidence,
        str(verdict.promised),
        str(verdict.delivered),
        (Related(verdict.step.place.at, f"stepped {verdict.delivered} times here"),),
        curves=verdict.curves(),
    )


def outside_guard(step: Event, updates: Iterable[Event]) -> bool:
    """Whether a step runs in the loop of an update, but not under the guard that makes it an update."""
    mine = set(map(id, step.place.frames))
    for update in updates:
        guards = [frame for frame in update.place.frames if isinstance(frame, Guard) and frame.period is not None]
        loops = [frame for frame in update.place.frames if isinstance(frame, Loop)]
        if guards and loops and id(loops[-1]) in mine and not any(id(guard) in mine for guard in guards):
            return True
    return False


def has_end(use: Use) -> bool:
    """Whether the run can be too long or too short for the schedule; a warm-up is meant to be over before."""
    schedule = use.schedule
    if schedule is None or schedule.past_end in (PastEnd.NO_END, PastEnd.RESTARTS):
        return False
    return not schedule.rises_only or _falls(use)


def _falls(use: Use) -> bool:
    """Whether a LinearLR goes down: `start_factor=1.0, end_factor=0.0`."""
    if use.schedule is None or "open" in use.scheduler.flags:
        return False
    arguments = use.schedule.with_defaults(numbers_of(use.scheduler.arguments))
    start, end = arguments.get("start_factor"), arguments.get("end_factor")
    return isinstance(start, (int, float)) and isinstance(end, (int, float)) and end < start
