"""The learning rate starts over although no schedule asks for it.

## What it finds

An LR that jumps up in the middle of a run: after a resume whose scheduler state was not restored, where a second
run was appended to the log of the first, or where the code rebuilt its scheduler. A single row with an LR far from
its neighbours is reported as well.

## Why it matters

A model that has annealed is thrown back to the peak LR: part of the training so far is undone, and the schedule
then ends too late or not at all.

## Method

Breaks of the process are read from the log: a new event file, a step that goes back, a pause on the wall clock (above
60 seconds and 20 times the usual distance of rows). At a break the LR must go on as it was, or as it was first logged
at that step; it restarts where it is above that by a factor of 1.2 and a tenth of its range, or where it repeats the
start of the run. Without a break, a jump up is reported where the LR then repeats the start of the run, unless

* the whole curve fits a schedule that restarts (CosineAnnealingWarmRestarts, CyclicLR),
* the jumps come at even or growing distances (a hand-written cycle),
* the LR had reached its floor (5 % of its peak) and the run ended before the next cycle would have been over.

A fall to 70 % or less, back to the start of the warm-up, which the LR then climbs again, is a restart as well.
SGDR (Loshchilov and Hutter 2017) restarts a cycle only when it is complete: a cycle that is cut short is the mark of
an unplanned restart.

## Evidence

The step, the LR before and after it, the LR that was to be expected, whether the LR repeats the start of the run,
and the pause on the wall clock.

## When it stays silent

On planned restarts and cycles, on resumes that carry on, on warm-ups, where a run was simply started again after a
few rows, and where a row only tells the LR of the same step once more, as the line behind an epoch does.
"""

from __future__ import annotations

from lrlint.findings import Confidence, RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.restarts import Restart
from lrlint.logs.wording import count, number
from lrlint.registry import analyzer

MOST_LISTED = 20

ADVICE = {
    "resume": "save scheduler.state_dict() in the checkpoint and load it when resuming",
    "appended run": "log every run to a folder of its own, or resume from the checkpoint with the scheduler's state",
    "jump": "look for a scheduler that is rebuilt or stepped with a new epoch count at this step",
    "single row": "check what set the LR for this row; if the row is wrong, the log was edited or mis-parsed",
}


@analyzer("RUN203", "lr-restart", Severity.WARNING)
def lr_restart(diagnosis: Diagnosis) -> list[RunFinding] | NotApplicable:
    """One finding for every unplanned restart; one for all where there are more than twenty."""
    if diagnosis.raw_lr is None:
        return NotApplicable("no LR series")
    restarts = diagnosis.restarts
    return [_finding(diagnosis, r) for r in restarts] if len(restarts) <= MOST_LISTED else [_summed_up(diagnosis)]


def _summed_up(diagnosis: Diagnosis) -> RunFinding:
    """One finding for very many restarts: they have one cause."""
    assert diagnosis.raw_lr is not None
    first, last, several = diagnosis.restarts[0], diagnosis.restarts[-1], count(len(diagnosis.restarts))
    return diagnosis.finding(
        lr_restart,
        f"the LR starts over {several} times, and no schedule asks for it: first at step {count(first.step)}, from "
        f"{number(first.before)} to {number(first.after)}",
        ADVICE[first.cause],
        series=diagnosis.raw_lr.name,
        steps=(first.step, last.step),
        evidence={"count": len(diagnosis.restarts), "steps": [r.step for r in diagnosis.restarts[:MOST_LISTED]]},
    )


def _finding(diagnosis: Diagnosis, restart: Restart) -> RunFinding:
    assert diagnosis.raw_lr is not None
    moved = f"from {number(restart.before)} to {number(restart.after)}"
    step = count(restart.step)
    replay = ", where it repeats the start of the run" if restart.replays_start else ""
    pause = f" (a pause of {count(restart.gap_seconds)} s)" if restart.gap_seconds and restart.gap_seconds > 60 else ""
    messages = {
        "resume": f"the LR goes {moved} when the run is resumed at step {step}{pause}; the log led to "
        f"{number(restart.expected)}{replay}",
        "appended run": f"the log starts over at step {step} and the LR goes {moved}: "
        "a second run in the log of the first",
        "jump": f"the LR goes {moved} at step {step}{replay}, and no schedule asks for it",
        "single row": f"the LR goes {moved} at step {step} for a single row",
    }
    return diagnosis.finding(
        lr_restart,
        messages[restart.cause],
        ADVICE[restart.cause],
        series=diagnosis.raw_lr.name,
        steps=(restart.step, restart.step),
        confidence=Confidence.PROVEN if restart.cause == "resume" else Confidence.LIKELY,
        evidence={
            "cause": restart.cause,
            "before": restart.before,
            "after": restart.after,
            "expected": restart.expected,
            "replays_start": restart.replays_start,
            "gap_seconds": restart.gap_seconds,
        },
    )
