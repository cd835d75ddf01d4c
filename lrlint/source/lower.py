"""LibCST -> facts: a module's code in the forms of `lrlint.source.syntax`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

import libcst as cst

from lrlint.source import syntax as ir
from lrlint.source.positions import positions

_WANTED: frozenset[type[cst.CSTNode]] = frozenset(
    {
        cst.Call,
        cst.Dict,
        cst.DictComp,
        cst.Lambda,
        cst.Assign,
        cst.AugAssign,
        cst.AnnAssign,
        cst.For,
        cst.While,
        cst.FunctionDef,
        cst.ClassDef,
    }
)
_TELLING = re.compile("step|optim|sched|backward|state_dict|lr_|loader", re.IGNORECASE)
_NO_SPAN: ir.Span = (1, 1, 1, 1)

_OPERATORS: dict[type[cst.CSTNode], str] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.Divide: "/",
    cst.FloorDivide: "//",
    cst.Modulo: "%",
    cst.Power: "**",
    cst.AddAssign: "+",
    cst.SubtractAssign: "-",
    cst.MultiplyAssign: "*",
    cst.DivideAssign: "/",
    cst.FloorDivideAssign: "//",
    cst.ModuloAssign: "%",
    cst.PowerAssign: "**",
    cst.Minus: "-",
    cst.Plus: "+",
    cst.Not: "not",
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
    cst.In: "in",
    cst.NotIn: "not in",
    cst.Is: "is",
    cst.IsNot: "is not",
    cst.And: "and",
    cst.Or: "or",
}


class Lowering:
    """One module on its way from LibCST to facts; call `statements` with its body."""

    def __init__(self, module: cst.Module) -> None:
        self.spans = positions(module, _WANTED)
        self.telling = 0
        self.generators = [False]
        self.assigned: list[set[str]] = [set()]
        self.callees: list[set[str]] = [set()]

    def expression(self, node: cst.CSTNode | None) -> ir.Expression:
        if node is None:
            return ir.Constant(None)
        lower = _EXPRESSIONS.get(type(node))
        return lower(self, node) if lower else ir.Text([])

    def optional(self, node: cst.CSTNode | None) -> ir.Expression | None:
        return None if node is None else self.expression(node)

    def statements(self, body: cst.CSTNode | Sequence[cst.CSTNode]) -> list[ir.Statement]:
        nodes = body if isinstance(body, Sequence) else body.body  # type: ignore[attr-defined]
        lowered: list[ir.Statement] = []
        for node in nodes:
            if isinstance(node, cst.SimpleStatementLine):
                lowered.extend(self.statements(node.body))
            elif (lower := _STATEMENTS.get(type(node))) is not None:
                lowered.extend(lower(self, node))
        return lowered

    def span(self, node: cst.CSTNode) -> ir.Span:
        return self.spans.get(id(node), _NO_SPAN)

    def binds(self, target: ir.Expression) -> None:
        """Note the names and attribute chains that an assignment binds, for the loops around it."""
        if isinstance(target, ir.Sequence):
            for element in target.elements:
                self.binds(element)
        elif isinstance(target, ir.Starred):
            self.binds(target.value)
        elif isinstance(target, (ir.Name, ir.Attribute)):
            self.assigned[-1].add(ir.text_of(target))

    def loop_body(self, body: cst.CSTNode) -> tuple[list[ir.Statement], frozenset[str]]:
        self.assigned.append(set())
        statements = self.statements(body)
        assigned = self.assigned.pop()
        self.assigned[-1] |= assigned
        return statements, frozenset(assigned)


@lru_cache(maxsize=4096)
def _tells(name: str) -> bool:
    """Whether code that uses this name may have to do with a schedule."""
    return _TELLING.search(name) is not None


def _name(lowering: Lowering, node: cst.Name) -> ir.Expression:
    if node.value in ("True", "False", "None"):
        return ir.Constant({"True": True, "False": False, "None": None}[node.value])
    if _tells(node.value):
        lowering.telling += 1
    return ir.Name(node.value)


def _attribute(lowering: Lowering, node: cst.Attribute) -> ir.Expression:
    if _tells(node.attr.value):
        lowering.telling += 1
    return ir.Attribute(lowering.expression(node.value), node.attr.value)


def _number(lowering: Lowering, node: cst.Integer | cst.Float | cst.Imaginary) -> ir.Expression:
    return ir.Constant(node.evaluated_value)


def _string(lowering: Lowering, node: cst.SimpleString | cst.ConcatenatedString) -> ir.Expression:
    try:
        value = node.evaluated_value
    except (SyntaxError, ValueError):
        value = None
    return ir.Constant(value) if value is not None else ir.Text([])


def _call(lowering: Lowering, node: cst.Call) -> ir.Expression:
    arguments = [
        ir.Argument(lowering.expression(arg.value), arg.keyword.value if arg.keyword else None, arg.star)
        for arg in node.args
    ]
    function = lowering.expression(node.func)
    match function:
        case ir.Name(name) | ir.Attribute(ir.Name("self" | "cls"), name):
            lowering.callees[-1].add(name)
    return ir.Call(function, arguments, lowering.span(node))


def _binary(lowering: Lowering, node: cst.BinaryOperation) -> ir.Expression:
    operator = _OPERATORS.get(type(node.operator), "?")
    return ir.Binary(operator, lowering.expression(node.left), lowering.expression(node.right))


def _unary(lowering: Lowering, node: cst.UnaryOperation) -> ir.Expression:
    return ir.Unary(_OPERATORS.get(type(node.operator), "?"), lowering.expression(node.expression))


def _boolean(lowering: Lowering, node: cst.BooleanOperation) -> ir.Expression:
    operator = _OPERATORS[type(node.operator)]
    return ir.Boolean(operator, lowering.expression(node.left), lowering.expression(node.right))


def _comparison(lowering: Lowering, node: cst.Comparison) -> ir.Expression:
    left = lowering.expression(node.left)
    whole: ir.Expression | None = None
    for target in node.comparisons:
        right = lowering.expression(target.comparator)
        one = ir.Compare(_OPERATORS.get(type(target.operator), "?"), left, right)
        whole = one if whole is None else ir.Boolean("and", whole, one)
        left = right
    assert whole is not None, "a comparison has at least one target"
    return whole


def _conditional(lowering: Lowering, node: cst.IfExp) -> ir.Expression:
    return ir.Conditional(
        lowering.expression(node.test), lowering.expression(node.body), lowering.expression(node.orelse)
    )


def _subscript(lowering: Lowering, node: cst.Subscript) -> ir.Expression:
    value = lowering.expression(node.value)
    parts = [_index(lowering, element.slice) for element in node.slice]
    return ir.Subscript(value, parts[0] if len(parts) == 1 else ir.Sequence("tuple", parts))


def _index(lowering: Lowering, node: cst.BaseSlice) -> ir.Expression:
    if isinstance(node, cst.Index):
        return lowering.expression(node.value)
    assert isinstance(node, cst.Slice)
    return ir.Slice(lowering.optional(node.lower), lowering.optional(node.upper), lowering.optional(node.step))


def _sequence(lowering: Lowering, node: cst.Tuple | cst.List | cst.Set) -> ir.Expression:
    elements: list[ir.Expression] = [
        ir.Starred(lowering.expression(element.value))
        if isinstance(element, cst.StarredElement)
        else lowering.expression(element.value)
        for element in node.elements
    ]
    return ir.Sequence(type(node).__name__.lower(), elements)


def _dictionary(lowering: Lowering, node: cst.Dict) -> ir.Expression:
    items = [
        (
            lowering.expression(element.key) if isinstance(element, cst.DictElement) else None,
            lowering.expression(element.value),
        )
        for element in node.elements
    ]
    return ir.Dictionary(items, lowering.span(node))


def _comprehension(lowering: Lowering, node: Any) -> ir.Expression:
    source: cst.CompFor = node.for_in
    conditions = [lowering.expression(test.test) for test in source.ifs]
    element = lowering.expression(node.value if isinstance(node, cst.DictComp) else node.elt)
    if source.inner_for_in is not None:
        element = ir.Text([element])
    target, iterable = lowering.expression(source.target), lowering.expression(source.iter)
    return ir.Comprehension(type(node).__name__, element, target, iterable, conditions)


def _lambda(lowering: Lowering, node: cst.Lambda) -> ir.Expression:
    return ir.Lambda(_parameters(lowering, node.params), lowering.expression(node.body), lowering.span(node))


def _walrus(lowering: Lowering, node: cst.NamedExpr) -> ir.Expression:
    target = lowering.expression(node.target)
    lowering.binds(target)
    return ir.Walrus(target, lowering.expression(node.value)) if isinstance(target, ir.Name) else ir.Text([])


def _await(lowering: Lowering, node: cst.Await) -> ir.Expression:
    return lowering.expression(node.expression)


def _yield(lowering: Lowering, node: cst.Yield) -> ir.Expression:
    lowering.generators[-1] = True
    value = node.value.item if isinstance(node.value, cst.From) else node.value
    return ir.Yielded(lowering.optional(value))


def _formatted(lowering: Lowering, node: cst.FormattedString) -> ir.Expression:
    parts = (part.expression for part in node.parts if isinstance(part, cst.FormattedStringExpression))
    return ir.Text([lowering.expression(part) for part in parts])


def _parameters(lowering: Lowering, node: cst.Parameters) -> ir.Parameters:
    def lowered(parameters: Iterable[cst.Param]) -> list[ir.Parameter]:
        return [
            ir.Parameter(
                param.name.value,
                lowering.optional(param.default),
                lowering.optional(param.annotation.annotation if param.annotation else None),
            )
            for param in parameters
        ]

    star = node.star_arg.name.value if isinstance(node.star_arg, cst.Param) else None
    double_star = node.star_kwarg.name.value if node.star_kwarg else None
    return ir.Parameters(lowered((*node.posonly_params, *node.params)), lowered(node.kwonly_params), star, double_star)


Lowered = list[ir.Statement]


def _assign(lowering: Lowering, node: cst.Assign) -> Lowered:
    targets = [lowering.expression(target.target) for target in node.targets]
    for target in targets:
        lowering.binds(target)
    return [ir.Assign(targets, lowering.expression(node.value), lowering.span(node))]


def _augmented(lowering: Lowering, node: cst.AugAssign) -> Lowered:
    target = lowering.expression(node.target)
    lowering.binds(target)
    operator = _OPERATORS.get(type(node.operator), "?")
    return [ir.AugmentedAssign(operator, target, lowering.expression(node.value), lowering.span(node))]


def _annotated(lowering: Lowering, node: cst.AnnAssign) -> Lowered:
    target = lowering.expression(node.target)
    if node.value is not None:
        lowering.binds(target)
    annotation = lowering.expression(node.annotation.annotation)
    return [ir.Annotated(target, annotation, lowering.optional(node.value), lowering.span(node))]


def _evaluate(lowering: Lowering, node: cst.Expr) -> Lowered:
    if isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString, cst.Ellipsis)):
        return []
    return [ir.Evaluate(lowering.expression(node.value))]


def _for(lowering: Lowering, node: cst.For) -> Lowered:
    target, iterable = lowering.expression(node.target), lowering.expression(node.iter)
    lowering.binds(target)
    body, assigned = lowering.loop_body(node.body)
    otherwise = lowering.statements(node.orelse.body) if node.orelse else []
    return [ir.For(target, iterable, body, otherwise, assigned, lowering.span(node))]


def _while(lowering: Lowering, node: cst.While) -> Lowered:
    test = lowering.expression(node.test)
    body, assigned = lowering.loop_body(node.body)
    otherwise = lowering.statements(node.orelse.body) if node.orelse else []
    return [ir.While(test, body, otherwise, assigned, lowering.span(node))]


def _if(lowering: Lowering, node: cst.If) -> Lowered:
    if _for_type_checkers(node.test):
        if node.orelse is None:
            return []
        return lowering.statements([node.orelse] if isinstance(node.orelse, cst.If) else node.orelse.body)
    test, body = lowering.expression(node.test), lowering.statements(node.body)
    if isinstance(node.orelse, cst.If):
        return [ir.If(test, body, _if(lowering, node.orelse))]
    return [ir.If(test, body, lowering.statements(node.orelse.body) if node.orelse else [])]


def _for_type_checkers(test: cst.BaseExpression) -> bool:
    """`TYPE_CHECKING`, `typing.TYPE_CHECKING`, `TYPE_CHECKING or …`: imports that a run does without.

    They are many: such a branch of a package's `__init__.py` can name every module of the package.
    """
    if isinstance(test, cst.BooleanOperation):
        return _for_type_checkers(test.left)
    name = test.attr if isinstance(test, cst.Attribute) else test
    return isinstance(name, cst.Name) and name.value == "TYPE_CHECKING"


def _with(lowering: Lowering, node: cst.With) -> Lowered:
    items = []
    for item in node.items:
        name = lowering.optional(item.asname.name if item.asname else None)
        if name is not None:
            lowering.binds(name)
        items.append((lowering.expression(item.item), name))
    return [ir.With(items, lowering.statements(node.body))]


def _try(lowering: Lowering, node: cst.Try | cst.TryStar) -> Lowered:
    body = lowering.statements(node.body)
    handlers = [lowering.statements(handler.body) for handler in node.handlers]
    otherwise = lowering.statements(node.orelse.body) if node.orelse else []
    finally_ = lowering.statements(node.finalbody.body) if node.finalbody else []
    return [ir.Try(body, handlers, otherwise, finally_)]


def _match(lowering: Lowering, node: cst.Match) -> Lowered:
    """`match` as a chain of `if subject == value`; patterns that are no plain value are unknown tests."""
    subject = lowering.expression(node.subject)
    chain: Lowered = []
    for case in reversed(node.cases):
        body = lowering.statements(case.body)
        if isinstance(case.pattern, cst.MatchAs) and case.pattern.pattern is None and case.guard is None:
            chain = body
            continue
        test: ir.Expression = ir.Text([subject])
        if isinstance(case.pattern, cst.MatchValue) and case.guard is None:
            test = ir.Compare("==", subject, lowering.expression(case.pattern.value))
        chain = [ir.If(test, body, chain)]
    return chain


def _return(lowering: Lowering, node: cst.Return) -> Lowered:
    return [ir.Return(lowering.optional(node.value))]


def _leave(lowering: Lowering, node: cst.CSTNode) -> Lowered:
    return [ir.Leave(type(node).__name__.lower())]


def _delete(lowering: Lowering, node: cst.Del) -> Lowered:
    return [ir.Delete([lowering.expression(node.target)])]


def _import(lowering: Lowering, node: cst.Import) -> Lowered:
    return [
        ir.Import(
            alias.evaluated_name,
            alias.evaluated_alias or alias.evaluated_name.partition(".")[0],
            alias.asname is not None,
        )
        for alias in node.names
    ]


def _import_from(lowering: Lowering, node: cst.ImportFrom) -> Lowered:
    module = ir.text_of(lowering.expression(node.module)) if node.module else ""
    level = len(node.relative)
    if isinstance(node.names, cst.ImportStar):
        return [ir.ImportFrom(module, level, "*", "*")]
    return [
        ir.ImportFrom(module, level, alias.evaluated_name, alias.evaluated_alias or alias.evaluated_name)
        for alias in node.names
    ]


def _scope(lowering: Lowering, node: cst.Global | cst.Nonlocal) -> Lowered:
    return [ir.Scope([item.name.value for item in node.names], type(node).__name__.lower())]


def _function(lowering: Lowering, node: cst.FunctionDef) -> Lowered:
    decorators = [lowering.expression(decorator.decorator) for decorator in node.decorators]
    before = lowering.telling
    lowering.generators.append(False)
    lowering.assigned.append(set())
    lowering.callees.append(set())
    parameters, body = _parameters(lowering, node.params), lowering.statements(node.body)
    lowering.assigned.pop()
    generator = lowering.generators.pop()
    callees = frozenset(lowering.callees.pop())
    lowering.callees[-1] |= callees
    relevant = lowering.telling > before
    return [
        ir.FunctionDefinition(
            node.name.value, parameters, body, decorators, generator, relevant, callees, lowering.span(node)
        )
    ]


def _class(lowering: Lowering, node: cst.ClassDef) -> Lowered:
    bases = [lowering.expression(base.value) for base in node.bases]
    decorators = [lowering.expression(decorator.decorator) for decorator in node.decorators]
    return [ir.ClassDefinition(node.name.value, bases, lowering.statements(node.body), decorators, lowering.span(node))]


_EXPRESSIONS: dict[type[cst.CSTNode], Callable[[Lowering, Any], ir.Expression]] = {
    cst.Name: _name,
    cst.Attribute: _attribute,
    cst.Integer: _number,
    cst.Float: _number,
    cst.Imaginary: _number,
    cst.SimpleString: _string,
    cst.ConcatenatedString: _string,
    cst.FormattedString: _formatted,
    cst.Call: _call,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.IfExp: _conditional,
    cst.Subscript: _subscript,
    cst.Tuple: _sequence,
    cst.List: _sequence,
    cst.Set: _sequence,
    cst.Dict: _dictionary,
    cst.ListComp: _comprehension,
    cst.SetComp: _comprehension,
    cst.DictComp: _comprehension,
    cst.GeneratorExp: _comprehension,
    cst.Lambda: _lambda,
    cst.NamedExpr: _walrus,
    cst.Await: _await,
    cst.Yield: _yield,
}
_STATEMENTS: dict[type[cst.CSTNode], Callable[[Lowering, Any], Lowered]] = {
    cst.Assign: _assign,
    cst.AugAssign: _augmented,
    cst.AnnAssign: _annotated,
    cst.Expr: _evaluate,
    cst.For: _for,
    cst.While: _while,
    cst.If: _if,
    cst.With: _with,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.Match: _match,
    cst.Return: _return,
    cst.Break: _leave,
    cst.Continue: _leave,
    cst.Raise: _leave,
    cst.Del: _delete,
    cst.Import: _import,
    cst.ImportFrom: _import_from,
    cst.Global: _scope,
    cst.Nonlocal: _scope,
    cst.FunctionDef: _function,
    cst.ClassDef: _class,
}
