"""Which runs are repeats of one another, which group is ahead, and when the noise leaves it open."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lrlint.compare import Comparison, Contender, NothingToCompareError, compare, rank
from lrlint.config import Settings


def contender(final: float, name: str = "run") -> Contender:
    """A run of which only the final loss matters."""
    return Contender(name, (), {}, final, final, None, None, None, None, 0, False, 0.0)


def ranks(*groups: Sequence[float]) -> list[int]:
    """The ranks of groups of final losses, in the order of their means."""
    found, _, _ = rank([[contender(final) for final in group] for group in groups])
    return [group.rank for group in found]


def test_groups_further_apart_than_the_noise_have_ranks_of_their_own() -> None:
    """The groups vary by 0.01 and are 0.1 apart."""
    assert ranks([0.50, 0.51, 0.52], [0.60, 0.61, 0.62], [0.70, 0.71, 0.72]) == [1, 2, 3]


def test_groups_within_the_noise_share_a_rank_and_the_next_one_counts_on() -> None:
    """Two are best together, so that the next is third."""
    assert ranks([0.50, 0.60], [0.52, 0.62], [5.0, 5.1]) == [1, 1, 3]


def test_few_repeats_prove_little() -> None:
    """Student's t asks for more with two repeats than with ten: 4.30 standard errors instead of 2.10."""
    apart = 0.03  # three standard errors for two groups of two
    two = [[0.50, 0.50 + math.sqrt(2) * 0.01], [0.50 + apart, 0.50 + apart + math.sqrt(2) * 0.01]]
    assert ranks(*two) == [1, 1]
    spread = np.array([-1, 1] * 5) * 0.0095  # standard deviation 0.01
    ten = [(0.5 + spread).tolist(), (0.5 + apart * math.sqrt(1 / 5) + spread).tolist()]
    assert ranks(*ten) == [1, 2]


def test_a_group_without_repeats_is_judged_by_the_noise_of_the_others() -> None:
    """Its own noise is not known."""
    assert ranks([0.50, 0.52, 0.48], [0.51]) == [1, 1]
    assert ranks([0.50, 0.52, 0.48], [0.90]) == [1, 2]


def test_without_any_repeat_every_difference_counts_and_no_noise_is_claimed() -> None:
    """There is nothing to measure it by."""
    groups, noise, freedom = rank([[contender(0.5)], [contender(0.50001)]])
    assert [group.rank for group in groups] == [1, 2]
    assert (noise, freedom) == (None, 0)


def test_a_run_that_ended_in_nan_is_last_and_is_no_noise() -> None:
    """Its final loss is infinite."""
    groups, noise, _ = rank([[contender(math.inf), contender(0.5), contender(0.52)], [contender(0.6), contender(0.6)]])
    assert [group.final for group in groups] == [0.6, math.inf]
    assert noise == pytest.approx(0.01 * math.sqrt(2 / 2))


