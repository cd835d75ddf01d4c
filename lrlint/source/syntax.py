"""The facts of one module: its code, lowered to the few forms that step counting needs.

Nodes are small, picklable and know nothing of the parser. A `Span` is a 1-based
`(line, column, end_line, end_column)`, the end column exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

Span = tuple[int, int, int, int]


@dataclass(slots=True, eq=False, repr=False)
class Name:
    id: str


@dataclass(slots=True, eq=False, repr=False)
class Attribute:
    value: Expression
    name: str


@dataclass(slots=True, eq=False, repr=False)
class Constant:
    """A literal: number, string, bytes, bool, None or Ellipsis."""

    value: object


@dataclass(slots=True, eq=False, repr=False)
class Argument:
    """One argument of a call. `star` is "", "*" or "**"."""

    value: Expression
    keyword: str | None
    star: str


@dataclass(slots=True, eq=False, repr=False)
class Call:
    function: Expression
    arguments: list[Argument]
    at: Span


@dataclass(slots=True, eq=False, repr=False)
class Binary:
    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, eq=False, repr=False)
class Unary:
    operator: str
    operand: Expression


@dataclass(slots=True, eq=False, repr=False)
class Compare:
    """One comparison; chains are lowered to `Boolean("and", …)`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, eq=False, repr=False)
class Boolean:
    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True, eq=False, repr=False)
class Conditional:
    test: Expression
    then: Expression
    otherwise: Expression


@dataclass(slots=True, eq=False, repr=False)
class Subscript:
    value: Expression
    index: Expression


@dataclass(slots=True, eq=False, repr=False)
class Slice:
    lower: Expression | None
    upper: Expression | None
    step: Expression | None


@dataclass(slots=True, eq=False, repr=False)
class Sequence:
    """A tuple, list or set display."""

    kind: str
    elements: list[Expression]


@dataclass(slots=True, eq=False, repr=False)
class Dictionary:
    """A dict display; a key of None stands for `**value`."""

    items: list[tuple[Expression | None, Expression]]
    at: Span


@dataclass(slots=True, eq=False, repr=False)
class Lambda:
    parameters: Parameters
    body: Expression
    at: Span


@dataclass(slots=True, eq=False, repr=False)
class Comprehension:
    """A list, set, dict or generator comprehension; for a dict the element is its value."""

    kind: str
    element: Expression
    target: Expression
    iterable: Expression
    conditions: list[Expression]


@dataclass(slots=True, eq=False, repr=False)
class Starred:
    value: Expression


@dataclass(slots=True, eq=False, repr=False)
class Walrus:
    target: Name
    value: Expression


@dataclass(slots=True, eq=False, repr=False)
class Yielded:
    value: Expression | None


@dataclass(slots=True, eq=False, repr=False)
class Text:
    """An f-string, or another expression whose value is not followed; its parts are still evaluated."""

    parts: list[Expression]


Expression = (
    Name
    | Attribute
    | Constant
    | Call
    | Binary
    | Unary
    | Compare
    | Boolean
    | Conditional
    | Subscript
    | Slice
    | Sequence
    | Dictionary
    | Lambda
    | Comprehension
    | Starred
    | Walrus
    | Yielded
    | Text
)


@dataclass(slots=True, eq=False, repr=False)
class Parameter:
    name: str
    default: Expression | None
    annotation: Expression | None


@dataclass(slots=True, eq=False, repr=False)
class Parameters:
    """`positional` includes positional-only parameters; `star` and `double_star` are names or None."""

    positional: list[Parameter] = field(default_factory=list)
    keyword_only: list[Parameter] = field(default_factory=list)
    star: str | None = None
    double_star: str | None = None


@dataclass(slots=True, eq=False, repr=False)
class Assign:
    targets: list[Expression]
    value: Expression
    at: Span


@dataclass(slots=True, eq=False, repr=False)
class AugmentedAssign:
    operator: str
    target: Expression
    value: Expression
    at: Span


@dataclass(slots=True, eq=False, repr=False)
class Annotated:
    """`name: annotation = value`; the value may be missing."""

    target: Expression
    annotation: Expression
    value: Expression | None
    at: Span


@dataclass(slots=True, eq=False, repr=False)
class Evaluate:
    """An expression statement."""

    value: Expression


