"""RUN203: unplanned restarts of the LR."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

if TYPE_CHECKING:
    from tests.analyzers.conftest import Ask, MakeRun

STEPS = np.arange(300)
COSINE = 0.05 * (1 + np.cos(np.pi * STEPS / 300))


def scheduled(schedule: type, steps: int, **arguments: object) -> list[float]:
    """The LR that a real scheduler of torch gives over `steps` steps."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    scheduler = schedule(optimizer, **arguments)
    values = []
    for _ in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return values


@pytest.mark.parametrize(
    ("schedule", "arguments"),
    [
        (lr_scheduler.CosineAnnealingWarmRestarts, {"T_0": 60}),
        (lr_scheduler.CosineAnnealingWarmRestarts, {"T_0": 40, "T_mult": 2}),
        (lr_scheduler.CosineAnnealingWarmRestarts, {"T_0": 220}),
        (lr_scheduler.CyclicLR, {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 40}),
        (lr_scheduler.CyclicLR, {"base_lr": 0.01, "max_lr": 0.1, "step_size_up": 2, "step_size_down": 50}),
        (lr_scheduler.OneCycleLR, {"max_lr": 0.1, "total_steps": 301}),
        (lr_scheduler.StepLR, {"step_size": 80}),
    ],
)
@pytest.mark.parametrize("break_at", [None, 137])
def test_planned_restarts_are_silent(
    make_run: MakeRun, ask: Ask, schedule: type, arguments: dict[str, object], break_at: int | None
) -> None:
    """Schedules that restart by design, also where the run was resumed with its scheduler's state."""
    parts = np.digitize(STEPS, [300 if break_at is None else break_at])
    run = make_run(lr=scheduled(schedule, 300, **arguments), parts=parts)
    assert ask("RUN203", run) == []


def test_a_hand_written_cycle_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """Restarts at even distances are a plan, whatever the shape in between."""
    assert ask("RUN203", make_run(lr=0.1 * 0.99 ** (STEPS % 70))) == []


def test_a_resume_that_repeats_logged_steps_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """The steps after the last checkpoint are logged twice, with the same LR."""
    steps = np.concatenate((STEPS[:180], STEPS[150:]))
    parts = np.concatenate((np.zeros(180), np.ones(150)))
    assert ask("RUN203", make_run(lr=COSINE[steps], steps=steps, parts=parts)) == []


def test_a_resume_without_the_scheduler_state_is_found(make_run: MakeRun, ask: Ask) -> None:
    """The LR starts over from its peak in the middle of the run."""
    lr = np.concatenate((COSINE[:180], COSINE[:120]))
    (finding,) = ask("RUN203", make_run(lr=lr, parts=(STEPS >= 180).astype(int)))
    assert finding.first_step == 180
    assert finding.evidence["replays_start"] is True
    assert finding.message == (
        "the LR goes from 0.035 to 0.1 when the run is resumed at step 180; the log led to 0.035, "
        "where it repeats the start of the run"
    )


def test_a_rewind_without_the_scheduler_state_is_found(make_run: MakeRun, ask: Ask) -> None:
    """The resumed run repeats steps, at an LR that they did not have before."""
    steps = np.concatenate((STEPS[:180], STEPS[150:]))
    lr = np.concatenate((COSINE[:180], COSINE[:150]))
    (finding,) = ask("RUN203", make_run(lr=lr, steps=steps, parts=np.concatenate((np.zeros(180), np.ones(150)))))
    assert finding.first_step == 150
    assert finding.evidence["expected"] == pytest.approx(COSINE[150])


def test_a_cycle_cut_short_in_one_process_is_found(make_run: MakeRun, ask: Ask) -> None:
    """A scheduler rebuilt in mid-run starts over before its cycle is complete."""
    (finding,) = ask("RUN203", make_run(lr=np.concatenate((COSINE[:120], COSINE[:180]))))
    assert (finding.first_step, finding.evidence["cause"]) == (120, "jump")


