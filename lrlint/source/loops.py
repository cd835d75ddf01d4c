"""Loops: how often they run, and what their index and counters are."""

from __future__ import annotations

from lrlint.counts import ONE, Count, Symbol
from lrlint.node import Node
from lrlint.source import syntax as ir
from lrlint.source.branching import Test, is_running
from lrlint.source.events import Loop, beyond, times
from lrlint.source.machine import Increment, Machine
from lrlint.source.members import bind, names
from lrlint.source.values import (
    Choice,
    Constant,
    Entries,
    Items,
    Loader,
    Number,
    Opaque,
    Range,
    Value,
    Wrapped,
    cases_of,
    key_of,
    number_of,
)

MOST_UNROLLED = 4
"""A loop over a literal list of at most so many elements is followed element by element."""


class Iteration(Node):
    """What a loop over a value does: its kind, its trip count, what it is over, and one element of it."""

    kind: str
    trip: Count | None
    over: Value | None
    element: Value


def elements_of(value: Value) -> list[Value] | None:
    """The elements of a literal sequence, None where they are not known."""
    if isinstance(value, Items):
        return value.elements
    if isinstance(value, Entries) and value.complete:
        keys = [key for key in value.entries if isinstance(key, (str, int))]
        return [Number(Count.of(key)) if isinstance(key, int) else Constant(key) for key in keys]
    if isinstance(value, Wrapped) and value.kind == "enumerate":
        inner = elements_of(value.inner[0])
        return inner and [Items([Number(Count.of(i)), element]) for i, element in enumerate(inner)]
    if isinstance(value, Wrapped) and value.kind == "zip":
        columns = [elements_of(part) for part in value.inner]
        if all(column is not None for column in columns):
            return [Items(list(row)) for row in zip(*(column or [] for column in columns), strict=False)]
    return None


def length_of(value: Value) -> Count | None:
    """`len(value)`, None where it has none or it is not known."""
    match value:
        case Items(elements=elements):
            return Count.of(len(elements))
        case Loader():
            return value.length()
        case Wrapped(kind="enumerate" | "items", inner=[inner, *_]):
            return length_of(inner)
        case Range():
            return _trip_of_range(value)
        case Opaque(key=key, label=label):
            return Count.symbol(Symbol(("length", key), f"len({label})"))
        case Choice():
            return Count.symbol(Symbol(("length", key_of(value)), "len(…)"))
        case _:
            return None


def iteration(machine: Machine, value: Value, loop: Loop, label: str) -> Iteration:
    """What `for … in value` does in `loop`."""
    index = Symbol(("index", id(loop)), label)
    machine.index_loops[index.key] = loop
    position = Count.symbol(index)
    match value:
        case Range(start=start, step=step):
            running = position * step if may_be_resumed(value) else start + position * step
            return Iteration("range", _trip_of_range(value), value, Number(running))
        case Wrapped(kind="enumerate", inner=[inner, *_], start=start):
            below = iteration(machine, inner, loop, label)
            offset = position + start if start is not None else position
            return Iteration(below.kind, below.trip, below.over, Items([Number(offset), below.element]))
        case Wrapped(kind="zip", inner=parts):
            below_all = [iteration(machine, part, loop, label) for part in parts]
            finite = [one for one in below_all if one.kind != "endless"]
            first = finite[0] if finite else below_all[0]
            trip = first.trip if len(finite) == 1 else _least([one.trip for one in finite])
            over = next((one.over for one in below_all if isinstance(one.over, Loader)), first.over)
            return Iteration("items", trip, over, Items([one.element for one in below_all]))
        case Wrapped(kind="part", inner=[inner, *_], start=limit):
            below = iteration(machine, inner, loop, label)
            return Iteration("items", limit, below.over, below.element)
        case Wrapped(kind="endless", inner=[inner, *_]):
            return Iteration("endless", None, inner, machine.unknown(label))
        case Wrapped(kind="items", inner=[inner, *_]):
            below = iteration(machine, inner, loop, label)
            return Iteration(below.kind, below.trip, below.over, machine.unknown(label))
        case Entries(entries=entries):
            return Iteration("items", Count.of(len(entries)), value, machine.unknown(label))
        case Choice(cases=cases) if any(isinstance(case, Range) for _, case in cases):
            return Iteration("range", None, value, machine.unknown(label))
        case _:
            element = Opaque(("element", id(loop)), label, None, frozenset({"batch"}), value, "[…]")
            return Iteration("items", length_of(value), value, element)