@dataclass(slots=True, eq=False, repr=False)
class For:
    target: Expression
    iterable: Expression
    body: list[Statement]
    otherwise: list[Statement]
    assigned: frozenset[str]
    at: Span


@dataclass(slots=True, eq=False, repr=False)
class While:
    test: Expression
    body: list[Statement]
    otherwise: list[Statement]
    assigned: frozenset[str]
    at: Span


@dataclass(slots=True, eq=False, repr=False)
class If:
    test: Expression
    body: list[Statement]
    otherwise: list[Statement]


@dataclass(slots=True, eq=False, repr=False)
class With:
    items: list[tuple[Expression, Expression | None]]
    body: list[Statement]


@dataclass(slots=True, eq=False, repr=False)
class Try:
    body: list[Statement]
    handlers: list[list[Statement]]
    otherwise: list[Statement]
    finally_: list[Statement]


@dataclass(slots=True, eq=False, repr=False)
class Return:
    value: Expression | None


@dataclass(slots=True, eq=False, repr=False)
class Leave:
    """`break`, `continue` or `raise`."""

    kind: str


@dataclass(slots=True, eq=False, repr=False)
class Delete:
    targets: list[Expression]


@dataclass(slots=True, eq=False, repr=False)
class Import:
    """`import a.b as c`: `module` is `a.b`, `name` what is bound here."""

    module: str
    name: str
    aliased: bool


@dataclass(slots=True, eq=False, repr=False)
class ImportFrom:
    """`from ..a import b as c`: `level` counts the dots; `name` is "*" for a star import."""

    module: str
    level: int
    name: str
    alias: str


@dataclass(slots=True, eq=False, repr=False)
class Scope:
    """`global` or `nonlocal` names."""

    names: list[str]
    kind: str


@dataclass(slots=True, eq=False, repr=False)
class FunctionDefinition:
    """A function; `relevant` is false where nothing in it can touch a schedule.

    `callees` are the names of what it calls: functions, and methods of `self`.
    """

    name: str
    parameters: Parameters
    body: list[Statement]
    decorators: list[Expression]
    generator: bool
    relevant: bool
    callees: frozenset[str]
    at: Span


@dataclass(slots=True, eq=False, repr=False)
class ClassDefinition:
    name: str
    bases: list[Expression]
    body: list[Statement]
    decorators: list[Expression]
    at: Span


Statement = (
    Assign
    | AugmentedAssign
    | Annotated
    | Evaluate
    | For
    | While
    | If
    | With
    | Try
    | Return
    | Leave
    | Delete
    | Import
    | ImportFrom
    | Scope
    | FunctionDefinition
    | ClassDefinition
)


@dataclass(slots=True, eq=False, repr=False)
class Module:
    """One source file as facts: where it is, the dotted name it has for importers, and its code."""

    path: str
    name: str
    package: str
    body: list[Statement]
    suppressions: dict[int, frozenset[str]]
    """Codes silenced by line; the empty set silences all."""


def statements_in(body: Iterable[Statement]) -> Iterator[Statement]:
    """Every statement, outer ones first, through functions, classes, loops and branches."""
    for statement in body:
        yield statement
        match statement:
            case FunctionDefinition() | ClassDefinition() | With() | For() | While():
                yield from statements_in(statement.body)
            case If():
                yield from statements_in(statement.body)
                yield from statements_in(statement.otherwise)
            case Try():
                yield from statements_in(statement.body)
                for handler in statement.handlers:
                    yield from statements_in(handler)


def text_of(expression: Expression) -> str:
    """The expression as people would write it, for labels; long parts are cut to `…`."""
    match expression:
        case Name(id):
            return id
        case Attribute(value, name):
            return f"{text_of(value)}.{name}"
        case Constant(value):
            return repr(value)
        case Call(function, arguments):
            inside = ", ".join(text_of(argument.value) for argument in arguments)
            return f"{text_of(function)}({inside if len(inside) < 60 else '…'})"
        case Subscript(value, index):
            return f"{text_of(value)}[{text_of(index)}]"
        case Binary(operator, left, right):
            return f"{text_of(left)} {operator} {text_of(right)}"
        case _:
            return "…"
