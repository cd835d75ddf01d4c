"""Methods of the objects at stake, and calls of things that are not in view."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lrlint.source import syntax as ir
from lrlint.source.events import EventKind
from lrlint.source.machine import Arguments, Machine
from lrlint.source.values import (
    ArgumentParser,
    Constant,
    Entries,
    External,
    Function,
    Instance,
    Items,
    Method,
    Namespace,
    Number,
    Opaque,
    Optimizer,
    Partial,
    Scheduler,
    State,
    Value,
    cases_of,
    key_of,
    label_of,
    literal_of,
)

_EVENTS: Mapping[str, EventKind] = {
    "step": EventKind.STEP,
    "zero_grad": EventKind.ZERO_GRAD,
    "load_state_dict": EventKind.LOAD,
    "get_lr": EventKind.GET_LR,
    "get_last_lr": EventKind.LR_READ,
    "add_param_group": EventKind.ADD_GROUP,
}
_KEEPS_ITS_OBJECT = frozenset({"to", "cuda", "cpu", "train", "eval", "float", "half", "double", "unwrap_model"})
_PURE = frozenset(
    [
        *("lower", "upper", "strip", "startswith", "endswith", "get", "item", "size", "dim", "numel", "scale"),
        *("sum", "mean", "detach", "numpy", "eq", "view", "expand_as", "tolist"),
    ]
)
_HARMLESS = frozenset(
    [
        *("print", "log", "info", "debug", "warning", "error", "append", "add_scalar", "add_scalars", "set_postfix"),
        *("set_description", "format", "join", "write", "update_state", "watch", "items", "keys", "values"),
        *("isinstance", "register_buffer", "log_dict", "log_metrics"),
    ]
)
_FRAMEWORK_SETUP = frozenset({"prepare", "setup", "setup_dataloaders", "prepare_model", "prepare_optimizer"})


def call_method(machine: Machine, receiver: Value, name: str, arguments: Arguments) -> Value:
    """`receiver.name(…)` of an optimizer, a scheduler, a container, a parser, or anything else."""
    match receiver:
        case Optimizer() | Scheduler():
            return _call_on_object(machine, receiver, name, arguments)
        case Items():
            return _call_on_items(machine, receiver, name, arguments)
        case Entries():
            return _call_on_entries(machine, receiver, name, arguments)
        case Constant(value=str(text)) if name in ("lower", "upper", "strip"):
            return Constant(getattr(text, name)())
        case State() if name in ("items", "copy"):
            return receiver
        case ArgumentParser():
            return call_on_parser(machine, receiver, name, arguments)
        case _:
            escape(machine, arguments)
            return machine.unknown(f"{label_of(receiver)}.{name}(…)")


def _call_on_object(machine: Machine, receiver: Optimizer | Scheduler, name: str, arguments: Arguments) -> Value:
    if name == "state_dict":
        machine.states_taken.append(receiver)
        return State(receiver)
    if name == "step":
        _follow_closure(machine, arguments)
    kind = _EVENTS.get(name)
    if kind is not None:
        machine.happen(kind, receiver, arguments.at, arguments.positional, arguments.keywords, arguments.text)
    if name == "backward":
        machine.happen(EventKind.BACKWARD, receiver, arguments.at)
    if name in ("get_lr", "get_last_lr"):
        return machine.unknown(f"{name}(…)", frozenset({"lr"}))
    return receiver if name in _KEEPS_ITS_OBJECT else machine.unknown(f"{name}(…)")


def _follow_closure(machine: Machine, arguments: Arguments) -> None:
    for argument in arguments.all():
        if isinstance(argument, (Function, Partial)):
            machine.call(argument, Arguments([], {}, arguments.at))


def _call_on_items(machine: Machine, receiver: Items, name: str, arguments: Arguments) -> Value:
    if name == "append" and arguments.positional:
        receiver.elements.append(arguments.positional[0])
    elif name == "extend" and arguments.positional and isinstance(arguments.positional[0], Items):
        receiver.elements.extend(arguments.positional[0].elements)
    elif name == "pop" and receiver.elements:
        return receiver.elements[-1]
    elif name == "copy":
        return Items(list(receiver.elements))
    return machine.unknown(f"{name}(…)")


def _call_on_entries(machine: Machine, receiver: Entries, name: str, arguments: Arguments) -> Value:
    key = literal_of(arguments.positional[0]) if arguments.positional else None
    if name in ("get", "pop", "setdefault"):
        if key in receiver.entries:
            return receiver.entries[key]
        if name == "setdefault" and key is not None and len(arguments.positional) > 1:
            receiver.entries[key] = arguments.positional[1]
        if receiver.complete and key is not None:
            return arguments.positional[1] if len(arguments.positional) > 1 else Constant(None)
    elif name == "update":
        _update(machine, receiver, arguments)
    elif name == "items":
        return Items([Items([Constant(key), value]) for key, value in receiver.entries.items()])
    elif name == "values":
        return Items(list(receiver.entries.values()))
    elif name == "keys":
        return Items([Constant(key) for key in receiver.entries])
    elif name == "copy":
        return Entries(dict(receiver.entries), receiver.at, receiver.complete)
    return machine.unknown(f"{name}(…)")


def _update(machine: Machine, receiver: Entries, arguments: Arguments) -> None:
    receiver.entries.update(arguments.keywords)
    for argument in arguments.positional:
        if isinstance(argument, Entries):
            receiver.entries.update(argument.entries)
        else:
            receiver.complete = False
    if any(isinstance(case, State) for value in receiver.entries.values() for _, case in cases_of(value)):
        machine.happen(EventKind.CHECKPOINT, receiver, receiver.at)


def call_unknown(machine: Machine, function: Value, arguments: Arguments) -> Value:
    """A call of something that is not in view: by the name of the method, or as a place to escape to."""
    name = function.name if isinstance(function, Opaque) else ""
    receiver = function.parent if isinstance(function, Opaque) else None
    text = arguments.text or f"{label_of(function)}(…)"
    if receiver is not None:
        known = _call_by_name(machine, receiver, name, arguments, text)
        if known is not None:
            return known
    made = _made_by_factory(machine, arguments)
    if made is not None:
        return made
    if name not in _HARMLESS:
        escape(machine, arguments)
    elif name == "append":
        machine.shared.extend(arguments.positional)
    if name in _PURE:
        return Opaque((name, key_of(function), *map(key_of, arguments.positional)), text, tags=_tags(function))
    return Opaque(("unknown", machine.fresh()), text, None, frozenset(), function, "()")


def _made_by_factory(machine: Machine, arguments: Arguments) -> Value | None:
    """What a function out of view makes that is given a module to take a class from: `build(torch.optim, …)`."""
    modules = {value.name for value in arguments.all() if isinstance(value, External)}
    if "torch.optim.lr_scheduler" in modules:
        return unnamed_scheduler(machine, arguments)
    if "torch.optim" in modules:
        return Optimizer("optimizer", machine.place(arguments.at), {})
    return None


def unnamed_scheduler(machine: Machine, arguments: Arguments) -> Scheduler:
    """One of torch's schedulers, which one is not known; built on the optimizer among the arguments."""
    optimizers = [value for value in arguments.all() if _is_optimizer(value)]
    optimizer = optimizers[0] if optimizers else machine.unknown("optimizer")
    scheduler = Scheduler("the scheduler", None, machine.place(arguments.at), dict(arguments.keywords), optimizer)
    scheduler.flags.add("open")
    machine.schedulers.append(scheduler)
    return scheduler


