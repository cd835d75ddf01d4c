"""The schedule behind a logged LR, on curves of torch's and transformers' own schedulers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler
from transformers import optimization

from lrlint.identify import Identification, identify

Make = Callable[[torch.optim.Optimizer], Any]


def curve(make: Make, ticks: int = 400, lr: float = 0.1) -> np.ndarray:
    """The LR of a real scheduler before each of so many updates."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)
    scheduler = make(optimizer)
    values = []
    for _ in range(ticks):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(values)


def found(values: np.ndarray, steps: np.ndarray | None = None) -> Identification:
    """The identification of a curve, by default logged at every step."""
    answer = identify(np.arange(len(values)) if steps is None else steps, values)
    assert answer is not None
    return answer


def warmed_up(optimizer: torch.optim.Optimizer, scheduler: lr_scheduler.LRScheduler) -> lr_scheduler.ChainedScheduler:
    """The scheduler behind a linear warm-up of 40 steps, as torchvision's reference for detection does it."""
    return lr_scheduler.ChainedScheduler([scheduler, lr_scheduler.LinearLR(optimizer, 0.01, 1.0, 40)])


def timm(step: int) -> float:
    """The factor of timm's CosineLRScheduler with its defaults, a warm-up of 60 steps, 380 in all and a floor."""
    return step / 60 if step < 60 else 0.02 + 0.49 * (1 + math.cos(math.pi * min(step, 380) / 380))


SCHEDULES: list[tuple[str, Make, dict[str, float]]] = [
    ("constant", lambda o: lr_scheduler.ConstantLR(o, 1.0), {"base_lr": 0.1}),
    ("step", lambda o: lr_scheduler.StepLR(o, 90, 0.3), {"gamma": 0.3, "step_size": 90}),
    ("multistep", lambda o: lr_scheduler.MultiStepLR(o, [100, 300, 350], 0.2), {"gamma": 0.2}),
    ("exponential", lambda o: lr_scheduler.ExponentialLR(o, 0.99), {"gamma": 0.99, "base_lr": 0.1}),
    ("linear", lambda o: lr_scheduler.LinearLR(o, 1.0, 0.1, 300), {"total_iters": 300, "eta_min": 0.01}),
    ("polynomial", lambda o: lr_scheduler.PolynomialLR(o, 400, 2.0), {"power": 2.0, "total_iters": 400}),
    ("cosine", lambda o: lr_scheduler.CosineAnnealingLR(o, 400, 1e-3), {"T_max": 400, "eta_min": 1e-3}),
    ("cosine", lambda o: lr_scheduler.CosineAnnealingLR(o, 250), {"T_max": 250}),
    ("cosine_restarts", lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 50, 2), {"T_0": 50, "T_mult": 2}),
    ("cyclic", lambda o: lr_scheduler.CyclicLR(o, 0.01, 0.1, 40), {"step_size_up": 40, "max_lr": 0.1}),
    ("cyclic", lambda o: lr_scheduler.CyclicLR(o, 0.01, 0.1, 40, mode="triangular2"), {"step_size_up": 40}),
    ("one_cycle", lambda o: lr_scheduler.OneCycleLR(o, 0.1, total_steps=401), {"max_lr": 0.1, "total_steps": 400}),
    (
        "warmup_linear",
        lambda o: optimization.get_linear_schedule_with_warmup(o, 40, 400),  # type: ignore[no-untyped-call]
        {"warmup_steps": 40, "total_steps": 400},
    ),
    ("warmup_cosine", lambda o: optimization.get_cosine_schedule_with_warmup(o, 40, 400), {"warmup_steps": 40}),
    (  # timm's cosine: its warm-up takes the place of the cosine's first part, and a cool-down follows its end
        "warmup_cosine",
        lambda o: lr_scheduler.LambdaLR(o, timm),
        {"warmup_steps": 60, "total_steps": 380, "max_lr": 0.1, "eta_min": 0.002},
    ),
    ("warmup_constant", lambda o: optimization.get_constant_schedule_with_warmup(o, 40), {"warmup_steps": 40}),
    ("inverse_sqrt", lambda o: optimization.get_inverse_sqrt_schedule(o, 40), {"warmup_steps": 40}),
    (
        "warmup_stable_decay",
        lambda o: optimization.get_wsd_schedule(o, 40, 80, num_training_steps=400),
        {"warmup_steps": 40, "decay_start": 320},
    ),
    ("range_test", lambda o: lr_scheduler.LambdaLR(o, lambda t: 1.03**t), {"gamma": 1.03}),
    ("multistep", lambda o: warmed_up(o, lr_scheduler.MultiStepLR(o, [250], 0.1)), {"warmup_steps": 40, "gamma": 0.1}),
    ("multistep", lambda o: warmed_up(o, lr_scheduler.MultiStepLR(o, [200, 330], 0.2)), {"warmup_steps": 40}),
    ("step", lambda o: warmed_up(o, lr_scheduler.StepLR(o, 90, 0.3)), {"step_size": 90, "start_lr": 0.001}),
]