def write(folder: Path, final: float, peak: float = 0.1, *, rows: int = 200, nan: bool = False, **more: float) -> None:
    """A run with a cosine LR whose losses fall to `final`; `more` are columns that hold one value."""
    folder.mkdir(parents=True)
    with (folder / "log.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["step", "lr", "train_loss", *more])
        for step in range(rows):
            lr = peak / 2 * (1 + math.cos(math.pi * step / rows))
            loss = math.nan if nan and step > rows // 2 else final + 2 * math.exp(-step / 20)
            table.writerow([step, lr, loss, *more.values()])


def names(comparison: Comparison) -> list[set[str]]:
    """The last folders of the runs, by group."""
    return [{one.run.split("/")[-2] for one in group.contenders} for group in comparison.groups]


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two schedules, three and two times."""
    for seed, final in enumerate((0.50, 0.52, 0.51)):
        write(tmp_path / f"high-{seed}", final, 0.1)
    for seed, final in enumerate((0.70, 0.71)):
        write(tmp_path / f"low-{seed}", final, 0.01)
    return tmp_path


def test_runs_of_one_schedule_are_repeats(runs: Path) -> None:
    """The same family, and parameters that differ by at most one per cent."""
    found = compare([str(runs)], Settings())
    assert names(found) == [{"high-0", "high-1", "high-2"}, {"low-0", "low-1"}]
    assert [group.rank for group in found.groups] == [1, 2]
    assert found.noise == pytest.approx(math.sqrt((2 * 0.01**2 + 0.005**2 * 2) / 3), rel=1e-3)
    assert found.freedom == 3
    assert found.groups[0].contenders[0].families[0] == "cosine"


def test_a_pattern_says_which_runs_are_repeats(runs: Path) -> None:
    """By what it captures; runs that it does not match are alone."""
    by_seed = names(compare([str(runs)], Settings(), repeats=re.compile(r"-(\d)/log")))
    assert sorted(map(sorted, by_seed)) == [["high-0", "low-0"], ["high-1", "low-1"], ["high-2"]]
    by_match = names(compare([str(runs)], Settings(), repeats=re.compile("/high")))
    assert sorted(map(sorted, by_match)) == [["high-0", "high-1", "high-2"], ["low-0"], ["low-1"]]


def test_steps_to_the_threshold_are_counted_to_the_level_of_the_loss(tmp_path: Path) -> None:
    """0.5 + 2 exp(-s / 20) passes 1 at s = 27.7; its running median over ten rows half a window later."""
    write(tmp_path / "a", 0.5)
    write(tmp_path / "b", 1.2, 0.2)
    found = compare([str(tmp_path)], Settings(), threshold=1.0)
    reached = {one.run.split("/")[-2]: one.steps_to for group in found.groups for one in group.contenders}
    assert reached["b"] is None
    assert reached["a"] == pytest.approx(28 + 5, abs=1)


def test_by_default_half_of_the_runs_reach_the_threshold(runs: Path) -> None:
    """It is the median of their best levels."""
    found = compare([str(runs)], Settings())
    steps = [one.steps_to for group in found.groups for one in group.contenders]
    assert sum(step is not None for step in steps) == 3
    assert found.threshold == pytest.approx(0.52, abs=1e-3)


def test_a_loss_that_ended_in_nan_is_infinite(tmp_path: Path) -> None:
    """Its best level stays."""
    write(tmp_path / "a", 0.5)
    write(tmp_path / "b", 0.4, 0.2, nan=True)
    first, last = compare([str(tmp_path)], Settings()).groups
    assert first.final == pytest.approx(0.5, abs=1e-3)
    assert last.final == math.inf
    assert last.contenders[0].best == pytest.approx(0.4, abs=0.02)


def test_validation_losses_are_compared_where_all_runs_have_one(tmp_path: Path) -> None:
    """Else the training losses."""
    write(tmp_path / "a", 0.5, val_loss=2.0)
    write(tmp_path / "b", 0.6, 0.2, val_loss=1.0)
    assert compare([str(tmp_path)], Settings()).loss == "val_loss"
    assert names(compare([str(tmp_path)], Settings())) == [{"b"}, {"a"}]
    write(tmp_path / "c", 0.7, 0.3)
    assert names(compare([str(tmp_path)], Settings())) == [{"a"}, {"b"}, {"c"}]


def test_a_metric_that_all_runs_logged_is_shown(tmp_path: Path) -> None:
    """Final and best."""
    write(tmp_path / "a", 0.5, val_acc=0.9)
    write(tmp_path / "b", 0.6, 0.2, val_acc=0.8)
    found = compare([str(tmp_path)], Settings())
    assert found.metric == "val_acc"
    assert [group.contenders[0].metric_final for group in found.groups] == [0.9, 0.8]


def test_fewer_than_two_runs_cannot_be_compared(tmp_path: Path) -> None:
    """The message counts them."""
    write(tmp_path / "a", 0.5)
    with pytest.raises(NothingToCompareError, match=r"^1 of 1 runs have a loss to compare, two are needed$"):
        compare([str(tmp_path)], Settings())


LOGS = Path(__file__).parents[1] / "fixtures" / "logs"


def test_real_runs_are_compared_by_their_validation_loss() -> None:
    """Nine schedules, each run once, with wall times where the log has them."""
    found = compare([str(LOGS / "healthy")], Settings())
    assert found.loss in ("val/loss", "val_loss")
    assert [group.rank for group in found.groups] == list(range(1, 10))
    assert found.noise is None


def test_a_higher_threshold_is_reached_earlier() -> None:
    """In every run, by steps and by the clock."""
    early, late = (compare([str(LOGS / "healthy")], Settings(), threshold) for threshold in (0.5, 0.15))
    for before, after in zip(early.groups, late.groups, strict=True):
        one, other = before.contenders[0], after.contenders[0]
        assert one.run == other.run
        assert (one.steps_to or 0) <= (other.steps_to or 0)
        assert (one.seconds_to or 0) <= (other.seconds_to or 0)