def _tags(value: Value) -> frozenset[str]:
    return value.tags if isinstance(value, Opaque) else frozenset()


def _call_by_name(machine: Machine, receiver: Value, name: str, arguments: Arguments, text: str) -> Value | None:
    if name in ("step", "optimizer_step"):
        _step(machine, receiver, arguments)
        return machine.unknown(text)
    if name in ("backward", "manual_backward"):
        machine.happen(EventKind.BACKWARD, receiver, arguments.at, arguments.positional)
        return machine.unknown(text)
    if name == "state_dict":
        machine.states_taken.append(receiver)
        return State(receiver)
    if name in _EVENTS:
        machine.happen(_EVENTS[name], receiver, arguments.at, arguments.positional, arguments.keywords)
        return machine.unknown(text)
    if name in _KEEPS_ITS_OBJECT:
        return receiver
    if name in _FRAMEWORK_SETUP:
        return hand_over(machine, arguments, "prepared")
    if name == "parse_args":
        return Opaque(("unknown", machine.fresh()), "args", None, frozenset({"configuration"}))
    if name == "setdefault" and arguments.positional and literal_of(arguments.positional[0]) == "initial_lr":
        machine.happen(EventKind.INITIAL_LR_WRITE, receiver, arguments.at)
    if name == "accumulate":
        return machine.unknown(text)
    return None


