"""What every bad script promises and delivers: counted by hand, held against real runs by the tests here."""

from __future__ import annotations

from typing import NamedTuple


class Truth(NamedTuple):
    """Calls of `step()` that a scheduler was planned for, and that the script makes.

    `promised` is None where the schedule has no end, `delivered` where nothing is counted (no scheduler comes
    to be). `scheduler` says which one, in order of construction; of schedulers that are built anew in a loop
    it is the first. `raises_at` is the call at which the script breaks off; `delivered` are then the calls
    that its loops would make.
    """

    promised: int | None
    delivered: int | None
    scheduler: int = 0
    raises_at: int | None = None


TRUTHS: dict[str, Truth] = {
    "absolute_lr_lambda/bad_returns_lr.py": Truth(None, 10),
    "checkpoint_without_scheduler/bad_resume.py": Truth(10, 10),
    "checkpoint_without_scheduler/bad_save_function.py": Truth(48, 48),
    "competing_schedulers/bad_warmup_and_cosine.py": Truth(None, 8, scheduler=1),
    "decays_to_nothing/bad_exponential_per_batch.py": Truth(None, 672),
    "decays_to_nothing/bad_halved_each_10.py": Truth(None, 1000),
    "deprecated_scheduler_api/bad_get_lr.py": Truth(None, 9),
    "deprecated_scheduler_api/bad_step_epoch.py": Truth(None, 12),
    "removed_scheduler_argument/bad_verbose.py": Truth(None, None),
    "epoch_schedule_per_batch/bad_cosine.py": Truth(10, 90),
    "epoch_schedule_per_batch/bad_step_lr.py": Truth(None, 60),
    "horizon_ignores_accumulation/bad_cosine_warmup.py": Truth(224, 56),
    "horizon_ignores_accumulation/bad_one_cycle.py": Truth(216, 108),
    "horizon_too_long/bad_forgotten_budget.py": Truth(1000, 100),
    "horizon_too_long/bad_literal_total_steps.py": Truth(200, 20),
    "horizon_too_short/bad_cosine_climbs_back.py": Truth(50, 100),
    "horizon_too_short/bad_one_cycle_raises.py": Truth(60, 72, raises_at=61),
    "horizon_too_short/bad_one_epoch_horizon.py": Truth(18, 72),
    "lr_overwritten/bad_manual_decay.py": Truth(20, 20),
    "metric_to_epoch_schedule/bad_one_call_for_all.py": Truth(30, 30),
    "metric_to_epoch_schedule/bad_step_val_loss.py": Truth(None, 30),
    "milestones_out_of_run/bad_beyond_the_run.py": Truth(None, 20),
    "milestones_out_of_run/bad_in_batches.py": Truth(None, 10),
    "momentum_cycle/bad_adagrad.py": Truth(None, None),
    "never_stepped/bad_forgotten.py": Truth(None, 0),
    "never_stepped/bad_wrong_object.py": Truth(None, 0, scheduler=1),
    "one_cycle_per_epoch/bad_flat.py": Truth(90, 6),
    "one_cycle_per_epoch/bad_trainer_class.py": Truth(112, 8),
    "one_cycle_per_epoch/bad_transformers_warmup.py": Truth(60, 5),
    "plateau_cadence/bad_every_batch.py": Truth(None, 342),
    "plateau_in_composite/bad_chained_plateau.py": Truth(None, 15, raises_at=0),
    "plateau_mode/bad_accuracy.py": Truth(None, 12),
    "plateau_mode/bad_sklearn_score.py": Truth(None, 60),
    "plateau_without_metric/bad_attribute.py": Truth(None, 30, raises_at=1),
    "plateau_without_metric/bad_no_metric.py": Truth(None, 12, raises_at=1),
    "rebuilt_in_loop/bad_optimizer_factory.py": Truth(10, 1),
    "rebuilt_in_loop/bad_scheduler_per_epoch.py": Truth(None, 1),
    "resume_without_state/bad_last_epoch.py": Truth(None, None),
    "resume_without_state/bad_rebuilt_after_loading.py": Truth(None, 10),
    "scheduler_before_optimizer/bad_before_update.py": Truth(35, 35),
    "scheduler_before_optimizer/bad_start_of_epoch.py": Truth(None, 6),
    "scheduler_not_restored/bad_not_loaded.py": Truth(10, 10),
    "sequential_horizon/bad_cosine_counts_warmup.py": Truth(25, 20, scheduler=2),
    "sequential_horizon/bad_milestone.py": Truth(88, 54, scheduler=2),
    "stale_optimizer/bad_added_group.py": Truth(48, 48, raises_at=1),
    "stale_optimizer/bad_unfrozen_backbone.py": Truth(10, 10),
    "step_per_backward/bad_amp_train_function.py": Truth(45, 87, scheduler=2),
    "step_per_backward/bad_outside_guard.py": Truth(28, 112),
    "stepped_twice/bad_copied_line.py": Truth(60, 120),
    "stepped_twice/bad_inside_and_outside.py": Truth(8, 16),
    "warmup_unit/bad_warmup_in_batches.py": Truth(10, 10),
    "warmup_unit/bad_warmup_in_epochs.py": Truth(232, 232),
}
