"""Which schedule won, and whether the noise between seeds bears it out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lrlint.compare import Contender, NothingToCompareError, compare, rank
from lrlint.config import Settings

LOGS = Path(__file__).parents[1] / "fixtures" / "logs"


def contender(name: str, family: str, final: float) -> Contender:
    """A run that ended at a loss of `final`."""
    return Contender(name, (family,), {}, final, final, None, None, 0, False, 0.0)


def test_real_runs_are_compared_by_their_validation_loss() -> None:
    """All reach the default threshold, which is the best level of the worst of them."""
    result = compare([str(LOGS / "healthy")], Settings())
    assert result.loss in ("val/loss", "val_loss")
    assert [c.rank for c in result.contenders] == list(range(1, 10))
    assert all(c.steps_to is not None for c in result.contenders)
    assert result.noise is None


def test_a_higher_threshold_is_reached_earlier() -> None:
    """Steps are counted to the level that is asked for."""
    early, late = (compare([str(LOGS / "healthy")], Settings(), threshold) for threshold in (0.5, 0.15))
    steps = [{c.run: c.steps_to for c in result.contenders} for result in (early, late)]
    assert all(steps[0][run] <= steps[1][run] for run in steps[0])  # type: ignore[operator]


def test_groups_within_the_noise_share_a_rank() -> None:
    """Seeds of one schedule differ by 0.1: a lead of 0.02 is none, one of 1 is."""
    finals = {"cosine": [1.0, 1.1], "linear": [1.02, 1.12], "step": [2.0, 2.1]}
    runs = [contender(f"{f}{i}", f, x) for f, levels in finals.items() for i, x in enumerate(levels)]
    ranked, noise = rank(runs)
    assert noise == pytest.approx(0.1 / 2**0.5)
    assert {c.families[0]: c.rank for c in ranked} == {"cosine": 1, "linear": 1, "step": 3}


def test_without_repeats_every_difference_counts() -> None:
    """There is no noise to go by."""
    ranked, noise = rank([contender("a", "cosine", 1.0), replace(contender("b", "step", 1.01))])
    assert (noise, [c.rank for c in ranked]) == (None, [1, 2])


def test_one_run_is_nothing_to_compare() -> None:
    """The message says how many were found."""
    with pytest.raises(NothingToCompareError, match="1 of 1 runs have a loss, two are needed"):
        compare([str(LOGS / "healthy" / "cosine")], Settings())
