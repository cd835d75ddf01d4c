"""What Python's own functions do to the values of a program that is followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

from lrlint.counts import ONE, Count
from lrlint.source.branching import Test, literal, partition
from lrlint.source.conditions import ALWAYS, When, consistent
from lrlint.source.events import EventKind
from lrlint.source.loading import resolve
from lrlint.source.loops import length_of, may_be_resumed
from lrlint.source.machine import Arguments, Machine
from lrlint.source.members import attribute, lookup, set_attribute
from lrlint.source.methods import escape
from lrlint.source.values import (
    Choice,
    Class,
    Condition,
    Constant,
    Entries,
    External,
    Imported,
    Instance,
    Items,
    Namespace,
    Number,
    Opaque,
    Optimizer,
    Partial,
    Range,
    Scheduler,
    State,
    Super,
    Value,
    Wrapped,
    cases_of,
    choose,
    is_none,
    key_of,
    label_of,
    number_of,
)

Model = Callable[[Machine, Arguments], Value]
ANY_NAME = "*"
"""The last part of a name that is only known when the program runs: `getattr(torch.optim, name)`."""


def _len(machine: Machine, arguments: Arguments) -> Value:
    value = arguments.get(0, "obj")
    if value is None:
        return machine.unknown("len()")

    def one(case: Value) -> Value:
        length = length_of(case)
        if length is None:
            return Opaque(("length", key_of(case)), f"len({label_of(case)})")
        return Number(length)

    return machine.over_cases(value, one)


def count_range(machine: Machine, arguments: Arguments) -> Value:
    counts = [number_of(value) for value in arguments.positional]
    if any(count is None for count in counts):
        return _range_of_cases(machine, arguments)
    known = [count for count in counts if count is not None]
    match known:
        case [stop]:
            return Range(Count.of(0), stop, ONE)
        case [start, stop]:
            return Range(start, stop, ONE, arguments.positional[0])
        case [start, stop, step]:
            return Range(start, stop, step, arguments.positional[0])
        case _:
            return machine.unknown("range")


def _range_of_cases(machine: Machine, arguments: Arguments) -> Value:
    """`range` with bounds that are one of several: each of them; one range where all are equally long."""
    found: list[tuple[When, Value]] = []
    for combination in product(*map(cases_of, arguments.positional)):
        when = ALWAYS.union(*(one for one, _ in combination))
        if consistent(when):
            counts = [case for _, case in combination]
            if any(number_of(case) is None for case in counts):
                return machine.unknown("range")
            found.append((when, count_range(machine, Arguments(counts, {}, arguments.at))))
    lengths = [length_of(value) for _, value in found]
    first = lengths[0] if lengths else None
    if first is not None and all(length is not None and length.same(first) for length in lengths):
        cut = any(isinstance(one, Range) and may_be_resumed(one) for _, one in found)
        return Range(Count.of(0), first, ONE, arguments.positional[0] if cut else None)
    resumed = _from_a_checkpoint(arguments)
    if resumed is not None:
        return resumed
    return choose(found) if found else machine.unknown("range")


def _from_a_checkpoint(arguments: Arguments) -> Range | None:
    """`range(start, epochs)` with a start that is a number, unless a checkpoint gives another."""
    match arguments.positional:
        case [Choice(cases=cases) as start, stop] if number_of(stop) is not None:
            counts = [number_of(case) for _, case in cases]
            fixed = [count for count in counts if count is not None and count.constant() is not None]
            if len(fixed) == 1 and all(count is not None for count in counts):
                return Range(fixed[0], number_of(stop), ONE, start)
    return None


def _count(machine: Machine, arguments: Arguments) -> Value:
    start = number_of(arguments.positional[0]) if arguments.positional else None
    return Range(start or Count.of(0), None, ONE)


def same(machine: Machine, arguments: Arguments) -> Value:
    """A wrapper that keeps what it is given: `tqdm(loader)`, `iter(loader)`, `deepcopy(x)`."""
    for name in ("iterable", "sequence"):
        if name in arguments.keywords:
            return arguments.keywords[name]
    return arguments.positional[0] if arguments.positional else machine.unknown(arguments.text)


def _wrapping(kind: str) -> Model:
    def wrap(machine: Machine, arguments: Arguments) -> Value:
        start = arguments.get(1, "start") if kind == "enumerate" else None
        inner = arguments.positional[:1] if kind == "enumerate" else arguments.positional
        if not inner:
            return machine.unknown(kind)
        return Wrapped(kind, list(inner), number_of(start) if start is not None else None)

    return wrap


def _islice(machine: Machine, arguments: Arguments) -> Value:
    limits = [number_of(value) for value in arguments.positional[1:]]
    if not limits or limits[0] is None:
        return machine.unknown("islice")
    if len(limits) == 1:
        return Wrapped("part", arguments.positional[:1], limits[0])
    return Wrapped("part", arguments.positional[:1], limits[1] - limits[0] if limits[1] is not None else None)


def _integer(machine: Machine, arguments: Arguments) -> Value:
    """`int`, `round`, `math.ceil` and `floor`: rounding is a mark."""
    value = arguments.get(0, "x")
    if value is None:
        return Number(Count.of(0))

    def one(case: Value) -> Value:
        return Number(case.count.round()) if isinstance(case, Number) else case

    return machine.over_cases(value, one)


def _extreme(machine: Machine, arguments: Arguments) -> Value:
    """`max(x, 1)` is x for counting; any other minimum or maximum is a number of its own."""
    counts = [number_of(value) for value in arguments.positional]
    if len(counts) == 2:
        for one, other in (counts, counts[::-1]):
            constant = other.constant() if other is not None else None
            if one is not None and one.constant() is None and constant is not None and constant <= 1:
                return Number(one.approximately())
        if counts[0] is not None and counts[1] is not None:
            first, second = counts[0].value(only_fixed=True), counts[1].value(only_fixed=True)
            if first is not None and second is not None:
                return arguments.positional[int((first < second) == arguments.text.startswith("max"))]
    if counts and all(count is not None for count in counts):
        key = (arguments.text.partition("(")[0], *(count.identity() for count in counts if count is not None))
        return Opaque(("extreme", key), arguments.text)
    return machine.unknown(arguments.text)


def _isinstance(machine: Machine, arguments: Arguments) -> Value:
    if len(arguments.positional) < 2:
        return machine.unknown("isinstance")
    value, classes = arguments.positional[:2]
    wanted: list[Value] = classes.elements if isinstance(classes, Items) else [classes]
    test = instance_test(machine, value, wanted)
    return Constant(test.known) if test.known is not None else Condition(test)


def instance_test(machine: Machine, value: Value, wanted: list[Value]) -> Test:
    """What `isinstance(value, wanted)` says."""
    if isinstance(value, Opaque):
        return literal(("isinstance", value.key, tuple(map(key_of, wanted))))
    return partition(machine, value, lambda case: _is_one_of(case, wanted))


def _is_one_of(value: Value, wanted: list[Value]) -> bool | None:
    answers = [_is_a(value, cls) for cls in wanted]
    return True if True in answers else None if None in answers else False


def _is_a(value: Value, cls: Value) -> bool | None:
    if isinstance(value, Scheduler) and isinstance(cls, External):
        name = cls.name.rpartition(".")[2]
        if value.schedule is None or (name == "LRScheduler" and value.name == "ReduceLROnPlateau"):
            return None
        return name == value.name or (name in ("LRScheduler", "_LRScheduler") and value.name != "ReduceLROnPlateau")
    if isinstance(value, Scheduler) and isinstance(cls, Class):
        return False if value.schedule is not None else None
    if isinstance(value, Namespace):
        return cls.name == "argparse.Namespace" if isinstance(cls, External) else None
    if is_none(value):
        return False
    if isinstance(value, Items) and isinstance(cls, External):
        return cls.name in ("builtins.list", "builtins.tuple", "collections.abc.Sequence", "typing.Sequence")
    if isinstance(value, Instance) and isinstance(cls, Class):
        return cls in lookup(value.cls)
    if isinstance(value, (Scheduler, Optimizer)) and isinstance(cls, External):
        return False if cls.name.startswith("builtins.") else None
    return None


def _hasattr(machine: Machine, arguments: Arguments) -> Value:
    if len(arguments.positional) == 2 and isinstance(arguments.positional[1], Constant):
        return Condition(literal(("hasattr", key_of(arguments.positional[0]), arguments.positional[1].value)))
    return machine.unknown("hasattr")


def _getattr(machine: Machine, arguments: Arguments) -> Value:
    if len(arguments.positional) >= 2:
        name = arguments.positional[1]
        if isinstance(name, Constant) and isinstance(name.value, str):
            return attribute(machine, arguments.positional[0], name.value)
        if isinstance(arguments.positional[0], External):
            return External(f"{arguments.positional[0].name}.{ANY_NAME}")
    return machine.unknown(arguments.text)


def _import_module(machine: Machine, arguments: Arguments) -> Value:
    """`importlib.import_module("torch.optim")`."""
    name = arguments.get(0, "name")
    if not (isinstance(name, Constant) and isinstance(name.value, str)) or name.value.startswith("."):
        return machine.unknown(arguments.text)
    return resolve(machine, Imported(name.value, None, machine.activation.path))


def _setattr(machine: Machine, arguments: Arguments) -> Value:
    if len(arguments.positional) == 3:
        holder, name, value = arguments.positional
        if isinstance(name, Constant) and isinstance(name.value, str):
            set_attribute(machine, holder, name.value, value)
    return Constant(None)


def _partial(machine: Machine, arguments: Arguments) -> Value:
    if not arguments.positional or arguments.open:
        escape(machine, arguments)
        return machine.unknown("partial")
    return Partial(arguments.positional[0], arguments.positional[1:], arguments.keywords)


def _super(machine: Machine, arguments: Arguments) -> Value:
    function = machine.activation.function
    if function is None or function.receiver is None or function.owner is None:
        return machine.unknown("super()")
    return Super(function.receiver, function.owner)


def _list(machine: Machine, arguments: Arguments) -> Value:
    if arguments.positional and isinstance(arguments.positional[0], Items):
        return Items(list(arguments.positional[0].elements))
    return same(machine, arguments) if arguments.positional else Items([])


def _dict(machine: Machine, arguments: Arguments) -> Value:
    result = Entries({**arguments.keywords}, arguments.at, complete=not arguments.open)
    for value in arguments.positional:
        if isinstance(value, Entries):
            result.entries = {**value.entries, **result.entries}
            result.complete &= value.complete
        else:
            result.complete = False
    if any(isinstance(case, State) for value in result.entries.values() for _, case in cases_of(value)):
        machine.happen(EventKind.CHECKPOINT, result, result.at)
    return result


def _type(machine: Machine, arguments: Arguments) -> Value:
    if len(arguments.positional) != 1:
        return machine.unknown("type")
    return Opaque(("type", key_of(arguments.positional[0])), "type(…)", None, frozenset(), arguments.positional[0], "")


def _next(machine: Machine, arguments: Arguments) -> Value:
    return machine.unknown(arguments.text)


PYTHON: Mapping[str, Model] = {
    "builtins.len": _len,
    "builtins.range": count_range,
    "builtins.enumerate": _wrapping("enumerate"),
    "builtins.zip": _wrapping("zip"),
    "builtins.iter": same,
    "builtins.next": _next,
    "builtins.reversed": same,
    "builtins.sorted": same,
    "builtins.list": _list,
    "builtins.tuple": _list,
    "builtins.dict": _dict,
    "builtins.int": _integer,
    "builtins.float": same,
    "builtins.round": _integer,
    "builtins.max": _extreme,
    "builtins.min": _extreme,
    "builtins.isinstance": _isinstance,
    "builtins.hasattr": _hasattr,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.super": _super,
    "builtins.type": _type,
    "math.ceil": _integer,
    "math.floor": _integer,
    "numpy.ceil": _integer,
    "numpy.floor": _integer,
    "itertools.cycle": _wrapping("endless"),
    "itertools.islice": _islice,
    "itertools.count": _count,
    "functools.partial": _partial,
    "importlib.import_module": _import_module,
    "copy.copy": same,
    "copy.deepcopy": same,
}
