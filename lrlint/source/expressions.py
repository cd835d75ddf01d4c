"""What each form of expression is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lrlint.counts import Count
from lrlint.source import syntax as ir
from lrlint.source.branching import Side, combine, judge, truth
from lrlint.source.events import EventKind
from lrlint.source.loops import elements_of
from lrlint.source.machine import Arguments, Machine
from lrlint.source.members import attribute, bind, item, items_set, names
from lrlint.source.store import Key
from lrlint.source.values import (
    Choice,
    Condition,
    Constant,
    Entries,
    Function,
    Items,
    Modulo,
    Number,
    Opaque,
    State,
    Value,
    Wrapped,
    cases_of,
    choose,
    key_of,
    label_of,
    literal_of,
    number_of,
)


def _name(machine: Machine, node: ir.Name) -> Value:
    return names(machine, node.id)


def _attribute(machine: Machine, node: ir.Attribute) -> Value:
    return attribute(machine, machine.evaluate(node.value), node.name)


def _constant(machine: Machine, node: ir.Constant) -> Value:
    value = node.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return Number(Count.of(value))
        except (OverflowError, ValueError):
            return machine.unknown(repr(value))
    return Constant(value)


def _call(machine: Machine, node: ir.Call) -> Value:
    function = machine.evaluate(node.function)
    arguments = Arguments([], {}, machine.location(node.at), text=ir.text_of(node))
    for argument in node.arguments:
        value = machine.evaluate(argument.value)
        if argument.star == "*":
            _spread(arguments, value)
        elif argument.star == "**":
            _spread_keywords(machine, arguments, value)
        elif argument.keyword is not None:
            arguments.keywords[argument.keyword] = value
        else:
            arguments.positional.append(value)
    return machine.call(function, arguments)


def _spread(arguments: Arguments, value: Value) -> None:
    if isinstance(value, Items) and not arguments.open:
        arguments.positional.extend(value.elements)
    else:
        arguments.open = True


def _spread_keywords(machine: Machine, arguments: Arguments, value: Value) -> None:
    """`**value`: all that it holds; of something unknown, what the program itself has put there."""
    if isinstance(value, Entries) and value.complete:
        arguments.keywords.update({key: entry for key, entry in value.entries.items() if isinstance(key, str)})
        return
    arguments.open = True
    if isinstance(value, Opaque):
        arguments.keywords.update(items_set(machine, value))


def arithmetic(machine: Machine, operator: str, left: Value, right: Value, label: str) -> Value:
    """`left operator right`; counts stay counts, everything else is unknown but keeps its identity."""
    if isinstance(left, Choice) or isinstance(right, Choice):
        cases = [
            (a | b, arithmetic(machine, operator, x, y, label)) for a, x in cases_of(left) for b, y in cases_of(right)
        ]
        return choose(cases)
    if operator == "+" and isinstance(left, Items) and isinstance(right, Items):
        return Items(left.elements + right.elements)
    a, b = number_of(left), number_of(right)
    operation = _ARITHMETIC.get(operator)
    if a is None or b is None or operation is None:
        return derived(operator, left, right, label)
    if operator == "%":
        return Modulo(a, b)
    try:
        return Number(operation(a, b))
    except (ZeroDivisionError, OverflowError, ValueError):
        return machine.unknown(label)


def derived(operator: str, left: Value, right: Value, label: str) -> Value:
    """An unknown that is made of two values: it keeps where they come from."""
    tags = frozenset().union(*(value.tags for value in (left, right) if isinstance(value, Opaque)))
    return Opaque((operator, key_of(left), key_of(right)), label, tags=tags)


def _power(base: Count, exponent: Count) -> Count:
    number, times = base.constant(), exponent.constant()
    if times is None or times.denominator != 1 or not 0 <= times <= 4:
        if number is not None and times is not None:
            return Count.of(float(number) ** float(times))
        raise ValueError("a power that is no polynomial")
    result = Count.of(1)
    for _ in range(int(times)):
        result = result * base
    return result


_ARITHMETIC: Mapping[str, Callable[[Count, Count], Count]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: (a / b).round(),
    "**": _power,
    "%": lambda a, b: a,
}


def _binary(machine: Machine, node: ir.Binary) -> Value:
    left, right = machine.evaluate(node.left), machine.evaluate(node.right)
    return arithmetic(machine, node.operator, left, right, ir.text_of(node))


def _unary(machine: Machine, node: ir.Unary) -> Value:
    if node.operator == "not":
        return _truth(machine, node)
    value = machine.evaluate(node.operand)
    if node.operator == "-" and isinstance(value, (Number, Opaque)):
        count = number_of(value)
        if isinstance(value, Number) and count is not None:
            return Number(Count.of(0) - count)
        return Opaque(("-", key_of(value)), f"-{label_of(value)}", tags=frozenset({"negated"}))
    return value if node.operator == "+" else machine.unknown(ir.text_of(node))


def _truth(machine: Machine, node: ir.Expression) -> Value:
    """A condition used as a value: kept whole, for the `if` that reads it."""
    test = judge(machine, node)
    return Constant(test.known) if test.known is not None else Condition(test)


def _boolean(machine: Machine, node: ir.Boolean) -> Value:
    """`a or b`, `a and b` with an undecided `a`: either of them, under its condition."""
    left = machine.evaluate(node.left)
    test = truth(machine, left)
    if test.known is not None:
        return machine.evaluate(node.right) if test.known == (node.operator == "and") else left
    side, other = (test.then, test.otherwise) if node.operator == "and" else (test.otherwise, test.then)
    right, written = _under(machine, side, node.right)
    machine.store.join(written, side.when, {}, other.when)
    if isinstance(left, Condition):
        return Condition(combine(node.operator, test, truth(machine, right)))
    return choose([(other.when, left), (side.when, right)])


def _conditional(machine: Machine, node: ir.Conditional) -> Value:
    test = judge(machine, node.test)
    if test.known is not None:
        return machine.evaluate(node.then if test.known else node.otherwise)
    then, written = _under(machine, test.then, node.then)
    otherwise, written_otherwise = _under(machine, test.otherwise, node.otherwise)
    machine.store.join(written, test.then.when, written_otherwise, test.otherwise.when)
    return choose([(test.then.when, then), (test.otherwise.when, otherwise)])


def _under(machine: Machine, side: Side, node: ir.Expression) -> tuple[Value, Mapping[Key, Value]]:
    """The value of an expression on one side of a condition, and what it writes."""
    mark = machine.store.mark()
    with machine.assuming(side.when), machine.inside(*side.frames):
        value = machine.evaluate(node)
    return value, machine.store.take_back(mark)


def _subscript(machine: Machine, node: ir.Subscript) -> Value:
    return item(machine, machine.evaluate(node.value), machine.evaluate(node.index))


def _slice(machine: Machine, node: ir.Slice) -> Value:
    for part in (node.lower, node.upper, node.step):
        if part is not None:
            machine.evaluate(part)
    return machine.unknown("slice")


def _sequence(machine: Machine, node: ir.Sequence) -> Value:
    elements: list[Value] = []
    for element in node.elements:
        if isinstance(element, ir.Starred):
            spread = machine.evaluate(element.value)
            if not isinstance(spread, Items):
                return machine.unknown(ir.text_of(node))
            elements.extend(spread.elements)
        else:
            elements.append(machine.evaluate(element))
    return Items(elements)


def _dictionary(machine: Machine, node: ir.Dictionary) -> Value:
    result = Entries({}, machine.location(node.at))
    for key_node, value_node in node.items:
        value = machine.evaluate(value_node)
        if key_node is None:
            if isinstance(value, Entries):
                result.entries.update(value.entries)
                result.complete &= value.complete
            else:
                result.complete = False
            continue
        key = literal_of(machine.evaluate(key_node))
        if key is None:
            result.complete = False
            key = ("unknown", len(result.entries))
        result.entries[key] = value
    if any(holds_state(value) for value in result.entries.values()):
        machine.happen(EventKind.CHECKPOINT, result, result.at)
    return result


def holds_state(value: Value) -> bool:
    """Whether a `state_dict()` is in the value or in one of its cases."""
    return any(isinstance(case, State) for _, case in cases_of(value))


def _lambda(machine: Machine, node: ir.Lambda) -> Value:
    function = Function(node, machine.activation.scope, machine.activation.path)
    machine.functions.append(function)
    return function


def _comprehension(machine: Machine, node: ir.Comprehension) -> Value:
    iterable = machine.evaluate(node.iterable)
    elements = elements_of(iterable)
    if elements is None:
        bind(machine, node.target, machine.unknown(ir.text_of(node.target)))
        machine.evaluate(node.element)
        if isinstance(iterable, State):
            return iterable
        return Wrapped("items", [iterable]) if not node.conditions else machine.unknown(ir.text_of(node))
    results = []
    for element in elements:
        bind(machine, node.target, element)
        results.append(machine.evaluate(node.element))
    return Items(results)


def _starred(machine: Machine, node: ir.Starred) -> Value:
    return machine.evaluate(node.value)


def _walrus(machine: Machine, node: ir.Walrus) -> Value:
    value = machine.evaluate(node.value)
    bind(machine, node.target, value)
    return value


def _yielded(machine: Machine, node: ir.Yielded) -> Value:
    if node.value is not None:
        machine.share(machine.evaluate(node.value))
    return machine.unknown("yield")


def _text(machine: Machine, node: ir.Text) -> Value:
    for part in node.parts:
        machine.evaluate(part)
    return machine.unknown("…")


EXPRESSIONS: Mapping[type, Callable[[Machine, Any], Value]] = {
    ir.Name: _name,
    ir.Attribute: _attribute,
    ir.Constant: _constant,
    ir.Call: _call,
    ir.Binary: _binary,
    ir.Unary: _unary,
    ir.Compare: _truth,
    ir.Boolean: _boolean,
    ir.Conditional: _conditional,
    ir.Subscript: _subscript,
    ir.Slice: _slice,
    ir.Sequence: _sequence,
    ir.Dictionary: _dictionary,
    ir.Lambda: _lambda,
    ir.Comprehension: _comprehension,
    ir.Starred: _starred,
    ir.Walrus: _walrus,
    ir.Yielded: _yielded,
    ir.Text: _text,
}
