"""The state of following a program: scopes, store, loops, conditions, and the events so far.

A `Machine` follows code once, symbolically: a loop body is walked once for all its iterations, both sides
of a branch are walked under their conditions, and a call is followed into the function it calls. How each
form of syntax and each library call behaves is in the tables that the machine is built with.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from lrlint.counts import Count
from lrlint.findings import Location
from lrlint.node import Node, anew
from lrlint.source import syntax as ir
from lrlint.source.conditions import ALWAYS, When, compatible
from lrlint.source.events import Event, EventKind, Frame, Loop, Place
from lrlint.source.store import Store
from lrlint.source.values import (
    Choice,
    Class,
    Function,
    Opaque,
    Scheduler,
    Scope,
    Value,
    choose,
)

MOST_DEPTH = 24
"""How deep calls are followed; deeper is unknown."""
MOST_WORK = 30_000
"""How many expressions one entry point may cost before the rest of it is unknown.

The largest training scripts seen need 23,000 (timm), most fewer than 3,000. The Trainer of transformers would
take 130,000 for each of several entries: once one was too much, the others of that program are left out.
"""


class Modules(Protocol):
    """Where imports are looked up: the modules in view."""

    def find(self, name: str, importer: str) -> ir.Module | None:
        """The module that `name` means in the file `importer`, None where it is not in view."""

    def find_defined(self, package: str, wanted: str, importer: str) -> ir.Module | None:
        """The module of a package without `__init__.py` that defines `wanted`, None where there is none."""

    def at(self, path: str) -> ir.Module:
        """The module of a path that `find` gave."""


class Increment(Node):
    """A counter growing by `amount` at a place."""

    frames: tuple[Frame, ...]
    amount: Count


class Activation(Node):
    """One function call that is being followed: its scope, its returns, and who is `self`."""

    scope: Scope
    path: str
    function: Function | None = None
    returns: list[tuple[When, Value]] = anew(factory=list)
    base_when: When = ALWAYS


class Followed(Node):
    """The definitions (by `id()` of their facts) that a program in view calls or constructs."""

    called: set[int] = anew(factory=set)
    constructed: set[int] = anew(factory=set)


Evaluator = Callable[["Machine", Any], Value]
Executor = Callable[["Machine", Any], bool]


class Machine:
    """See the module's docstring. `evaluate`, `execute` and `call` are the three entrances."""

    def __init__(
        self,
        modules: Modules,
        expressions: Mapping[type, Evaluator],
        statements: Mapping[type, Executor],
        caller: Callable[[Machine, Value, Arguments], Value],
        main: str,
        followed: Followed,
    ) -> None:
        self.main = main
        self.called, self.constructed = followed.called, followed.constructed
        self.modules = modules
        self._expressions = expressions
        self._statements = statements
        self._caller = caller
        self.store = Store()
        self.events: list[Event] = []
        self.frames: list[Frame] = []
        self.when: When = ALWAYS
        self.activations: list[Activation] = []
        self.calls: list[Location] = []
        self.increments: dict[Hashable, list[Increment]] = {}
        self.index_loops: dict[Hashable, Loop] = {}
        self.carried_on: set[Hashable] = set()
        self.partly_given: dict[Hashable, Value] = {}
        self.module_scopes: dict[str, Scope] = {}
        self.accumulations: list[Value] = []
        self.states_taken: list[Value] = []
        self.schedulers: list[Scheduler] = []
        self.functions: list[Function] = []
        self.classes: list[Class] = []
        self.shared: list[Value] = []
        self.entered: list[Value] = []
        self.incomplete = False
        self.exhausted = False
        self.work = 0
        self.statement = Location("", 1, 1, 1, 1)
        self._order = 0

    # -- following code ----------------------------------------------------------------------------------

    def evaluate(self, expression: ir.Expression) -> Value:
        """The value of an expression; events in it happen."""
        self.work += 1
        if self.work > MOST_WORK:
            self.incomplete = self.exhausted = True
            return self.unknown("…")
        return self._expressions[type(expression)](self, expression)

    def execute(self, statements: Sequence[ir.Statement]) -> bool:
        """Follow statements; False when no path reaches their end."""
        return all(self._statements[type(statement)](self, statement) for statement in statements)

    def call(self, function: Value, arguments: Arguments) -> Value:
        """The value of a call; its events happen here."""
        if len(self.calls) >= MOST_DEPTH:
            self.incomplete = True
            return self.unknown("…")
        return self._caller(self, function, arguments)

    # -- state -------------------------------------------------------------------------------------------

    def entering(self, scope: Scope, path: str) -> None:
        """Begin to follow code of a scope from outside of any call."""
        self.activations.append(Activation(scope, path))

    @property
    def activation(self) -> Activation:
        return self.activations[-1]

    def location(self, span: ir.Span) -> Location:
        """The span as a location in the file whose code is being followed."""
        return Location(self.activation.path, *span)

    def place(self, at: Location) -> Place:
        """Here and now."""
        return Place(at, tuple(self.frames), self.when, self.fresh(), tuple(self.calls))

    def happen(
        self,
        kind: EventKind,
        target: Value,
        at: Location,
        arguments: Sequence[Value] = (),
        keywords: Mapping[str, Value] | None = None,
        text: str = "",
    ) -> None:
        """Record an event."""
        self.events.append(Event(kind, target, self.place(at), list(arguments), dict(keywords or {}), text))

    def share(self, value: Value) -> None:
        """Code out of view can reach the value from here on."""
        self.shared.append(value)

    def unknown(self, label: str, tags: frozenset[str] = frozenset()) -> Opaque:
        """A new value of which nothing is known but that it is none of the others."""
        return Opaque(("unknown", self.fresh()), label, tags=tags)

    def fresh(self) -> int:
        """A number that was not used before."""
        self._order += 1
        return self._order

    @contextmanager
    def assuming(self, when: When) -> Iterator[None]:
        """Follow code under further conditions."""
        before = self.when
        self.when = before | when
        try:
            yield
        finally:
            self.when = before

    @contextmanager
    def inside(self, *frames: Frame) -> Iterator[None]:
        """Follow code inside further loops and guards."""
        depth = len(self.frames)
        self.frames.extend(frames)
        try:
            yield
        finally:
            del self.frames[depth:]

    def over_cases(self, value: Value, do: Callable[[Value], Value]) -> Value:
        """`do` for every case of a value that can hold here, under its conditions; the joined outcome."""
        if not isinstance(value, Choice):
            return do(value)
        outcomes: list[tuple[When, Value]] = []
        for when, case in value.cases:
            if compatible(self.when, when):
                with self.assuming(when):
                    outcomes.append((when, do(case)))
        return choose(outcomes) if outcomes else self.unknown("…")


class Arguments(Node):
    """The arguments of a call, evaluated. `open` marks `*args` or `**kwargs` of unknown content."""

    positional: list[Value]
    keywords: dict[str, Value]
    at: Location
    open: bool = False
    text: str = ""

    def get(self, position: int, keyword: str) -> Value | None:
        """The argument at a position or by keyword, None where it is not given."""
        if keyword in self.keywords:
            return self.keywords[keyword]
        return self.positional[position] if position < len(self.positional) else None

    def all(self) -> list[Value]:
        """Every argument, positional first."""
        return [*self.positional, *self.keywords.values()]
