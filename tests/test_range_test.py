"""Range tests in log files: what counts as one, and what several say together."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from lrlint.config import Settings
from lrlint.logs.range_test import RangeTest, Refusal
from lrlint.range_test import read_range_tests

LRS = 1e-4 * (1e5 ** (np.arange(200) / 199))
LOSSES = 0.8 + 1.5 / (1 + (LRS / 0.05) ** 1.5) + (LRS / 2) ** 2


def write(folder: Path, lrs: np.ndarray[tuple[int], np.dtype[np.float64]] = LRS, *, seed: int = 0) -> None:
    """A log of a test with noise on its losses."""
    folder.mkdir()
    noise = np.random.default_rng(seed).normal(0, 0.03, len(lrs))
    with (folder / "log.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["step", "lr", "train_loss"])
        table.writerows((n, f"{a:.5g}", f"{b:.4f}") for n, (a, b) in enumerate(zip(lrs, LOSSES + noise, strict=False)))


def test_tests_of_one_model_are_summed_up(tmp_path: Path) -> None:
    """The median of what they suggest, and how far that moves from seed to seed."""
    for seed in range(4):
        write(tmp_path / f"seed{seed}", seed=seed)
    report = read_range_tests([str(tmp_path)], Settings())
    assert len(report.answers) == len(report.tests) == 4
    assert report.together is not None
    middle, spread = report.together
    assert middle == pytest.approx(0.05, rel=0.25)
    assert spread < 0.06


def test_the_spread_covers_what_chance_does(tmp_path: Path) -> None:
    """Of twelve seeds, the middle ones lie within twice the spread that each of them claims."""
    for seed in range(12):
        write(tmp_path / f"seed{seed:02}", seed=seed)
    report = read_range_tests([str(tmp_path)], Settings())
    assert report.together is not None
    middle, spread = report.together
    claimed = float(np.median([answer.spread for answer in report.answers]))
    assert spread < 2 * claimed
    inside = [abs(np.log10(answer.max_lr / middle)) < 2 * answer.spread for answer in report.answers]
    assert sum(inside) >= 10


def test_one_test_alone_says_nothing_of_others(tmp_path: Path) -> None:
    """There is no spread between seeds of a single one."""
    write(tmp_path / "alone")
    report = read_range_tests([str(tmp_path)], Settings())
    assert isinstance(report.tests[0].answer, RangeTest)
    assert report.together is None


@pytest.mark.parametrize(
    ("lrs", "reason"),
    [
        (LRS[::-1], "the LR does not rise"),
        (np.full(200, 0.1), "the LR does not rise"),
        (np.linspace(0.01, 0.1, 200), "the LR does not rise from row to row, by a factor of 20"),
        (np.append(LRS[:100], LRS[:100]), "the LR does not rise"),
    ],
    ids=["falling", "constant", "short", "twice"],
)
def test_a_run_that_is_no_range_test_is_refused(
    tmp_path: Path, lrs: np.ndarray[tuple[int], np.dtype[np.float64]], reason: str
) -> None:
    """Whatever its loss does."""
    write(tmp_path / "run", lrs)
    (test,) = read_range_tests([str(tmp_path)], Settings()).tests
    assert isinstance(test.answer, Refusal)
    assert reason in test.answer.reason


def test_a_loss_of_noise_is_refused_as_noise(tmp_path: Path) -> None:
    """A guess is worse than no answer."""
    folder = tmp_path / "noise"
    folder.mkdir()
    losses = LOSSES + np.random.default_rng(3).normal(0, 1.5, len(LOSSES)) * (LRS < 3)
    rows = [f"{n},{lr:.5g},{loss:.4f}" for n, (lr, loss) in enumerate(zip(LRS, losses, strict=True))]
    (folder / "log.csv").write_text("\n".join(["step,lr,train_loss", *rows]))
    (test,) = read_range_tests([str(tmp_path)], Settings()).tests
    assert isinstance(test.answer, Refusal)
    assert "too noisy" in test.answer.reason


def test_logs_without_an_lr_or_a_loss_are_refused(tmp_path: Path) -> None:
    """And say which is missing."""
    for name, column in (("a", "lr"), ("b", "train_loss")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "log.csv").write_text("\n".join([f"step,{column},acc", *(f"{n},{n + 1},0.5" for n in range(50))]))
    reasons = [test.answer.reason for test in read_range_tests([str(tmp_path)], Settings()).tests]  # type: ignore[union-attr]
    assert sorted(reasons) == ["no LR was logged", "no training loss was logged"]
