"""What calls into libraries that are not in view do: of schedules and optimizers, of torch and what goes with it."""

from __future__ import annotations

from collections.abc import Mapping

from lrlint import schedules
from lrlint.counts import ONE, Count, Symbol
from lrlint.optimizers import optimizer_by_qualified_name
from lrlint.source.builtin import ANY_NAME, PYTHON, Model, count_range, same
from lrlint.source.events import EventKind
from lrlint.source.loops import length_of
from lrlint.source.machine import Arguments, Machine
from lrlint.source.members import set_attribute
from lrlint.source.methods import escape, hand_over, unnamed_scheduler
from lrlint.source.values import (
    ArgumentParser,
    Constant,
    Entries,
    External,
    Function,
    Instance,
    Items,
    Loader,
    Opaque,
    Optimizer,
    Partial,
    Range,
    Scheduler,
    Value,
    cases_of,
    is_none,
    key_of,
    label_of,
    number_of,
)


def call_external(machine: Machine, name: str, arguments: Arguments) -> Value:
    """The value of a call of a library's function or class, by its full dotted name."""
    model = _MODELS.get(name) or _MODELS_BY_LAST_NAME.get(name.rpartition(".")[2])
    if model is not None:
        return model(machine, arguments)
    schedule = schedules.by_qualified_name(name)
    if schedule is not None or name in _BY_NAME:
        return _scheduler(machine, name, schedule, arguments)
    if name == f"torch.optim.lr_scheduler.{ANY_NAME}":
        return unnamed_scheduler(machine, arguments)
    if name == f"torch.optim.{ANY_NAME}":
        return _optimizer(machine, "optimizer", arguments)
    optimizer = optimizer_by_qualified_name(name)
    if optimizer is not None:
        return _optimizer(machine, optimizer.name, arguments)
    if name.rpartition(".")[2] not in _HARMLESS and not name.startswith(_HARMLESS_PACKAGES):
        escape(machine, arguments)
    wrapped = [value for value in arguments.all() if isinstance(value, Optimizer)]
    if len(wrapped) == 1 and name.endswith("Optimizer"):
        return wrapped[0]
    return Opaque(("unknown", machine.fresh()), arguments.text or name, None, frozenset(), External(name), "()")


_HARMLESS = frozenset(
    ["print", "str", "repr", "id", "type", "vars", "format", "hasattr", "callable", "dir", "hash", "save", "warn"]
)
_HARMLESS_PACKAGES = ("logging.", "warnings.", "wandb.", "time.", "os.", "json.", "pprint.", "loguru.", "sys.")


_BY_NAME = tuple(
    f"{module}.get_scheduler" for module in ("transformers", "transformers.optimization", "diffusers.optimization")
)


def _scheduler(machine: Machine, name: str, schedule: schedules.Schedule | None, arguments: Arguments) -> Value:
    if schedule is None or schedule.name == "get_scheduler":
        given = arguments.get(0, "name")
        chosen = given.value if isinstance(given, Constant) else None
        schedule = schedules.resolve_get_scheduler(chosen) if isinstance(chosen, str) else None
        names: tuple[str, ...] = ("name", "optimizer", "num_warmup_steps", "num_training_steps")
    else:
        names = schedule.parameter_names()
    bound = dict(zip(names, arguments.positional, strict=False)) | arguments.keywords
    optimizer = bound.get("optimizer") or machine.unknown("optimizer")
    label = schedule.name if schedule is not None else name.rpartition(".")[2]
    scheduler = Scheduler(label, schedule, machine.place(arguments.at), bound, optimizer)
    if arguments.open:
        scheduler.flags.add("open")
    function = bound.get("lr_lambda")
    if isinstance(function, (Function, Partial)):
        scheduler.factor = machine.call(function, Arguments([machine.unknown("step")], {}, arguments.at))
    machine.schedulers.append(scheduler)
    if schedule is not None and schedule.children is not None:
        _adopt(bound.get(schedule.children))
    return scheduler


def _adopt(children: Value | None) -> None:
    """The schedulers of a composite are stepped by it, not by the program."""
    if isinstance(children, Items):
        for element in children.elements:
            for _, case in cases_of(element):
                if isinstance(case, Scheduler):
                    case.flags.add("child")


def _optimizer(machine: Machine, kind: str, arguments: Arguments) -> Value:
    bound = dict(zip(("params", "lr"), arguments.positional, strict=False)) | arguments.keywords
    return Optimizer(kind, machine.place(arguments.at), bound)


