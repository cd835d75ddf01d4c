"""Plateau schedules told from multistep ones by the metric."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

from lrlint.identify.replay import PlateauSettings, replayed

METRIC = 0.4 + 2 * np.exp(-np.arange(120) / 12) + np.random.default_rng(0).normal(0, 0.02, 120)


def drops_of(metric: np.ndarray, **arguments: float) -> list[int]:
    """The ticks at which torch's own ReduceLROnPlateau lowers the LR."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, **arguments)  # type: ignore[arg-type]
    lrs = []
    for value in metric:
        lrs.append(optimizer.param_groups[0]["lr"])
        scheduler.step(float(value))
    return [tick for tick in range(1, len(lrs)) if lrs[tick] < lrs[tick - 1]]


@pytest.mark.parametrize("patience", [2, 5, 10])
@pytest.mark.parametrize("cooldown", [0, 3])
def test_settings_that_caused_the_drops_are_found(patience: int, cooldown: int) -> None:
    """The replay under the found settings gives the same drops in torch."""
    drops = drops_of(METRIC, patience=patience, cooldown=cooldown)
    found = replayed(METRIC, drops)
    assert found is not None
    assert drops_of(METRIC, patience=found.patience, cooldown=found.cooldown, threshold=found.threshold) == drops


def test_drops_that_the_metric_did_not_cause_are_no_plateau() -> None:
    """A MultiStepLR beside a metric that still falls."""
    assert replayed(np.linspace(2, 1, 120), [30, 60, 90]) is None


def test_one_drop_is_no_evidence() -> None:
    """Some patience fits almost any place."""
    assert replayed(METRIC, [60]) is None


def test_the_settings_read_like_the_constructors() -> None:
    """Patience, threshold and cooldown."""
    assert replayed(METRIC, drops_of(METRIC, patience=5)) == PlateauSettings(5, 1e-4, 0)
