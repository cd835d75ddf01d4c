"""What each form of statement does. Every function returns False when no path goes on after it."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from typing import Any

from lrlint.source import syntax as ir
from lrlint.source.branching import Narrowed, Side, Test, judge
from lrlint.source.calls import define_class, define_function
from lrlint.source.conditions import answered
from lrlint.source.events import Guard, Loop, loops_of
from lrlint.source.expressions import arithmetic, derived
from lrlint.source.loading import import_from, import_module
from lrlint.source.loops import (
    MOST_UNROLLED,
    count_up,
    elements_of,
    goes_on,
    iteration,
    settle,
    widen,
)
from lrlint.source.machine import Machine
from lrlint.source.members import bind
from lrlint.source.values import Constant, External, Number, Opaque, Scheduler, Value, cases_of, is_none, key_of


def _assign(machine: Machine, node: ir.Assign) -> bool:
    value = machine.evaluate(node.value)
    machine.statement = machine.location(node.at)
    for target in node.targets:
        bind(machine, target, value)
    return True


def _augmented(machine: Machine, node: ir.AugmentedAssign) -> bool:
    old, amount = machine.evaluate(node.target), machine.evaluate(node.value)
    machine.statement = machine.location(node.at)
    if node.operator == "+" and _is_plain(amount) and _counts(machine, old):
        count_up(machine, old, amount)
        return True
    if _counts(machine, old):
        bind(machine, node.target, derived(node.operator, old, amount, ir.text_of(node.target)))
        return True
    bind(machine, node.target, arithmetic(machine, node.operator, old, amount, ir.text_of(node.target)))
    return True


def _is_plain(amount: Value) -> bool:
    """Whether an amount is a number of the code, and not one of the data (a loss that is summed up)."""
    return isinstance(amount, Number) and amount.count.value() is not None


def _counts(machine: Machine, value: Value) -> bool:
    return isinstance(value, Number) and any(
        isinstance(symbol.key, tuple) and symbol.key[0] == "counter" for symbol in value.count.symbols()
    )


def _annotated(machine: Machine, node: ir.Annotated) -> bool:
    if node.value is not None:
        machine.statement = machine.location(node.at)
        bind(machine, node.target, machine.evaluate(node.value))
    return True


def _evaluate(machine: Machine, node: ir.Evaluate) -> bool:
    machine.evaluate(node.value)
    return True


def _for(machine: Machine, node: ir.For) -> bool:
    value = machine.evaluate(node.iterable)
    elements = elements_of(value)
    if elements is not None and 0 < len(elements) <= MOST_UNROLLED:
        for element in elements:
            bind(machine, node.target, element)
            _body(machine, node.body)
    else:
        loop = Loop("items", machine.location(node.at), None, label=ir.text_of(node.iterable), when=machine.when)
        once = iteration(machine, value, loop, ir.text_of(_index_of(node.target)))
        loop.kind, loop.trip, loop.over = once.kind, once.trip, once.over
        loop.resumed = goes_on(once.over)
        widen(machine, node.assigned, loop)
        with machine.inside(loop):
            bind(machine, node.target, once.element)
            _body(machine, node.body)
        if loop.trip is None:
            settle(machine, loop, None)
    return machine.execute(node.otherwise)


def _index_of(target: ir.Expression) -> ir.Expression:
    return target.elements[0] if isinstance(target, ir.Sequence) and target.elements else target


def _while(machine: Machine, node: ir.While) -> bool:
    loop = Loop("while", machine.location(node.at), None, label=ir.text_of(node.test), when=machine.when)
    widen(machine, node.assigned, loop)
    with machine.inside(loop):
        test = judge(machine, node.test)
        if test.known is False:
            return machine.execute(node.otherwise)
        _body(machine, node.body)
        settle(machine, loop, test if test.bound else judge(machine, node.test))
    return machine.execute(node.otherwise)


def _body(machine: Machine, body: list[ir.Statement]) -> None:
    """A loop body: what a `continue` or `break` leaves behind ends with it."""
    when, depth, mark = machine.when, len(machine.frames), machine.store.mark()
    machine.execute(body)
    _note_built_at_need(machine, mark)
    machine.when = when
    del machine.frames[depth:]


def _note_built_at_need(machine: Machine, mark: int) -> None:
    """A scheduler in a variable that was None before the loop is built once, in the first iteration."""
    for key, before in machine.store.overwritten(mark):
        if before is not None and is_none(before):
            for _, case in cases_of(machine.store.get(key) or before):
                if isinstance(case, Scheduler):
                    case.flags.add("kept")


def _if(machine: Machine, node: ir.If) -> bool:
    test = judge(machine, node.test)
    if test.known is not None:
        return machine.execute(node.body if test.known else node.otherwise)
    if _only_leaves(node.body, "break"):
        _note_break(machine, test)
    mark = machine.store.mark()
    narrowed = test.narrowed
    goes_on = _side(machine, test.then, node.body, narrowed, narrowed.then if narrowed else None)
    then = machine.store.take_back(mark)
    left = narrowed.otherwise if narrowed else None
    otherwise_goes_on = _side(machine, test.otherwise, node.otherwise, narrowed, left)
    if goes_on and otherwise_goes_on:
        otherwise = machine.store.take_back(mark)
        machine.store.join(then, test.then.when, otherwise, test.otherwise.when)
        return True
    if goes_on:
        machine.store.take_back(mark)
        machine.store.write(then)
        _continue_on(machine, test.then)
    elif otherwise_goes_on:
        _continue_on(machine, test.otherwise)
    return goes_on or otherwise_goes_on


def _side(
    machine: Machine, side: Side, body: list[ir.Statement], narrowed: Narrowed | None, value: Value | None
) -> bool:
    """Follow one branch, with the tested variable narrowed to the `value` that it can be there."""
    if narrowed is None or value is None:
        with machine.assuming(side.when), machine.inside(*side.frames):
            return machine.execute(body)
    before = machine.evaluate(narrowed.variable)
    bind(machine, narrowed.variable, value)
    with machine.assuming(side.when), machine.inside(*side.frames):
        goes_on = machine.execute(body)
    if key_of(machine.evaluate(narrowed.variable)) == key_of(value):
        bind(machine, narrowed.variable, before)
    return goes_on


def _continue_on(machine: Machine, side: Side) -> None:
    """The rest of the function or loop body runs only on this side of a condition.

    Where nobody knows how often that is, the iterations are taken to be nearly all.
    """
    machine.when = machine.when | side.when
    unknown = (isinstance(frame, Guard) and frame.trip is None and frame.period is None for frame in side.frames)
    machine.frames.extend(frame for frame, skip in zip(side.frames, unknown, strict=True) if not skip)


def _only_leaves(body: list[ir.Statement], kind: str) -> bool:
    return bool(body) and isinstance(body[-1], ir.Leave) and body[-1].kind == kind


def _note_break(machine: Machine, test: Test) -> None:
    """A `break` under a condition: a budget on a counter, a limit on the index, or something in the data."""
    loop = next((frame for frame in reversed(machine.frames) if isinstance(frame, Loop)), None)
    if loop is None:
        return
    if test.bound is not None:
        loop.budgets.append(test.bound)
    elif not any(isinstance(frame, Guard) for frame in (*test.then.frames, *test.otherwise.frames)):
        loop.left_early = True


def _with(machine: Machine, node: ir.With) -> bool:
    for item, target in node.items:
        value = machine.evaluate(item)
        if target is not None:
            bind(machine, target, value)
    return machine.execute(node.body)


def _try(machine: Machine, node: ir.Try) -> bool:
    """The body, and each handler as an alternative that may happen instead: in every round of the loops around it."""
    goes_on = machine.execute(node.body)
    if goes_on:
        goes_on = machine.execute(node.otherwise)
    after_handlers = False
    for handler in node.handlers:
        key = ("handler", id(handler), frozenset(map(id, loops_of(machine.frames))))
        mark = machine.store.mark()
        with machine.assuming(answered(key, True)):
            passes = machine.execute(handler)
        written = machine.store.take_back(mark)
        if passes and not goes_on:
            machine.store.write(written)
        elif passes:
            machine.store.join(written, answered(key, True), {}, answered(key, False))
        after_handlers |= passes
    return machine.execute(node.finally_) and (goes_on or after_handlers)


def _return(machine: Machine, node: ir.Return) -> bool:
    """`return`. An exception that is returned was meant to be raised: nobody can go on with it as the result."""
    value = machine.evaluate(node.value) if node.value is not None else Constant(None)
    if not _is_exception(value):
        activation = machine.activation
        activation.returns.append((machine.when - activation.base_when, value))
    return False


def _is_exception(value: Value) -> bool:
    """Whether the value is what a call of one of Python's exception classes gives."""
    made = value.parent if isinstance(value, Opaque) and value.name == "()" else None
    if not isinstance(made, External) or not made.name.startswith("builtins."):
        return False
    cls = getattr(builtins, made.name.removeprefix("builtins."), None)
    return isinstance(cls, type) and issubclass(cls, BaseException)


def _leave(machine: Machine, node: ir.Leave) -> bool:
    return False


def _delete(machine: Machine, node: ir.Delete) -> bool:
    return True


def _scope(machine: Machine, node: ir.Scope) -> bool:
    scope = machine.activation.scope
    outer = machine.module_scopes.get(scope.module) if node.kind == "global" else scope.parent
    for name in node.names:
        if outer is not None:
            scope.foreign[name] = outer
    return True


STATEMENTS: Mapping[type, Callable[[Machine, Any], bool]] = {
    ir.Assign: _assign,
    ir.AugmentedAssign: _augmented,
    ir.Annotated: _annotated,
    ir.Evaluate: _evaluate,
    ir.For: _for,
    ir.While: _while,
    ir.If: _if,
    ir.With: _with,
    ir.Try: _try,
    ir.Return: _return,
    ir.Leave: _leave,
    ir.Delete: _delete,
    ir.Import: import_module,
    ir.ImportFrom: import_from,
    ir.Scope: _scope,
    ir.FunctionDefinition: define_function,
    ir.ClassDefinition: define_class,
}
