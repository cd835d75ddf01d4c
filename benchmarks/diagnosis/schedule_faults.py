"""Faults of the schedule, one function each. Their harm stands in the LR itself."""

from __future__ import annotations

import random

from torch.optim import lr_scheduler as schedulers

from benchmarks.diagnosis.plans import fitting_schedule
from benchmarks.diagnosis.recipe import Recipe


def lr_constant(run: Recipe) -> None:
    """A schedule is configured and never made."""
    run.hyperparameters = {"lr_scheduler_type": run.rng.choice(["cosine", "linear", "OneCycleLR"]), "seed": 1}
    run.train(run.updates)
    run.fault("RUN201")


def finished_early(run: Recipe) -> None:
    """A schedule planned for a part of the run."""
    part = run.rng.choice([0.28, 0.4, 0.6, 0.65, 0.7])
    kind, total = run.rng.choice(["warmup_cosine", "warmup_linear", "polynomial"]), round(run.ticks * part)
    run.use(fitting_schedule(run.rng, kind, total, run.session.lr))
    run.train(run.updates)
    run.fault("RUN202", "RUN206", at=total * run.session.tick)


def restart(run: Recipe) -> None:
    """The schedule is built anew in mid-run, with or without a new process."""
    at = run.moment(0.25, 0.75)
    kind = run.rng.choice(["cosine", "linear", "multistep", "warmup_cosine", "exponential", "one_cycle"])
    at = max(at, -(-int(0.55 * run.updates) // run.session.tick) * run.session.tick) if kind == "multistep" else at
    make = fitting_schedule(random.Random(3), kind, run.ticks, run.session.lr)
    run.use(make)
    run.train(at)
    if run.rng.random() < 0.5:
        run.recorder.resume(3600.0)
    if run.planted:
        run.restart_schedule(make)
    run.train(run.updates - at)
    run.fault("RUN203", at=at)


def moves_the_lr(run: Recipe, twin: Recipe) -> bool:
    """Over a tenth of the run the LR is off from the twin's by a quarter of its peak."""
    one, other = run.recorder.values("lr"), twin.recorder.values("lr")
    off = [abs(a - b) > 0.25 * max(other) for a, b in zip(one, other, strict=False)]
    return sum(off) >= 0.1 * len(off)


def climbs_back(run: Recipe) -> None:
    """A cosine past its T_max."""
    total = round(run.ticks * run.rng.uniform(0.4, 0.8))
    run.use(lambda o: schedulers.CosineAnnealingLR(o, total))
    run.train(run.updates)
    run.fault("RUN204", at=total * run.session.tick)


def unfinished(run: Recipe) -> None:
    """A OneCycleLR planned for a longer run."""
    total = int(run.ticks * run.rng.choice([1.5, 2.0, 5.0, 20.0, 100.0]))
    run.use(lambda o: schedulers.OneCycleLR(o, run.session.lr, total_steps=total, cycle_momentum=False))
    run.train(run.updates)
    run.fault("RUN205")


def stepped_often(run: Recipe) -> None:
    """A schedule planned for a whole part of the run, as under gradient accumulation."""
    factor = run.rng.choice([2, 3, 4, 8] if run.ticks >= 200 else [2, 3, 4])
    kind, total = run.rng.choice(["linear", "warmup_linear", "warmup_cosine"]), run.ticks // factor
    run.use(fitting_schedule(run.rng, kind, total, run.session.lr))
    run.train(run.updates)
    run.fault("RUN206", "RUN202", at=total * run.session.tick)


def tail_wasted(run: Recipe) -> None:
    """A gamma meant for fewer steps."""
    decades = run.rng.uniform(8, 20)
    run.use(lambda o: schedulers.ExponentialLR(o, 10 ** (-decades / run.ticks)))
    run.train(run.updates)
    run.fault("RUN207")


def range_test(run: Recipe) -> None:
    """An LR range test: no fault, but a run to be recognised as what it is."""
    low, high = 1e-6, run.session.lr * 1000
    run.session.multiply_lr(low / run.session.lr)
    run.session.tick = 1
    run.recorder.every, run.recorder.unit = 1, 1
    ratio = (high / low) ** (1 / run.updates)
    run.use(lambda o: schedulers.LambdaLR(o, lambda t: ratio**t))
    run.train(run.updates)
    run.fault("RUN501")


def diverges(run: Recipe) -> bool:
    """The test has to end where the loss is at least twice its lowest."""
    losses = run.recorder.values()
    return not losses[-1] < 2 * min(losses)
