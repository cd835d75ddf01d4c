"""Random LR curves of real schedulers (torch and transformers), logged the imperfect way that logs are.

`curve(seed)` draws a scheduler with random arguments, steps it, and keeps rows as a logger would: every nth step or
once per epoch, rows missing, rounded, logged before or after `scheduler.step()`, counted from 0, 1 or 100.
"""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch.optim import lr_scheduler as schedulers

Arguments = dict[str, float]


@dataclass
class Planned:
    """A scheduler with the family and the parameters that identification should find, counted in ticks."""

    scheduler: Any
    family: str
    parameters: Arguments = field(default_factory=dict)
    also: tuple[str, ...] = ()
    metric: np.ndarray | None = None


@dataclass
class LoggedCurve:
    """A corrupted curve and the truth about it. `also` are families that the data cannot tell from `family`."""

    steps: np.ndarray
    values: np.ndarray
    family: str
    parameters: Arguments
    also: tuple[str, ...]
    metric: np.ndarray | None
    hold: int
    how: str


def optimizer(lr: float) -> torch.optim.Optimizer:
    """An optimizer on one parameter."""
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)


def constant(rng: random.Random, lr: float, n: int) -> Planned:
    return Planned(schedulers.ConstantLR(optimizer(lr), 1.0, 1), "constant", {"base_lr": lr})


