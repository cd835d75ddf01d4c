"""Following a whole program: every module, then whatever nobody in view calls."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count

from lrlint.findings import Location, Problem
from lrlint.progress import Progress, unwatched
from lrlint.source import syntax as ir
from lrlint.source.calls import attribute_function, call, construct, follow
from lrlint.source.conditions import ALWAYS
from lrlint.source.events import Loop
from lrlint.source.expressions import EXPRESSIONS
from lrlint.source.loading import load
from lrlint.source.machine import Arguments, Followed, Machine
from lrlint.source.members import base_names, lookup
from lrlint.source.methods import options_of_decorators
from lrlint.source.program import Program
from lrlint.source.project import Project
from lrlint.source.statements import STATEMENTS
from lrlint.source.syntax import statements_in
from lrlint.source.values import Class, Function, Instance


def programs(
    project: Project, paths: Sequence[str], problems: list[Problem], progress: Progress = unwatched
) -> Iterator[Program]:
    """One program for every module: the module as it is run, and what it reaches.

    Functions and classes that no program uses are entered on their own, in the program of their module.
    That needs every module that can be imported to be followed first; the others are done with at once.
    A module that cannot be followed is added to the problems. Its body and what nobody calls are half of it each in the
    `progress`.
    """
    followed, halves = Followed(), count()

    def survives(follow_it: Callable[[Machine, str], object], machine: Machine, path: str) -> bool:
        progress(next(halves) // 2, len(paths), "following schedules")
        return _survives(follow_it, machine, path, problems)

    imported = _imported_names(project, paths)
    waiting = []
    for path in sorted(paths, key=lambda path: _stem(path) in imported):
        machine = Machine(project, EXPRESSIONS, STATEMENTS, call, path, followed)
        if not survives(load, machine, path):
            continue
        if _stem(path) in imported:
            waiting.append((path, machine))
        elif survives(_enter_unused, machine, path):
            yield Program(machine, [path])
    for path, machine in waiting:
        if survives(_enter_unused, machine, path):
            yield Program(machine, [path])


def _survives(
    follow_it: Callable[[Machine, str], object], machine: Machine, path: str, problems: list[Problem]
) -> bool:
    """Whether code can be followed without running out of stack; a problem if not."""
    try:
        follow_it(machine, path)
    except RecursionError:
        problems.append(Problem(path, "nested too deeply to follow"))
        return False
    return True


def _stem(path: str) -> str:
    folder, name = os.path.split(path)
    return os.path.basename(folder) if name == "__init__.py" else name.removesuffix(".py")


def _imported_names(project: Project, paths: Iterable[str]) -> set[str]:
    """The last names of everything that the modules import: of modules, and of what is in them."""
    found: set[str] = set()
    for path in paths:
        for statement in statements_in(project.at(path).body):
            if isinstance(statement, (ir.Import, ir.ImportFrom)):
                found.update(statement.module.split("."))
                found.add(statement.name)
    return found


def _enter_unused(machine: Machine, path: str) -> None:
    """Enter the functions and classes of the module that nobody uses."""
    functions = [function for function in machine.functions if function.path == path]
    telling = _telling(functions)
    for function in _callers_first(functions):
        if id(function.definition) in telling and id(function.definition) not in machine.called:
            _enter(machine, function)
    for cls in list(machine.classes):
        if cls.path == path and id(cls.definition) not in machine.constructed:
            _enter_class(machine, cls)


def _callers_first(functions: list[Function]) -> list[Function]:
    """Functions that none of the others calls come before those that one does, and will then be in use."""
    definitions = [function.definition for function in functions]
    called = {
        name
        for definition in definitions
        if isinstance(definition, ir.FunctionDefinition)
        for name in definition.callees - {definition.name}
    }
    return sorted(functions, key=lambda function: getattr(function.definition, "name", "") in called)


def _telling(functions: list[Function]) -> set[int]:
    """The ids of the definitions that may have to do with a schedule, themselves or by what they call."""
    waiting = [function.definition for function in functions]
    found: dict[int, str] = {}
    while True:
        names = set(found.values())
        more = {
            id(one): getattr(one, "name", "")
            for one in waiting
            if getattr(one, "relevant", True) or (isinstance(one, ir.FunctionDefinition) and one.callees & names)
        }
        if len(more) == len(found):
            return set(found)
        found = more


def _arguments(machine: Machine, function: Function) -> Arguments:
    at = Location(function.path, *function.definition.at)
    return Arguments([], dict(options_of_decorators(machine, function)), at)


def _enter(machine: Machine, function: Function) -> None:
    """Follow a function as somebody out of view would call it: any number of times."""
    if machine.exhausted:
        return
    machine.work = 0
    machine.when, machine.frames = ALWAYS, []
    with machine.inside(Loop("entry", Location(function.path, *function.definition.at), None)):
        machine.entering(function.scope, function.path)
        try:
            machine.share(follow(machine, function, _arguments(machine, function)))
        finally:
            machine.activations.pop()


def _enter_class(machine: Machine, cls: Class) -> None:
    """Construct an object of a class that nobody in view constructs, and call the methods nobody calls."""
    machine.work = 0
    machine.when, machine.frames = ALWAYS, []
    machine.entering(cls.scope, cls.path)
    at = Location(cls.path, *cls.definition.at)
    instance = construct(machine, cls, Arguments([], {}, at))
    machine.activations.pop()
    if base_names(cls) - {"object"}:
        machine.share(instance)
    else:
        machine.entered.append(instance)
    if not isinstance(instance, Instance):
        return
    owned = bool(base_names(cls) & {"LightningModule"})
    methods = {name: value for one in reversed(list(lookup(cls))) for name, value in one.members.items()}
    functions = [value for value in methods.values() if isinstance(value, Function)]
    telling = _telling(functions)
    for method in _callers_first(functions):
        if id(method.definition) in telling and id(method.definition) not in machine.called:
            before = len(machine.schedulers)
            _enter(machine, attribute_function(instance, method))
            if owned or getattr(method.definition, "name", "") == "configure_optimizers":
                for scheduler in machine.schedulers[before:]:
                    scheduler.flags.add("owned")
