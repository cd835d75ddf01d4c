"""RUN201, RUN204 to RUN207 and RUN501: schedules that are stepped too often, too rarely, too far or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.analyzers.conftest import Ask, MakeRun

STEPS = np.arange(600)
NOISE = np.random.default_rng(2).normal(0, 0.02, 600)
LOSS = 0.2 + 2 * np.exp(-STEPS / 80) + NOISE


def cosine(period: float) -> np.ndarray:
    """CosineAnnealingLR with that T_max."""
    return np.asarray(0.05 * (1 + np.cos(np.pi * STEPS / period)))


HEALTHY = {
    "cosine": cosine(600),
    "constant": np.full(600, 0.1),
    "step": 0.1 * 0.1 ** (STEPS // 200),
    "exponential": 0.1 * 0.99**STEPS,
    "cyclic": 0.01 + 0.09 * np.abs((STEPS / 50) % 2 - 1),
    "restarts": 0.05 * (1 + np.cos(np.pi * (STEPS % 150) / 150)),
    "warm-up": np.minimum((STEPS + 1) / 60, 1.0) * 0.1,
    "unknown": 0.1 * (1.2 + np.sin(STEPS / 30) * np.cos(STEPS / 11)),
}


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_schedules_are_silent(make_run: MakeRun, ask: Ask, name: str) -> None:
    """No analyzer says anything about a schedule that fits its run, or that it does not know."""
    assert ask("RUN", make_run(loss=LOSS, lr=HEALTHY[name])) == []


@pytest.mark.parametrize("value", ["cosine", "linear", "OneCycleLR"])
def test_a_configured_schedule_that_never_moves_is_found(make_run: MakeRun, ask: Ask, value: str) -> None:
    """The hyperparameter and the LR stand in the message."""
    run = make_run(loss=LOSS, lr=np.full(600, 0.1), hyperparameters={"lr_scheduler_type": value})
    (finding,) = ask("RUN201", run)
    assert finding.message == f"lr_scheduler_type is {value}, and the LR is 0.1 in all 600 rows"


@pytest.mark.parametrize("value", ["constant", "none", "ReduceLROnPlateau", ""])
def test_a_schedule_that_may_rest_is_silent(make_run: MakeRun, ask: Ask, value: str) -> None:
    """A constant schedule is constant, and a plateau schedule waits for its metric."""
    run = make_run(loss=LOSS, lr=np.full(600, 0.1), hyperparameters={"lr_scheduler_type": value})
    assert ask("RUN201", run) == []


@pytest.mark.parametrize("period", [300, 400, 500])
def test_a_cosine_past_its_t_max_is_found(make_run: MakeRun, ask: Ask, period: int) -> None:
    """The first step is T_max, where the LR is at its lowest."""
    (finding,) = ask("RUN", make_run(loss=LOSS, lr=cosine(period)))
    assert finding.code == "RUN204"
    assert finding.first_step == pytest.approx(period, abs=6)


def test_a_cosine_wave_on_purpose_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """Five half-periods that end at the lowest LR."""
    assert ask("RUN204", make_run(lr=cosine(120))) == []


@pytest.mark.parametrize("total", [900, 3000, 60000])
def test_a_cycle_that_the_run_leaves_early_is_found(make_run: MakeRun, ask: Ask, total: int) -> None:
    """In its warm-up, or on its way down."""
    rise = 0.3 * total
    up = 0.004 + 0.096 * 0.5 * (1 - np.cos(np.pi * np.minimum(STEPS / rise, 1)))
    down = 0.05 * (1 + np.cos(np.pi * np.clip((STEPS - rise) / (total - rise), 0, 1)))
    (finding,) = ask("RUN", make_run(loss=LOSS, lr=np.where(rise > STEPS, up, down)))
    assert finding.code == "RUN205"


@pytest.mark.parametrize("factor", [2, 3, 4, 8])
def test_a_schedule_stepped_a_whole_factor_too_often_is_found(make_run: MakeRun, ask: Ask, factor: int) -> None:
    """The factor is named, and it is not reported as a plateau besides."""
    lr = 0.1 * np.maximum(0.0, 1 - STEPS * factor / 600)
    (finding,) = ask("RUN", make_run(loss=LOSS, lr=lr, hyperparameters={"gradient_accumulation_steps": factor}))
    assert (finding.code, finding.evidence["factor"]) == ("RUN206", factor)
    assert f"1/{factor} of the run (gradient_accumulation_steps is {factor})" in finding.message


def test_a_decay_to_nothing_is_found(make_run: MakeRun, ask: Ask) -> None:
    """A gamma meant per epoch, applied per batch."""
    (finding,) = ask("RUN", make_run(loss=LOSS, lr=0.1 * 0.95**STEPS))
    assert finding.code == "RUN207"
    assert finding.first_step == pytest.approx(np.log(1e-3) / np.log(0.95), abs=2)


def test_an_lr_that_is_never_above_zero_has_no_tail(make_run: MakeRun, ask: Ask) -> None:
    """Shares of its sum say nothing."""
    assert ask("RUN207", make_run(loss=LOSS, lr=np.full(600, -0.1))) == []


def range_test_loss(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """LRs of a range test and a loss that falls around 1e-2 and diverges above 0.3."""
    lr = 1e-6 * (1e7 ** (np.arange(300) / 299))
    noise = np.random.default_rng(seed).normal(0, 0.04, 300)
    return lr, 0.8 + 1.5 / (1 + (lr / 0.01) ** 1.5) + (lr / 0.5) ** 2 + noise


def test_a_range_test_is_read(make_run: MakeRun, ask: Ask) -> None:
    """Steepest descent and minimum; no fault is reported for its divergence and its rising LR."""
    lr, loss = range_test_loss(0)
    (finding,) = ask("RUN", make_run(loss=loss, lr=lr))
    assert finding.code == "RUN501"
    assert 3e-3 < finding.evidence["steepest"] < 3e-2  # type: ignore[operator]
    assert 3e-2 < finding.evidence["minimum"] < 3e-1  # type: ignore[operator]


def test_a_range_test_that_is_too_noisy_is_named_and_gives_no_suggestion(make_run: MakeRun, ask: Ask) -> None:
    """The finding says why instead."""
    lr, loss = range_test_loss(0)
    noise = np.random.default_rng(5).normal(0, 0.2, 300)
    (finding,) = ask("RUN501", make_run(loss=loss + noise, lr=lr))
    assert "gives no suggestion: too noisy" in finding.message
