"""Steps are missing, or the loss leaps back, where the run was resumed.

## What it finds

Breaks of the process (a new event file, a pause on the wall clock) at which steps are missing from the log, or
after which the loss is far from where the log left it.

## Why it matters

Missing steps were trained and not logged, or were skipped by a step counter that was restored wrongly; the schedule
then no longer fits the run. A loss that leaps says that the model or the optimizer was not restored from the
checkpoint.

## Method

At a break, steps are missing where the counter advances by more than ten times the usual distance of rows and by 2
% of the run. The loss leaps where the median of the three rows after the break exceeds the median of the rows that
were logged for the same steps before (or of the last ten) by 30 % of the progress made until then and by five noise
levels, and the loss had made progress. Rows that repeat logged steps with the same loss are how a resume from a
checkpoint looks, and are fine.

## Evidence

The steps on both sides of the break, the loss before and after it, the pause.

## When it stays silent

On resumes that carry on, also those that repeat the steps since the last checkpoint, where the log goes back to its
first step, as another seed or fold in the same log does, and where the LR restarts: that is RUN203, and explains the
leap.
"""

from __future__ import annotations

import numpy as np

from lrlint.findings import RunFinding, Severity
from lrlint.logs.breaks import breaks_of, rows_at_breaks, rows_before
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.run import Series
from lrlint.logs.smoothing import spread
from lrlint.logs.wording import count, number, span
from lrlint.order import median
from lrlint.registry import analyzer

FEWEST_ROWS = 20
MISSING_ROWS = 10
MISSING_PART = 0.02
LEAP = 0.3
NOISE_LEVELS = 5.0
NEAR = 10
FIRST_ROWS = 3
MOST_LISTED = 20


@analyzer("RUN401", "resume-gap", Severity.WARNING)
def resume_gap(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding for every resume at which something is amiss."""
    raw = diagnosis.raw_loss
    if raw is None or len(raw.values) < FEWEST_ROWS:
        return NotApplicable(f"no training loss of {FEWEST_ROWS} rows or more")
    rows = rows_at_breaks(breaks_of(raw))
    restarts = np.array([restart.step for restart in diagnosis.restarts], np.float64)
    usual = median(np.abs(np.diff(raw.steps)))
    found: list[RunFinding] = []
    for row, earlier in zip(rows.tolist(), rows_before(raw.steps, rows).tolist(), strict=True):
        if np.any(np.abs(restarts - raw.steps[row]) <= NEAR * usual):
            continue
        amiss = missing_steps(diagnosis, raw, row, usual) or leap(diagnosis, raw, row, earlier)
        found += [] if amiss is None else [amiss]
    return found if len(found) <= MOST_LISTED else [_summed_up(diagnosis, raw, found)]


def _summed_up(diagnosis: Diagnosis, raw: Series, found: list[RunFinding]) -> RunFinding:
    """One finding for very many: they have one cause."""
    steps = [finding.first_step or 0 for finding in found]
    return diagnosis.finding(
        resume_gap,
        f"steps are missing or {raw.name} leaps at {count(len(found))} of the places where the run was resumed; "
        f"at the first, {found[0].message}",
        found[0].help,
        series=raw.name,
        steps=(min(steps), max(steps)),
        evidence={"count": len(found), "steps": steps[:MOST_LISTED]},
    )


def missing_steps(diagnosis: Diagnosis, raw: Series, row: int, usual: float) -> RunFinding | None:
    """The finding for steps that the log lacks before `row`, if they are more than the usual distance of rows."""
    before, after = int(raw.steps[row - 1]), int(raw.steps[row])
    if after - before <= max(MISSING_ROWS * usual, MISSING_PART * (float(raw.steps[-1]) - float(raw.steps[0]))):
        return None
    return diagnosis.finding(
        resume_gap,
        f"{span(after - before - usual)} are missing where the run was resumed: "
        f"step {count(before)} is followed by {count(after)}",
        "check the step counter in the checkpoint, and whether a log file is missing",
        series=raw.name,
        steps=(before, after),
        evidence={"before": before, "after": after, "usual_distance": usual},
    )


def leap(diagnosis: Diagnosis, raw: Series, row: int, earlier: int) -> RunFinding | None:
    """The finding for a loss that is far above where the log left it before `row`.

    `earlier` is the last row before it whose step is not greater, -1 where there is none.
    """
    later = raw.values[row : row + FIRST_ROWS]
    if raw.steps[row] <= raw.steps[0]:  # another run in the same log, as of another seed or fold
        return None
    if row < NEAR or len(later) < FIRST_ROWS or earlier < 0:
        return None
    again = raw.steps[row] <= raw.steps[row - 1]
    reference = raw.values[earlier : min(row, earlier + NEAR)] if again else raw.values[row - NEAR : row]
    was, now = median(reference), median(later)
    progress = median(raw.values[: min(row, 5)]) - was
    before = raw.values[max(0, row - 100) : row]
    noise = spread(np.diff(before[np.isfinite(before)])) / np.sqrt(2)
    if not now - was > max(LEAP * progress, NOISE_LEVELS * noise, 0.05 * abs(was)) or progress <= 0:
        return None
    step = int(raw.steps[row])
    return diagnosis.finding(
        resume_gap,
        f"{raw.name} leaps from {number(was)} to {number(now)} where the run was resumed at step {count(step)}",
        "check that the model and the optimizer are restored from the checkpoint",
        series=raw.name,
        steps=(step, step),
        evidence={"before": was, "after": now, "progress_until_then": progress},
    )
