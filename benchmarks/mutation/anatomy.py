"""What a training script is made of, read from its syntax alone and independently of lrlint's own engine.

Only what is certain within one file counts: a scheduler is known by the import of its class, a `step()` by the
name of what it is called on, a batch loop by the optimizer step in its body. Where that is not enough, the script
has no such part, and mutators pass it by.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import libcst as cst
import libcst.matchers as m

from lrlint.schedules import PastEnd, Schedule, StepArgument, by_qualified_name

_SCHEDULER_LIKE = re.compile(r"sched", re.IGNORECASE)
_OPTIMIZER_LIKE = re.compile(r"^(.*_)?opt(im|imizer)?(_\w+)?$", re.IGNORECASE)
_HARMLESS = {"print", "len", "isinstance", "str", "type", "hasattr", "getattr", "id", "repr"}


@dataclass(eq=False)
class Built:
    """An optimizer or a scheduler where it is built: `target = torch.optim.…(…)`, or returned by a factory."""

    name: str
    call: cst.Call
    target: str | None
    line: cst.SimpleStatementLine
    schedule: Schedule | None

    def argument(self, name: str) -> cst.Arg | None:
        """The argument of a scheduler by its parameter's name, given by keyword or by position."""
        if any(arg.star for arg in self.call.args):
            return None
        for arg in self.call.args:
            if arg.keyword is not None and arg.keyword.value == name:
                return arg
        names = self.schedule.parameter_names() if self.schedule is not None else ()
        position = names.index(name) if name in names else len(self.call.args)
        given = [arg for arg in self.call.args if arg.keyword is None]
        return given[position] if position < len(given) else None

    @property
    def takes_metric(self) -> bool:
        """Whether it is ReduceLROnPlateau."""
        return self.schedule is not None and self.schedule.step_argument is StepArgument.METRIC

    @property
    def has_end(self) -> bool:
        """Whether a run of another length than the one promised harms; a warm-up is meant to be shorter."""
        endless = (PastEnd.NO_END, PastEnd.RESTARTS)
        schedule = self.schedule
        if schedule is None or schedule.past_end in endless or schedule.rises_only:
            return False
        return bool(self.horizon)

    @property
    def composite(self) -> bool:
        """Whether it is made of other schedulers."""
        return self.schedule is not None and self.schedule.children is not None

    @property
    def horizon(self) -> list[cst.Arg]:
        """The arguments whose product is the number of steps it is planned for."""
        for way in self.schedule.horizons if self.schedule is not None else ():
            given = [self.argument(name) for name in way]
            if all(arg is not None for arg in given):
                return [arg for arg in given if arg is not None]
        return []


@dataclass(eq=False)
class Called:
    """A statement that is one call of a method: `receiver.step(…)` on a line of its own."""

    receiver: str
    call: cst.Call
    line: cst.SimpleStatementLine


