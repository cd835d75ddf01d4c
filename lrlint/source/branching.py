"""Conditions: what is known when they hold and when they do not."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator

from lrlint.counts import ONE, Count, Symbol
from lrlint.node import Node, replace
from lrlint.source import syntax as ir
from lrlint.source.conditions import ALWAYS, Answer, When, answered, compatible, question
from lrlint.source.events import Frame, Guard, Loop
from lrlint.source.machine import Machine
from lrlint.source.values import (
    Choice,
    Condition,
    Constant,
    Entries,
    Items,
    Modulo,
    Number,
    Opaque,
    Value,
    cases_of,
    choose,
    key_of,
    number_of,
)


class Side(Node):
    """What is known on one side of a condition."""

    when: When = ALWAYS
    frames: tuple[Frame, ...] = ()


class Narrowed(Node):
    """A tested variable, and what it can be on either side of the test."""

    variable: ir.Expression
    then: Value
    otherwise: Value


class Test(Node):
    """A condition: `known` if decided, else what holds on either side.

    `key` identifies it. `bound` is set where it compares a counter with a limit: the counter's symbol key
    and the limit.
    """

    known: bool | None
    key: Hashable
    then: Side = Side()
    otherwise: Side = Side()
    bound: tuple[Hashable, Count] | None = None
    narrowed: Narrowed | None = None

    def inverted(self) -> Test:
        """The negation."""
        narrowed = self.narrowed and Narrowed(self.narrowed.variable, self.narrowed.otherwise, self.narrowed.then)
        known = None if self.known is None else not self.known
        return replace(
            self, known=known, key=("not", self.key), then=self.otherwise, otherwise=self.then, narrowed=narrowed
        )


def decided(known: bool) -> Test:
    """A condition whose outcome is known."""
    return Test(known, ("known", known))


def literal(key: Hashable) -> Test:
    """A condition that holds or not, for the whole of an execution."""
    return Test(None, key, Side(answered(key, True)), Side(answered(key, False)))


def judge(machine: Machine, node: ir.Expression) -> Test:
    """What a condition says. Evaluates the expression: its events happen."""
    match node:
        case ir.Unary("not", operand):
            return judge(machine, operand).inverted()
        case ir.Boolean(operator, left, right):
            first = judge(machine, left)
            if first.known is not None:
                return judge(machine, right) if first.known == (operator == "and") else first
            side, other = (first.then, first.otherwise) if operator == "and" else (first.otherwise, first.then)
            mark = machine.store.mark()
            with machine.assuming(side.when), machine.inside(*side.frames):
                second = judge(machine, right)
            machine.store.join(machine.store.take_back(mark), side.when, {}, other.when)
            return combine(operator, first, second)
        case ir.Compare(operator, left, right):
            test = compare(machine, operator, machine.evaluate(left), machine.evaluate(right))
            return _narrow(test, left)
        case _:
            return _narrow(truth(machine, machine.evaluate(node)), _tested(node))


def _tested(node: ir.Expression) -> ir.Expression:
    """The variable that a condition asks about: that of `isinstance(x, …)` is x."""
    if isinstance(node, ir.Call) and node.arguments and isinstance(node.function, ir.Name):
        return node.arguments[0].value
    return node


def _narrow(test: Test, node: ir.Expression) -> Test:
    if test.narrowed is None or not isinstance(node, (ir.Name, ir.Attribute)):
        return replace(test, narrowed=None)
    return replace(test, narrowed=replace(test.narrowed, variable=node))


def combine(operator: str, first: Test, second: Test) -> Test:
    """`first and second`, `first or second`."""
    if operator == "or":
        return combine("and", first.inverted(), second.inverted()).inverted()
    if first.known is False or second.known is False:
        return decided(False)
    if first.known or second.known:
        return second if first.known else first
    key = ("and", first.key, second.key)
    lasting = any(side.when for test in (first, second) for side in (test.then, test.otherwise))
    both = first.then.when | second.then.when
    then = Side(both | answered(key, True) if lasting else both, first.then.frames + second.then.frames)
    otherwise = Side(answered(key, False) if lasting else ALWAYS, _last_batch(first, second))
    return Test(None, key, then, otherwise, first.bound or second.bound, first.narrowed or second.narrowed)


def _last_batch(first: Test, second: Test) -> tuple[Frame, ...]:
    """The else side; of a negated `i % k == 0 or i == last` it is: once in every k, give or take one.

    Of anything else that changes from one iteration to the next it is unknown how often it holds.
    """
    for one, other in ((first, second), (second, first)):
        periodic = tuple(frame for frame in one.otherwise.frames if isinstance(frame, Guard) and frame.period)
        if periodic and not other.otherwise.when:
            return periodic
    guards = [frame for frame in (*first.then.frames, *second.then.frames) if isinstance(frame, Guard)]
    return (Guard(guards[0].loops, None),) if guards else ()


def truth(machine: Machine, value: Value) -> Test:
    """What `if value:` says."""
    match value:
        case Constant(value=constant):
            return decided(bool(constant))
        case Condition(test=test):
            return test
        case Modulo(dividend=dividend, divisor=divisor):
            return _periodic(machine, dividend, divisor).inverted()
        case Number(count=count):
            worth = count.value(only_fixed=True)
            return decided(bool(worth)) if worth is not None else literal(("true", key_of(value)))
        case Opaque():
            return literal(("true", value.key))
        case Items(elements=elements):
            return decided(bool(elements))
        case Entries():
            return literal(("true", key_of(value)))
        case Choice():
            return partition(machine, value, lambda case: truth(machine, case).known)
        case _:
            return decided(True)


def partition(machine: Machine, value: Value, holds: Callable[[Value], bool | None], asking: Hashable = "true") -> Test:
    """A condition on a value that may be one of several: which of them it singles out.

    Where it is not known of some, `asking` tells it from other conditions on the same value; the key says of which
    it is known.
    """
    cases = [(when, case, holds(case)) for when, case in cases_of(value)]
    answers = tuple(answer for *_, answer in cases)
    if all(answer is True for answer in answers) or all(answer is False for answer in answers):
        return decided(bool(answers[0]))
    undecided = None in answers
    sides = {}
    for truth_value in (True, False):
        chosen = [(when, case) for when, case, answer in cases if answer in (truth_value, None)]
        common = ALWAYS if undecided else frozenset.intersection(*(when for when, _ in chosen))
        others = [when for when, _, answer in cases if answer is (not truth_value)]
        common |= _ruled_out([when for when, _ in chosen], others)
        sides[truth_value] = (common, choose(chosen) if len(chosen) > 1 else chosen[0][1])
    (then, kept), (otherwise, left) = sides[True], sides[False]
    narrowed = Narrowed(ir.Constant(None), kept, left)
    if undecided:
        decided_of = frozenset((key_of(case), answer) for _, case, answer in cases if answer is not None)
        return replace(literal((asking, key_of(value), decided_of)), narrowed=narrowed)
    return Test(None, ("cases", key_of(value), answers), Side(then), Side(otherwise), narrowed=narrowed)


def _ruled_out(chosen: list[When], others: list[When]) -> When:
    """What cannot hold where one of the chosen cases does: of what the others need, that which contradicts them all.

    A flag that is set in every branch of a chain but one says that this one was not taken, though the branches
    that it may have been have no condition in common.
    """
    wanted = {part for when in others for part in (*(frozenset({answer}) for answer in when), *_refusals(when))}
    return frozenset(_denial(part) for part in wanted if not any(compatible(when, part) for when in chosen))


def _refusals(when: When) -> Iterator[When]:
    """The answers that a value is none of several constants, for each value: what the `else` of a chain needs."""
    refused = [(asked, truth) for asked, truth in when if asked.subject is not None and not truth]
    for subject in {asked.subject for asked, _ in refused}:
        yield frozenset(answer for answer in refused if answer[0].subject is subject)


def _denial(part: When) -> Answer:
    """That the answers, all of them on one question or refusals on one subject, do not hold together."""
    if len(part) == 1:
        ((asked, truth),) = part
        return asked, not truth
    options = sorted({option for asked, _ in part for option in asked.options}, key=repr)
    subject = next(asked.subject for asked, _ in part)
    assert subject is not None
    return question(("among", subject.key, tuple(options))), True


def compare(machine: Machine, operator: str, left: Value, right: Value) -> Test:
    """What `left operator right` says."""
    if operator in ("is not", "!=", "not in"):
        return compare(machine, {"is not": "is", "!=": "==", "not in": "in"}[operator], left, right).inverted()
    if operator == ">=":
        return compare(machine, "<", left, right).inverted()
    if operator == "<=":
        return compare(machine, ">", left, right).inverted()
    if operator == ">":
        return compare(machine, "<", right, left)
    if isinstance(right, Constant) and not isinstance(left, Constant) and isinstance(left, Choice):
        return partition(
            machine, left, lambda case: compare(machine, operator, case, right).known, (operator, key_of(right))
        )
    if operator == "in":
        return _membership(left, right)
    if operator in ("==", "is") and isinstance(left, Modulo) and isinstance(right, Number):
        return _periodic(machine, left.dividend - right.count, left.divisor)
    if operator in ("==", "is") and (isinstance(left, Constant) or isinstance(right, Constant)):
        return _equals(left, right) if isinstance(right, Constant) else _equals(right, left)
    return _compare_numbers(machine, "==" if operator == "is" else operator, left, right)


_OBJECTS_MAY_BE_NONE = (Opaque, Condition)


def _equals(left: Value, constant: Value) -> Test:
    assert isinstance(constant, Constant)
    if isinstance(left, Constant):
        return decided(left.value == constant.value)
    if constant.value is None and not isinstance(left, _OBJECTS_MAY_BE_NONE):
        return decided(False)
    return literal(("==", key_of(left), constant.value))


def _membership(left: Value, right: Value) -> Test:
    if isinstance(right, Items) and all(isinstance(element, Constant) for element in right.elements):
        options = tuple(element.value for element in right.elements if isinstance(element, Constant))
        if isinstance(left, Constant):
            return decided(left.value in options)
        return literal(("among", key_of(left), options))
    if isinstance(right, Entries) and isinstance(left, Constant) and right.complete:
        return decided(left.value in right.entries)
    return literal(("in", key_of(left), key_of(right)))


def _compare_numbers(machine: Machine, operator: str, left: Value, right: Value) -> Test:
    a, b = number_of(left), number_of(right)
    if a is None or b is None:
        return literal((operator, key_of(left), key_of(right)))
    difference = a - b
    worth = difference.value(only_fixed=True)
    running = [symbol for symbol in difference.symbols() if is_running(symbol)]
    if worth is not None and not running:
        return decided(worth < 0 if operator == "<" else worth == 0)
    if not running:
        return literal((operator, a.identity(), b.identity()))
    test = _along(machine, operator, difference, running)
    return test or literal((operator, a.identity(), b.identity()))


def is_running(symbol: Symbol) -> bool:
    """Whether the symbol is a loop's index or a counter."""
    return isinstance(symbol.key, tuple) and symbol.key[0] in ("index", "counter")


