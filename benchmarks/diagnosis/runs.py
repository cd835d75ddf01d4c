"""Labelled runs: real training under every schedule, healthy or with one planted fault.

    python benchmarks/diagnosis/runs.py OUT [--half tuning|reporting] [--task digits] [--count N]

Writes `OUT/<name>/` with a TensorBoard or CSV log for each run, and `OUT/labels.jsonl`: the name, the task, the
schedule, and for a faulty run the codes that name its fault, its step and the tolerance in steps. Seeds of the two
halves are disjoint; the task `diabetes` is held out: nothing was tuned on it.
"""

from __future__ import annotations

import argparse
import copy
import csv
import itertools
import json
import math
import random
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch.optim import lr_scheduler as schedulers
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams
from training import TASKS, Session

FIRST_SEED = {"tuning": 0, "reporting": 2_000_000}
START = 1_700_000_000.0
SECONDS_PER_STEP = 0.05

MakeSchedule = Callable[[torch.optim.Optimizer], Any]
Row = dict[str, float]


@dataclass
class Label:
    """What a run is: `codes` are the analyzers that name its fault, empty for a healthy run."""

    name: str
    task: str
    schedule: str
    fault: str | None = None
    codes: tuple[str, ...] = ()
    step: int | None = None
    tolerance: int | None = None


@dataclass
class Recorder:
    """Rows as a training loop logs them; a new part begins where a process was restarted."""

    every: int
    rows: list[tuple[int, int, float, Row]] = field(default_factory=list)
    part: int = 0
    pause: float = 0.0

    def add(self, step: int, **values: float) -> None:
        self.rows.append((self.part, step, START + self.pause + step * SECONDS_PER_STEP, values))

    def resume(self, seconds: float) -> None:
        """The process ended and another one goes on."""
        self.part += 1
        self.pause += seconds


def warmup(length: int, total: int, decay: Callable[[float], float]) -> MakeSchedule:
    """A LambdaLR: linear warm-up over `length` updates, then `decay` of the progress to `total`."""

    def factor(t: int) -> float:
        return (t + 1) / length if t < length else decay(min(1.0, (t - length) / max(1, total - length)))

    return lambda optimizer: schedulers.LambdaLR(optimizer, factor)


def half_cosine(t: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * t))


def healthy_schedule(rng: random.Random, name: str, n: int, lr: float) -> MakeSchedule:
    """A schedule of that name which fits a run of `n` updates."""
    start, decades = max(3, int(n * rng.choice([0.02, 0.05, 0.1]))), rng.uniform(0.5, 2)
    thirds, factor, floor = rng.choice([3, 4]), rng.choice([0.1, 0.3, 0.5]), rng.choice([0.0, 0.01])
    end, power, cycles, halves = (
        rng.choice([0.0, 0.1]),
        rng.choice([0.9, 2.0]),
        rng.choice([3, 4, 5]),
        rng.choice([6, 8]),
    )
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


HEALTHY = (
    "constant",
    "step",
    "multistep",
    "exponential",
    "linear",
    "polynomial",
    "cosine",
    "cosine_restarts",
    "growing_restarts",
    "cyclic",
    "one_cycle",
    "warmup_cosine",
    "warmup_linear",
    "warmup_constant",
    "warmup_stable_decay",
    "inverse_sqrt",
    "hand_written",
    "resumed",
    "plateau",
)


@dataclass
class Recipe:
    """A run about to be trained."""

    rng: random.Random
    session: Session
    updates: int
    epoch: int
    recorder: Recorder
    label: Label
    hyperparameters: dict[str, str | float] = field(default_factory=dict)

    def train(self, updates: int) -> None:
        """Train so many updates, logging every nth row and the validation loss once per epoch."""
        for step, loss, lr, norm in self.session.train(updates):
            if step % self.recorder.every == 0:
                self.recorder.add(step, **{"train/loss": loss, "lr": lr, "grad_norm": norm})
            if (step + 1) % self.epoch == 0:
                self.recorder.add(step, **{"val/loss": self.session.validate()})

    def use(self, make: MakeSchedule) -> None:
        self.session.scheduler = make(self.session.optimizer)

    def restart_schedule(self, make: MakeSchedule) -> None:
        """Build the schedule anew, as a resume without its state does."""
        for group in self.session.optimizer.param_groups:
            group["lr"] = self.session.lr
            group.pop("initial_lr", None)
        self.use(make)

    def losses(self, name: str = "train/loss", first: int = 0, last: int = 10**9) -> list[float]:
        """The logged values of a series between two steps."""
        return [row[name] for _, step, _, row in self.recorder.rows if name in row and first <= step <= last]

    def fault(self, codes: tuple[str, ...], step: int | None, tolerance: float = 0.05) -> None:
        self.label.codes, self.label.step = codes, step
        self.label.tolerance = None if step is None else max(20, int(tolerance * self.updates))