def test_a_second_run_in_the_same_log_is_found(make_run: MakeRun, ask: Ask) -> None:
    """Step numbers and LR start over together."""
    steps = np.concatenate((STEPS[:200], STEPS))
    (finding,) = ask("RUN203", make_run(lr=COSINE[steps], steps=steps))
    assert (finding.first_step, finding.evidence["cause"]) == (0, "appended run")


def test_a_single_row_is_found(make_run: MakeRun, ask: Ask) -> None:
    """One row with ten times the LR of its neighbours."""
    lr = COSINE.copy()
    lr[200] *= 10
    (finding,) = ask("RUN203", make_run(lr=lr))
    assert (finding.first_step, finding.evidence["cause"]) == (200, "single row")


def test_an_lr_that_is_told_once_more_behind_the_epoch_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """At the step of the last batch stands its LR, and beside the losses of the epoch that of the next one."""
    epochs = np.repeat(np.arange(60), 6)
    ahead = np.tile([0, 0, 0, 0, 0, 1], 60)
    lr = 0.1 * np.minimum((epochs + ahead + 1) / 10, 1.0)
    assert ask("RUN203", make_run(lr=lr, steps=epochs * 50 + np.tile([10, 20, 30, 40, 50, 50], 60))) == []


def test_the_rounding_of_a_constant_lr_is_no_restart(make_run: MakeRun, ask: Ask) -> None:
    """The mean over the batches of an epoch is not quite the LR; the log starts over at its first step."""
    steps = np.concatenate((STEPS[:10], STEPS[:50]))
    lr = np.where(np.arange(60) < 10, 9.999999999999983e-05, 9.999999999999782e-05)
    assert ask("RUN203", make_run(lr=np.append(lr[:10], lr[:50]), steps=steps)) == []
    assert ask("RUN203", make_run(lr=lr, steps=steps)) == []


def test_very_many_restarts_are_one_finding(make_run: MakeRun, ask: Ask) -> None:
    """A hundred files whose schedule starts anew each time: one cause, one finding that counts them."""
    steps = np.arange(3000)
    (finding,) = ask("RUN203", make_run(lr=1 - 0.8 * (steps % 30) / 30, parts=steps // 30))
    assert (finding.first_step, finding.last_step, finding.evidence["count"]) == (30, 2970, 99)


def test_an_lr_that_alternates_from_row_to_row_is_a_pattern(make_run: MakeRun, ask: Ask) -> None:
    """Single rows with a high LR are slips, unless they come at even distances."""
    assert ask("RUN203", make_run(lr=0.01 + 0.09 * (np.arange(300) % 2))) == []


def test_a_resume_into_a_warmup_that_begins_near_the_last_lr_is_found(make_run: MakeRun, ask: Ask) -> None:
    """The first LR of the new process is where the old one left off; what follows is the start of the run again."""
    lr = np.minimum((STEPS + 1) / 4, 1) * COSINE / COSINE[0]
    restarted = np.concatenate((lr[:200], lr[:100]))
    assert restarted[200] == pytest.approx(restarted[199], rel=0.1)
    (finding,) = ask("RUN203", make_run(lr=restarted, parts=(STEPS >= 200).astype(int)))
    assert (finding.first_step, finding.evidence["cause"]) == (200, "resume")


@pytest.mark.parametrize("hold", [1, 6])
def test_a_restart_into_a_short_warmup_is_found_without_a_break(make_run: MakeRun, ask: Ask, hold: int) -> None:
    """A slow fall, and then the steep start of the run again, also where a level is held for an epoch."""
    lr = np.minimum((STEPS + 1) / 3, 1) * COSINE / COSINE[0]
    (finding,) = ask("RUN203", make_run(lr=np.repeat(np.concatenate((lr[:190], lr[:110])), hold)))
    assert finding.first_step == pytest.approx(190 * hold, abs=2 * hold)


def test_a_triangular_cycle_that_is_not_known_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """It climbs no more steeply than it fell."""
    triangle = 0.02 + 0.08 * np.abs((STEPS / 75) % 2 - 1)
    assert ask("RUN203", make_run(lr=triangle + 0.004 * np.sin(STEPS))) == []
