"""A schedule is configured, and the learning rate never moves.

## What it finds

A run whose logged hyperparameters name an LR scheduler, while every logged LR is the same.

## Why it matters

The scheduler was built and never stepped, was built on another optimizer, or its first milestone lies beyond the
run. The model trains at its initial LR to the end.

## Method

A hyperparameter whose name speaks of a schedule (`lr_scheduler_type`, `scheduler`, `lr_schedule`, `lr_decay`, a
number of warm-up steps above zero) and whose value is a schedule that moves, beside at least ten rows of one LR.

## Evidence

The hyperparameter and its value, the LR, the number of rows.

## When it stays silent

Where no hyperparameter names a schedule, or one that may rest: constant, none, ReduceLROnPlateau (which waits for the
metric).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lrlint.findings import RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.wording import count, number
from lrlint.registry import analyzer

FEWEST_ROWS = 10
NAMES_A_SCHEDULE = re.compile(r"sched|lr[_-]?decay|lr[_-]?policy", re.IGNORECASE)
NAMES_A_WARMUP = re.compile(r"warm[_-]?up[_-]?(steps|epochs|iters|ratio)?$", re.IGNORECASE)
RESTS = re.compile(r"^\s*(none|null|no|off|false|true|constant\w*|fixed|.*plateau.*|\d.*)?\s*$", re.IGNORECASE)


@analyzer("RUN201", "lr-constant", Severity.WARNING)
def lr_constant(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding if the LR rests although a schedule is configured."""
    lr = diagnosis.lr
    if lr is None or len(lr.values) < FEWEST_ROWS:
        return NotApplicable("no LR series of ten rows or more")
    named = configured_schedule(diagnosis.run.hyperparameters)
    if named is None:
        return NotApplicable("no hyperparameter names a schedule")
    if lr.values.max() > lr.values.min() * (1 + 1e-6):
        return []
    message = f"{named[0]} is {named[1]}, and the LR is {number(lr.values[0])} in all {count(len(lr.values))} rows"
    return [
        diagnosis.finding(
            lr_constant,
            message,
            "check that scheduler.step() is called, and that the scheduler was built on the optimizer in use",
            series=lr.name,
            steps=(int(lr.steps[0]), int(lr.steps[-1])),
            evidence={"hyperparameter": named[0], "value": str(named[1]), "lr": float(lr.values[0])},
        )
    ]


def configured_schedule(hyperparameters: Mapping[str, object]) -> tuple[str, object] | None:
    """The hyperparameter that names a schedule that moves, with its value; None if there is none."""
    for name, value in hyperparameters.items():
        last = name.rsplit("/", 1)[-1].rsplit(".", 1)[-1]
        if NAMES_A_SCHEDULE.search(last) and isinstance(value, str) and not RESTS.match(value):
            return name, value
        if NAMES_A_WARMUP.search(last) and isinstance(value, int | float) and value > 0:
            return name, value
    return None
