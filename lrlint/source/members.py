"""Names, attributes and items: reading them and binding them."""

from __future__ import annotations

import builtins
from collections.abc import Iterator

from lrlint.counts import Count, Symbol
from lrlint.findings import Location
from lrlint.node import replace
from lrlint.source import syntax as ir
from lrlint.source.branching import Side, Test
from lrlint.source.conditions import ALWAYS, answered
from lrlint.source.events import EventKind, Guard, Loop
from lrlint.source.loading import load, read
from lrlint.source.machine import Arguments, Machine
from lrlint.source.store import UNBOUND, Key
from lrlint.source.values import (
    ArgumentParser,
    Choice,
    Class,
    Condition,
    Constant,
    Entries,
    External,
    Function,
    Instance,
    Items,
    Loader,
    Method,
    ModuleValue,
    Namespace,
    Number,
    Opaque,
    Optimizer,
    Partial,
    Scheduler,
    Scope,
    State,
    Super,
    Value,
    cases_of,
    choose,
    key_of,
    label_of,
    literal_of,
    number_of,
)

_BUILTINS = frozenset(dir(builtins))


def names(machine: Machine, name: str) -> Value:
    """The value of a variable, looked up from the innermost scope outwards.

    torch is taken for torch where nothing in view imports it: in pieces of code, and after a star import.
    """
    scope: Scope | None = machine.activation.scope
    module = scope.module if scope else ""
    while scope is not None:
        found = read(machine, scope.foreign.get(name, scope).serial, name)
        if found is not None:
            return found
        scope = scope.parent
    if name in _BUILTINS:
        return External(f"builtins.{name}")
    if name == "torch":
        return External(name)
    return Opaque(("name", module, name), name)


def bind(machine: Machine, target: ir.Expression, value: Value) -> None:
    """Assign `value` to a target: a name, an attribute, an item, or a tuple of targets."""
    match target:
        case ir.Name(name):
            name_loader(value, name)
            if isinstance(value, Opaque) and "(" in value.label:
                value = replace(value, label=name)
            scope = machine.activation.scope
            key = (scope.foreign.get(name, scope).serial, name)
            _note_replacement(machine, key, value)
            machine.store.set(key, _named(machine, value, target))
        case ir.Attribute(owner, name):
            holder = machine.evaluate(owner)
            for _, case in cases_of(holder):
                set_attribute(machine, case, name, _named(machine, value, target))
        case ir.Subscript(owner, index):
            set_item(machine, machine.evaluate(owner), machine.evaluate(index), value)
        case ir.Sequence(_, elements):
            _unpack(machine, elements, value)
        case ir.Starred(inner):
            bind(machine, inner, machine.unknown(ir.text_of(inner)))


def name_loader(value: Value, name: str) -> None:
    """A data loader is called what it is first bound to."""
    if isinstance(value, Loader) and value.label == "loader":
        value.label = name


def _note_replacement(machine: Machine, key: Key, value: Value) -> None:
    """A variable that holds an optimizer is given another one."""
    held = machine.store.get(key) if isinstance(value, Optimizer) else None
    for _, case in cases_of(held) if held is not None else ():
        if isinstance(case, Optimizer) and case is not value:
            machine.happen(EventKind.REBIND, case, machine.statement, [value])


def _named(machine: Machine, value: Value, target: ir.Expression) -> Value:
    """A literal number gets the name of the variable that holds it, so that counts can speak of it."""
    if isinstance(value, Number):
        constant = value.count.constant()
        if constant is not None and constant not in (0, 1):
            key = ("bound", machine.activation.path, ir.text_of(target), machine.fresh())
            return Number(Count.symbol(Symbol(key, ir.text_of(target), float(constant), True)))
    return value


def _unpack(machine: Machine, elements: list[ir.Expression], value: Value) -> None:
    if isinstance(value, Choice):
        whole = [case for _, case in value.cases if isinstance(case, Items) and len(case.elements) == len(elements)]
        if len(whole) == len(value.cases):
            columns = zip(*(case.elements for case in whole), strict=True)
            whens = [when for when, _ in value.cases]
            value = Items([choose(list(zip(whens, column, strict=True))) for column in columns])
    starred = any(isinstance(element, ir.Starred) for element in elements)
    if isinstance(value, Items) and len(value.elements) == len(elements) and not starred:
        for element, part in zip(elements, value.elements, strict=True):
            bind(machine, element, part)
        return
    for position, element in enumerate(elements):
        part = Opaque(("item", key_of(value), position), ir.text_of(element), tags=_tags(value))
        bind(machine, element, part)


def _tags(value: Value) -> frozenset[str]:
    return value.tags if isinstance(value, Opaque) else frozenset()


