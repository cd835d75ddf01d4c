"""Modules in view: their bodies are followed once, when they are first needed."""

from __future__ import annotations

from lrlint.optimizers import optimizer_names
from lrlint.schedules import schedule_names
from lrlint.source import syntax as ir
from lrlint.source.machine import Activation, Machine
from lrlint.source.values import ALWAYS, Constant, External, ModuleValue, Scope, Value


def load(machine: Machine, path: str) -> Scope:
    """The scope of a module, its body followed. A module that is being followed is taken as it is."""
    known = machine.module_scopes.get(path)
    if known is not None:
        return known
    module = machine.modules.at(path)
    scope = machine.module_scopes[path] = Scope(module.name, None, path)
    frames, when, calls = machine.frames, machine.when, machine.calls
    machine.frames, machine.when, machine.calls = [], ALWAYS, []
    machine.activations.append(Activation(scope, path))
    machine.store.set((scope.serial, "__name__"), Constant("__main__"))
    try:
        machine.execute(module.body)
    finally:
        machine.activations.pop()
        machine.frames, machine.when, machine.calls = frames, when, calls
    return scope


def import_module(machine: Machine, node: ir.Import) -> bool:
    """`import a.b`, `import a.b as c`."""
    wanted = node.module if node.aliased else node.name
    found = machine.modules.find(wanted, machine.activation.path)
    value: Value = ModuleValue(found.path) if found is not None else External(wanted)
    machine.store.set((machine.activation.scope.serial, node.name), value)
    return True


def import_from(machine: Machine, node: ir.ImportFrom) -> bool:
    """`from a import b`, `from . import b`, `from a import *`."""
    scope = machine.activation.scope
    name = absolute_name(machine.modules.at(machine.activation.path), node)
    source = machine.modules.find(name, machine.activation.path)
    if node.name == "*":
        found = machine.store.names_of(load(machine, source.path).serial) if source is not None else _known_in(name)
        for key, value in found.items():
            machine.store.set((scope.serial, key), value)
        return True
    machine.store.set((scope.serial, node.alias), _imported(machine, name, source, node.name))
    return True


def _known_in(package: str) -> dict[str, Value]:
    """The schedules and optimizers that a star import from a library brings in."""
    known = (*schedule_names(), *optimizer_names())
    return {name.rpartition(".")[2]: External(name) for name in known if name.rpartition(".")[0] == package}


def _imported(machine: Machine, name: str, source: ir.Module | None, wanted: str) -> Value:
    if source is not None:
        found = machine.store.get((load(machine, source.path).serial, wanted))
        if found is not None:
            return found
    below = machine.modules.find(f"{name}.{wanted}", machine.activation.path)
    return ModuleValue(below.path) if below is not None else External(f"{name}.{wanted}")


def absolute_name(module: ir.Module, node: ir.ImportFrom) -> str:
    """The dotted name of the module that `from … import` names, relative imports resolved."""
    if not node.level:
        return node.module
    package = module.package.split(".")
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)
