"""What the runs of the bench learn: real data that come with scikit-learn, small models, LRs that work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from sklearn import datasets
from torch import nn

CONTEXT = 12

Data = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]
"""Inputs and targets: training, validation."""


@lru_cache
def digits() -> Data:
    """Images (n, 64) and labels."""
    data = datasets.load_digits()
    x, y = torch.tensor(data.data, dtype=torch.float32) / 16, torch.tensor(data.target)
    return _split(x, y, 1400)


@lru_cache
def characters() -> Data:
    """Contexts of twelve characters (n, 12) and the character after each."""
    text = "".join(load().DESCR for load in (datasets.load_iris, datasets.load_wine, datasets.load_breast_cancer))
    known = sorted(set(text))
    codes = torch.tensor([known.index(c) for c in text])
    windows = codes.unfold(0, CONTEXT + 1, 1)
    cut = int(0.9 * len(windows))
    return windows[:cut, :-1], windows[:cut, -1], windows[cut:, :-1], windows[cut:, -1]


@lru_cache
def diabetes() -> Data:
    """Ten features (n, 10) and the standardised target."""
    data = datasets.load_diabetes()
    x, y = torch.tensor(data.data, dtype=torch.float32) * 20, torch.tensor(data.target, dtype=torch.float32)
    return _split(x, ((y - y.mean()) / y.std()).unsqueeze(1), 350)


@lru_cache
def rows_of_digits() -> Data:
    """Digits as sequences of seven rows (n, 7, 8), and the row that follows each (n, 7, 8)."""
    images = torch.tensor(datasets.load_digits().images, dtype=torch.float32) / 8 - 1
    return _split(images[:, :-1], images[:, 1:], 1400)


def _split(x: torch.Tensor, y: torch.Tensor, cut: int) -> Data:
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
    x, y = x[order], y[order]
    return x[:cut], y[:cut], x[cut:], y[cut:]


def classifier() -> nn.Module:
    return nn.Sequential(nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 10))


def language_model() -> nn.Module:
    return nn.Sequential(nn.Embedding(96, 12), nn.Flatten(), nn.Linear(12 * CONTEXT, 64), nn.Tanh(), nn.Linear(64, 96))


def regressor() -> nn.Module:
    return nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 1))


class Recurrent(nn.Module):
    """A GRU that predicts the next row of an image."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.GRU(8, 32, batch_first=True)
        self.out = nn.Linear(32, 8)

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(self.out(self.cell(rows)[0]))


@dataclass(frozen=True)
class Task:
    """Data, model and loss, with the range of LRs that work for each optimizer."""

    data: Callable[[], Data]
    model: Callable[[], nn.Module]
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    lrs: dict[str, tuple[float, float]]


_classes, _squares = nn.functional.cross_entropy, nn.functional.mse_loss

TASKS = {
    "digits": Task(digits, classifier, _classes, {"sgd": (0.03, 0.15), "adamw": (1e-3, 6e-3)}),
    "characters": Task(characters, language_model, _classes, {"sgd": (0.05, 0.2), "adamw": (1e-3, 5e-3)}),
    "diabetes": Task(diabetes, regressor, _squares, {"sgd": (0.003, 0.02), "adamw": (1e-3, 5e-3)}),
    "rows": Task(rows_of_digits, Recurrent, _squares, {"sgd": (0.05, 0.3), "adamw": (1e-3, 6e-3)}),
}

HELD_OUT = "rows"
"""The task on which nothing was tuned: it is scored, and its misses are not looked at."""