def _mean(values: list[float]) -> float:
    return sum(values) / max(1, len(values))


def nan(run: Recipe) -> None:
    at = int(run.updates * run.rng.uniform(0.1, 0.9))

    def poison(session: Session) -> None:
        if session.step == at:
            next(session.model.parameters()).data.view(-1)[0] = math.nan

    run.session.tamper = poison
    run.use(healthy_schedule(run.rng, run.rng.choice(["cosine", "constant", "step"]), run.updates, run.session.lr))
    run.train(run.updates)
    run.fault(("RUN101",), at)


def diverging(run: Recipe) -> bool:
    """The sign of the loss is wrong from some step on."""
    at = int(run.updates * run.rng.uniform(0.3, 0.8))
    run.session.scale = lambda step: -1.0 if step >= at else 1.0
    run.use(healthy_schedule(run.rng, run.rng.choice(["constant", "step", "one_cycle"]), run.updates, run.session.lr))
    run.train(run.updates)
    run.fault(("RUN102", "RUN101"), at, 0.25)
    return _mean(run.losses(first=run.updates - 20)) > 2 * _mean(run.losses(last=40))


def lr_too_high(run: Recipe) -> bool:
    """An LR far beyond stability from the first step on."""
    factor = run.rng.uniform(60, 200)
    for group in run.session.optimizer.param_groups:
        group["lr"] *= factor
    run.session.lr *= factor
    run.use(healthy_schedule(run.rng, run.rng.choice(["constant", "cosine"]), run.updates, run.session.lr))
    run.train(run.updates)
    run.fault(("RUN101", "RUN102", "RUN301", "RUN303", "RUN104"), None)
    return not max(run.losses()) < 2 * run.losses()[0]


def spike(run: Recipe) -> bool:
    at = int(run.updates * run.rng.uniform(0.35, 0.9))
    size = run.rng.uniform(0.6, 10.0)

    def kick(session: Session) -> None:
        if session.step == at:
            with torch.no_grad():
                for parameter in session.model.parameters():
                    parameter.add_(torch.randn_like(parameter) * size * parameter.abs().mean())

    run.session.tamper = kick
    run.use(
        healthy_schedule(run.rng, run.rng.choice(["constant", "cosine", "warmup_linear"]), run.updates, run.session.lr)
    )
    run.recorder.every = 1
    run.train(run.updates)
    run.fault(("RUN103",), at)
    before, height = max(run.losses(first=at - 60, last=at - 1)), max(run.losses(first=at, last=at + 20))
    return height > 2 * before and height - before > 0.4 * run.losses()[0]


def lr_constant(run: Recipe) -> None:
    run.hyperparameters = {"lr_scheduler_type": run.rng.choice(["cosine", "linear", "OneCycleLR"]), "seed": 1}
    run.train(run.updates)
    run.fault(("RUN201",), None)


def finished_early(run: Recipe) -> None:
    part = run.rng.choice([0.4, 0.6, 0.65, 0.7, 0.28])
    kind, total = run.rng.choice(["warmup_cosine", "warmup_linear", "polynomial"]), int(run.updates * part)
    run.use(healthy_schedule(run.rng, kind, total, run.session.lr))
    run.train(run.updates)
    run.fault(("RUN202",), total)


def restart(run: Recipe) -> None:
    at = int(run.updates * run.rng.uniform(0.25, 0.75))
    kind = run.rng.choice(["cosine", "linear", "multistep", "warmup_cosine", "exponential", "one_cycle"])
    at = max(at, int(0.55 * run.updates)) if kind == "multistep" else at
    make = healthy_schedule(random.Random(3), kind, run.updates, run.session.lr)
    run.use(make)
    run.train(at)
    if run.rng.random() < 0.5:
        run.recorder.resume(3600.0)
    run.restart_schedule(make)
    run.train(run.updates - at)
    run.fault(("RUN203",), at)


def climbs_back(run: Recipe) -> None:
    total = int(run.updates * run.rng.uniform(0.4, 0.8))
    run.use(lambda o: schedulers.CosineAnnealingLR(o, total))
    run.train(run.updates)
    run.fault(("RUN204",), total)


