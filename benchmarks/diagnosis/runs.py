"""Labelled runs: real training under every schedule, healthy or with one planted fault.

    python -m benchmarks.diagnosis.runs OUT [--half tuning|reporting] [--task digits] [--count N]

Writes `OUT/<name>/` with a TensorBoard, CSV or text log for each run, and `OUT/labels.jsonl`: the name, the task,
and for a faulty run the codes that name its fault, its step and the tolerance in steps. Seeds of the two halves
are disjoint; one task is held out: nothing was tuned on it.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import random
import warnings
from pathlib import Path

import torch

from benchmarks.diagnosis import faults, healthy, schedule_faults
from benchmarks.diagnosis.faults import Fault
from benchmarks.diagnosis.recipe import Label, Recipe, Recorder
from benchmarks.diagnosis.tasks import TASKS
from benchmarks.diagnosis.training import Session
from benchmarks.diagnosis.writing import write

FIRST_SEED = {"tuning": 0, "reporting": 7_000_000}

FAULTS = (
    Fault(faults.nan),
    Fault(faults.diverging, faults.loses_twice_its_gain),
    Fault(faults.lr_too_high, faults.learns_half),
    Fault(faults.spike, faults.stands_out),
    Fault(faults.oscillating, faults.swings),
    Fault(schedule_faults.lr_constant),
    Fault(schedule_faults.finished_early),
    Fault(schedule_faults.restart, schedule_faults.moves_the_lr),
    Fault(schedule_faults.climbs_back),
    Fault(schedule_faults.unfinished),
    Fault(schedule_faults.stepped_often),
    Fault(schedule_faults.tail_wasted),
    Fault(faults.not_learning, faults.learns_nothing),
    Fault(faults.overfitting, alone=faults.generalises_worse),
    Fault(faults.early_kick, faults.overshoots),
    Fault(faults.resume_gap, faults.leaps),
    Fault(schedule_faults.range_test, alone=schedule_faults.diverges),
)


def make_run(out: Path, seed: int, task: str) -> Label:
    """Train and log the run of one seed: even seeds are healthy, odd ones have a fault.

    A plant that did no harm is drawn again, and so is a healthy run that overfits by itself.
    """
    run = faulty(seed, task) if seed % 2 else sound(seed, task)
    run.label.format = write(out / run.label.name, run, run.rng)
    return run.label


def faulty(seed: int, task: str) -> Recipe:
    """The first draw of a seed's fault that did harm."""
    fault = FAULTS[seed // 2 % len(FAULTS)]
    for attempt in itertools.count():
        run = drawn(seed, task, attempt, fault.name)
        fault.plant(run)
        if (fault.alone is None or fault.alone(run)) and (
            fault.harm is None or fault.harm(run, twin_of(seed, task, attempt, fault))
        ):
            return run
    raise AssertionError


def twin_of(seed: int, task: str, attempt: int, fault: Fault) -> Recipe:
    """The run of the same seed and draws, without the fault."""
    twin = drawn(seed, task, attempt, fault.name)
    twin.planted = twin.session.planted = False
    fault.plant(twin)
    return twin


def sound(seed: int, task: str) -> Recipe:
    """The first draw of a seed's healthy run that does not overfit."""
    for attempt in itertools.count():
        run = drawn(seed, task, attempt, None)
        healthy.train_healthy(run, healthy.NAMES[seed // 2 % len(healthy.NAMES)])
        if healthy.is_healthy(run):
            return run
    raise AssertionError


def drawn(seed: int, task: str, attempt: int, fault: str | None) -> Recipe:
    """What is trained and how it is logged: per update or per epoch, the schedule stepped per update or per epoch.

    The seed decides on the conditions, the attempt on weights, LR and the fault: a fault that is hard to plant
    under some conditions is planted under them all the same, unless twenty attempts fail.
    """
    conditions, rng = random.Random(f"{seed} {attempt // 20} conditions"), random.Random(f"{seed} {attempt}")
    optimizer, updates = conditions.choice(["sgd", "adamw"]), conditions.choice([300, 400, 600])
    per_epoch, per_tick = conditions.random() < 0.25, conditions.random() < 0.3
    epoch = updates // conditions.choice([50, 100] if per_epoch or per_tick else [20, 50])
    every = None if per_epoch else conditions.choice([1, 1, 2, 5])
    recorder = Recorder(every, conditions.choice([1, epoch]) if per_epoch else 1)
    name = fault or healthy.NAMES[seed // 2 % len(healthy.NAMES)]
    logging = "epoch means" if per_epoch else f"every {every}"
    label = Label(f"{seed}_{name}", task, fault, logging, draws=attempt + 1)
    low, high = TASKS[task].lrs[optimizer]
    lr = math.exp(rng.uniform(math.log(low), math.log(high)))
    session = Session(TASKS[task], optimizer, lr, seed + 31 * attempt, tick=epoch if per_tick else 1)
    return Recipe(rng, session, updates, epoch, recorder, label)


def main() -> None:
    """Write the runs and their labels."""
    options = argparse.ArgumentParser()
    options.add_argument("out", type=Path)
    options.add_argument("--half", choices=FIRST_SEED, default="tuning")
    options.add_argument("--task", choices=TASKS, default="digits")
    options.add_argument("--count", type=int, default=200)
    asked = options.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    asked.out.mkdir(parents=True)
    offset = FIRST_SEED[asked.half] + 100_000 * list(TASKS).index(asked.task)
    with (asked.out / "labels.jsonl").open("w") as labels:
        for seed in range(offset, offset + asked.count):
            labels.write(json.dumps(vars(make_run(asked.out, seed, asked.task))) + "\n")
            labels.flush()


if __name__ == "__main__":
    main()
