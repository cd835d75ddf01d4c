"""Calls into the program itself: functions, methods, classes; and their definitions."""

from __future__ import annotations

from lrlint.counts import Count, Symbol
from lrlint.findings import Location
from lrlint.schedules import BASES
from lrlint.source import syntax as ir
from lrlint.source.library import call_external
from lrlint.source.machine import Activation, Arguments, Machine
from lrlint.source.members import base_names, lookup, member, name_loader, set_attribute
from lrlint.source.methods import call_method, call_unknown, escape, objects_in
from lrlint.source.values import (
    Choice,
    Class,
    Constant,
    Entries,
    External,
    Function,
    Instance,
    Items,
    Method,
    Number,
    Opaque,
    Optimizer,
    Partial,
    Scheduler,
    Scope,
    Value,
    choose,
)

MOST_NESTED = 2
"""How often one function may be active at once; deeper recursion is unknown."""


def call(machine: Machine, function: Value, arguments: Arguments) -> Value:
    """The value of `function(arguments)`; its events happen."""
    match function:
        case Choice():
            return machine.over_cases(function, lambda case: call(machine, case, arguments))
        case Function():
            return follow(machine, function, arguments)
        case Class():
            return construct(machine, function, arguments)
        case Partial(function=inner, positional=positional, keywords=keywords):
            merged = Arguments(
                [*positional, *arguments.positional], {**keywords, **arguments.keywords}, arguments.at, arguments.open
            )
            return call(machine, inner, merged)
        case Instance(cls=cls):
            method = member(machine, cls, "__call__")
            if isinstance(method, Function):
                return follow(machine, attribute_function(function, method), arguments)
            return call_unknown(machine, Opaque(("call", function.serial), cls.definition.name), arguments)
        case External(name=name):
            return call_external(machine, name, arguments)
        case Method(receiver=receiver, name=name):
            return call_method(machine, receiver, name, arguments)
        case _:
            return call_unknown(machine, function, arguments)


def attribute_function(receiver: Value, function: Function) -> Function:
    """The function bound to a receiver."""
    return Function(function.definition, function.scope, function.path, receiver, function.owner)


def follow(machine: Machine, function: Function, arguments: Arguments) -> Value:
    """Follow a call into a function of the program."""
    definition = function.definition
    machine.called.add(id(definition))
    active = sum(
        activation.function is not None and activation.function.definition is definition
        for activation in machine.activations
    )
    if active >= MOST_NESTED:
        escape(machine, arguments)
        return machine.unknown(arguments.text)
    scope = Scope(getattr(definition, "name", "<lambda>"), function.scope, function.scope.module)
    bind_parameters(machine, function, arguments, scope)
    if isinstance(definition, ir.FunctionDefinition) and definition.generator:
        _follow_body(machine, function, scope, arguments.at)
        return Opaque(("generated", scope.serial), arguments.text or definition.name)
    return _follow_body(machine, function, scope, arguments.at)


def _follow_body(machine: Machine, function: Function, scope: Scope, at: Location) -> Value:
    definition = function.definition
    activation = Activation(scope, function.path, function, base_when=machine.when)
    depth = len(machine.frames)
    machine.activations.append(activation)
    machine.calls.append(at)
    try:
        if isinstance(definition, ir.Lambda):
            return machine.evaluate(definition.body)
        if machine.execute(definition.body):
            activation.returns.append((machine.when - activation.base_when, Constant(None)))
    finally:
        machine.activations.pop()
        machine.calls.pop()
        machine.when = activation.base_when
        del machine.frames[depth:]
    if not activation.returns:
        return Constant(None)
    return choose(activation.returns)


def bind_parameters(machine: Machine, function: Function, arguments: Arguments, scope: Scope) -> None:
    """Give every parameter its argument, its default, or an unknown of its own."""
    parameters = function.definition.parameters
    positional = list(arguments.positional)
    if function.receiver is not None and parameters.positional:
        positional.insert(0, function.receiver)
    keywords = dict(arguments.keywords)
    for parameter in parameters.positional:
        if positional:
            value: Value = positional.pop(0)
        elif parameter.name in keywords:
            value = keywords.pop(parameter.name)
        else:
            value = _missing(machine, function, parameter, scope)
        name_loader(value, parameter.name)
        machine.store.set((scope.serial, parameter.name), value)
    for parameter in parameters.keyword_only:
        given = keywords.pop(parameter.name, None)
        value = given if given is not None else _missing(machine, function, parameter, scope)
        machine.store.set((scope.serial, parameter.name), value)
    if parameters.star:
        rest: Value = machine.unknown(parameters.star) if arguments.open else Items(positional)
        machine.store.set((scope.serial, parameters.star), rest)
    if parameters.double_star:
        entries = Entries({**keywords}, arguments.at, complete=not arguments.open)
        machine.store.set((scope.serial, parameters.double_star), entries)