def _step(machine: Machine, receiver: Value, arguments: Arguments) -> None:
    """`x.step(…)`: a step of the optimizer that it is given (GradScaler), or of x itself."""
    _follow_closure(machine, arguments)
    stepped = [value for value in arguments.all() if _is_optimizer(value)]
    if stepped:
        for value in stepped:
            for _, case in cases_of(value):
                machine.happen(EventKind.STEP, case, arguments.at)
        return
    machine.happen(EventKind.STEP, receiver, arguments.at, arguments.positional, arguments.keywords, arguments.text)


def _is_optimizer(value: Value) -> bool:
    return any(
        isinstance(case, Optimizer) or (isinstance(case, Opaque) and _called_optimizer(case))
        for _, case in cases_of(value)
    )


def _called_optimizer(value: Opaque) -> bool:
    last = value.label.rpartition(".")[2].lower()
    return "optimizer" in value.tags or last.startswith("optim") or last.startswith("opt") or last.endswith("optimizer")


def hand_over(machine: Machine, arguments: Arguments, flag: str) -> Value:
    """A framework takes optimizers and schedulers and gives them back: they are its own from here on."""
    for value in objects_in(arguments.all()):
        if isinstance(value, (Optimizer, Scheduler)):
            value.flags.add(flag)
    given = arguments.all()
    return given[0] if len(given) == 1 else Items(given)


def objects_in(values: list[Value]) -> Iterator[Value]:
    """Optimizers, schedulers and instances in the values, through containers and alternatives, each once."""
    waiting, seen = list(values), set()
    while waiting:
        for _, case in cases_of(waiting.pop(0)):
            if key_of(case) in seen:
                continue
            seen.add(key_of(case))
            match case:
                case Optimizer() | Scheduler() | Instance():
                    yield case
                case Items(elements=elements):
                    waiting += elements
                case Entries(entries=entries):
                    waiting += entries.values()
                case Partial(function=function, positional=positional, keywords=keywords):
                    waiting += [function, *positional, *keywords.values()]
                case Function(receiver=Instance() as instance):
                    yield instance
                case Method(receiver=Optimizer() | Scheduler() as receiver):
                    yield receiver


def escape(machine: Machine, arguments: Arguments) -> None:
    """The arguments are given to code that is not in view."""
    for value in objects_in(arguments.all()):
        machine.happen(EventKind.ESCAPE, value, arguments.at)


def add_argument(parser: ArgumentParser, arguments: Arguments) -> None:
    """`parser.add_argument("--lr", default=0.1)`: an option with its default."""
    flags = [value.value for value in arguments.positional if isinstance(value, Constant)]
    long = [flag for flag in flags if isinstance(flag, str)]
    if not long:
        return
    name = next((flag for flag in long if flag.startswith("--")), long[0]).lstrip("-").replace("-", "_")
    given = arguments.keywords.get("dest")
    if isinstance(given, Constant) and isinstance(given.value, str):
        name = given.value
    parser.options[name] = arguments.keywords.get("default")


def call_on_parser(machine: Machine, parser: ArgumentParser, name: str, arguments: Arguments) -> Value:
    """Methods of argparse's parser."""
    if name == "add_argument":
        add_argument(parser, arguments)
    elif name == "set_defaults":
        parser.options.update(arguments.keywords)
    elif name == "parse_args":
        return Namespace(parser)
    elif name == "parse_known_args":
        return Items([Namespace(parser), machine.unknown("unknown")])
    elif name in ("add_argument_group", "add_mutually_exclusive_group"):
        return parser
    elif name == "get_default" and arguments.positional:
        return parser.options.get(str(literal_of(arguments.positional[0]))) or Constant(None)
    return machine.unknown(f"{name}(…)")


def options_of_decorators(machine: Machine, function: Function) -> dict[str, Value]:
    """click's options: what its decorators give to the parameters of a command that nobody in view calls."""
    found: dict[str, Value] = {}
    for decorator in getattr(function.definition, "decorators", []):
        if isinstance(decorator, ir.Call) and ir.text_of(decorator.function).rpartition(".")[2] == "option":
            parser = ArgumentParser({})
            keywords = {a.keyword: machine.evaluate(a.value) for a in decorator.arguments if a.keyword}
            positional = [machine.evaluate(a.value) for a in decorator.arguments if not a.keyword]
            add_argument(parser, Arguments(positional, keywords, machine.location(decorator.at)))
            for name, default in parser.options.items():
                worth = default.count.value() if isinstance(default, Number) else None
                found[name] = Opaque(
                    ("option", id(function.definition), name), name, worth, frozenset({"configuration"})
                )
    return found
