"""Modules in view: their bodies are followed once, when something in them is first read."""

from __future__ import annotations

from collections.abc import Hashable

from lrlint.optimizers import optimizer_names
from lrlint.schedules import schedule_names
from lrlint.source import syntax as ir
from lrlint.source.conditions import ALWAYS
from lrlint.source.machine import Activation, Machine
from lrlint.source.values import Constant, External, Imported, ModuleValue, Scope, Value


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
    machine.store.set((scope.serial, "__name__"), Constant("__main__" if path == machine.main else module.name))
    mark = machine.store.mark()
    try:
        machine.execute(module.body)
    finally:
        machine.store.keep(mark)
        machine.activations.pop()
        machine.frames, machine.when, machine.calls = frames, when, calls
    return scope


def import_module(machine: Machine, node: ir.Import) -> bool:
    """`import a.b`, `import a.b as c`."""
    wanted = node.module if node.aliased else node.name
    value = Imported(wanted, None, machine.activation.path)
    machine.store.set((machine.activation.scope.serial, node.name), value)
    return True


def import_from(machine: Machine, node: ir.ImportFrom) -> bool:
    """`from a import b`, `from . import b`, `from a import *`."""
    scope, importer = machine.activation.scope, machine.activation.path
    name = absolute_name(machine.modules.at(importer), node)
    if node.name == "*":
        source = machine.modules.find(name, importer)
        found = machine.store.names_of(load(machine, source.path).serial) if source is not None else _known_in(name)
        for key, value in found.items():
            if not key.startswith("_"):
                machine.store.set((scope.serial, key), value)
        return True
    machine.store.set((scope.serial, node.alias), Imported(name, node.name, importer))
    return True


def resolve(machine: Machine, imported: Imported) -> Value:
    """What an imported name stands for: a module in view, something in one, or a name of a library."""
    source = machine.modules.find(imported.module, imported.importer)
    if imported.wanted is None:
        return ModuleValue(source.path) if source is not None else External(imported.module)
    if source is not None:
        found = read(machine, load(machine, source.path).serial, imported.wanted)
        if found is not None:
            return found
    name = f"{imported.module}.{imported.wanted}"
    below = machine.modules.find(name, imported.importer)
    if below is not None:
        return ModuleValue(below.path)
    defined = machine.modules.find_defined(imported.module, imported.wanted, imported.importer)
    found = read(machine, load(machine, defined.path).serial, imported.wanted) if defined is not None else None
    return found if found is not None else External(name)


def read(machine: Machine, owner: Hashable, name: str) -> Value | None:
    """What the store holds under a name, an imported name looked up; None where it holds nothing."""
    found = machine.store.get((owner, name))
    if isinstance(found, Imported):
        mark = machine.store.mark()
        machine.store.set((owner, name), External(f"{found.module}.{found.wanted}"))
        found = resolve(machine, found)
        machine.store.set((owner, name), found)
        machine.store.keep(mark)
    return found


def _known_in(package: str) -> dict[str, Value]:
    """The schedules and optimizers that a star import from a library brings in."""
    known = (*schedule_names(), *optimizer_names())
    return {name.rpartition(".")[2]: External(name) for name in known if name.rpartition(".")[0] == package}


def absolute_name(module: ir.Module, node: ir.ImportFrom) -> str:
    """The dotted name of the module that `from … import` names, relative imports resolved."""
    if not node.level:
        return node.module
    package = module.package.split(".") if module.package else []
    base = package[: max(len(package) - node.level + 1, 0)]
    return ".".join([*base, node.module] if node.module else base)
