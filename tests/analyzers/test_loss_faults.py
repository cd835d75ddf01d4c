"""RUN103, RUN104, RUN301, RUN302, RUN303, RUN401: what the losses show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.analyzers.conftest import Ask, MakeRun

STEPS = np.arange(600)
NOISE = np.random.default_rng(1).normal(0, 0.05, 600)
LOSS = 0.3 + 2 * np.exp(-STEPS / 80) + NOISE
COSINE = 0.05 * (1 + np.cos(np.pi * STEPS / 600))
WARMUP = np.minimum((STEPS + 1) / 150, 1.0) * 0.1
VALIDATION_STEPS = STEPS[29::30]


@pytest.mark.parametrize("code", ["RUN103", "RUN104", "RUN301", "RUN302", "RUN303", "RUN401"])
def test_a_healthy_run_is_silent(make_run: MakeRun, ask: Ask, code: str) -> None:
    """A noisy loss that falls to its floor, a validation loss beside it."""
    assert ask(code, make_run(loss=LOSS, validation=LOSS + 0.1, lr=COSINE)) == []


def test_a_spike_is_found_at_its_step(make_run: MakeRun, ask: Ask) -> None:
    """One row far above its neighbours, after which the loss comes back."""
    (finding,) = ask("RUN103", make_run(loss=LOSS + 3.0 * (STEPS == 400), lr=COSINE))
    assert (finding.first_step, finding.evidence["count"], finding.evidence["recovered"]) == (400, 1, 1)


def test_rows_that_stand_out_only_before_the_noise_grows_are_no_spikes(make_run: MakeRun, ask: Ask) -> None:
    """Single batches differ little while the LR is tiny, and much more once the model has begun to learn."""
    noise = np.random.default_rng(5).normal(size=2000) * np.interp(np.arange(2000), [0, 150, 151], [0.002, 0.01, 0.2])
    run = make_run(loss=np.interp(np.arange(2000), [0, 2000], [0.7, 0.5]) + noise, lr=np.full(2000, 0.1))
    assert ask("RUN", run) == []


def test_a_noise_with_a_long_tail_has_no_spikes(make_run: MakeRun, ask: Ask) -> None:
    """Single hard batches come all along; only what stands clear of them is a spike."""
    draws = np.random.default_rng(3).exponential(size=20_000)
    loss = 0.8 + 2 * np.exp(-np.arange(20_000) / 4000) + 0.2 * draws
    lr = np.linspace(0.1, 0.0, 20_000)
    assert ask("RUN103", make_run(loss=loss, lr=lr)) == []
    (finding,) = ask("RUN103", make_run(loss=loss + 9.0 * (np.arange(20_000) == 12_000), lr=lr))
    assert finding.evidence["steps"] == [12_000]


def test_a_first_row_that_happens_to_be_low_makes_no_spike_of_the_next(make_run: MakeRun, ask: Ask) -> None:
    """As where a run goes on from a checkpoint and logs the loss of one batch at once."""
    resumed = np.concatenate(([0.130], np.linspace(0.1365, 0.127, 41))) + NOISE[:42] / 1000
    assert ask("RUN", make_run(loss=resumed, lr=np.full(42, 3e-4))) == []


def test_several_spikes_are_one_finding(make_run: MakeRun, ask: Ask) -> None:
    """All of them are listed in the evidence."""
    (finding,) = ask("RUN103", make_run(loss=LOSS + 3.0 * np.isin(STEPS, [200, 300, 500]), lr=COSINE))
    assert finding.evidence["steps"] == [200, 300, 500]


def test_a_spike_in_the_warmup_is_the_warmups(make_run: MakeRun, ask: Ask) -> None:
    """While the LR still rises, RUN303 reports it and RUN103 does not."""
    run = make_run(loss=LOSS + 4.0 * np.isin(STEPS, [100, 101, 102]), lr=WARMUP)
    assert [finding.code for finding in ask("RUN", run)] == ["RUN303"]
    assert ask("RUN303", run)[0].first_step == pytest.approx(100, abs=2)


def test_swings_at_a_steady_lr_are_found(make_run: MakeRun, ask: Ask) -> None:
    """The loss goes up and down by most of what it gained."""
    run = make_run(loss=1.5 + np.sin(STEPS / 15) + NOISE, lr=np.full(600, 0.1))
    (finding,) = ask("RUN104", run)
    assert finding.evidence["turns"] >= 6  # type: ignore[operator]


def test_a_loss_around_zero_has_no_progress_to_swing_by(make_run: MakeRun, ask: Ask) -> None:
    """The surrogate loss of a policy gradient is above zero as often as below."""
    assert ask("RUN104", make_run(loss=np.sin(STEPS / 15) + NOISE, lr=COSINE)) == []


def test_a_loss_that_comes_back_to_less_than_its_first_value_is_no_overshoot(make_run: MakeRun, ask: Ask) -> None:
    """A detector's first batch is its worst; then boxes are found, and their classes cost again."""
    detector = np.concatenate(([1.2, 0.62, 0.59], np.linspace(0.6, 0.95, 20), LOSS[:577] / 3))
    assert ask("RUN303", make_run(loss=detector, lr=WARMUP)) == []


