"""The schedules of the bench's runs, each made to fit a run of `n` scheduler steps."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import torch
from torch.optim import lr_scheduler as schedulers

MakeSchedule = Callable[[torch.optim.Optimizer], Any]


def warmup(length: int, total: int, decay: Callable[[float], float]) -> MakeSchedule:
    """A LambdaLR: linear warm-up over `length` steps, then `decay` of the progress to `total`."""

    def factor(t: int) -> float:
        return (t + 1) / length if t < length else decay(min(1.0, (t - length) / max(1, total - length)))

    return lambda optimizer: schedulers.LambdaLR(optimizer, factor)


def half_cosine(t: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * t))


def fitting_schedule(rng: random.Random, name: str, n: int, lr: float) -> MakeSchedule:
    """A schedule of that name with random arguments that fit a run of `n` steps."""
    start, decades = max(3, int(n * rng.choice([0.02, 0.05, 0.1]))), rng.uniform(0.5, 2)
    thirds, factor, floor = rng.choice([3, 4]), rng.choice([0.1, 0.3, 0.5]), rng.choice([0.0, 0.01])
    end, power = rng.choice([0.0, 0.1]), rng.choice([0.9, 2.0])
    cycles, halves = rng.choice([3, 4, 5]), rng.choice([6, 8])
    schedules: dict[str, MakeSchedule] = {
        "constant": lambda o: schedulers.ConstantLR(o, 1.0),
        "step": lambda o: schedulers.StepLR(o, max(2, n // thirds), factor),
        "multistep": lambda o: schedulers.MultiStepLR(o, [int(n * 0.5), int(n * 0.75)], 0.1),
        "exponential": lambda o: schedulers.ExponentialLR(o, 10 ** (-decades / n)),
        "linear": lambda o: schedulers.LinearLR(o, 1.0, end, n),
        "polynomial": lambda o: schedulers.PolynomialLR(o, n, power),
        "cosine": lambda o: schedulers.CosineAnnealingLR(o, n, floor * lr),
        "cosine_restarts": lambda o: schedulers.CosineAnnealingWarmRestarts(o, n // cycles),
        "growing_restarts": lambda o: schedulers.CosineAnnealingWarmRestarts(o, n // 7, 2),
        "cyclic": lambda o: schedulers.CyclicLR(o, lr / 10, lr, n // halves, cycle_momentum=False),
        "one_cycle": lambda o: schedulers.OneCycleLR(o, lr, total_steps=n + 1, cycle_momentum=False),
        "warmup_cosine": warmup(start, n, half_cosine),
        "warmup_linear": warmup(start, n, lambda t: 1 - t),
        "warmup_constant": warmup(start, n, lambda t: 1.0),
        "warmup_stable_decay": warmup(start, n, lambda t: min(1.0, (1 - t) / 0.2)),
        "inverse_sqrt": lambda o: schedulers.LambdaLR(o, lambda t: min((t + 1) / start, math.sqrt(start / (t + 1)))),
        "hand_written": lambda o: schedulers.LambdaLR(o, lambda t: (0.6 + 0.4 * math.cos(9 * t / n)) * 0.2 ** (t / n)),
    }
    return schedules[name]