@dataclass(eq=False)
class Script:
    """A parsed script with its parts."""

    text: str
    module: cst.Module = field(init=False)
    nodes: list[cst.CSTNode] = field(init=False, default_factory=list)
    parents: dict[cst.CSTNode, cst.CSTNode] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.module = cst.parse_module(self.text)
        waiting: list[cst.CSTNode] = [self.module]
        while waiting:
            node = waiting.pop()
            self.nodes.append(node)
            children = node.children
            self.parents.update((child, node) for child in children)
            waiting.extend(reversed(children))

    def code(self, node: cst.CSTNode) -> str:
        """The text of a node."""
        return self.module.code_for_node(node).strip()

    # Where things are

    def above(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """What a node lies in, from the inside out."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def function_of(self, node: cst.CSTNode) -> cst.CSTNode:
        """The innermost function around a node, or the module."""
        return next((one for one in self.above(node) if isinstance(one, cst.FunctionDef)), self.module)

    def loops_of(self, node: cst.CSTNode) -> list[cst.For | cst.While]:
        """The loops around a node within its function, innermost first."""
        found: list[cst.For | cst.While] = []
        for one in self.above(node):
            if isinstance(one, (cst.FunctionDef, cst.Lambda)):
                break
            if isinstance(one, (cst.For, cst.While)):
                found.append(one)
        return found

    def block_of(self, line: cst.CSTNode) -> list[cst.CSTNode]:
        """The statements among which one stands."""
        return list(getattr(self.parents[line], "body", ()))

    def inside(self, node: cst.CSTNode, outer: cst.CSTNode) -> bool:
        """Whether a node lies somewhere in another."""
        return any(one is outer for one in self.above(node))

    def repeated(self, function: cst.CSTNode, depth: int = 3) -> bool:
        """Whether the function is called from a loop of this file."""
        if not isinstance(function, cst.FunctionDef) or not depth:
            return False
        calls = self.calls_of(function.name.value)
        return any(self.loops_of(call) or self.repeated(self.function_of(call), depth - 1) for call in calls)

    def calls_of(self, name: str) -> list[cst.Call]:
        """The calls of a function or method by its last name."""
        return self._calls_by_name.get(name, [])

    @cached_property
    def _calls_by_name(self) -> dict[str, list[cst.Call]]:
        found: dict[str, list[cst.Call]] = {}
        for call in self.all(cst.Call):
            found.setdefault(_last(self.code(call.func)), []).append(call)
        return found

    def all(self, kind: type[cst.CSTNodeT]) -> list[cst.CSTNodeT]:
        """Every node of a kind, in the order of the text."""
        return [node for node in self.nodes if isinstance(node, kind)]

    # What is built

    @cached_property
    def imports(self) -> dict[str, str]:
        """What the imported names stand for."""
        found: dict[str, str] = {}
        for statement in self.all(cst.Import):
            for alias in statement.names:
                dotted = self.code(alias.name)
                name = alias.evaluated_alias or dotted.partition(".")[0]
                found[name] = dotted if alias.asname else name
        for imported in self.all(cst.ImportFrom):
            if imported.module is not None and not isinstance(imported.names, cst.ImportStar):
                package = self.code(imported.module)
                found.update(
                    {a.evaluated_alias or a.evaluated_name: f"{package}.{a.evaluated_name}" for a in imported.names}
                )
        return found

    def qualified(self, expression: cst.BaseExpression) -> str:
        """The dotted name of a function or class, by the imports."""
        head, dot, rest = self.code(expression).partition(".")
        return self.imports.get(head, head) + dot + rest

    @cached_property
    def all_schedulers(self) -> list[Built]:
        """Every scheduler, the pieces of composites among them."""
        return [one for one in self._built() if one.schedule is not None]

    @cached_property
    def optimizers(self) -> list[Built]:
        """Every optimizer of torch."""
        return [one for one in self._built() if one.schedule is None]

    def _built(self) -> Iterator[Built]:
        for call in self.all(cst.Call):
            name = self.qualified(call.func)
            schedule = by_qualified_name(name)
            if schedule is None and not re.fullmatch(r"torch\.optim\.[A-Z]\w+", name):
                continue
            line = next((one for one in self.above(call) if isinstance(one, cst.SimpleStatementLine)), None)
            if line is not None and len(line.body) == 1:
                yield Built(name.rpartition(".")[2], call, self._target(line, call), line, schedule)

    def _target(self, line: cst.SimpleStatementLine, call: cst.Call) -> str | None:
        statement = line.body[0]
        if isinstance(statement, cst.Assign) and statement.value is call and len(statement.targets) == 1:
            return self.code(statement.targets[0].target)
        return None

    @cached_property
    def pieces(self) -> set[Built]:
        """Schedulers that are parts of another."""
        found = set()
        for whole in self.all_schedulers:
            names = {_last(self.code(node)) for arg in whole.call.args for node in _names_in(arg.value)}
            for one in self.all_schedulers:
                named = one.target is not None and _last(one.target) in names and whole.composite
                if one is not whole and (named or self.inside(one.call, whole.call)):
                    found.add(one)
        return found

    @cached_property
    def schedulers(self) -> list[Built]:
        """The schedulers that can be told apart: the only one of the file, or those with a name of their own."""
        whole = [one for one in self.all_schedulers if one not in self.pieces]
        if len(whole) == 1:
            return whole
        targets = [one.target for one in whole]
        return [one for one in whole if one.target is not None and targets.count(one.target) == 1]

    # What happens

    @cached_property
    def _method_calls(self) -> list[Called]:
        found = []
        for line in self.all(cst.SimpleStatementLine):
            if len(line.body) == 1 and m.matches(line.body[0], m.Expr(m.Call(m.Attribute()))):
                call = cst.ensure_type(cst.ensure_type(line.body[0], cst.Expr).value, cst.Call)
                found.append(Called(self.code(cst.ensure_type(call.func, cst.Attribute).value), call, line))
        return found

    def method_calls(self, name: str) -> list[Called]:
        """The statements that call a method of this name."""
        return [one for one in self._method_calls if self.code(one.call.func).endswith(f".{name}")]

    @cached_property
    def all_steps(self) -> list[Called]:
        """Every statement that steps a scheduler."""
        targets = {one.target for one in self.all_schedulers}
        return [
            one
            for one in self.method_calls("step")
            if one.receiver in targets or _SCHEDULER_LIKE.search(_last(one.receiver))
        ]

    def called_on(self, built: Built, name: str) -> list[Called]:
        """The statements that call a method of one scheduler; none where it cannot be told apart."""
        calls = self.method_calls(name)
        whole = [one for one in self.all_schedulers if one not in self.pieces]
        if len(whole) > 1:
            return [one for one in calls if one.receiver == built.target]
        mine = {_last(built.target)} if built.target else set()
        return [one for one in calls if _last(one.receiver) in mine or _SCHEDULER_LIKE.search(_last(one.receiver))]

    def steps_of(self, built: Built) -> list[Called]:
        """The statements that step one scheduler."""
        return self.called_on(built, "step")

    @cached_property
    def updates(self) -> list[Called]:
        """The statements that step an optimizer, by itself or through a gradient scaler."""
        targets = {_last(one.target) for one in self.optimizers if one.target}
        return [
            one
            for one in self.method_calls("step")
            if (_last(one.receiver) in targets or _OPTIMIZER_LIKE.match(_last(one.receiver)))
            or ("scaler" in one.receiver and one.call.args)
        ]

    @cached_property
    def batch_loops(self) -> list[cst.For]:
        """The loops over data with an optimizer step in their bodies."""
        inner = [loops[0] for update in self.updates if (loops := self.loops_of(update.line))]
        found = [loop for loop in inner if isinstance(loop, cst.For) and self._over_data(loop)]
        return list(dict.fromkeys(found))

    def _over_data(self, loop: cst.For) -> bool:
        """Whether a loop takes batches from something, in an epoch of a loop around it."""
        counted = m.matches(loop.iter, m.Call(func=m.Name("range")))
        return not counted and bool(self.loops_of(loop) or self.repeated(self.function_of(loop)))

    @cached_property
    def batch_loop(self) -> cst.For | None:
        """The one loop over training batches, None where there are several."""
        return self.batch_loops[0] if len(self.batch_loops) == 1 else None

    @cached_property
    def update(self) -> Called | None:
        """The one optimizer step of the batch loop, None where there are several."""
        mine = [one for one in self.updates if self.batch_loop and self.inside(one.line, self.batch_loop)]
        return mine[0] if len(mine) == 1 else None

    def guard_of(self, line: cst.CSTNode) -> cst.If | None:
        """The `if … % n …` of gradient accumulation directly around a statement."""
        test = self.parents[self.parents[line]] if line in self.parents else None
        return test if isinstance(test, cst.If) and m.findall(test.test, m.Modulo()) else None

    def steps_per_batch(self, built: Built) -> Called | None:
        """Its one step, where that stands beside the one optimizer step of the batch loop or below its guard."""
        steps = self.steps_of(built)
        if len(steps) != 1 or self.update is None or self.batch_loop is None:
            return None
        block = self.parents[steps[0].line]
        return steps[0] if block in (self.parents[self.update.line], self.batch_loop.body) else None

    def steps_per_epoch(self, built: Built) -> Called | None:
        """Its one step, where that is in an epoch loop, or in the function that is one epoch, after the batches."""
        steps = self.steps_of(built)
        if len(steps) != 1 or self.batch_loop is None or self.inside(steps[0].line, self.batch_loop):
            return None
        line = steps[0].line
        loops = self.loops_of(line)
        directly = bool(loops) and self.parents[line] is loops[0].body
        with_batches = not loops and self.parents[line] is self.parents[self.batch_loop]
        alone = directly and (self.inside(self.batch_loop, loops[0]) or self.calls_in(loops[0], self.batch_loop))
        return steps[0] if alone or (with_batches and self.repeated(self.function_of(line))) else None

    def calls_in(self, loop: cst.CSTNode, node: cst.CSTNode) -> list[cst.Call]:
        """The calls, in a loop, of the function that a node lies in."""
        function = self.function_of(node)
        if not isinstance(function, cst.FunctionDef):
            return []
        return [call for call in self.calls_of(function.name.value) if self.inside(call, loop)]

    # What values are made of

    @cached_property
    def definitions(self) -> dict[str, list[cst.BaseExpression]]:
        """What is assigned to each name in the file: attributes by their last name, parameters by their arguments."""
        found: dict[str, list[cst.BaseExpression]] = {}
        for assign in self.all(cst.Assign):
            for target in assign.targets:
                found.setdefault(_last(self.code(target.target)), []).append(assign.value)
        for annotated in self.all(cst.AnnAssign):
            if annotated.value is not None:
                found.setdefault(_last(self.code(annotated.target)), []).append(annotated.value)
        for function in self.all(cst.FunctionDef):
            name = self._constructed_by(function)
            for call in self.calls_of(name):
                for parameter, value in _bound(function, call):
                    found.setdefault(parameter, []).append(value)
        for parameter_node in self.all(cst.Param):
            if parameter_node.default is not None:
                found.setdefault(parameter_node.name.value, []).append(parameter_node.default)
        return found

    def _constructed_by(self, function: cst.FunctionDef) -> str:
        if function.name.value != "__init__":
            return function.name.value
        return next((one.name.value for one in self.above(function) if isinstance(one, cst.ClassDef)), "__init__")

    def origins(self, expression: cst.CSTNode) -> list[cst.CSTNode]:
        """The expression and all that the names in it may come from."""
        found: list[cst.CSTNode] = [expression]
        seen: set[str] = set()
        for one in found:
            for name in sorted({_last(self.code(node)) for node in _names_in(one)} - seen):
                seen.add(name)
                found.extend(self.definitions.get(name, ()))
        return found

    def counts_batches(self, expressions: Iterable[cst.CSTNode]) -> bool:
        """Whether the length of something goes into a number."""
        length = m.Call(func=m.Name("len"))
        return any(m.findall(one, length) for given in expressions for one in self.origins(given))

    def escapes(self, built: Built) -> bool:
        """Whether a scheduler may be given to code that is not in this file."""
        functions = {one.name.value for one in self.all(cst.FunctionDef)}
        here = functions | {one.name.value for one in self.all(cst.ClassDef)} | _HARMLESS
        mine = {_last(built.target)} if built.target else set()
        for call in self.all(cst.Call):
            plain = [arg.value for arg in call.args if isinstance(arg.value, (cst.Name, cst.Attribute))]
            given = {_last(self.code(value)) for value in plain}
            if given & mine and _last(self.code(call.func)) not in here and call is not built.call:
                return True
        return built.target is None or "[" in built.target


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _names_in(node: cst.CSTNode) -> list[cst.CSTNode]:
    return list(m.findall(node, m.Name() | m.Attribute()))


def _bound(function: cst.FunctionDef, call: cst.Call) -> Iterator[tuple[str, cst.BaseExpression]]:
    """The parameters of a function with the arguments of one of its calls."""
    names = [one.name.value for one in function.params.params]
    if names[:1] == ["self"]:
        names = names[1:]
    for arg in call.args:
        if arg.keyword is not None:
            yield arg.keyword.value, arg.value
        elif names and not arg.star:
            yield names.pop(0), arg.value