@pytest.mark.parametrize(("family", "make", "parameters"), SCHEDULES, ids=[row[0] for row in SCHEDULES])
def test_family_and_parameters_are_recovered(family: str, make: Make, parameters: dict[str, float]) -> None:
    """From a curve logged at every step, to within 2 %."""
    answer = found(curve(make))
    assert family in answer.families
    assert answer.fit_error == pytest.approx(0.0, abs=1e-3)
    if answer.family == family:
        assert {name: answer.parameters[name] for name in parameters} == pytest.approx(parameters, rel=0.02)


@pytest.mark.parametrize(
    "corrupt",
    [
        lambda steps, values: (steps[::7], values[::7]),
        lambda steps, values: (steps[steps % 5 != 3], values[steps % 5 != 3]),
        lambda steps, values: (steps, values.astype(np.float32).astype(float)),
        lambda steps, values: (steps, np.array([float(f"{v:.3e}") for v in values])),
        lambda steps, values: (steps, np.round(values, 6)),
        lambda steps, values: (steps[1:] - 1, values[1:]),
        lambda steps, values: (steps + 100, values),
        lambda steps, values: (steps[::-1], values[::-1]),
    ],
    ids=["every 7th", "rows missing", "float32", "4 digits", "6 decimals", "after step()", "from 100", "unordered"],
)
@pytest.mark.parametrize(("family", "make", "parameters"), SCHEDULES, ids=[row[0] for row in SCHEDULES])
def test_the_family_survives_how_it_was_logged(
    family: str, make: Make, parameters: dict[str, float], corrupt: Callable[..., tuple[np.ndarray, np.ndarray]]
) -> None:
    """Sparse, rounded, shifted and unordered rows."""
    steps, values = corrupt(np.arange(400), curve(make))
    assert family in found(values, steps).families


@pytest.mark.parametrize("hold", [5, 23])
def test_a_schedule_stepped_per_epoch_counts_in_steps(hold: int) -> None:
    """Each value is logged for the steps of an epoch; T_max is that of the step axis."""
    values = np.repeat(curve(lambda o: lr_scheduler.CosineAnnealingLR(o, 40), 40), hold)
    answer = found(values)
    assert (answer.family, answer.curve.tick) == ("cosine", hold)
    assert answer.parameters["T_max"] == pytest.approx(40 * hold, rel=0.02)


def test_levels_behind_a_warm_up_per_epoch_count_in_steps() -> None:
    """Five epochs of 20 steps to warm up, as long as an epoch each; drops at two later epochs."""
    epochs = np.array([0.02, 0.04, 0.06, 0.08, *[0.1] * 26, *[0.01] * 10, *[0.001] * 10])
    answer = found(np.repeat(epochs, 20))
    assert answer.families == ("multistep", "plateau")
    assert answer.parameters["milestones"] == [600, 800]
    assert answer.parameters["warmup_steps"] == pytest.approx(100, rel=0.05)


def test_the_last_row_of_a_warm_up_may_be_next_to_its_summit() -> None:
    """detectron2's rows: the warm-up ends with step 1000, of which step 999 tells."""
    steps = np.arange(19, 4000, 20)
    answer = found(1e-5 * np.minimum(1, 0.001 + 0.999 * steps / 1000) * 0.1 ** np.maximum(steps // 1000 - 1, 0), steps)
    assert answer.families == ("step", "multistep", "plateau")
    assert answer.parameters["step_size"] == 1000
    assert answer.parameters["warmup_steps"] == pytest.approx(1000, rel=0.05)


def test_what_the_data_cannot_tell_is_a_set() -> None:
    """One drop can be StepLR, MultiStepLR or ReduceLROnPlateau."""
    answer = found(curve(lambda o: lr_scheduler.MultiStepLR(o, [250], 0.1)))
    assert set(answer.families) == {"multistep", "step", "plateau"}
    assert answer.reason is not None


@pytest.mark.parametrize("logged", [np.float64, np.float32, lambda values: np.round(values, 6)])
def test_a_floor_that_the_log_cannot_tell_from_nothing_is_0(logged: Callable[[np.ndarray], np.ndarray]) -> None:
    """And not what fitting leaves of it, 2.4e-18 or -1.5e-10."""
    values = logged(curve(lambda o: lr_scheduler.CosineAnnealingLR(o, 300))[:300])
    assert found(values).parameters["eta_min"] == 0.0


def test_a_hand_written_curve_is_unknown() -> None:
    """lrlint refuses to guess, and says how far off the closest schedule is."""
    steps = np.arange(400)
    answer = found(0.1 * (1.2 + np.sin(steps / 30) * np.cos(steps / 11)))
    assert answer.families == ("unknown",)
    assert answer.reason is not None
    assert "misses the curve by" in answer.reason


def test_no_finite_value_is_no_curve() -> None:
    """An LR that is NaN throughout has no schedule."""
    assert identify(np.arange(3), np.full(3, math.nan)) is None


@pytest.mark.parametrize("values", [[0.1], [0.1, 0.2], [0.1, 0.05, 0.2], [0.0, 0.0, 0.0, 0.0]])
def test_very_short_curves_are_answered(values: list[float]) -> None:
    """One row, two rows, an LR of zero: an answer, and no error."""
    assert found(np.array(values)).families
