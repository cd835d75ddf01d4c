"""What each bug does to the LR of a real run, and that it does not happen where the bug is mended."""

from __future__ import annotations

import pytest

from tests.scripts.execution import Execution, executed, resumed


def share_until_annealed(lrs: list[float]) -> float:
    """The share of the run that is over when the LR first falls from its peak to a twentieth of it; 1 if never."""
    peak = next(position for position, lr in enumerate(lrs) if lr > 0.9 * max(lrs))
    below = (position for position in range(peak, len(lrs)) if lrs[position] < 0.05 * max(lrs))
    return next(below, len(lrs)) / len(lrs)


def final_share(execution: Execution) -> float:
    """The LR of the last update as a share of the highest."""
    return execution.lrs[-1] / max(execution.lrs)


def test_share_until_annealed() -> None:
    """The measure finds the first fall after the peak, not the low LRs of a warm-up."""
    assert share_until_annealed([0.01, 1.0, 0.04, 1.0]) == 0.5
    assert share_until_annealed([1.0, 1.0]) == 1.0


@pytest.mark.parametrize("pair", ["flat", "trainer_class", "transformers_warmup"])
def test_one_cycle_per_epoch(pair: str) -> None:
    """LR101: at the last update the LR is still rising; stepped per update it has annealed."""
    bad, good = (executed(f"one_cycle_per_epoch/{kind}_{pair}.py") for kind in ("bad", "good"))
    assert final_share(bad) == 1
    assert final_share(good) < 0.05


@pytest.mark.parametrize(
    ("bad", "good", "accumulation"),
    [("bad_outside_guard", "good_inside_guard", 4), ("bad_amp_train_function", "good_amp_train_function", 2)],
)
def test_step_per_backward(bad: str, good: str, accumulation: int) -> None:
    """LR102: the LR is through its schedule after one part in A of the run."""
    assert share_until_annealed(executed(f"step_per_backward/{bad}.py").lrs) < 1.2 / accumulation
    assert share_until_annealed(executed(f"step_per_backward/{good}.py").lrs) > 0.8


@pytest.mark.parametrize("pair", ["step_lr", "cosine"])
def test_epoch_schedule_per_batch(pair: str) -> None:
    """LR103: the LR is gone within a fifth of the run."""
    assert share_until_annealed(executed(f"epoch_schedule_per_batch/bad_{pair}.py").lrs) < 0.2
    assert share_until_annealed(executed(f"epoch_schedule_per_batch/good_{pair}.py").lrs) > 0.8


@pytest.mark.parametrize(
    ("bad", "good", "lost"),
    [
        ("bad_before_update", "good_after_update", 1),
        ("bad_start_of_epoch", "good_end_of_epoch", 15),
        ("bad_start_of_epoch", "good_in_train_phase", 15),
    ],
)
def test_scheduler_before_optimizer(bad: str, good: str, lost: int) -> None:
    """LR104: the first LR is used for one tick less, an update or the fifteen updates of an epoch."""
    wrong, right = (executed(f"scheduler_before_optimizer/{script}.py") for script in (bad, good))
    first = right.lrs[0]
    assert right.lrs.count(first) - wrong.lrs.count(first) == lost
    assert any("before `optimizer.step()`" in warning for warning in wrong.warnings)
    assert right.warnings == []


@pytest.mark.parametrize(
    ("bad", "good"), [("bad_forgotten", "good_stepped"), ("bad_wrong_object", "good_both_stepped")]
)
def test_never_stepped(bad: str, good: str) -> None:
    """LR105: the LR of an optimizer with a schedule never moves."""
    assert any(len(set(lrs)) == 1 for lrs in executed(f"never_stepped/{bad}.py").updates)
    assert all(len(set(lrs)) > 1 for lrs in executed(f"never_stepped/{good}.py").updates)


@pytest.mark.parametrize(
    ("bad", "good"), [("bad_inside_and_outside", "good_once"), ("bad_copied_line", "good_single_line")]
)
def test_stepped_twice(bad: str, good: str) -> None:
    """LR106: half the run has passed when the schedule is through."""
    assert share_until_annealed(executed(f"stepped_twice/{bad}.py").lrs) < 0.55
    assert share_until_annealed(executed(f"stepped_twice/{good}.py").lrs) > 0.7