def step(rng: random.Random, lr: float, n: int) -> Planned:
    size, gamma = rng.randint(max(2, n // 9), n // 2), rng.choice([0.1, 0.2, 0.3, 0.5, 0.7, 0.9])
    also = ("multistep", "plateau", "exponential")
    return Planned(schedulers.StepLR(optimizer(lr), size, gamma), "step", {"gamma": gamma, "step_size": size}, also)


def multistep(rng: random.Random, lr: float, n: int) -> Planned:
    drops = sorted(rng.sample(range(max(2, n // 10), n - max(1, n // 20)), rng.randint(1, 4)))
    gamma = rng.choice([0.1, 0.2, 0.3, 0.5])
    also = ("plateau", "step") if len(drops) <= 2 else ("plateau",)
    return Planned(schedulers.MultiStepLR(optimizer(lr), drops, gamma), "multistep", {"gamma": gamma}, also)


def exponential(rng: random.Random, lr: float, n: int) -> Planned:
    gamma = 10 ** (rng.uniform(-4, -0.3) / n)
    return Planned(
        schedulers.ExponentialLR(optimizer(lr), gamma), "exponential", {"gamma": gamma, "base_lr": lr}, ("step",)
    )


def linear(rng: random.Random, lr: float, n: int) -> Planned:
    total = rng.choice([n, max(4, int(n * rng.uniform(0.1, 0.95)))])
    if rng.random() < 0.4:
        schedule = schedulers.LinearLR(optimizer(lr), rng.choice([1 / 3, 0.1, 0.01, 0.001]), 1.0, total)
        return Planned(schedule, "linear", {"total_iters": total}, ("warmup_constant", "warmup_linear"))
    schedule = schedulers.LinearLR(optimizer(lr), 1.0, rng.choice([0.0, 0.1, 0.01, 0.5]), total)
    return Planned(schedule, "linear", {"total_iters": total}, ("polynomial", "warmup_linear"))


def held_first(rng: random.Random, lr: float, n: int) -> Planned:
    total = rng.randint(max(2, n // 20), n // 2)
    factor = rng.choice([1 / 3, 0.1, 0.5, 0.01])
    return Planned(
        schedulers.ConstantLR(optimizer(lr), factor, total), "constant", {"factor": factor, "total_iters": total}
    )


def polynomial(rng: random.Random, lr: float, n: int) -> Planned:
    power = rng.choice([0.5, 0.9, 1.0, 2.0, 3.0, 4.0])
    total = rng.choice([n, n, max(4, int(n * rng.uniform(0.5, 0.95)))])
    also = ("linear", "warmup_linear") if power == 1 else ()
    schedule = schedulers.PolynomialLR(optimizer(lr), total, power)
    return Planned(schedule, "polynomial", {"power": power, "total_iters": total, "base_lr": lr}, also)


def cosine(rng: random.Random, lr: float, n: int) -> Planned:
    total = rng.choice([n, n, n, int(n / rng.uniform(0.3, 0.95)), max(4, int(n * rng.uniform(0.2, 0.9)))])
    floor = rng.choice([0.0, 0.0, 0.01, 0.1]) * lr
    parameters = {"base_lr": lr, "T_max": total} if total < 2 * n else {"base_lr": lr}
    return Planned(schedulers.CosineAnnealingLR(optimizer(lr), total, floor), "cosine", parameters)


def cosine_restarts(rng: random.Random, lr: float, n: int) -> Planned:
    first, growth = rng.randint(max(3, n // 10), int(n * 0.45)), rng.choice([1, 1, 2])
    schedule = schedulers.CosineAnnealingWarmRestarts(optimizer(lr), first, growth, rng.choice([0.0, 0.01, 0.1]) * lr)
    return Planned(schedule, "cosine_restarts", {"T_0": first, "T_mult": growth, "base_lr": lr})


def cyclic(rng: random.Random, lr: float, n: int) -> Planned:
    up = rng.randint(max(3, n // 14), n // 4)
    down = rng.choice([up, up, max(3, int(up * rng.uniform(0.5, 1.8)))])
    mode = rng.choice(["triangular", "triangular2", "exp_range"])
    gamma = rng.uniform(0.05, 0.6) ** (1 / n) if mode == "exp_range" else 1.0
    schedule = schedulers.CyclicLR(optimizer(lr), lr / rng.choice([3, 4, 10, 100]), lr, up, down, mode, gamma)
    return Planned(schedule, "cyclic", {"step_size_up": up, "step_size_down": down})


def one_cycle(rng: random.Random, lr: float, n: int) -> Planned:
    shape, rise = rng.choice(["cos", "cos", "linear"]), rng.choice([0.1, 0.2, 0.25, 0.3, 0.4, 0.5])
    divisors = {"div_factor": rng.choice([10, 25, 100]), "final_div_factor": rng.choice([1e2, 1e3, 1e4])}
    schedule = schedulers.OneCycleLR(
        optimizer(lr), lr, total_steps=n + 1, pct_start=rise, anneal_strategy=shape, **divisors
    )
    also = ("warmup_linear", "cyclic") if shape == "linear" else ()
    return Planned(schedule, "one_cycle", {"max_lr": lr, "warmup_steps": rise * (n + 1) - 1}, also)


def warmup_then(family: str, decay: Callable[..., Callable[[float], float]]) -> Callable[..., Planned]:
    """A hand-written LambdaLR: linear warm-up, then `decay` of the progress."""

    def planned(rng: random.Random, lr: float, n: int) -> Planned:
        warmup = max(3, int(n * rng.choice([0.02, 0.03, 0.05, 0.1, 0.2])))
        total = rng.choice([n, n, n, int(n / rng.uniform(0.6, 0.95))])
        first, left = rng.choice([0, 1]), decay(rng)

        def factor(t: int) -> float:
            return (t + first) / warmup if t < warmup else left(min(1.0, (t - warmup) / max(1, total - warmup)))

        also = (
            ("warmup_constant", "linear", "constant")
            if family == "warmup_stable_decay" and left(n / total) == 1
            else ()
        )
        return Planned(schedulers.LambdaLR(optimizer(lr), factor), family, {"max_lr": lr, "warmup_steps": warmup}, also)

    return planned


def _floored_cosine(rng: random.Random) -> Callable[[float], float]:
    floor = rng.choice([0.0, 0.0, 0.01, 0.1])
    return lambda t: floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * t))


def _stable_decay(rng: random.Random) -> Callable[[float], float]:
    begin, floor = 1 - rng.choice([0.1, 0.2, 0.3]), rng.choice([0.0, 0.0, 0.1])
    shape = rng.choice([lambda p: 1 - p, lambda p: 0.5 * (1 + math.cos(math.pi * p)), lambda p: 1 - math.sqrt(p)])
    return lambda t: floor + (1 - floor) * (1.0 if t < begin else shape((t - begin) / (1 - begin)))


def sequential_cosine(rng: random.Random, lr: float, n: int) -> Planned:
    """torch's own recipe: SequentialLR of LinearLR and CosineAnnealingLR."""
    warmup, made = max(3, int(n * rng.choice([0.02, 0.05, 0.1, 0.2]))), optimizer(lr)
    rise = schedulers.LinearLR(made, rng.choice([1e-8, 1e-3, 0.01, 0.1]), 1.0, warmup)
    fall = schedulers.CosineAnnealingLR(made, n - warmup, rng.choice([0.0, 0.01, 0.1]) * lr)
    schedule = schedulers.SequentialLR(made, [rise, fall], [warmup])
    return Planned(schedule, "warmup_cosine", {"max_lr": lr, "warmup_steps": warmup})


def noam(rng: random.Random, lr: float, n: int) -> Planned:
    warmup = max(3, int(n * rng.choice([0.02, 0.05, 0.1, 0.2])))
    schedule = schedulers.LambdaLR(optimizer(lr), lambda t: min((t + 1) / warmup, math.sqrt(warmup / (t + 1))))
    return Planned(schedule, "inverse_sqrt", {"max_lr": lr, "warmup_steps": warmup})


def range_test(rng: random.Random, lr: float, n: int) -> Planned:
    low, high = 10 ** rng.uniform(-8, -5), 10 ** rng.uniform(-1, 1)
    ratio = (high / low) ** (1 / max(1, n - 1))
    return Planned(schedulers.LambdaLR(optimizer(low), lambda t: ratio**t), "range_test", {"gamma": ratio})


def plateau(rng: random.Random, lr: float, n: int) -> Planned:
    factor = rng.choice([0.1, 0.2, 0.5])
    schedule = schedulers.ReduceLROnPlateau(optimizer(lr), factor=factor, patience=rng.choice([2, 3, 5, 10]))
    noise = np.random.default_rng(rng.randrange(1 << 30)).normal(0, rng.uniform(0.005, 0.03), n)
    metric = 0.4 + 2 * np.exp(-np.arange(n) / (n * rng.uniform(0.05, 0.2))) + noise
    return Planned(schedule, "plateau", {"gamma": factor}, ("multistep", "step", "constant", "exponential"), metric)


def transformers_schedule(rng: random.Random, lr: float, n: int) -> Planned:
    """One of the `get_*_schedule` functions of Hugging Face's transformers."""
    from transformers import optimization as hf

    made, warmup = optimizer(lr), max(3, int(n * rng.choice([0.02, 0.05, 0.1, 0.2])))
    found: Arguments = {"max_lr": lr, "warmup_steps": warmup}
    kind = rng.choice(["linear", "cosine", "restarts", "polynomial", "constant", "inverse_sqrt", "min_lr", "wsd"])
    if kind == "linear":
        return Planned(hf.get_linear_schedule_with_warmup(made, warmup, n), "warmup_linear", found)
    if kind == "cosine":
        return Planned(hf.get_cosine_schedule_with_warmup(made, warmup, n), "warmup_cosine", found)
    if kind == "restarts":
        cycles = rng.choice([2, 3, 4])
        schedule = hf.get_cosine_with_hard_restarts_schedule_with_warmup(made, warmup, n, cycles)
        return Planned(schedule, "cosine_restarts", {"T_0": (n - warmup) / cycles})
    if kind == "polynomial":
        power = rng.choice([0.5, 2.0, 3.0])
        schedule = hf.get_polynomial_decay_schedule_with_warmup(made, warmup, n, lr_end=lr * 1e-3, power=power)
        return Planned(schedule, "warmup_polynomial", {**found, "power": power})
    if kind == "constant":
        schedule = hf.get_constant_schedule_with_warmup(made, warmup)
        return Planned(schedule, "warmup_constant", {"base_lr": lr, "warmup_steps": warmup}, ("linear",))
    if kind == "inverse_sqrt":
        return Planned(hf.get_inverse_sqrt_schedule(made, warmup), "inverse_sqrt", found)
    if kind == "min_lr":
        schedule = hf.get_cosine_with_min_lr_schedule_with_warmup(made, warmup, n, min_lr=0.1 * lr)
        return Planned(schedule, "warmup_cosine", found)
    decay = max(4, int(n * rng.choice([0.1, 0.2, 0.3])))
    schedule = hf.get_wsd_schedule(made, warmup, decay, num_training_steps=n)
    return Planned(schedule, "warmup_stable_decay", found)


FAMILIES: tuple[Callable[[random.Random, float, int], Planned], ...] = (
    constant,
    step,
    multistep,
    exponential,
    linear,
    held_first,
    polynomial,
    cosine,
    cosine_restarts,
    cyclic,
    one_cycle,
    warmup_then("warmup_cosine", _floored_cosine),
    warmup_then("warmup_linear", lambda rng: lambda t: 1 - t),
    warmup_then("warmup_stable_decay", _stable_decay),
    sequential_cosine,
    noam,
    range_test,
    plateau,
    transformers_schedule,
    transformers_schedule,
)


def curve(seed: int) -> LoggedCurve:
    """The curve of one seed; seeds that differ by a multiple of len(FAMILIES) share the family."""
    rng = random.Random(seed)
    make = FAMILIES[seed % len(FAMILIES)]
    per_epoch = rng.random() < 0.3 or make is plateau
    ticks = rng.randint(30, 200) if per_epoch or rng.random() < 0.3 else rng.choice([300, 500, 1000, 2000, 5000])
    lr = rng.choice([0.1, 0.01, 1e-3, 3e-4, 5e-5, 2e-5, 0.05, 0.5, 1e-4, 10 ** rng.uniform(-5, -0.3)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        planned = make(rng, lr, ticks)
        values = _run(planned, ticks + 1)
    late = planned.metric is None and rng.random() < 0.25
    values = values[1:] if late else values[:-1]
    hold = rng.choice([1, 5, 8, 25]) if per_epoch else 1
    return _logged(rng, planned, np.repeat(values, hold), hold, "after step()" if late else "before step()")


def _run(planned: Planned, ticks: int) -> np.ndarray:
    values = []
    made = planned.scheduler.optimizer
    for tick in range(ticks):
        values.append(made.param_groups[0]["lr"])
        made.step()
        if tick < ticks - 1:
            planned.scheduler.step(*([] if planned.metric is None else [float(planned.metric[tick])]))
    return np.array(values)


COUNTED = ("step_size", "total_iters", "T_max", "T_0", "step_size_up", "step_size_down", "warmup_steps")


def _logged(rng: random.Random, planned: Planned, values: np.ndarray, hold: int, how: str) -> LoggedCurve:
    keep = np.ones(len(values), bool)
    if len(values) >= 300 and rng.random() < 0.5:
        every = rng.choice([n for n in (2, 5, 10) if n <= len(values) // 60 and (hold == 1 or n < hold)] or [1])
        keep = np.arange(len(values)) % every == rng.choice([0, every - 1])
    if rng.random() < 0.4:
        missing = np.random.default_rng(rng.randrange(1 << 30)).random(len(values)) < rng.choice([0.02, 0.1, 0.25])
        missing[:1] = False
        keep &= ~missing
    printed = rng.choice(["float32", "float32", "float64", "4 digits", "6 digits", "8 decimals", "6 decimals"])
    steps = np.flatnonzero(keep) + rng.choice([0, 0, 0, 0, 0, 1, 100])
    parameters = {name: value * hold if name in COUNTED else value for name, value in planned.parameters.items()}
    if how == "after step()" or not keep[0]:  # the first LR of the schedule is not in the log
        parameters = {name: value for name, value in parameters.items() if name not in ("base_lr", "max_lr")}
    metric = None if planned.metric is None else np.repeat(planned.metric, hold)[: len(keep)][keep]
    rounded = printed_as(values[keep], printed)
    told = f"{how}, {printed}, {hold} steps a tick, {keep.sum()} rows"
    return LoggedCurve(steps, rounded, planned.family, parameters, planned.also, metric, hold, told)


def printed_as(values: np.ndarray, printed: str) -> np.ndarray:
    """The values as a log of that precision holds them; decimals only where they leave at least 100 units."""
    if printed == "float32":
        return values.astype(np.float32).astype(float)
    if printed.endswith("digits"):
        return np.array([float(f"{value:.{int(printed[0]) - 1}e}") for value in values])
    if printed.endswith("decimals") and values.max() >= 100 * 10.0 ** -int(printed[0]):
        return np.round(values, int(printed[0]))
    return values
