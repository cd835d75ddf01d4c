"""Runs a training script under real torch and records what its schedulers and optimizers do."""

from __future__ import annotations

import io
import os
import runpy
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import torch
from torch.optim import lr_scheduler
from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook

SCRIPTS = Path(__file__).parents[2] / "fixtures" / "scripts"


class Interrupted(BaseException):
    """The end of a job's time slot: raised out of `torch.save` once the checkpoint is written."""


@dataclass
class SchedulerRecord:
    """One scheduler: how often the script itself called `step()`, and the LR of the first group after it.

    `lrs[0]` is the LR after construction. `promised` is the horizon that the real object holds.
    """

    name: str
    promised: int | None
    lrs: list[float]

    @property
    def delivered(self) -> int:
        return len(self.lrs) - 1


@dataclass
class Execution:
    """What one run did. `updates` holds, for each optimizer in order of first use, the LR of every update."""

    schedulers: list[SchedulerRecord] = field(default_factory=list)
    updates: list[list[float]] = field(default_factory=list)
    error: Exception | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def lrs(self) -> list[float]:
        """The LR of every update of the first optimizer."""
        return self.updates[0]


def horizon(scheduler: Any) -> int | None:
    """The number of calls that a real scheduler object was planned for, None if it has no end."""
    for attribute in ("total_steps", "T_max", "total_iters"):
        if hasattr(scheduler, attribute):
            return int(getattr(scheduler, attribute))
    if isinstance(scheduler, lr_scheduler.SequentialLR):
        last = horizon(scheduler._schedulers[-1])
        return None if last is None else scheduler._milestones[-1] + last
    if isinstance(scheduler, lr_scheduler.LambdaLR):
        steps = getattr(scheduler.lr_lambdas[0], "keywords", {}).get("num_training_steps")
        return None if steps is None else int(steps)
    return None


class _Recorder:
    """Collects the events of one run. Holds on to the objects, so that their ids stay theirs."""

    def __init__(self) -> None:
        self.execution = Execution()
        self._schedulers: dict[int, tuple[object, SchedulerRecord]] = {}
        self._optimizers: dict[int, tuple[object, list[float]]] = {}
        self._depth = 0

    def constructed(self, scheduler: Any) -> None:
        record = SchedulerRecord(type(scheduler).__name__, horizon(scheduler), [_lr(scheduler.optimizer)])
        self._schedulers[id(scheduler)] = (scheduler, record)
        self.execution.schedulers.append(record)

    def updated(self, optimizer: Optimizer, args: object, kwargs: object) -> None:
        if id(optimizer) not in self._optimizers:
            self._optimizers[id(optimizer)] = (optimizer, [])
            self.execution.updates.append(self._optimizers[id(optimizer)][1])
        self._optimizers[id(optimizer)][1].append(_lr(optimizer))

    @contextmanager
    def inside(self) -> Iterator[bool]:
        """Within a call into a scheduler; tells whether the script itself made it."""
        self._depth += 1
        try:
            yield self._depth == 1
        finally:
            self._depth -= 1

    def init(self, original: Callable[..., None]) -> Callable[..., None]:
        def wrapper(scheduler: Any, *args: Any, **kwargs: Any) -> None:
            with self.inside() as outermost:
                original(scheduler, *args, **kwargs)
            if outermost:
                self.constructed(scheduler)

        return wrapper

    def step(self, original: Callable[..., None]) -> Callable[..., None]:
        def wrapper(scheduler: Any, *args: Any, **kwargs: Any) -> None:
            with self.inside() as outermost:
                original(scheduler, *args, **kwargs)
            if outermost:
                self._schedulers[id(scheduler)][1].lrs.append(_lr(scheduler.optimizer))

        return wrapper

    @contextmanager
    def hooks(self) -> Iterator[None]:
        with ExitStack() as stack:
            for name in lr_scheduler.__all__:
                scheduler_class = getattr(lr_scheduler, name)
                for method, wrap in (("__init__", self.init), ("step", self.step)):
                    if method in vars(scheduler_class):
                        wrapped = wrap(getattr(scheduler_class, method))
                        stack.enter_context(patch.object(scheduler_class, method, wrapped))
            handle = register_optimizer_step_pre_hook(self.updated)
            stack.callback(handle.remove)
            yield


def _lr(optimizer: Optimizer) -> float:
    return float(optimizer.param_groups[0]["lr"])


@contextmanager
def _interrupted_after(saves: int | None) -> Iterator[None]:
    real, seen = torch.save, 0

    def save(*args: Any, **kwargs: Any) -> None:
        nonlocal seen
        real(*args, **kwargs)
        seen += 1
        if seen == saves:
            raise Interrupted

    with patch.object(torch, "save", save):
        yield


@contextmanager
def _one_thread() -> Iterator[None]:
    """The models are tiny: on a busy machine, threads that wait for one another cost ten times the work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _empty_folder() -> Iterator[None]:
    before = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


def run(script: Path, arguments: Sequence[str] = (), stop_after_saves: int | None = None) -> Execution:
    """Run `script` as `python script arguments` would, in the current folder; its error is part of the record."""
    recorder = _Recorder()
    with ExitStack() as stack:
        stack.enter_context(recorder.hooks())
        stack.enter_context(_one_thread())
        stack.enter_context(_interrupted_after(stop_after_saves))
        stack.enter_context(patch.object(sys, "argv", [str(script), *arguments]))
        stack.enter_context(redirect_stdout(io.StringIO()))
        caught = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        try:
            runpy.run_path(str(script), run_name="__main__")
        except Interrupted:
            pass
        except Exception as error:
            recorder.execution.error = error
        recorder.execution.warnings = [str(warning.message) for warning in caught]
    return recorder.execution


@cache
def executed(script: str, *arguments: str) -> Execution:
    """The run of one script of `fixtures/scripts`, in an empty folder."""
    with _empty_folder():
        return run(SCRIPTS / script, arguments)


@cache
def resumed(script: str, saves: int) -> tuple[Execution, Execution]:
    """A run that ends when its checkpoint was saved so many times, and the run that resumes from it."""
    with _empty_folder():
        return run(SCRIPTS / script, stop_after_saves=saves), run(SCRIPTS / script)


def all_scripts(prefix: str) -> list[str]:
    """The scripts whose name begins with `prefix` (`bad_`, `good_`), as `folder/file`."""
    return sorted(path.relative_to(SCRIPTS).as_posix() for path in SCRIPTS.glob(f"*/{prefix}*.py"))