@pytest.mark.parametrize(
    ("bad", "good", "epochs"),
    [("bad_optimizer_factory", "good_optimizer_factory", 10), ("bad_scheduler_per_epoch", "good_scheduler_once", 9)],
)
def test_rebuilt_in_loop(bad: str, good: str, epochs: int) -> None:
    """LR107: every epoch begins the schedule anew, so all updates have its first LR."""
    wrong = executed(f"rebuilt_in_loop/{bad}.py")
    assert len(wrong.schedulers) == epochs
    assert len({lr for lrs in wrong.updates for lr in lrs}) == 1
    assert len(set(executed(f"rebuilt_in_loop/{good}.py").lrs)) > 1


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("bad_cosine_climbs_back", "good_cosine_to_the_end"),
        ("bad_one_epoch_horizon", "good_all_epochs_horizon"),
    ],
)
def test_horizon_too_short(bad: str, good: str) -> None:
    """LR201: past its horizon the cosine climbs back, and the run ends at nearly its highest LR."""
    assert final_share(executed(f"horizon_too_short/{bad}.py")) > 0.9
    assert final_share(executed(f"horizon_too_short/{good}.py")) < 0.05


def test_one_cycle_raises_past_its_horizon() -> None:
    """LR201: past its horizon OneCycleLR ends the run."""
    assert "Tried to step 61 times" in str(executed("horizon_too_short/bad_one_cycle_raises.py").error)


@pytest.mark.parametrize(
    ("bad", "good"),
    [("bad_literal_total_steps", "good_literal_total_steps"), ("bad_forgotten_budget", "good_budget")],
)
def test_horizon_too_long(bad: str, good: str) -> None:
    """LR202: the run ends at nearly its highest LR."""
    assert final_share(executed(f"horizon_too_long/{bad}.py")) > 0.9
    assert final_share(executed(f"horizon_too_long/{good}.py")) < 0.05


@pytest.mark.parametrize("pair", ["cosine_warmup", "one_cycle"])
def test_horizon_ignores_accumulation(pair: str) -> None:
    """LR203: the run ends with most of its LR left."""
    assert final_share(executed(f"horizon_ignores_accumulation/bad_{pair}.py")) > 0.75
    assert final_share(executed(f"horizon_ignores_accumulation/good_{pair}.py")) < 0.05


def test_warmup_longer_than_the_run() -> None:
    """LR204: a warm-up in batches, stepped per epoch, never reaches the full LR."""
    assert max(executed("warmup_unit/bad_warmup_in_batches.py").lrs) < 0.65 * 0.2
    assert max(executed("warmup_unit/good_same_unit.py").lrs) == 0.2


def test_warmup_over_at_once() -> None:
    """LR204: a warm-up in epochs, stepped per batch, is over after two updates instead of two epochs of 29."""
    wrong, right = (
        executed(f"warmup_unit/{script}.py").lrs for script in ("bad_warmup_in_epochs", "good_warmup_in_batches")
    )
    assert wrong.index(max(wrong)) == 2
    assert right.index(max(right)) == 58


@pytest.mark.parametrize(
    ("bad", "good", "drops"),
    [("bad_beyond_the_run", "good_within_the_run", 3), ("bad_in_batches", "good_in_batches", 2)],
)
def test_milestones_out_of_run(bad: str, good: str, drops: int) -> None:
    """LR205: no drop ever comes."""
    assert len(set(executed(f"milestones_out_of_run/{bad}.py").lrs)) == 1
    assert len(set(executed(f"milestones_out_of_run/{good}.py").lrs)) == drops + 1