def _along(machine: Machine, operator: str, difference: Count, running: list[Symbol]) -> Test | None:
    """`index < limit` (or ==) as a guard: how many of the iterations are on either side.

    Such a condition changes within an execution: it is a frame, never a lasting literal.
    """
    rising = all(difference.terms.get(((symbol, 1),), 0) > 0 for symbol in running if len(running) == 1)
    moving = Count({m: c for m, c in difference.terms.items() if any(is_running(s) for s, _ in m)})
    limit = moving - difference
    if not rising:
        limit = Count.of(0) - limit
    loops = _loops_of(machine, running)
    key = (operator, difference.identity(), tuple(map(id, loops)))
    if not loops:
        return None
    bound = (running[0].key, limit) if running[0].key[0] == "counter" else None  # type: ignore[index]
    if operator == "==":
        return Test(None, key, Side(ALWAYS, (Guard(loops, ONE),)), Side(), bound)
    total = loops[0].trip if len(loops) == 1 else None
    below, above = Guard(loops, limit), Guard(loops, None if total is None else total - limit)
    first, second = Side(ALWAYS, (below,)), Side(ALWAYS, (above,))
    return Test(None, key, first, second, bound) if rising else Test(None, key, second, first, bound)


def _loops_of(machine: Machine, running: list[Symbol]) -> tuple[Loop, ...]:
    """The active loops that the running symbols run over, outermost first."""
    roots = [machine.index_loops[symbol.key] for symbol in running if symbol.key in machine.index_loops]
    active = [frame for frame in machine.frames if isinstance(frame, Loop)]
    if any(isinstance(symbol.key, tuple) and symbol.key[0] == "counter" for symbol in running):
        positions = [index for index, loop in enumerate(active) if loop in roots]
        return tuple(active[min(positions) :]) if positions else ()
    return tuple(loop for loop in active if loop in roots)


def _periodic(machine: Machine, dividend: Count, divisor: Count) -> Test:
    """`index % divisor == 0`: once in every `divisor` iterations."""
    running = [symbol for symbol in dividend.symbols() if is_running(symbol)]
    key = ("periodic", dividend.identity(), divisor.identity())
    loops = _loops_of(machine, running)
    if not loops:
        return literal(key)
    guard = Guard((loops[-1],), None, period=divisor)
    return Test(None, key, Side(ALWAYS, (guard,)), Side(ALWAYS, (Guard(guard.loops, None),)))
