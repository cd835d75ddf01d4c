"""The logged learning rate is not the one that the code promises.

## What it finds

With `--code train.py`: a run whose LR curve differs from the one of the scheduler in that code. The run went on past
the schedule's end, took only the first part of it, drew another curve altogether, or the same curve at another height.

## Why it matters

The code and the log each look plausible. Only side by side they tell that the scheduler was stepped in the wrong
place, that another version of the code ran, or that something else set the LR.

## Method

The code is read, not run, as `lrlint check` does it. The scheduler's arguments get the values of the code, or of the
hyperparameters in the log, or the defaults of options. The promised curve is laid over the logged one with the number
of `step()` calls and the height left free, so that it does not matter what the log counts as a step: they agree where
97 % of the rows lie within 2 % of the highest LR, give or take one call. The number of calls that fits is compared
with the number planned. Where `lrlint check` finds a bug of the scheduler, it is named as the cause.

## Evidence

The scheduler, its file and line, the calls planned and the calls that fit, the scale, the code of the bug.

## When it stays silent

Where the code builds no scheduler or several, uses several optimizers, assigns the LR by hand, or cannot be followed;
on functions of the user (LambdaLR). A run that was cut off (its LR is the first part of the promised curve) is
reported only if the code has a bug that explains it, or the run is known to have reached its end. A curve that only
differs in what options decide is no finding, nor are restarts (RUN203) and range tests (RUN501).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lrlint.findings import RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.run import Role, Series
from lrlint.logs.wording import count, number
from lrlint.order import median
from lrlint.registry import analyzer

if TYPE_CHECKING:
    from lrlint.crosscheck import Promise
    from lrlint.logs.expectation import Overlay

FEWEST_ROWS = 10
FALLING_STAIRS = {"step", "multistep", "exponential", "plateau"}
RISING = {"linear", "polynomial", "warmup_constant", "range_test", "unknown"}
CAN_BE: dict[str, set[str]] = {
    "step": FALLING_STAIRS | {"constant", "unknown"},
    "multistep": FALLING_STAIRS | {"constant", "unknown"},
    "plateau": FALLING_STAIRS | {"constant", "unknown"},
    "exponential": FALLING_STAIRS | {"polynomial", "inverse_sqrt", "unknown"},
    "cosine": {"cosine", "cosine_restarts", "polynomial", "unknown"},
    "polynomial": {"polynomial", "linear", "cosine", "unknown"},
    "one_cycle": RISING | {"one_cycle", "warmup_cosine", "warmup_linear", "warmup_polynomial", "cosine"},
    "warmup_cosine": RISING | {"one_cycle", "warmup_cosine", "cosine", "cosine_restarts"},
    "warmup_linear": RISING | {"one_cycle", "warmup_linear", "cyclic"},
}
"""What a schedule can look like with other numbers, or cut off. Families that are missing can be anything."""


@analyzer("RUN208", "unexpected-lr", Severity.WARNING)
def unexpected_lr(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding if the run did not do what the code says."""
    lr, promise = diagnosis.lr, diagnosis.promise
    if promise is None:
        return NotApplicable("no code was given that says what the LR should be")
    if lr is None or len(lr.steps) < FEWEST_ROWS:
        return NotApplicable("no LR series of ten rows or more")
    if diagnosis.restarts or diagnosis.is_range_test:
        return []
    found = list(diagnosis.overlays)
    certain = bool(diagnosis.expectations) and all(one.certain for one in diagnosis.expectations)
    if certain and len(diagnosis.run.of(Role.LR)) == 1:
        found = [one for one in found if one.as_high or one.as_long]
    best = _nearest(found)
    if best is not None:
        told = _told(diagnosis, promise, best, lr)
    elif certain or (diagnosis.expectations and promise.bugs) or _contradicted(diagnosis, promise):
        told = _other_curve(diagnosis, lr)
    else:
        told = None
    return [] if told is None else [_finding(diagnosis, promise, told, best, lr)]