def unfinished(run: Recipe) -> None:
    total = int(run.updates * run.rng.choice([1.5, 2.0, 5.0, 20.0, 100.0]))
    run.use(lambda o: schedulers.OneCycleLR(o, run.session.lr, total_steps=total, cycle_momentum=False))
    run.train(run.updates)
    run.fault(("RUN205",), None)


def stepped_often(run: Recipe) -> None:
    factor = run.rng.choice([2, 3, 4, 8])
    kind = run.rng.choice(["linear", "warmup_linear", "warmup_cosine"])
    run.use(healthy_schedule(run.rng, kind, run.updates // factor, run.session.lr))
    run.train(run.updates)
    run.fault(("RUN206", "RUN202"), run.updates // factor)


def tail_wasted(run: Recipe) -> None:
    decades = run.rng.uniform(8, 20)
    run.use(lambda o: schedulers.ExponentialLR(o, 10 ** (-decades / run.updates)))
    run.train(run.updates)
    run.fault(("RUN207",), None)


def not_learning(run: Recipe) -> None:
    """The gradients do not reach the weights."""
    run.session.scale = lambda step: 0.0
    for group in run.session.optimizer.param_groups:
        group["weight_decay"] = 0.0
    run.use(
        healthy_schedule(run.rng, run.rng.choice(["constant", "cosine", "warmup_linear"]), run.updates, run.session.lr)
    )
    run.train(run.updates)
    run.fault(("RUN301",), None)


def overfitting(run: Recipe) -> bool:
    run.session.rows = 40
    run.updates = 1500
    run.use(healthy_schedule(run.rng, "constant", run.updates, run.session.lr))
    run.train(run.updates)
    run.fault(("RUN302",), None)
    return _mean(run.losses("val/loss")[-3:]) > 1.25 * min(run.losses("val/loss"))


def early_kick(run: Recipe) -> bool:
    """The weights are thrown about while the LR still rises."""
    length = int(0.2 * run.updates)
    at, size = int(run.rng.uniform(0.4, 0.9) * length), run.rng.uniform(3, 15)

    def kick(session: Session) -> None:
        if session.step == at:
            with torch.no_grad():
                for parameter in session.model.parameters():
                    parameter.add_(torch.randn_like(parameter) * size * parameter.abs().mean())

    run.session.tamper = kick
    run.use(warmup(length, run.updates, half_cosine))
    run.recorder.every = 1
    run.train(run.updates)
    run.fault(("RUN303",), at)
    return max(run.losses(first=at, last=at + 20)) > 1.5 * max(run.losses(last=at - 1))


def resume_gap(run: Recipe) -> None:
    """Steps are skipped by the resumed process, or its model starts anew."""
    at = int(run.updates * run.rng.uniform(0.3, 0.7))
    run.use(healthy_schedule(run.rng, "constant", run.updates, run.session.lr))
    run.train(at)
    run.recorder.resume(1800.0)
    if run.rng.random() < 0.5:
        run.session.step += run.updates // 4
    else:
        torch.manual_seed(run.session.seed + 1)
        run.session.model.load_state_dict(run.session.task.model().state_dict())
    run.train(run.updates - at)
    run.fault(("RUN401",), at)


def range_test(run: Recipe) -> bool:
    low, high = 1e-6, run.session.lr * 1000
    for group in run.session.optimizer.param_groups:
        group["lr"] = low
    ratio = (high / low) ** (1 / run.updates)
    run.use(lambda o: schedulers.LambdaLR(o, lambda t: ratio**t))
    run.recorder.every = 1
    run.train(run.updates)
    run.fault(("RUN501",), None)
    return not run.losses()[-1] < 2 * min(run.losses())


FAULTS: tuple[Callable[[Recipe], bool | None], ...] = (
    nan,
    diverging,
    lr_too_high,
    spike,
    lr_constant,
    finished_early,
    restart,
    climbs_back,
    unfinished,
    stepped_often,
    tail_wasted,
    not_learning,
    overfitting,
    early_kick,
    resume_gap,
    range_test,
)


def healthy(run: Recipe, name: str) -> None:
    """A run with nothing wrong: `resumed` repeats the steps since its checkpoint, `plateau` waits for its metric."""
    if name == "resumed":
        return resumed(run)
    if name == "plateau":
        return plateau(run)
    run.use(healthy_schedule(run.rng, name, run.updates, run.session.lr))
    run.train(run.updates)


def resumed(run: Recipe) -> None:
    """Resumed from a checkpoint with everything restored; the steps after the checkpoint are logged twice."""
    run.use(healthy_schedule(run.rng, run.rng.choice(["cosine", "warmup_cosine", "step"]), run.updates, run.session.lr))
    checkpoint = int(run.updates * run.rng.uniform(0.3, 0.6))
    run.train(checkpoint)
    parts = (run.session.model, run.session.optimizer, run.session.scheduler)
    saved = [copy.deepcopy(part.state_dict()) for part in parts]
    run.train(run.updates // 20)
    for part, state in zip(parts, saved, strict=True):
        part.load_state_dict(state)
    run.session.step = checkpoint
    run.recorder.resume(600.0)
    run.train(run.updates - checkpoint)


def plateau(run: Recipe) -> None:
    """ReduceLROnPlateau, stepped with the validation loss once per epoch."""
    scheduler = schedulers.ReduceLROnPlateau(run.session.optimizer, factor=0.5, patience=3)
    for _ in range(run.updates // run.epoch):
        run.train(run.epoch)
        scheduler.step(run.session.validate())


def make_run(out: Path, seed: int, task: str) -> Label:
    """Train and log the run of one seed: even seeds are healthy, odd ones have a fault.

    A plant that did no harm (judged by the true losses, not by any analyzer) is drawn again.
    """
    draws = (trained(seed, task, attempt) for attempt in itertools.count())
    run = next(run for run, harmful in draws if harmful is not False)
    needs_events = run.recorder.part > 0 or bool(run.hyperparameters)
    write = write_events if needs_events or run.rng.random() < 0.6 else write_csv
    write(out / run.label.name, run)
    return run.label


def trained(seed: int, task: str, attempt: int) -> tuple[Recipe, bool | None]:
    """The run of one seed, and whether its fault did harm (None where that needs no check)."""
    rng = random.Random(f"{seed} {attempt}")
    optimizer = rng.choice(["sgd", "adamw"])
    low, high = TASKS[task].lrs[optimizer]
    lr = math.exp(rng.uniform(math.log(low), math.log(high)))
    updates, plant = rng.choice([400, 600, 1000]), FAULTS[seed // 2 % len(FAULTS)]
    name = plant.__name__ if seed % 2 else HEALTHY[seed // 2 % len(HEALTHY)]
    label = Label(f"{seed}_{name}", task, name, name if seed % 2 else None)
    session = Session(TASKS[task], optimizer, lr, 64, seed + 31 * attempt)
    run = Recipe(rng, session, updates, updates // 20, Recorder(rng.choice([1, 1, 2, 5])), label)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run, plant(run) if seed % 2 else healthy(run, name)


def write_events(folder: Path, run: Recipe) -> None:
    """One TensorBoard event file per process."""
    for part in range(run.recorder.part + 1):
        with SummaryWriter(str(folder), filename_suffix=f".{part}") as writer:
            if run.hyperparameters:
                for summary in hparams(run.hyperparameters, {}):
                    writer.file_writer.add_summary(summary)
            for where, step, wall, values in run.recorder.rows:
                for name, value in values.items() if where == part else ():
                    writer.add_scalar(name, value, step, walltime=wall)
    for number, file in enumerate(sorted(folder.iterdir(), key=lambda path: path.suffix)):
        file.rename(folder / f"events.out.tfevents.{1_700_000_000 + number * 3600}.bench.{number}")


def write_csv(folder: Path, run: Recipe) -> None:
    """A CSV with one row per logged step; four significant digits for the LR in half of the runs."""
    folder.mkdir(parents=True)
    digits = run.rng.choice([4, 9])
    with (folder / "metrics.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ["step", "train/loss", "lr", "grad_norm", "val/loss"])
        table.writeheader()
        for _, step, _, values in run.recorder.rows:
            printed = {k: f"{v:.{digits}g}" if k == "lr" else f"{v:.6g}" for k, v in values.items()}
            table.writerow({"step": step, **printed})


def main() -> None:
    """Write the runs and their labels."""
    options = argparse.ArgumentParser()
    options.add_argument("out", type=Path)
    options.add_argument("--half", choices=FIRST_SEED, default="tuning")
    options.add_argument("--task", choices=TASKS, default="digits")
    options.add_argument("--count", type=int, default=200)
    asked = options.parse_args()
    torch.set_num_threads(1)
    asked.out.mkdir(parents=True)
    offset = FIRST_SEED[asked.half] + 100_000 * list(TASKS).index(asked.task)
    with (asked.out / "labels.jsonl").open("w") as labels:
        for seed in range(offset, offset + asked.count):
            labels.write(json.dumps(vars(make_run(asked.out, seed, asked.task))) + "\n")
            labels.flush()


if __name__ == "__main__":
    main()