def lookup(cls: Class) -> Iterator[Class]:
    """The class and its bases in view, nearest first."""
    yield cls
    for base in cls.bases:
        if isinstance(base, Class):
            yield from lookup(base)


def member(machine: Machine, cls: Class, name: str, *, after: Class | None = None) -> Value | None:
    """A class attribute, looked up through the bases in view (from the one behind `after`)."""
    classes = list(lookup(cls))
    if after is not None and after in classes:
        classes = classes[classes.index(after) + 1 :]
    for candidate in classes:
        if name in candidate.members:
            return candidate.members[name]
    return None


def base_names(cls: Class) -> set[str]:
    """The last names of all bases out of view (`LightningModule`, `Module`)."""
    outside = {base.name for one in lookup(cls) for base in one.bases if isinstance(base, External)}
    return {name.rpartition(".")[2] for name in outside}


def attribute(machine: Machine, value: Value, name: str) -> Value:
    """`value.name`."""
    if isinstance(value, Choice):
        return machine.over_cases(value, lambda case: attribute(machine, case, name))
    stored = machine.store.get((key_of(value), name))
    if stored is None:
        return _given_attribute(machine, value, name)
    if any(case is UNBOUND for _, case in cases_of(stored)):
        return _partly_given(machine, value, name, stored)
    return stored


def _partly_given(machine: Machine, value: Value, name: str, stored: Value) -> Value:
    """`value.name` where some paths assigned it: the same object each time that it is read, as long as it is."""
    key = (key_of(value), name, key_of(stored))
    if key not in machine.partly_given:
        given = _given_attribute(machine, value, name)
        cases = [(when, given if case is UNBOUND else case) for when, case in cases_of(stored)]
        machine.partly_given[key] = choose(cases)
    return machine.partly_given[key]


def _given_attribute(machine: Machine, value: Value, name: str) -> Value:
    """`value.name` where the program never assigned it: a method, a class attribute, an option."""
    match value:
        case Instance(cls=cls):
            return _instance_attribute(machine, value, cls, name, None)
        case Super(instance=instance, cls=cls):
            owner = instance.cls if isinstance(instance, Instance) else cls
            return _instance_attribute(machine, instance, owner, name, cls)
        case Class():
            found = member(machine, value, name)
            return found if found is not None else _attribute_of(value, name, name)
        case ModuleValue(path=path):
            return _module_attribute(machine, path, name)
        case External(name=outer):
            module = machine.modules.find(f"{outer}.{name}", machine.activation.path)
            return ModuleValue(module.path) if module is not None else External(f"{outer}.{name}")
        case Namespace(parser=parser):
            return _option(value, parser.options, name)
        case Optimizer() | Scheduler() | Loader() | State() | Items() | Entries() | Constant() | ArgumentParser():
            return _object_attribute(machine, value, name)
        case Opaque(label=label, tags=tags):
            if name == "sync_gradients":
                return _sync_gradients(machine, value)
            kept = tags & {"checkpoint", "parameter", "configuration"}
            return _attribute_of(value, name, f"{label}.{name}", kept)
        case Partial(function=function) if name == "func":
            return function
        case _:
            return _attribute_of(value, name, f"{label_of(value)}.{name}")


def _attribute_of(value: Value, name: str, label: str, tags: frozenset[str] = frozenset()) -> Opaque:
    return Opaque(("attribute", key_of(value), name), label, None, tags, value, name)


def _instance_attribute(machine: Machine, value: Value, cls: Class, name: str, after: Class | None) -> Value:
    found = member(machine, cls, name, after=after)
    if isinstance(found, Function):
        if _decorated(found, "staticmethod"):
            return found
        bound = Function(found.definition, found.scope, found.path, value, found.owner)
        if _decorated(found, "property") or _decorated(found, "cached_property"):
            return machine.call(bound, Arguments([], {}, Location(found.path, *found.definition.at)))
        return bound
    if found is not None:
        return found
    if name == "__class__":
        return cls
    return _attribute_of(value, name, f"self.{name}")


def _decorated(function: Function, name: str) -> bool:
    decorators = getattr(function.definition, "decorators", [])
    return any(ir.text_of(decorator).rpartition(".")[2] == name for decorator in decorators)


def _module_attribute(machine: Machine, path: str, name: str) -> Value:
    scope = load(machine, path)
    found = read(machine, scope.serial, name)
    if found is not None:
        return found
    module = machine.modules.at(path)
    below = machine.modules.find(f"{module.name}.{name}", path)
    return ModuleValue(below.path) if below is not None else External(f"{module.name}.{name}")


def _option(namespace: Namespace, options: dict[str, Value | None], name: str) -> Value:
    default = options.get(name)
    number = number_of(default) if default is not None else None
    worth = number.value() if number is not None else None
    return Opaque(("attribute", key_of(namespace), name), f"args.{name}", worth, frozenset({"configuration"}))