def _told(diagnosis: Diagnosis, promise: Promise, best: Overlay, lr: Series) -> str | None:
    """What is different about a curve that is the promised one in parts, None where nothing is or it cannot be told."""
    expectation = best.expectation
    if best.share is None:
        return None
    if not best.as_long and best.share > 1:
        return _gone_on(best, lr) if expectation.ends or promise.bugs else None
    if not best.as_long:
        known = _delivers_less(promise, best) or _reached_its_end(diagnosis, best)
        return _cut_short(best, lr) if known and not diagnosis.is_live else None
    if expectation.certain and len(diagnosis.run.of(Role.LR)) == 1 and _from_the_start(lr) and not best.as_high:
        return f"it is {number(best.scale)} times as high"
    return None


def _nearest(found: list[Overlay]) -> Overlay | None:
    """The overlay that is nearest to what was planned; of those far from it, to what the code delivers."""

    def distance(one: Overlay) -> tuple[bool, float, bool]:
        meant = one.expectation.planned if one.as_long else one.expectation.delivered or one.expectation.planned
        return not one.as_long, round(abs(math.log(one.calls / meant)), 2) if meant else 0.0, not one.as_high

    return min(found, key=distance, default=None)


def _gone_on(overlay: Overlay, lr: Series) -> str:
    share = overlay.share or 1.0
    over = overlay.origin + (float(lr.steps[-1]) - overlay.origin) / share
    return (
        f"it was over at step {count(over)} of {count(lr.steps[-1])} and went on {number(share)} times as long as "
        f"planned: the LR ends at {number(lr.values[-1])}"
    )


def _cut_short(overlay: Overlay, lr: Series) -> str:
    planned = overlay.expectation.planned or 1.0
    end = overlay.expectation.after(np.asarray([planned - 1]))[0] * overlay.scale
    return (
        f"the run took {count(overlay.calls)} of the {count(planned)} steps planned: the LR ends at "
        f"{number(lr.values[-1])} instead of {number(end)}"
    )


def _other_curve(diagnosis: Diagnosis, lr: Series) -> str:
    schedule = diagnosis.schedule
    if lr.values.max() <= lr.values.min() * (1 + 1e-6):
        return f"the LR is {number(lr.values[0])} in all {count(len(lr.values))} rows"
    if schedule is None or not schedule.is_known:
        return "the logged LR follows another curve"
    numbers = ", ".join(f"{k}={number(v)}" for k, v in schedule.parameters.items() if isinstance(v, float))
    return f"the log shows {schedule.family.replace('_', ' ')} ({numbers})"


def _contradicted(diagnosis: Diagnosis, promise: Promise) -> bool:
    """Whether the schedule cannot have drawn the logged curve, whatever its numbers are."""
    schedule, possible = diagnosis.schedule, CAN_BE.get(promise.family)
    return schedule is not None and possible is not None and not possible & set(schedule.families)


def _delivers_less(promise: Promise, overlay: Overlay) -> bool:
    """Whether the code has a bug by which the schedule gets fewer calls than planned."""
    return bool(promise.bugs) and overlay.expectation.delivers_less


def _reached_its_end(diagnosis: Diagnosis, overlay: Overlay) -> bool:
    """Whether the run made all its epochs, or all the calls that its code makes, so that it was not cut off."""
    expectation, epochs = overlay.expectation, diagnosis.epochs
    if not expectation.certain or expectation.epochs is None:
        return False
    return epochs is not None and expectation.epochs - 0.5 <= epochs <= expectation.epochs + 1


def _from_the_start(lr: Series) -> bool:
    return float(lr.steps[0]) <= 2 * median(np.diff(lr.steps))


def _finding(diagnosis: Diagnosis, promise: Promise, told: str, best: Overlay | None, lr: Series) -> RunFinding:
    place = f"{promise.at.path}:{promise.at.line}"
    bug = next(iter(promise.bugs), None)
    cause = f" ({bug.code} at {bug.location.path}:{bug.location.line})" if bug else ""
    return diagnosis.finding(
        unexpected_lr,
        f"not the {promise.name} of {place}: {told}{cause}",
        bug.help if bug else "make sure that this code wrote the log, and that nothing else sets the LR",
        series=lr.name,
        steps=(int(lr.steps[0]), int(lr.steps[-1])),
        evidence={
            "scheduler": promise.name,
            "path": promise.at.path,
            "line": promise.at.line,
            "planned": best.expectation.planned if best else None,
            "calls": best.calls if best else None,
            "scale": best.scale if best else None,
            "explained_by": bug.code if bug else None,
        },
    )