def _least(trips: list[Count | None]) -> Count | None:
    known = [trip for trip in trips if trip is not None]
    return known[0] if known and all(trip.same(known[0]) for trip in known) else None


def may_be_resumed(value: Range) -> bool:
    """Whether a range starts where a checkpoint left off: the whole run counts, not the rest of it."""
    start = value.starts_from
    if start is None:
        return False
    hints = ("start", "resume", "begin", "last")
    for _, case in cases_of(start):
        if isinstance(case, Opaque) and (
            case.number == 0 or "checkpoint" in case.tags or any(hint in case.label.lower() for hint in hints)
        ):
            return True
    return isinstance(start, Choice)


def goes_on(over: Value | None) -> bool:
    """Whether a loop over this may begin where a checkpoint left off: a range that may, or that may be another."""
    ranges = [case for _, case in cases_of(over) if isinstance(case, Range)] if over is not None else []
    return len(ranges) > 1 or any(map(may_be_resumed, ranges))


def _trip_of_range(value: Range) -> Count | None:
    if value.stop is None:
        return None
    whole = (value.stop - value.start) / value.step
    if may_be_resumed(value) and not _cancels(value, whole):
        whole = value.stop / value.step
    return whole.round()


def _cancels(value: Range, whole: Count) -> bool:
    return not (whole.symbols() & value.start.symbols())


def widen(machine: Machine, assigned: frozenset[str], loop: Loop) -> None:
    """Numbers that the body rebinds are not the same in every iteration: forget them, keep their identity.

    One that only grows is a counter; objects keep the binding of the first iteration.
    """
    for chain in sorted(assigned):
        name, _, rest = chain.partition(".")
        if "…" in chain or "[" in chain or "(" in chain:
            continue
        node: ir.Expression = ir.Name(name)
        for part in rest.split(".") if rest else []:
            node = ir.Attribute(node, part)
        old = names(machine, name) if not rest else machine.evaluate(node)
        if _may_count(old) or (loop.kind == "while" and _may_count_on(old)):
            key = ("counter", id(loop), chain)
            machine.index_loops[key] = loop
            if not _is_fixed(old):
                machine.carried_on.add(key)
            bind(machine, node, Number(Count.symbol(Symbol(key, chain))))
        elif isinstance(old, Constant) and (old.value is None or isinstance(old.value, bool)):
            bind(machine, node, machine.unknown(chain))


def _may_count(old: Value) -> bool:
    """Whether a value may be that of a counter before its loop."""
    return isinstance(old, Number) and not any(is_running(symbol) for symbol in old.count.symbols())


def _may_count_on(old: Value) -> bool:
    """Whether it is a number, or where a checkpoint was loaded another."""
    cases = [case for _, case in cases_of(old)]
    return any(map(_may_count, cases)) and all(number_of(case) is not None for case in cases)


def _is_fixed(old: Value) -> bool:
    """Whether a counter begins at a number that is written in the code."""
    return isinstance(old, Number) and old.count.value(only_fixed=True) is not None


def count_up(machine: Machine, value: Value, amount: Value) -> None:
    """`counter += amount`: remember where the counter grows."""
    count, by = number_of(value), number_of(amount)
    if count is None or by is None:
        return
    for symbol in count.symbols():
        if is_running(symbol) and symbol.key in machine.index_loops:
            machine.increments.setdefault(symbol.key, []).append(Increment(tuple(machine.frames), by))


def settle(machine: Machine, loop: Loop, test: Test | None) -> None:
    """After a `while` body: the trip count from the bound on a counter and the places where it grows."""
    bounds = list(loop.budgets)
    if test is not None and test.bound is not None:
        bounds.append(test.bound)
    if loop.kind == "while":
        loop.resumed = not bounds or any(key in machine.carried_on for key, _ in bounds)
    for key, limit in bounds:
        trip = _trip_by_counter(machine, loop, key, limit)
        if trip is not None:
            loop.trip = trip
            return


def _trip_by_counter(machine: Machine, loop: Loop, key: object, limit: Count) -> Count | None:
    growth = Count.of(0)
    for increment in machine.increments.get(key, []):
        inside = tuple(frame for frame in increment.frames if frame is not loop)
        outer = increment.frames[: increment.frames.index(loop)] if loop in increment.frames else ()
        if loop not in increment.frames:
            continue
        once = times(beyond(inside, outer))
        if once is None:
            return None
        growth = growth + once * increment.amount
    if not growth.terms:
        return None
    return (limit / growth).round() if not growth.same(ONE) else limit
