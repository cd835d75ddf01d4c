"""What an expression can be worth while a program is followed: bindings, counts and the objects at stake.

Values have identity: two variables hold the same scheduler exactly when they hold the same `Scheduler`.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count
from typing import TYPE_CHECKING, Any

from lrlint.counts import Count, Symbol
from lrlint.findings import Location
from lrlint.node import Node, anew
from lrlint.source.conditions import ALWAYS, When, compatible

if TYPE_CHECKING:
    from lrlint.schedules.description import Schedule
    from lrlint.source import syntax as ir
    from lrlint.source.branching import Test
    from lrlint.source.events import Place


class Identified(Node):
    """A value that is itself and no other; its serial number is never reused."""

    serial: int = anew(factory=count().__next__, init=False)


class Opaque(Node):
    """Something whose content is not known, only which one it is.

    `number` is the value it has unless the user changes it (an argparse default); `tags` say where it comes
    from ("checkpoint", "parameter", "configuration", "lr" for the learning rate in use, …) or what they measure
    (`lrlint.source.measures`). An attribute, an item and an element know their `parent` and their `name`.
    """

    key: Hashable
    label: str
    number: float | None = None
    tags: frozenset[str] = frozenset()
    parent: Value | None = None
    name: str = ""

    def count(self) -> Count:
        """The number it is, as a symbol."""
        return Count.symbol(Symbol(self.key, self.label, self.number, tags=self.tags))


class Number(Node):
    """A number, as a count over the program's symbols. Loop indices and counters are symbols too."""

    count: Count


class Constant(Node):
    """A literal that is no number: string, bytes, bool, None."""

    value: object


class Modulo(Node):
    """`dividend % divisor`: zero once in every `divisor`."""

    dividend: Count
    divisor: Count


class Items(Identified):
    """A list or tuple whose elements are known."""

    elements: list[Value]


class Entries(Identified):
    """A dict whose keys are known. `complete` is false once unknown keys may have been added."""

    entries: dict[Any, Value]
    at: Location
    complete: bool = True


class Range(Identified):
    """`range(start, stop, step)`; a stop of None never comes (`itertools.count`)."""

    start: Count
    stop: Count | None
    step: Count
    starts_from: Value | None = None


class Wrapped(Identified):
    """An iterable made of others: `enumerate`, `zip`, `items`, `endless` (cycle), `part` (islice)."""

    kind: str
    inner: list[Value]
    start: Count | None = None


class Scope(Identified):
    """The variables of one function call or module; `parent` is where free names are looked up."""

    name: str
    parent: Scope | None
    module: str
    foreign: dict[str, Scope] = anew(factory=dict)


class Function(Identified):
    """A function of the program, with the object it is bound to, if any."""

    definition: ir.FunctionDefinition | ir.Lambda
    scope: Scope
    path: str
    receiver: Value | None = None
    owner: Class | None = None


class Class(Identified):
    """A class of the program; `bases` may be classes, externals or unknown."""

    definition: ir.ClassDefinition
    scope: Scope
    path: str
    bases: list[Value]
    members: dict[str, Value]


class Instance(Identified):
    """An object of a class of the program; its attributes are in the store."""

    cls: Class


class Super(Identified):
    """`super()` inside a method: attributes are looked up after `cls`."""

    instance: Value
    cls: Class


class ModuleValue(Node):
    """A module that is in view, by its path."""

    path: str


class Imported(Node):
    """A name that a module in view imports, not yet looked up: `wanted` of `module`, as `importer` sees it.

    It is only found in the store, and looked up when it is read: most imports have nothing to do with a
    schedule, and their modules need not be parsed.
    """

    module: str
    wanted: str | None
    importer: str


class External(Node):
    """A name of a library that is not in view, by its full dotted name."""

    name: str


class Method(Node):
    """`receiver.name`, not yet called."""

    receiver: Value
    name: str


class Partial(Identified):
    """`functools.partial(function, …)`."""

    function: Value
    positional: list[Value]
    keywords: dict[str, Value]


class Choice(Identified):
    """A variable that may hold several values, each under its conditions."""

    cases: tuple[tuple[When, Value], ...]


class Optimizer(Identified):
    """An optimizer: where it was made, of which class, with which learning rate."""

    kind: str
    place: Place
    arguments: dict[str, Value]
    flags: set[str] = anew(factory=set)


