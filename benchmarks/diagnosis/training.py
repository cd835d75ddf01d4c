"""Training step by step, with hooks for what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from benchmarks.diagnosis.tasks import TASKS, Task

__all__ = ["TASKS", "Batch", "Session", "Update"]

Batch = tuple[torch.Tensor, torch.Tensor]
Update = tuple[int, float, float, float]
"""Step, training loss of the batch, LR, norm of the gradient."""


@dataclass
class Session:
    """A training run in progress: what a checkpoint would hold, and the hooks of a fault.

    `tamper(session)` runs before each update, `scale(step)` multiplies the update (not the LR in the log),
    `mangle(step, batch)` changes the batch, `rows` cuts the training data and `relabel(targets)` changes what is left;
    a session that is not `planted` leaves them all alone. `tick` is the number of updates between two steps of the
    scheduler.
    """

    task: Task
    optimizer_name: str
    lr: float
    seed: int
    batch: int = 64
    momentum: float = 0.9
    rows: int | None = None
    step: int = 0
    tick: int = 1
    tamper: Callable[[Session], None] = lambda session: None
    relabel: Callable[[torch.Tensor], torch.Tensor] = lambda targets: targets
    scale: Callable[[int], float] = lambda step: 1.0
    mangle: Callable[[int, Batch], Batch] = lambda step, batch: batch
    planted: bool = True
    model: nn.Module = field(init=False)
    optimizer: torch.optim.Optimizer = field(init=False)
    scheduler: Any = None

    def __post_init__(self) -> None:
        torch.manual_seed(self.seed)
        self.model = self.task.model()
        if self.optimizer_name == "sgd":
            self.optimizer = torch.optim.SGD(self.model.parameters(), self.lr, self.momentum)
        else:
            self.optimizer = torch.optim.AdamW(self.model.parameters(), self.lr)

    def multiply_lr(self, factor: float) -> None:
        """Change the LR before a scheduler is made."""
        self.lr *= factor
        for group in self.optimizer.param_groups:
            group["lr"] = self.lr

    def validate(self) -> float:
        """The loss on (at most a thousand of) the validation data."""
        _, _, x, y = self.task.data()
        return self._loss(x[:1000], y[:1000])

    def evaluate(self) -> float:
        """The loss on a fixed part of the training data: the training loss without the noise of the batches."""
        x, y = self._training_data()
        return self._loss(x[:500], y[:500])

    def _training_data(self) -> Batch:
        x, y, _, _ = self.task.data()
        return (x[: self.rows], self.relabel(y[: self.rows])) if self.planted else (x, y)

    def _loss(self, x: torch.Tensor, y: torch.Tensor) -> float:
        with torch.no_grad():
            return self.task.loss(self.model(x), y).item()

    def _update(self) -> float:
        """One step of the optimizer; the LR that a log shows for it."""
        lr = float(self.optimizer.param_groups[0]["lr"])
        for group in self.optimizer.param_groups:
            group["lr"] = lr * (self.scale(self.step) if self.planted else 1.0)
        self.optimizer.step()
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        return lr

    def train(self, updates: int) -> Iterator[Update]:
        """Train for so many updates, the scheduler stepped after every `tick` of them."""
        x, y = self._training_data()
        draw = torch.Generator().manual_seed(self.seed * 7919 + self.step)
        for _ in range(updates):
            chosen = torch.randint(len(y), (min(self.batch, len(y)),), generator=draw)
            inputs, targets = x[chosen], y[chosen]
            if self.planted:
                self.tamper(self)
                inputs, targets = self.mangle(self.step, (inputs, targets))
            loss = self.task.loss(self.model(inputs), targets)
            self.optimizer.zero_grad()
            loss.backward()
            norm = float(nn.utils.clip_grad_norm_(self.model.parameters(), float("inf")))
            lr = self._update()
            yield self.step, loss.item(), lr, norm
            self.step += 1
            if self.scheduler is not None and self.step % self.tick == 0:
                self.scheduler.step()
