"""RUN102: divergence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.analyzers.conftest import Ask, MakeRun

STEPS = np.arange(400)
NOISE = np.random.default_rng(0).normal(0, 0.05, 400)
HEALTHY = 0.3 + 2 * np.exp(-STEPS / 60) + NOISE


def test_a_healthy_noisy_loss_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """Noise around the floor is no divergence."""
    assert ask("RUN102", make_run(loss=HEALTHY)) == []


def test_a_rise_that_keeps_most_of_the_progress_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """A loss rises where augmentation is switched off or the task changes."""
    assert ask("RUN102", make_run(loss=HEALTHY + 0.6 * (STEPS > 300))) == []


def test_an_isolated_spike_is_silent(make_run: MakeRun, ask: Ask) -> None:
    """A spike that comes back is RUN103's."""
    assert ask("RUN102", make_run(loss=HEALTHY + 50.0 * (STEPS == 300))) == []


def test_a_short_run_is_not_judged(make_run: MakeRun, ask: Ask) -> None:
    """Fewer than ten rows say too little."""
    assert ask("RUN102", make_run(loss=[1.0, 0.5, 3.0, 9.0])) == []


@pytest.mark.parametrize("onset", [150, 250, 380])
def test_a_loss_that_climbs_for_good_is_found_at_its_onset(make_run: MakeRun, ask: Ask, onset: int) -> None:
    """The first step is where the climb leaves the reached level, to within ten steps."""
    loss = HEALTHY + np.where(onset <= STEPS, 0.5 * (STEPS - onset), 0.0)
    (finding,) = ask("RUN102", make_run(loss=loss, lr=np.full(400, 0.1)))
    assert finding.first_step is not None
    assert onset <= finding.first_step <= onset + 10


def test_an_overshoot_that_never_recovers_is_found(make_run: MakeRun, ask: Ask) -> None:
    """The loss shoots up in the first steps and then stays where an untrained model is."""
    loss = np.concatenate(([2.3, 2.4], 2.3 + 40 * np.exp(-np.arange(398) / 30)))
    (finding,) = ask("RUN102", make_run(loss=loss, lr=np.full(400, 8.0)))
    assert finding.first_step == 2
    assert "at lr 8" in finding.message


def test_the_restart_that_caused_it_is_named(make_run: MakeRun, ask: Ask) -> None:
    """A divergence that follows an unplanned restart is that restart's doing."""
    lr = np.concatenate((np.linspace(1, 0.4, 250), np.linspace(1, 0.7, 150)))
    loss = HEALTHY + np.where(STEPS >= 252, 0.5 * (STEPS - 252), 0.0)
    (finding,) = ask("RUN102", make_run(loss=loss, lr=lr, parts=(STEPS >= 250).astype(int)))
    assert finding.evidence["restart_step"] == 250
    assert "after the LR restarted at step 250 (0.4 to 1)" in finding.message


def test_a_loss_that_swung_before_it_was_lost_is_swinging(make_run: MakeRun, ask: Ask) -> None:
    """Eight turns by most of the progress are the story, and how the run ends is a part of it."""
    swinging = 1.2 - 0.6 * np.cos(STEPS / 12) * (STEPS < 300) + 0.6 * (STEPS >= 300) + NOISE / 5
    assert [finding.code for finding in ask("RUN", make_run(loss=np.append(2.0, swinging), lr=np.full(401, 0.1)))] == [
        "RUN104"
    ]
