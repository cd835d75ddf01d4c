"""Small real models on real data, trained step by step with hooks for what goes wrong.

Three tasks: classification of scikit-learn's digits, a character language model on the descriptions of scikit-learn's
data sets, regression on its diabetes data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
from sklearn import datasets
from torch import nn

CONTEXT = 12

Data = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


@lru_cache
def digits() -> Data:
    """Images (n, 64) and labels: training, validation."""
    data = datasets.load_digits()
    x, y = torch.tensor(data.data, dtype=torch.float32) / 16, torch.tensor(data.target)
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    x, y = x[order], y[order]
    return x[:1400], y[:1400], x[1400:], y[1400:]


@lru_cache
def characters() -> Data:
    """Contexts of twelve characters (n, 12) and the character after each: training, validation."""
    text = "".join(load().DESCR for load in (datasets.load_iris, datasets.load_wine, datasets.load_breast_cancer))
    known = sorted(set(text))
    codes = torch.tensor([known.index(c) for c in text])
    windows = codes.unfold(0, CONTEXT + 1, 1)
    cut = int(0.9 * len(windows))
    return windows[:cut, :-1], windows[:cut, -1], windows[cut:, :-1], windows[cut:, -1]


@lru_cache
def diabetes() -> Data:
    """Ten features (n, 10) and the standardised target: training, validation."""
    data = datasets.load_diabetes()
    x, y = torch.tensor(data.data, dtype=torch.float32) * 20, torch.tensor(data.target, dtype=torch.float32)
    y = ((y - y.mean()) / y.std()).unsqueeze(1)
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    x, y = x[order], y[order]
    return x[:350], y[:350], x[350:], y[350:]


def classifier() -> nn.Module:
    return nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))


def language_model() -> nn.Module:
    return nn.Sequential(nn.Embedding(96, 12), nn.Flatten(), nn.Linear(12 * CONTEXT, 64), nn.Tanh(), nn.Linear(64, 96))


def regressor() -> nn.Module:
    return nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))


@dataclass(frozen=True)
class Task:
    """Data, model and loss, with LRs that work for each optimizer."""

    data: Callable[[], Data]
    model: Callable[[], nn.Module]
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    lrs: dict[str, tuple[float, float]]


TASKS = {
    "digits": Task(digits, classifier, nn.functional.cross_entropy, {"sgd": (0.03, 0.15), "adamw": (1e-3, 6e-3)}),
    "characters": Task(
        characters, language_model, nn.functional.cross_entropy, {"sgd": (0.05, 0.2), "adamw": (1e-3, 5e-3)}
    ),
    "diabetes": Task(diabetes, regressor, nn.functional.mse_loss, {"sgd": (0.003, 0.02), "adamw": (1e-3, 5e-3)}),
}


@dataclass
class Session:
    """A training run in progress: what a checkpoint would hold, and the hooks of a fault.

    `tamper(session)` runs before each update, `scale(step)` multiplies the gradients.
    """

    task: Task
    optimizer_name: str
    lr: float
    batch: int
    seed: int
    momentum: float = 0.9
    rows: int | None = None
    step: int = 0
    tamper: Callable[[Session], None] = lambda session: None
    scale: Callable[[int], float] = lambda step: 1.0
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

    def validate(self) -> float:
        """The loss on the validation data."""
        _, _, x, y = self.task.data()
        with torch.no_grad():
            return self.task.loss(self.model(x[:1000]), y[:1000]).item()

    def train(self, updates: int, per_epoch: int | None = None) -> Iterator[tuple[int, float, float, float]]:
        """Yield `(step, loss, lr, gradient norm)` for so many updates.

        The scheduler is stepped after every update, or after every `per_epoch` updates.
        """
        x, y, _, _ = self.task.data()
        x, y = x[: self.rows], y[: self.rows]
        draw = torch.Generator().manual_seed(self.seed * 7919 + self.step)
        for _ in range(updates):
            batch = torch.randint(len(y), (min(self.batch, len(y)),), generator=draw)
            self.tamper(self)
            loss = self.task.loss(self.model(x[batch]), y[batch])
            self.optimizer.zero_grad()
            loss.backward()
            norm = float(nn.utils.clip_grad_norm_(self.model.parameters(), float("inf")))
            factor = self.scale(self.step)
            if factor != 1.0:
                for parameter in self.model.parameters():
                    parameter.grad.mul_(factor)
            lr = self.optimizer.param_groups[0]["lr"]
            self.optimizer.step()
            yield self.step, loss.item(), lr, norm
            self.step += 1
            if self.scheduler is not None and (per_epoch is None or self.step % per_epoch == 0):
                self.scheduler.step()