def _object_attribute(machine: Machine, value: Value, name: str) -> Value:
    if isinstance(value, Scheduler) and name == "optimizer":
        return value.optimizer
    if isinstance(value, Optimizer) and name in ("param_groups", "state"):
        return _attribute_of(value, name, name)
    if isinstance(value, Loader) and name in ("dataset", "sampler", "batch_sampler"):
        return _attribute_of(value, name, f"{value.label}.{name}")
    return Method(value, name)


def _sync_gradients(machine: Machine, accelerator: Opaque) -> Value:
    """accelerate: true on the batches whose gradients are applied."""
    loops = [frame for frame in machine.frames if isinstance(frame, Loop)]
    period = Count.symbol(Symbol(("accumulation", accelerator.key), "gradient_accumulation_steps"))
    frames = (Guard((loops[-1],), None, period=period),) if loops else ()
    return Condition(Test(None, ("sync", accelerator.key), Side(ALWAYS, frames), Side()))


_STATE_ATTRIBUTES = frozenset({"last_epoch", "_step_count", "base_lrs", "_last_lr", "step_num"})


def set_attribute(machine: Machine, holder: Value, name: str, value: Value) -> None:
    """`holder.name = value`."""
    _note_replacement(machine, (key_of(holder), name), value)
    machine.store.set((key_of(holder), name), value)
    if isinstance(holder, Class):
        holder.members[name] = value
    if isinstance(holder, Opaque):
        machine.share(value)
    if isinstance(holder, (Scheduler, Opaque)) and name in _STATE_ATTRIBUTES:
        machine.happen(EventKind.STATE_WRITE, holder, machine.statement, [value])


def item(machine: Machine, value: Value, index: Value) -> Value:
    """`value[index]`."""
    if isinstance(value, Choice):
        return machine.over_cases(value, lambda case: item(machine, case, index))
    key = literal_of(index)
    if isinstance(value, Items) and isinstance(index, Number) and key is not None:
        position = int(index.count.constant() or 0)
        if -len(value.elements) <= position < len(value.elements):
            return value.elements[position]
    if isinstance(value, Entries):
        if key is not None and key in value.entries:
            return value.entries[key]
        if value.complete and key is None and value.entries:
            return _any_entry(value, index)
    stored = machine.store.get((key_of(value), f"[{key!r}]"))
    if stored is not None:
        return stored
    if isinstance(value, (Opaque, Method)):
        label = f"{label_of(value)}[{label_of(index)}]"
        tags = _tags(value) | {"lr"} if key == "lr" and _of_param_groups(value) else _tags(value)
        return Opaque(("item", key_of(value), key_of(index)), label, None, tags, value, "[…]")
    return Opaque(("item", key_of(value), key_of(index)), f"{label_of(value)}[…]", None, _tags(value), value, "[…]")


def items_set(machine: Machine, holder: Opaque) -> dict[str, Value]:
    """What the program has put into a mapping that is otherwise unknown; unknown, too, where it may not have."""
    found: dict[str, Value] = {}
    for name, value in machine.store.names_of(holder.key).items():
        key = name[2:-2]
        if name.startswith("['") and key.isidentifier():
            cases = cases_of(value)
            found[key] = choose([(when, machine.unknown(key) if case is UNBOUND else case) for when, case in cases])
    return found


def _of_param_groups(value: Value) -> bool:
    """Whether the value is one of an optimizer's parameter groups."""
    return isinstance(value, Opaque) and isinstance(value.parent, Opaque) and value.parent.name == "param_groups"


def _any_entry(value: Entries, index: Value) -> Value:
    """A table of alternatives indexed by an option: each of them, where the option names it."""
    subject = key_of(index)
    cases = tuple((answered(("==", subject, key), True), entry) for key, entry in value.entries.items())
    return Choice(cases) if len(cases) > 1 else cases[0][1]


def set_item(machine: Machine, holder: Value, index: Value, value: Value) -> None:
    """`holder[index] = value`."""
    key = literal_of(index)
    for _, case in cases_of(holder):
        if isinstance(case, Entries):
            if key is None:
                case.complete = False
                case.entries[("unknown", len(case.entries))] = value
            else:
                case.entries[key] = value
            if any(isinstance(one, State) for _, one in cases_of(value)):
                machine.happen(EventKind.CHECKPOINT, case, case.at)
        elif isinstance(case, Opaque):
            machine.store.set((case.key, f"[{key!r}]"), value)
            machine.share(value)
        if key in ("lr", "initial_lr"):
            kind = EventKind.LR_WRITE if key == "lr" else EventKind.INITIAL_LR_WRITE
            machine.happen(kind, case, machine.statement, [value])