@pytest.mark.parametrize(
    ("bad", "good"), [("bad_cosine_counts_warmup", "good_cosine_after_warmup"), ("bad_milestone", "good_milestone")]
)
def test_sequential_horizon(bad: str, good: str) -> None:
    """LR206: the last piece is not through when the run ends."""
    assert final_share(executed(f"sequential_horizon/{bad}.py")) > 0.15
    assert final_share(executed(f"sequential_horizon/{good}.py")) < 0.05


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("bad_exponential_per_batch", "good_exponential_per_batch"),
        ("bad_halved_each_10", "good_halved_each_200"),
    ],
)
def test_decays_to_nothing(bad: str, good: str) -> None:
    """LR207: most of the updates have an LR that cannot move a float32 weight."""
    wrong, right = (executed(f"decays_to_nothing/{script}.py").lrs for script in (bad, good))
    assert sum(lr < 1e-7 * max(wrong) for lr in wrong) > len(wrong) / 2
    assert min(right) > 1e-2 * max(right)


@pytest.mark.parametrize(
    ("bad", "good"), [("bad_no_metric", "good_validation_loss"), ("bad_attribute", "good_attribute")]
)
def test_plateau_without_metric(bad: str, good: str) -> None:
    """LR301: the run ends at the first call."""
    error = executed(f"plateau_without_metric/{bad}.py").error
    assert isinstance(error, TypeError)
    assert "metrics" in str(error)
    assert executed(f"plateau_without_metric/{good}.py").error is None


@pytest.mark.parametrize("pair", ["accuracy", "sklearn_score"])
def test_plateau_mode(pair: str) -> None:
    """LR302: progress is taken for a plateau, and the LR ends at less than a tenth of the right one."""
    wrong, right = (executed(f"plateau_mode/{kind}_{pair}.py").lrs for kind in ("bad", "good"))
    assert wrong[-1] < 0.1 * right[-1]


def test_plateau_cadence() -> None:
    """LR303: the noise of single batches wears out a patience that was meant in epochs."""
    assert share_until_annealed(executed("plateau_cadence/bad_every_batch.py").lrs) < 0.5
    assert final_share(executed("plateau_cadence/good_every_epoch.py")) == 1


