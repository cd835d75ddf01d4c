"""RUN202: schedules that end before the run does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.analyzers.conftest import Ask, MakeRun

STEPS = np.arange(1000)


def linear(total: int, end: float = 0.0) -> np.ndarray:
    """A linear decay from 0.1 over `total` steps, then the LR holds."""
    return 0.1 * (1 - (1 - end) * np.minimum(STEPS / total, 1))


def cosine(total: int, warmup: int = 0) -> np.ndarray:
    """A linear warm-up, then a half cosine that ends at `total` and holds."""
    done = np.clip((STEPS - warmup) / (total - warmup), 0, 1)
    return np.minimum((STEPS + 1) / max(warmup, 1), 0.5 * (1 + np.cos(np.pi * done)))


@pytest.mark.parametrize(
    "lr",
    [
        linear(1000),
        linear(900),
        linear(800, end=0.1),
        cosine(1000),
        cosine(1000, warmup=50),
        np.full(1000, 0.1),
        0.1 * 0.1 ** np.digitize(STEPS, [200, 400]),
        0.1 * 0.5 ** (STEPS // 150),
        np.minimum(1, (STEPS + 1) / 100),
        0.1 * np.clip((1000 - STEPS) / 200, 0, 1),
        0.1 * 0.99**STEPS,
        0.1 * np.abs(np.sin(STEPS / 37.0) + STEPS % 3),
    ],
    ids=[
        "linear", "nearly all", "floor of a tenth", "cosine", "warm-up cosine", "constant", "multistep", "step",
        "warm-up constant", "stable then decay", "exponential", "no schedule at all",
    ],
)  # fmt: skip
def test_schedules_that_last_are_silent(make_run: MakeRun, ask: Ask, lr: np.ndarray) -> None:
    """A last level that is held by design, a short tail, an unknown curve."""
    assert ask("RUN202", make_run(lr=lr)) == []


@pytest.mark.parametrize(
    ("lr", "horizon"),
    [(linear(540), 540), (cosine(600), 600), (cosine(400, warmup=50), 400), (linear(300, end=0.1), 300)],
    ids=["linear", "cosine", "warm-up cosine", "floor of a tenth"],
)
def test_a_schedule_that_ended_early_is_found(make_run: MakeRun, ask: Ask, lr: np.ndarray, horizon: int) -> None:
    """The flat stretch begins where the schedule was over, to within a hundredth of the run."""
    (finding,) = ask("RUN202", make_run(lr=lr))
    assert finding.first_step == pytest.approx(horizon, abs=10)
    assert finding.last_step == 999
    assert f"of 999: the LR stays at {lr[-1]:.3g} for the last" in finding.message


def test_the_tail_is_found_when_only_every_tenth_row_is_logged(make_run: MakeRun, ask: Ask) -> None:
    """Sparse logging changes neither the finding nor its place."""
    (finding,) = ask("RUN202", make_run(lr=linear(540)[::10], steps=STEPS[::10]))
    assert finding.first_step == pytest.approx(540, abs=10)
