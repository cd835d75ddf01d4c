"""LibCST -> facts: a module's code in the forms of `lrlint.source.syntax`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lrlint.source import syntax as ir
from lrlint.source.libcst_quickly import libcst as cst
from lrlint.source.lower_expressions import EXPRESSIONS, OPERATORS, parameters
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
_NO_SPAN: ir.Span = (1, 1, 1, 1)


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
        lower = EXPRESSIONS.get(type(node))
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


Lowered = list[ir.Statement]


def _assign(lowering: Lowering, node: cst.Assign) -> Lowered:
    targets = [lowering.expression(target.target) for target in node.targets]
    for target in targets:
        lowering.binds(target)
    return [ir.Assign(targets, lowering.expression(node.value), lowering.span(node))]


def _augmented(lowering: Lowering, node: cst.AugAssign) -> Lowered:
    target = lowering.expression(node.target)
    lowering.binds(target)
    operator = OPERATORS.get(type(node.operator), "?")
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
    signature, body = parameters(lowering, node.params), lowering.statements(node.body)
    lowering.assigned.pop()
    generator = lowering.generators.pop()
    callees = frozenset(lowering.callees.pop())
    lowering.callees[-1] |= callees
    relevant = lowering.telling > before
    return [
        ir.FunctionDefinition(
            node.name.value, signature, body, decorators, generator, relevant, callees, lowering.span(node)
        )
    ]


def _class(lowering: Lowering, node: cst.ClassDef) -> Lowered:
    bases = [lowering.expression(base.value) for base in node.bases]
    decorators = [lowering.expression(decorator.decorator) for decorator in node.decorators]
    return [ir.ClassDefinition(node.name.value, bases, lowering.statements(node.body), decorators, lowering.span(node))]


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