def test_swings_that_follow_a_cyclic_lr_are_silent(make_run: MakeRun, ask: Ask) -> None:
    """A cyclic LR swings the loss by design."""
    lr = 0.01 + 0.09 * np.abs((STEPS / 50) % 2 - 1)
    assert ask("RUN104", make_run(loss=1.5 + np.sin(STEPS / 15) + NOISE, lr=lr)) == []


def test_a_loss_that_never_falls_is_found(make_run: MakeRun, ask: Ask) -> None:
    """A model of ten classes that stays at ln(10)."""
    (finding,) = ask("RUN301", make_run(loss=2.3 + NOISE, lr=COSINE))
    assert "never falls" in finding.message


def test_a_loss_that_stands_still_at_a_high_lr_is_found(make_run: MakeRun, ask: Ask) -> None:
    """It fell a little, then nothing, and the LR was never lowered."""
    (finding,) = ask("RUN301", make_run(loss=1.6 + 0.7 * np.exp(-STEPS / 40) + NOISE, lr=np.full(600, 0.1)))
    assert "stood still since" in finding.message


def test_a_converged_loss_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """Most of the loss is gone: that is what training is for."""
    assert ask("RUN301", make_run(loss=0.1 + 2 * np.exp(-STEPS / 40) + NOISE / 5, lr=np.full(600, 0.1))) == []


def test_overfitting_is_found_from_the_minimum_on(make_run: MakeRun, ask: Ask) -> None:
    """Validation rises, training falls."""
    run = make_run(loss=2 * np.exp(-STEPS / 100), validation=1 + np.abs(STEPS - 240) / 300, lr=COSINE)
    (finding,) = ask("RUN302", run)
    assert finding.first_step == pytest.approx(240, abs=3)


def test_a_rising_validation_loss_with_rising_accuracy_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """The loss grows overconfident, the metric that counts still improves."""
    run = make_run(loss=2 * np.exp(-STEPS / 100), validation=1 + np.abs(STEPS - 240) / 300, metric=STEPS / 700)
    named = run.series[:2] + tuple(
        type(s)("val/accuracy", s.role, s.steps, s.values, s.parts) for s in run.series if s.role == "metric"
    )
    assert ask("RUN302", type(run)("run", "run", ("csv",), ("log.csv",), named)) == []


def test_missing_steps_at_a_resume_are_found(make_run: MakeRun, ask: Ask) -> None:
    """The second file begins a hundred steps after the end of the first."""
    steps = np.where(STEPS < 300, STEPS, STEPS + 100)
    (finding,) = ask("RUN401", make_run(loss=LOSS, steps=steps, parts=(STEPS >= 300).astype(int)))
    assert (finding.first_step, finding.last_step) == (299, 400)


def test_a_loss_that_leaps_at_a_resume_is_found_once(make_run: MakeRun, ask: Ask) -> None:
    """The model was not restored; the leap is no spike besides."""
    loss = np.where(STEPS < 400, LOSS, 0.3 + 2 * np.exp(-(STEPS - 400) / 80) + NOISE)
    findings = ask("RUN", make_run(loss=loss, lr=COSINE, parts=(STEPS >= 400).astype(int)))
    assert [(finding.code, finding.first_step) for finding in findings] == [("RUN401", 400)]


def test_a_resume_after_a_divergence_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """From a checkpoint before it: what went to infinity is nothing to leap from."""
    steps = np.concatenate((STEPS[:400], STEPS[350:]))
    parts = np.concatenate((np.zeros(400), np.ones(250)))
    loss = np.where((np.arange(650) >= 380) & (parts == 0), np.inf, LOSS[steps])
    assert ask("RUN401", make_run(loss=loss, lr=COSINE[steps], steps=steps, parts=parts)) == []


