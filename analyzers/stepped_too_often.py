"""The schedule ended at a whole fraction of the run: it was stepped several times per planned step.

## What it finds

A schedule with an end (linear, cosine that holds, polynomial, warm-up and decay) that was over at one half, one
third, one quarter … of the run.

## Why it matters

A whole factor is the mark of a wrong unit: `step()` on every backward pass under gradient accumulation (factor A),
per batch instead of per epoch (factor B), twice per step, or once per process. The rest of the run is trained at the
floor of the LR.

## Method

The run is longer than the identified horizon by a whole factor of two or more, to within 2 %, and the factor is one
that the log knows (a hyperparameter for gradient accumulation or for the number of processes, or the rows per
epoch), or is at most 64. Everything else that ends early is RUN202.

## Evidence

The horizon, the steps of the run, the factor, and where the factor is known from.

## When it stays silent

On schedules without an end and where RUN202 finds no flat tail.
"""

from __future__ import annotations

import re

from lrlint.analyzers.lr_plateau import early_end, whole_factor
from lrlint.findings import RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.wording import count, number
from lrlint.registry import analyzer

FACTORS = re.compile(r"accum|world[_-]?size|num[_-]?processes|n_?gpus?$|devices$", re.IGNORECASE)


@analyzer("RUN206", "stepped-too-often", Severity.WARNING)
def stepped_too_often(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding if the run is a whole multiple of its schedule."""
    if diagnosis.lr is None or diagnosis.schedule is None:
        return NotApplicable("no LR series")
    tail = early_end(diagnosis)
    factor = None if tail is None else whole_factor(tail)
    if tail is None or factor is None:
        return []
    last, known = int(diagnosis.lr.steps[-1]), _known(diagnosis, factor)
    message = (
        f"the {diagnosis.schedule.family} schedule is over at step {count(tail.begin)}, 1/{factor} of the run"
        f"{f' ({known} is {factor})' if known else ''}: it was stepped {factor} times as often as planned, and the LR "
        f"stays at {number(tail.floor)}"
    )
    return [
        diagnosis.finding(
            stepped_too_often,
            message,
            "step the scheduler once per optimizer update, or plan it in the unit in which it is stepped",
            series=diagnosis.lr.name,
            steps=(round(tail.begin), last),
            evidence={"factor": factor, "known_as": known, "horizon": tail.begin, "floor": tail.floor},
        )
    ]


def _known(diagnosis: Diagnosis, factor: int) -> str | None:
    for name, value in diagnosis.run.hyperparameters.items():
        if FACTORS.search(name) and value == factor:
            return name
    return None