def test_metric_to_step_lr() -> None:
    """LR304: a validation loss of some 150 is taken for epoch 150, and the LR is gone after one epoch."""
    wrong, right = (
        executed(f"metric_to_epoch_schedule/{script}.py") for script in ("bad_step_val_loss", "good_step_no_argument")
    )
    assert wrong.schedulers[0].lrs[1] < 1e-3 * wrong.schedulers[0].lrs[0]
    assert right.schedulers[0].lrs == pytest.approx([0.01 * 0.5 ** (call // 10) for call in range(31)])


def test_metric_to_cosine() -> None:
    """LR304: a loss that falls towards 0 is taken for an epoch that does, and the LR stays up."""
    assert final_share(executed("metric_to_epoch_schedule/bad_one_call_for_all.py")) > 0.9
    assert final_share(executed("metric_to_epoch_schedule/good_by_policy.py")) < 0.05


def goes_on_after_an_interruption(script: str) -> bool:
    """Whether a run that was interrupted and resumed has the LRs of one that was not."""
    first, second = resumed(script, saves=4)
    assert first.error is None
    assert second.error is None
    whole = executed(script).lrs
    assert len(first.lrs) + len(second.lrs) == len(whole)
    return bool(first.lrs + second.lrs == pytest.approx(whole))


@pytest.mark.parametrize(
    "script",
    [
        "checkpoint_without_scheduler/bad_resume.py",
        "checkpoint_without_scheduler/bad_save_function.py",
        "scheduler_not_restored/bad_not_loaded.py",
        "resume_without_state/bad_rebuilt_after_loading.py",
    ],
)
def test_resumed_from_the_wrong_state(script: str) -> None:
    """LR401, LR402, LR403: after a resume the LRs are not those of an uninterrupted run."""
    assert not goes_on_after_an_interruption(script)


@pytest.mark.parametrize(
    "script",
    [
        "checkpoint_without_scheduler/good_resume.py",
        "checkpoint_without_scheduler/good_save_function.py",
        "scheduler_not_restored/good_loaded.py",
        "resume_without_state/good_restored.py",
        "traps/good_resumed_cosine.py",
        "traps/good_last_epoch_after_loading.py",
    ],
)
def test_resumed_from_the_full_state(script: str) -> None:
    """Where the scheduler's place is saved and restored, a resume leaves no trace in the LR."""
    assert goes_on_after_an_interruption(script)


def test_resume_without_initial_lr() -> None:
    """LR403: `last_epoch` on a fresh optimizer raises; with the initial LR in its groups the schedule goes on."""
    assert "initial_lr" in str(executed("resume_without_state/bad_last_epoch.py").error)
    lrs = executed("resume_without_state/good_initial_lr.py").schedulers[0].lrs
    assert lrs == pytest.approx([0.1 * 0.1 ** (epoch // 3) for epoch in range(5, 11)])


def test_stale_optimizer() -> None:
    """LR501: the new optimizer's LR never moves, for the schedule still drives the old one."""
    assert len(set(executed("stale_optimizer/bad_unfrozen_backbone.py").updates[1])) == 1
    lrs = executed("stale_optimizer/good_new_scheduler.py").updates[1]
    assert lrs[-1] < 0.1 * lrs[0]


def test_group_added_after_the_scheduler() -> None:
    """LR501: OneCycleLR has no schedule for a group that it has not seen."""
    assert isinstance(executed("stale_optimizer/bad_added_group.py").error, KeyError)
    assert executed("stale_optimizer/good_group_before_scheduler.py").error is None


def test_competing_schedulers() -> None:
    """LR502: the second scheduler overwrites the first, and the warm-up does not happen."""
    assert final_share(executed("competing_schedulers/bad_warmup_and_cosine.py")) < 1
    assert executed("competing_schedulers/bad_warmup_and_cosine.py").lrs[0] == 0.2
    for script in ("good_sequential", "good_two_phases"):
        assert executed(f"competing_schedulers/{script}.py").lrs[0] == pytest.approx(0.2 / 3)


def test_lr_overwritten() -> None:
    """LR503: the updates see the four LRs that are set by hand, and nothing of the cosine's twenty."""
    assert sorted(set(executed("lr_overwritten/bad_manual_decay.py").lrs)) == [0.00625, 0.0125, 0.025, 0.05]
    assert len(set(executed("lr_overwritten/good_scheduler_alone.py").lrs)) == 20


def test_absolute_lr_lambda() -> None:
    """LR506: the LR is the square of what was meant, unless the optimizer's own is 1."""
    assert executed("absolute_lr_lambda/bad_returns_lr.py").lrs[0] == pytest.approx(0.05 * 0.05)
    for script in ("good_returns_factor", "good_base_lr_of_one"):
        assert executed(f"absolute_lr_lambda/{script}.py").lrs[0] == pytest.approx(0.05)


def test_momentum_cycle() -> None:
    """LR507: without a momentum to cycle the constructor raises."""
    assert "must support momentum" in str(executed("momentum_cycle/bad_adagrad.py").error)


def test_plateau_in_composite() -> None:
    """LR508: ChainedScheduler refuses a scheduler that needs a metric."""
    assert "does not support `ReduceLROnPlateau`" in str(executed("plateau_in_composite/bad_chained_plateau.py").error)


@pytest.mark.parametrize(
    ("script", "message"), [("bad_get_lr", "get_last_lr"), ("bad_step_epoch", "epoch parameter in `scheduler.step()`")]
)
def test_deprecated_scheduler_api(script: str, message: str) -> None:
    """LR601: torch itself warns."""
    assert any(message in warning for warning in executed(f"deprecated_scheduler_api/{script}.py").warnings)


def test_removed_scheduler_argument() -> None:
    """LR602: `verbose` is no longer a parameter."""
    assert "'verbose'" in str(executed("removed_scheduler_argument/bad_verbose.py").error)


@pytest.mark.parametrize(
    "script",
    [
        "deprecated_scheduler_api/good_get_last_lr",
        "deprecated_scheduler_api/good_step_no_epoch",
        "removed_scheduler_argument/good_no_verbose",
    ],
)
def test_current_scheduler_api(script: str) -> None:
    """The current spellings warn of nothing."""
    assert executed(f"{script}.py").warnings == []
