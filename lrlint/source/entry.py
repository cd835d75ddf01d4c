"""Following a whole program: every module, then whatever nobody in view calls."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.findings import Location
from lrlint.source.calls import attribute_function, call, construct, follow
from lrlint.source.events import Loop
from lrlint.source.expressions import EXPRESSIONS
from lrlint.source.loading import load
from lrlint.source.machine import Arguments, Machine
from lrlint.source.members import base_names, lookup
from lrlint.source.methods import options_of_decorators
from lrlint.source.project import Project
from lrlint.source.statements import STATEMENTS
from lrlint.source.values import ALWAYS, Class, Function, Instance


def run(project: Project, paths: Iterable[str]) -> Machine:
    """Follow the modules at `paths`; first their bodies, then functions and methods that nothing called."""
    machine = Machine(project, EXPRESSIONS, STATEMENTS, call)
    paths = list(paths)
    for path in paths:
        machine.work = 0
        load(machine, path)
    checked = set(paths)
    for function in list(machine.functions):
        if function.path in checked and id(function.definition) not in machine.called:
            _enter(machine, function)
    for cls in list(machine.classes):
        if cls.path in checked and id(cls.definition) not in machine.constructed:
            _enter_class(machine, cls)
    return machine


def _arguments(machine: Machine, function: Function) -> Arguments:
    at = Location(function.path, *function.definition.at)
    return Arguments([], dict(options_of_decorators(machine, function)), at)


def _enter(machine: Machine, function: Function) -> None:
    """Follow a function as somebody out of view would call it: any number of times."""
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
    machine.share(instance)
    if not isinstance(instance, Instance):
        return
    owned = bool(base_names(cls) & {"LightningModule"})
    for one in lookup(cls):
        for method in one.members.values():
            if isinstance(method, Function) and id(method.definition) not in machine.called:
                before = len(machine.schedulers)
                _enter(machine, attribute_function(instance, method))
                if owned or getattr(method.definition, "name", "") == "configure_optimizers":
                    for scheduler in machine.schedulers[before:]:
                        scheduler.flags.add("owned")
