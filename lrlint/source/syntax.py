"""The facts of one module: its code, lowered to the few forms that step counting needs.

Nodes are small, picklable and know nothing of the parser. A `Span` is a 1-based
`(line, column, end_line, end_column)`, the end column exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lrlint.node import Node

Span = tuple[int, int, int, int]


class Name(Node):
    id: str


class Attribute(Node):
    value: Expression
    name: str


class Constant(Node):
    """A literal: number, string, bytes, bool, None or Ellipsis."""

    value: object


class Argument(Node):
    """One argument of a call. `star` is "", "*" or "**"."""

    value: Expression
    keyword: str | None
    star: str


class Call(Node):
    function: Expression
    arguments: list[Argument]
    at: Span


class Binary(Node):
    operator: str
    left: Expression
    right: Expression


class Unary(Node):
    operator: str
    operand: Expression


class Compare(Node):
    """One comparison; chains are lowered to `Boolean("and", …)`."""

    operator: str
    left: Expression
    right: Expression


class Boolean(Node):
    operator: str
    left: Expression
    right: Expression


class Conditional(Node):
    test: Expression
    then: Expression
    otherwise: Expression


class Subscript(Node):
    value: Expression
    index: Expression


class Slice(Node):
    lower: Expression | None
    upper: Expression | None
    step: Expression | None


class Sequence(Node):
    """A tuple, list or set display."""

    kind: str
    elements: list[Expression]


class Dictionary(Node):
    """A dict display; a key of None stands for `**value`."""

    items: list[tuple[Expression | None, Expression]]
    at: Span


class Lambda(Node):
    parameters: Parameters
    body: Expression
    at: Span


class Comprehension(Node):
    """A list, set, dict or generator comprehension; for a dict the element is its value."""

    kind: str
    element: Expression
    target: Expression
    iterable: Expression
    conditions: list[Expression]


class Starred(Node):
    value: Expression


class Walrus(Node):
    target: Name
    value: Expression


class Yielded(Node):
    value: Expression | None


class Text(Node):
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


class Parameter(Node):
    name: str
    default: Expression | None
    annotation: Expression | None


class Parameters(Node):
    """`positional` includes positional-only parameters; `star` and `double_star` are names or None."""

    positional: list[Parameter]
    keyword_only: list[Parameter]
    star: str | None
    double_star: str | None


class Assign(Node):
    targets: list[Expression]
    value: Expression
    at: Span


class AugmentedAssign(Node):
    operator: str
    target: Expression
    value: Expression
    at: Span


class Annotated(Node):
    """`name: annotation = value`; the value may be missing."""

    target: Expression
    annotation: Expression
    value: Expression | None
    at: Span


class Evaluate(Node):
    """An expression statement."""

    value: Expression


class For(Node):
    target: Expression
    iterable: Expression
    body: list[Statement]
    otherwise: list[Statement]
    assigned: frozenset[str]
    at: Span


class While(Node):
    test: Expression
    body: list[Statement]
    otherwise: list[Statement]
    assigned: frozenset[str]
    at: Span


class If(Node):
    test: Expression
    body: list[Statement]
    otherwise: list[Statement]


class With(Node):
    items: list[tuple[Expression, Expression | None]]
    body: list[Statement]


class Try(Node):
    body: list[Statement]
    handlers: list[list[Statement]]
    otherwise: list[Statement]
    finally_: list[Statement]


class Return(Node):
    value: Expression | None


class Leave(Node):
    """`break`, `continue` or `raise`."""

    kind: str


class Delete(Node):
    targets: list[Expression]


class Import(Node):
    """`import a.b as c`: `module` is `a.b`, `name` what is bound here."""

    module: str
    name: str
    aliased: bool


class ImportFrom(Node):
    """`from ..a import b as c`: `level` counts the dots; `name` is "*" for a star import."""

    module: str
    level: int
    name: str
    alias: str


class Scope(Node):
    """`global` or `nonlocal` names."""

    names: list[str]
    kind: str


class FunctionDefinition(Node):
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


class ClassDefinition(Node):
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


class Module(Node):
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