def _data_loader(machine: Machine, arguments: Arguments) -> Value:
    dataset, size, sampler = arguments.get(0, "dataset"), arguments.get(1, "batch_size"), arguments.get(3, "sampler")
    drawn = dataset if sampler is None or is_none(sampler) else sampler
    length = _samples_in(drawn) if drawn is not None else None
    batch = number_of(size) if size is not None else (ONE if "batch_sampler" not in arguments.keywords else None)
    if length is None or batch is None or not batch.terms or arguments.open:
        return Loader("loader", None)
    return Loader("loader", (length / batch).round())


def _samples_in(dataset: Value) -> Count | None:
    """The length of a dataset, which may be an object of the program's own."""
    if isinstance(dataset, Instance):
        return Count.symbol(Symbol(("length", key_of(dataset)), f"len({label_of(dataset)})"))
    return length_of(dataset)


def _weighted_sampler(machine: Machine, arguments: Arguments) -> Value:
    """A sampler that draws so many indices."""
    drawn = arguments.get(1, "num_samples")
    count = number_of(drawn) if drawn is not None else None
    return machine.unknown("sampler") if count is None else Range(Count.of(0), count, ONE)


def _save(machine: Machine, arguments: Arguments) -> Value:
    """`torch.save(x, path)`. A dictionary is saved as it is now, whatever is put into it later."""
    saved = arguments.get(0, "obj")
    if isinstance(saved, Entries):
        saved = Entries(dict(saved.entries), saved.at, saved.complete)
    if saved is not None:
        machine.happen(EventKind.SAVE, saved, arguments.at)
    return Constant(None)


def _load(machine: Machine, arguments: Arguments) -> Value:
    return Opaque(("unknown", machine.fresh()), "checkpoint", None, frozenset({"checkpoint"}))


def _parser(machine: Machine, arguments: Arguments) -> Value:
    return ArgumentParser({})


def _optimizer_step(machine: Machine, arguments: Arguments) -> Value:
    """torch_xla's `xm.optimizer_step(optimizer)`."""
    stepped = arguments.get(0, "optimizer")
    for _, case in cases_of(stepped) if stepped is not None else ():
        machine.happen(EventKind.STEP, case, arguments.at)
    return Constant(None)


def _initialize(machine: Machine, arguments: Arguments) -> Value:
    """`deepspeed.initialize(model=…, optimizer=…, lr_scheduler=…)`: the engine steps both."""
    hand_over(machine, arguments, "owned")
    optimizer = arguments.get(2, "optimizer") or machine.unknown("optimizer")
    scheduler = arguments.get(6, "lr_scheduler") or machine.unknown("lr_scheduler")
    return Items([machine.unknown("engine"), optimizer, machine.unknown("loader"), scheduler])


def _amp_initialize(machine: Machine, arguments: Arguments) -> Value:
    """apex's `amp.initialize(model, optimizer)` gives both back."""
    return Items(arguments.positional[:2]) if len(arguments.positional) > 1 else same(machine, arguments)


def _trange(machine: Machine, arguments: Arguments) -> Value:
    return count_range(machine, Arguments(arguments.positional, {}, arguments.at))


def _first(machine: Machine, arguments: Arguments) -> Value:
    """`typer.Option(90, …)`, `field(default=90)`: the default."""
    default = arguments.keywords.get("default") or (arguments.positional[0] if arguments.positional else None)
    return default or machine.unknown(arguments.text)


def _accelerator(machine: Machine, arguments: Arguments) -> Value:
    """accelerate's `Accelerator`: it steps what it has prepared once in `gradient_accumulation_steps` batches."""
    given = arguments.keywords.get("gradient_accumulation_steps")
    accelerator = Opaque(("unknown", machine.fresh()), "accelerator", tags=frozenset({"accelerator"}))
    if given is not None:
        set_attribute(machine, accelerator, "gradient_accumulation_steps", given)
        machine.accumulations.append(given)
    return accelerator


_MODELS: Mapping[str, Model] = {
    **PYTHON,
    "torch.utils.data.DataLoader": _data_loader,
    "torch.utils.data.dataloader.DataLoader": _data_loader,
    "torch.utils.data.WeightedRandomSampler": _weighted_sampler,
    "torch.utils.data.sampler.WeightedRandomSampler": _weighted_sampler,
    "torch_geometric.loader.DataLoader": _data_loader,
    "torch.save": _save,
    "torch.load": _load,
    "torch.distributed.checkpoint.load": _load,
    "argparse.ArgumentParser": _parser,
    "accelerate.Accelerator": _accelerator,
    "deepspeed.initialize": _initialize,
    "apex.amp.initialize": _amp_initialize,
    "typer.Option": _first,
    "typer.Argument": _first,
    "dataclasses.field": _first,
    "pydantic.Field": _first,
}
_MODELS_BY_LAST_NAME: Mapping[str, Model] = {
    "tqdm": same,
    "trange": _trange,
    "track": same,
    "optimizer_step": _optimizer_step,
}