def test_a_resume_that_repeats_steps_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """The rows since the last checkpoint are logged twice, with the same losses."""
    steps = np.concatenate((STEPS[:400], STEPS[350:]))
    parts = np.concatenate((np.zeros(400), np.ones(250)))
    assert ask("RUN", make_run(loss=LOSS[steps], lr=COSINE[steps], steps=steps, parts=parts)) == []


def test_folds_that_are_logged_one_after_another_are_no_resumes(make_run: MakeRun, ask: Ask) -> None:
    """Each begins at the first step, with the loss of a model that has learnt nothing yet."""
    steps = np.tile(STEPS[:30], 5)
    assert ask("RUN401", make_run(loss=0.3 + 2 * np.exp(-steps / 8), steps=steps)) == []


def test_a_loss_that_swings_all_the_time_is_one_finding(make_run: MakeRun, ask: Ask) -> None:
    """Its high rows are no spikes, its level no plateau and its first swing no overshoot besides."""
    findings = ask("RUN", make_run(loss=1.0 + STEPS % 2 + NOISE, lr=np.full(600, 0.1)))
    assert [finding.code for finding in findings] == ["RUN104"]
    slow = make_run(loss=np.where(STEPS // 40 % 2, 1.0, 3.0) + NOISE, lr=np.full(600, 0.1))
    assert [finding.code for finding in ask("RUN", slow)] == ["RUN104"]


def test_a_spike_on_a_steep_descent_is_found(make_run: MakeRun, ask: Ask) -> None:
    """The noise is read from row to row: how far the loss falls in a window does not count as noise."""
    steep = 0.2 + 2 * np.exp(-STEPS[:150] / 40) + NOISE[:150] / 2 + 2.5 * (STEPS[:150] == 70)
    (finding,) = ask("RUN103", make_run(loss=steep, lr=np.full(150, 0.1)))
    assert finding.first_step == 70


def test_a_validation_loss_that_rises_at_once_and_stays_high_is_overfitting(make_run: MakeRun, ask: Ask) -> None:
    """It need not go on rising: what counts is that it does not come back."""
    validation = 10 - 5 * np.exp(-np.arange(20) / 2) + 0.1 * NOISE[:20]
    run = make_run(loss=2 * np.exp(-STEPS / 50), lr=COSINE)
    rising = make_run(validation=validation, steps=VALIDATION_STEPS)
    both = type(run)("run", "run", ("csv",), ("log.csv",), (*run.series, *rising.series))
    assert [finding.code for finding in ask("RUN", both)] == ["RUN302"]


def test_overfitting_begins_at_the_lowest_row_itself(make_run: MakeRun, ask: Ask) -> None:
    """Not at a first evaluation before any training, which is high and only lies near the minimum."""
    validation = np.concatenate(([5.7, 1.11, 1.13], np.linspace(1.4, 2.6, 17))) + 0.01 * NOISE[:20]
    run = make_run(loss=2 * np.exp(-STEPS / 50), lr=COSINE)
    rising = make_run(validation=validation, steps=VALIDATION_STEPS)
    both = type(run)("run", "run", ("csv",), ("log.csv",), (*run.series, *rising.series))
    (finding,) = ask("RUN302", both)
    assert finding.first_step == VALIDATION_STEPS[1]


def test_a_run_thrown_out_by_its_first_update_never_falls(make_run: MakeRun, ask: Ask) -> None:
    """An overshoot in the second row is no start to have fallen from."""
    loss = np.concatenate(([2.4, 75.0], np.full(598, 2.3) + NOISE[:598] / 5))
    (finding,) = ask("RUN", make_run(loss=loss, lr=COSINE))
    assert finding.message == "loss never falls: it begins at 2.3, rises to 75 and ends at 2.3"


def test_spikes_that_come_all_along_are_one_finding(make_run: MakeRun, ask: Ask) -> None:
    """Those in the warm-up are no more frequent than the others: the peak of the LR is not to blame."""
    run = make_run(loss=LOSS + 4.0 * np.isin(STEPS, [60, 140, 220, 300, 380, 460, 540]), lr=WARMUP)
    (finding,) = ask("RUN", run)
    assert (finding.code, finding.evidence["count"]) == ("RUN103", 7)


def test_extremes_of_a_long_noisy_validation_loss_are_no_minimum(make_run: MakeRun, ask: Ask) -> None:
    """Over 100,000 rows some five in a row are low by chance."""
    steps = np.arange(100_000)
    heavy = np.random.default_rng(3).normal(size=100_000) ** 3
    falling = 0.3 + 2 * np.exp(-steps / 20_000)
    assert ask("RUN302", make_run(loss=falling, validation=falling + 0.05 * heavy)) == []
