"""Every learning-rate schedule that lrlint knows, described once.

`ALL` is the table, `by_qualified_name` looks a class or function up by any dotted name it is imported by,
`simulate` computes the LR. None of it needs torch or transformers; tests hold it to the installed ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.schedules.description import (
    REQUIRED,
    Arguments,
    Child,
    ClosedForm,
    NotSimulatedError,
    Parameter,
    PastEnd,
    PastTheEndError,
    Schedule,
    StepArgument,
    Tick,
)
from lrlint.schedules.from_torch import TORCH
from lrlint.schedules.from_transformers import BY_SCHEDULER_TYPE, TRANSFORMERS
from lrlint.schedules.simulation import simulate

__all__ = [
    "ALL",
    "BASES",
    "REQUIRED",
    "Arguments",
    "Child",
    "ClosedForm",
    "NotSimulatedError",
    "Parameter",
    "PastEnd",
    "PastTheEndError",
    "Schedule",
    "StepArgument",
    "Tick",
    "by_qualified_name",
    "index",
    "resolve_get_scheduler",
    "schedule_names",
    "simulate",
]

ALL: tuple[Schedule, ...] = TORCH + TRANSFORMERS

BASES = ("torch.optim.lr_scheduler.LRScheduler", "torch.optim.lr_scheduler._LRScheduler")
"""Base classes: what derives from them is a scheduler, but they are never constructed themselves."""


def index(schedules: Iterable[Schedule]) -> dict[str, Schedule]:
    """The schedules by each of their qualified names; a later one replaces an earlier one of the same name."""
    return {name: schedule for schedule in schedules for name in schedule.qualified_names}


_BY_QUALIFIED_NAME = index(ALL)


def by_qualified_name(name: str) -> Schedule | None:
    """The schedule that `name` imports (`torch.optim.lr_scheduler.StepLR`), None if it is none."""
    return _BY_QUALIFIED_NAME.get(name)


def schedule_names() -> tuple[str, ...]:
    """Every dotted name by which a schedule can be imported."""
    return tuple(_BY_QUALIFIED_NAME)


def resolve_get_scheduler(name: str) -> Schedule | None:
    """What `get_scheduler(name, …)` of transformers or diffusers builds, None for a name neither knows."""
    return BY_SCHEDULER_TYPE.get(name)