class Scheduler(Identified):
    """An LR scheduler: what it promises is in `arguments`, by the parameter names of its schedule.

    `schedule` is None where the class is not in the catalogue. `flags` collect what happened to it:
    "prepared", "owned", "child", "open" (arguments unknown), "kept" (built once, when it is first needed),
    "lost" (one of too many alternatives). `factor` is what LambdaLR's function returns.
    """

    name: str
    schedule: Schedule | None
    place: Place
    arguments: dict[str, Value]
    optimizer: Value
    flags: set[str] = anew(factory=set)
    factor: Value | None = None


class Loader(Identified):
    """A data loader. `batches` is its length in other symbols (`len(dataset)/batch_size`), if known."""

    label: str
    batches: Count | None

    def length(self) -> Count:
        """`len(loader)` as a symbol."""
        worth = self.batches.value() if self.batches is not None else None
        return Count.symbol(Symbol(("length", self.serial), f"len({self.label})", worth, False, self.batches))


class State(Identified):
    """`of.state_dict()`."""

    of: Value


class ArgumentParser(Identified):
    """An argparse parser: its options by destination, with their defaults."""

    options: dict[str, Value | None]


class Namespace(Identified):
    """What `parse_args()` returns."""

    parser: ArgumentParser


class Condition(Node):
    """The outcome of a test that was not decided, kept for the `if` that reads it."""

    test: Test


Value = (
    Opaque
    | Number
    | Constant
    | Modulo
    | Items
    | Entries
    | Range
    | Wrapped
    | Function
    | Class
    | Instance
    | Super
    | ModuleValue
    | External
    | Method
    | Partial
    | Choice
    | Optimizer
    | Scheduler
    | Loader
    | State
    | ArgumentParser
    | Namespace
    | Condition
    | Imported
)


def key_of(value: Value) -> Hashable:
    """What identifies a value: the binding, the number, the literal or the object itself."""
    if isinstance(value, Opaque):
        return value.key
    if isinstance(value, Number):
        return ("number", value.count.identity())
    if isinstance(value, Constant):
        return ("constant", type(value.value).__name__, value.value)
    if isinstance(value, External):
        return ("external", value.name)
    if isinstance(value, Modulo):
        return ("modulo", value.dividend.identity(), value.divisor.identity())
    if isinstance(value, Method):
        return ("method", key_of(value.receiver), value.name)
    if isinstance(value, Condition):
        return ("condition", value.test.key)
    if isinstance(value, ModuleValue):
        return ("module", value.path)
    if isinstance(value, Imported):
        return ("imported", value.module, value.wanted, value.importer)
    return ("object", value.serial)


def number_of(value: Value) -> Count | None:
    """The value as a count, None where it cannot be a number or is one of several."""
    if isinstance(value, Number):
        return value.count
    if isinstance(value, Opaque):
        return value.count()
    if isinstance(value, Constant) and isinstance(value.value, bool):
        return Count.of(int(value.value))
    return None


def is_none(value: Value) -> bool:
    """Whether the value is known to be None."""
    return isinstance(value, Constant) and value.value is None


def literal_of(value: Value) -> object:
    """The value as a Python literal usable as a dict key, None where it is not one."""
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, Number):
        return value.count.constant()
    return None


def label_of(value: Value) -> str:
    """What to call a value in a message."""
    if isinstance(value, (Opaque, Loader)):
        return value.label
    if isinstance(value, Number):
        return str(value.count)
    if isinstance(value, Constant):
        return repr(value.value)
    if isinstance(value, Instance):
        return value.cls.definition.name
    return type(value).__name__.lower()


def cases_of(value: Value) -> tuple[tuple[When, Value], ...]:
    """The alternatives of a value; a plain value is its only one."""
    return value.cases if isinstance(value, Choice) else ((ALWAYS, value),)


MOST_CASES = 6


def choose(cases: list[tuple[When, Value]]) -> Value:
    """One value out of several cases: the same one where they agree, a `Choice` otherwise."""
    flat: list[tuple[When, Value]] = []
    for when, value in cases:
        if isinstance(value, Choice):
            flat += [(when | inner, case) for inner, case in value.cases if compatible(when, inner)]
        else:
            flat.append((when, value))
    if not flat:
        return cases[0][1]
    first = flat[0][1]
    if all(value is first for _, value in flat) or len({key_of(value) for _, value in flat}) == 1:
        return first
    for _, value in flat[MOST_CASES:]:
        if isinstance(value, Scheduler):
            value.flags.add("lost")
    return Choice(tuple(flat[:MOST_CASES]))
