"""The schedule is over long before the run is, and the learning rate stays flat.

## What it finds

A decaying schedule (linear, cosine, polynomial, with or without a warm-up, OneCycle, warm-up-stable-decay) that
reaches its end well before the run does: the LR then sits at its floor for the rest of the run.

## Why it matters

The steps after the end are trained at the floor, often at zero. The horizon was planned in other units than the run,
or for a shorter run: the decay was too fast, and the rest is wasted.

## Method

The identified schedule has a horizon. The finding is made where the run goes on for at least a quarter of its steps
after the horizon, if the floor is at most 2 % of the highest LR; with a higher floor, at which training still makes
progress, from 40 % on. Holding a floor of a tenth of the peak for the last tenth or fifth of the run is an
established recipe (Hoffmann et al. 2022 recommend to stay within 25 %), and is not reported.

## Evidence

The schedule, its horizon, the flat steps and their share of the run, the LR of the floor and the peak.

## When it stays silent

Where the run is a whole multiple of the schedule (RUN206). Where the LR climbs back (RUN204). On constant, step,
multistep and plateau schedules, whose last level is held by design; on the stable phase of warm-up-stable-decay;
where the schedule is unknown; on fewer than ten rows.
"""

from __future__ import annotations

import numpy as np

from lrlint.findings import RunFinding, Severity
from lrlint.identify import Identification
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.wording import count, number, share, span
from lrlint.namedtuples import NamedTuple
from lrlint.registry import analyzer

FEWEST_ROWS = 10
LONGEST_TAIL = 0.25
LONGEST_TAIL_ABOVE_ZERO = 0.4
NEAR_ZERO = 0.02
LARGEST_FACTOR = 64
CLOSE = 0.02
FLAT = 0.05


class Tail(NamedTuple):
    """The flat end of a run: the step at which the schedule was over, its share of the run, the LRs."""

    begin: float
    steps: float
    share: float
    floor: float
    peak: float


@analyzer("RUN202", "lr-plateau", Severity.WARNING)
def lr_plateau(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding if the schedule ended early."""
    if diagnosis.lr is None or diagnosis.schedule is None:
        return NotApplicable("no LR series")
    if len(diagnosis.lr.values) < FEWEST_ROWS:
        return NotApplicable("fewer than ten rows of LR")
    if not diagnosis.schedule.is_known:
        return NotApplicable("the schedule is unknown")
    tail = early_end(diagnosis)
    if tail is None or whole_factor(tail) is not None:
        return []
    return [_finding(diagnosis, diagnosis.schedule, tail)]


def early_end(diagnosis: Diagnosis) -> Tail | None:
    """The flat end of the run, if the schedule was over so early that it is a fault."""
    if diagnosis.lr is None or diagnosis.schedule is None or len(diagnosis.lr.values) < FEWEST_ROWS:
        return None
    tail = flat_tail(diagnosis.schedule) if diagnosis.schedule.is_known else None
    limit = LONGEST_TAIL_ABOVE_ZERO if tail and tail.floor > NEAR_ZERO * tail.peak else LONGEST_TAIL
    return tail if tail is not None and tail.share >= limit else None


def flat_tail(schedule: Identification) -> Tail | None:
    """The stretch after the end of a decaying schedule, None where the schedule has no end within the run."""
    horizon, curve = schedule.horizon, schedule.curve
    if horizon is None or curve.span <= 0:
        return None
    last = float(curve.steps[-1])
    after = curve.values[curve.steps >= horizon + curve.tick]
    if horizon >= last or not len(after) or after[-1] > 0.9 * curve.top or np.ptp(after) > FLAT * curve.range:
        return None
    return Tail(horizon, last - horizon, (last - horizon) / curve.span, float(curve.values[-1]), curve.top)


def whole_factor(tail: Tail) -> int | None:
    """How many times the schedule fits into the run, if that is a whole number from 2 on (then it is RUN206)."""
    ratio = 1 / max(1 - tail.share, 1e-9)
    factor = round(ratio)
    return factor if 2 <= factor <= LARGEST_FACTOR and abs(ratio - factor) <= CLOSE * factor else None


def _finding(diagnosis: Diagnosis, schedule: Identification, tail: Tail) -> RunFinding:
    assert diagnosis.lr is not None
    last = int(diagnosis.lr.steps[-1])
    message = (
        f"the {schedule.family} schedule is over at step {count(tail.begin)} of {count(last)}: the LR stays at "
        f"{number(tail.floor)} for the last {span(tail.steps)} ({share(tail.share)} of the run)"
    )
    return diagnosis.finding(
        lr_plateau,
        message,
        "give the scheduler the number of steps that the run really takes",
        series=diagnosis.lr.name,
        steps=(round(tail.begin), last),
        evidence={
            "schedule": schedule.family,
            "horizon": tail.begin,
            "flat_steps": tail.steps,
            "share": tail.share,
            "floor": tail.floor,
            "peak": tail.peak,
        },
    )
