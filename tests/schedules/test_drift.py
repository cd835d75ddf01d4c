"""The tables say what the installed torch and transformers say: names, parameters, defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
import torch
import transformers.optimization
from torch.optim import lr_scheduler

from lrlint.optimizers import Optimizer, optimizer_by_qualified_name
from lrlint.schedules import ALL, BASES, REQUIRED, by_qualified_name, resolve_get_scheduler
from lrlint.schedules.description import Schedule
from lrlint.schedules.from_torch import TORCH

Described = list[tuple[str, object]]

# `get_…(optimizer, **kwargs)` pass their keyword arguments on to these.
KEYWORDS_OF = {
    "get_reduce_on_plateau_schedule": lr_scheduler.ReduceLROnPlateau,
    "get_greedy_schedule": transformers.optimization.GreedyLR,
}


def described(schedule: Schedule) -> Described:
    return [(parameter.name, parameter.default) for parameter in schedule.parameters]


def installed(constructor: Callable[..., object]) -> Described:
    constructor = KEYWORDS_OF.get(constructor.__name__, constructor)
    parameters = inspect.signature(constructor).parameters.values()
    return [(each.name, REQUIRED if each.default is each.empty else each.default) for each in parameters]


def public_functions() -> dict[str, Callable[..., object]]:
    members = inspect.getmembers(transformers.optimization, inspect.isfunction)
    return {name: function for name, function in members if name.startswith("get_")}


def optimizer_classes() -> dict[str, Any]:
    members = inspect.getmembers(torch.optim, inspect.isclass)
    return {name: each for name, each in members if each is not torch.optim.Optimizer}


def test_every_scheduler_class_of_torch_is_described() -> None:
    """Exactly torch's public scheduler classes are in the table, apart from the base."""
    public = {f"torch.optim.lr_scheduler.{name}" for name in lr_scheduler.__all__}
    assert {schedule.qualified_names[0] for schedule in TORCH} == public - set(BASES)


def test_the_bases_are_torchs() -> None:
    """The bases are the two classes that torch's schedulers derive from."""
    bases = {
        f"torch.optim.lr_scheduler.{base.__name__}" for base in (lr_scheduler.LRScheduler, lr_scheduler._LRScheduler)
    }
    assert set(BASES) == bases


@pytest.mark.parametrize("schedule", TORCH, ids=lambda schedule: schedule.name)
def test_parameters_of_torch(schedule: Schedule) -> None:
    """Parameter names, order and defaults equal those of torch's constructor."""
    assert described(schedule) == installed(getattr(lr_scheduler, schedule.name))


@pytest.mark.parametrize("name", sorted(public_functions()))
def test_parameters_of_transformers(name: str) -> None:
    """Every `get_…` function of transformers is described, with its parameters and defaults."""
    schedule = by_qualified_name(f"transformers.optimization.{name}")
    assert schedule is not None
    assert described(schedule) == installed(public_functions()[name])


def test_parameters_of_greedy_lr() -> None:
    """The class that needs a metric, apart from torch's own."""
    schedule = by_qualified_name("transformers.optimization.GreedyLR")
    assert schedule is not None
    assert described(schedule) == installed(transformers.optimization.GreedyLR)


def test_get_scheduler_builds_what_transformers_builds() -> None:
    """Every name that `get_scheduler` takes resolves to the function that it calls."""
    for scheduler_type, function in transformers.optimization.TYPE_TO_SCHEDULER_FUNCTION.items():
        resolved = resolve_get_scheduler(scheduler_type.value)
        assert resolved is not None
        assert resolved.name == function.__name__


def test_get_scheduler_with_an_unknown_name() -> None:
    """A name that neither library knows resolves to nothing."""
    assert resolve_get_scheduler("sawtooth") is None


@pytest.mark.parametrize("name", sorted(optimizer_classes()))
def test_optimizers_of_torch(name: str) -> None:
    """Default LR and whether there is a momentum to cycle equal those of a real optimizer, under both spellings."""
    constructor = optimizer_classes()[name]
    real = constructor([torch.nn.Parameter(torch.zeros(2, 2))])
    expected = Optimizer(name, real.defaults["lr"], cycles_momentum=bool({"momentum", "betas"} & set(real.defaults)))
    assert optimizer_by_qualified_name(f"torch.optim.{name}") == expected
    module = constructor.__module__.replace("._adafactor", ".adafactor").replace("._muon", ".muon")
    assert optimizer_by_qualified_name(f"{module}.{name}") == expected


def test_adafactor_of_transformers() -> None:
    """transformers' Adafactor has neither momentum nor betas for OneCycleLR to cycle."""
    adafactor: Any = transformers.optimization.Adafactor
    real = adafactor([torch.nn.Parameter(torch.zeros(2, 2))])
    assert not {"momentum", "betas"} & set(real.defaults)
    assert optimizer_by_qualified_name("transformers.Adafactor") == Optimizer("Adafactor", None, cycles_momentum=False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("apex.optimizers.FusedLAMB", Optimizer("FusedLAMB")),
        ("bitsandbytes.optim.AdamW8bit", Optimizer("AdamW8bit")),
        ("deepspeed.ops.adam.DeepSpeedCPUAdam", Optimizer("DeepSpeedCPUAdam")),
        ("timm.optim.create_optimizer_v2", Optimizer("create_optimizer_v2")),
        ("torch_optimizer.RAdam", Optimizer("RAdam")),
        ("timm.optim.param_groups_weight_decay", None),
        ("bitsandbytes.optim.GlobalOptimManager", None),
        ("torch.optim.swa_utils.AveragedModel", None),
        ("torch.nn.Linear", None),
    ],
)
def test_optimizers_of_other_packages(name: str, expected: Optimizer | None) -> None:
    """Classes of optimizer packages are optimizers of which nothing more is known; their helpers are not."""
    assert optimizer_by_qualified_name(name) == expected


def test_no_two_schedules_share_a_name() -> None:
    """A qualified name means one schedule."""
    names = [name for schedule in ALL for name in schedule.qualified_names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("torch.optim.lr_scheduler.StepLR", "StepLR"),
        ("transformers.get_linear_schedule_with_warmup", "get_linear_schedule_with_warmup"),
        ("diffusers.optimization.get_cosine_schedule_with_warmup", "get_cosine_schedule_with_warmup"),
        ("pytorch_transformers.WarmupLinearSchedule", "WarmupLinearSchedule"),
    ],
)
def test_lookup_by_the_names_that_users_import(name: str, expected: str) -> None:
    """A schedule is found under each package that offers it."""
    schedule = by_qualified_name(name)
    assert schedule is not None
    assert schedule.name == expected


@pytest.mark.parametrize("name", ["StepLR", "torch.optim.lr_scheduler.LRScheduler", "diffusers.DDPMScheduler"])
def test_what_is_no_schedule(name: str) -> None:
    """Bare names, the base class and noise schedulers are no schedules."""
    assert by_qualified_name(name) is None


@pytest.mark.parametrize("schedule", ALL, ids=lambda schedule: schedule.qualified_names[0])
def test_a_description_speaks_of_its_own_parameters(schedule: Schedule) -> None:
    """Horizons, warm-up, children and own LR name parameters that exist; what a horizon names alone counts steps."""
    names = set(schedule.parameter_names())
    named = {name for horizon in schedule.horizons for name in horizon}
    named |= {name for name in (schedule.warmup, schedule.children, schedule.sets_lr) if name}
    assert named <= names
    counting = {parameter.name for parameter in schedule.parameters if parameter.counts_steps}
    assert {horizon[0] for horizon in schedule.horizons if len(horizon) == 1} <= counting