def _missing(machine: Machine, function: Function, parameter: ir.Parameter, scope: Scope) -> Value:
    if parameter.default is None:
        tags = frozenset({"parameter", *annotation_tags(parameter.annotation)})
        return Opaque(("parameter", scope.serial, parameter.name), parameter.name, tags=tags)
    machine.activations.append(Activation(function.scope, function.path))
    try:
        default = machine.evaluate(parameter.default)
    finally:
        machine.activations.pop()
    constant = default.count.constant() if isinstance(default, Number) else None
    if constant is None or constant in (0, 1):
        return default
    symbol = Symbol(("default", scope.serial, parameter.name), parameter.name, float(constant), True)
    return Number(Count.symbol(symbol))


def annotation_tags(annotation: ir.Expression | None) -> frozenset[str]:
    """What an annotation says of a parameter: that it is an optimizer or an LR scheduler."""
    name = ir.text_of(annotation).rpartition(".")[2] if annotation is not None else ""
    if name.endswith("Optimizer"):
        return frozenset({"optimizer"})
    if name in ("LRScheduler", "_LRScheduler", "ReduceLROnPlateau"):
        return frozenset({"scheduler"})
    return frozenset()


def construct(machine: Machine, cls: Class, arguments: Arguments) -> Value:
    """`cls(arguments)`: an optimizer or scheduler where it derives from one, else an instance."""
    machine.constructed.add(id(cls.definition))
    outside = {base.name for one in lookup(cls) for base in one.bases if isinstance(base, External)}
    if any(name in BASES or name.startswith("torch.optim.lr_scheduler.") for name in outside):
        optimizer = arguments.get(0, "optimizer") or machine.unknown("optimizer")
        scheduler = Scheduler(
            cls.definition.name, None, machine.place(arguments.at), dict(arguments.keywords), optimizer
        )
        scheduler.flags |= {f"own_{name}" for name in ("step", "get_lr") if member(machine, cls, name) is not None}
        machine.schedulers.append(scheduler)
        for given in objects_in(arguments.all()):
            if isinstance(given, Scheduler):
                given.flags.add("child")
        return scheduler
    if any(name in ("torch.optim.Optimizer", "torch.optim.optimizer.Optimizer") for name in outside):
        wrapped = [given for given in objects_in(arguments.all()) if isinstance(given, Optimizer)]
        if len(wrapped) == 1:
            return wrapped[0]
        return Optimizer(cls.definition.name, machine.place(arguments.at), dict(arguments.keywords))
    instance = Instance(cls)
    _initialise(machine, instance, arguments)
    return instance


def _initialise(machine: Machine, instance: Instance, arguments: Arguments) -> None:
    cls = instance.cls
    initialiser = member(machine, cls, "__init__")
    if isinstance(initialiser, Function):
        definition = initialiser.definition
        plain_module = "Module" in base_names(cls) and not getattr(definition, "relevant", True)
        if not plain_module:
            follow(machine, attribute_function(instance, initialiser), arguments)
        return
    fields = _fields(cls)
    if fields is None:
        escape(machine, arguments)
        return
    for position, (name, default) in enumerate(fields):
        value = arguments.get(position, name)
        if value is None and default is not None:
            value = _field_default(machine, instance, name, machine.evaluate(default))
        if value is not None:
            set_attribute(machine, instance, name, value)


def _fields(cls: Class) -> list[tuple[str, ir.Expression | None]] | None:
    """The fields of a dataclass or NamedTuple in order, None for another class."""
    named = [ir.text_of(decorator).partition("(")[0].rpartition(".")[2] for decorator in cls.definition.decorators]
    if "dataclass" not in named and not base_names(cls) & {"NamedTuple", "BaseModel"}:
        return None
    return [
        (ir.text_of(statement.target), statement.value)
        for one in reversed(list(lookup(cls)))
        for statement in one.definition.body
        if isinstance(statement, ir.Annotated)
    ]


def _field_default(machine: Machine, instance: Instance, name: str, default: Value) -> Value:
    constant = default.count.constant() if isinstance(default, Number) else None
    if constant is None or constant in (0, 1):
        return default
    return Number(Count.symbol(Symbol(("field", instance.serial, name), name, float(constant), True)))


def define_function(machine: Machine, node: ir.FunctionDefinition) -> bool:
    """`def`: the name is bound; decorators are taken to leave the function what it is."""
    scope = machine.activation.scope
    function = Function(node, scope, machine.activation.path)
    machine.functions.append(function)
    machine.store.set((scope.foreign.get(node.name, scope).serial, node.name), function)
    return True


def define_class(machine: Machine, node: ir.ClassDefinition) -> bool:
    """`class`: its body is followed in a scope of its own, which gives its members."""
    outer = machine.activation.scope
    bases = [machine.evaluate(base) for base in node.bases]
    scope = Scope(node.name, outer, outer.module)
    machine.activations.append(Activation(scope, machine.activation.path))
    before = len(machine.functions)
    machine.execute(node.body)
    machine.activations.pop()
    cls = Class(node, outer, machine.activation.path, bases, machine.store.names_of(scope.serial))
    for member_value in cls.members.values():
        if isinstance(member_value, Function) and member_value.scope is scope:
            member_value.owner, member_value.scope = cls, outer
    del machine.functions[before:]
    machine.classes.append(cls)
    machine.constructed.update(id(base.definition) for base in lookup(cls) if base is not cls)
    machine.store.set((outer.serial, node.name), cls)
    return True
