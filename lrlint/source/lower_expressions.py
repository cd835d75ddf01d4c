"""LibCST -> facts: expressions. Each function takes a node and the lowering of its module."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lrlint.source import syntax as ir
from lrlint.source.libcst_quickly import libcst as cst

if TYPE_CHECKING:
    from lrlint.source.lower import Lowering

_TELLING = re.compile("step|optim|sched|backward|state_dict|lr_|loader", re.IGNORECASE)
OPERATORS: dict[type[cst.CSTNode], str] = {
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
    operator = OPERATORS.get(type(node.operator), "?")
    return ir.Binary(operator, lowering.expression(node.left), lowering.expression(node.right))


def _unary(lowering: Lowering, node: cst.UnaryOperation) -> ir.Expression:
    return ir.Unary(OPERATORS.get(type(node.operator), "?"), lowering.expression(node.expression))


def _boolean(lowering: Lowering, node: cst.BooleanOperation) -> ir.Expression:
    operator = OPERATORS[type(node.operator)]
    return ir.Boolean(operator, lowering.expression(node.left), lowering.expression(node.right))


def _comparison(lowering: Lowering, node: cst.Comparison) -> ir.Expression:
    left = lowering.expression(node.left)
    whole: ir.Expression | None = None
    for target in node.comparisons:
        right = lowering.expression(target.comparator)
        one = ir.Compare(OPERATORS.get(type(target.operator), "?"), left, right)
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
    return ir.Lambda(parameters(lowering, node.params), lowering.expression(node.body), lowering.span(node))


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


def parameters(lowering: Lowering, node: cst.Parameters) -> ir.Parameters:
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


EXPRESSIONS: dict[type[cst.CSTNode], Callable[[Lowering, Any], ir.Expression]] = {
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
