"""What is drawn of a run: thinned lines that keep what matters, and the schedule laid over the LR."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlint.config import Settings
from lrlint.crosscheck import read_code
from lrlint.logs.diagnosis import Diagnosis
from lrlint.logs.picture import MOST_POINTS, extremes, picture, trace
from lrlint.logs.run import Role, Run, Series


def series(name: str, role: Role, values: list[float] | np.ndarray[tuple[int], np.dtype[np.float64]]) -> Series:
    """A series at the steps 0, 1, 2, … of one file."""
    return Series(name, role, np.arange(len(values)), np.asarray(values, np.float64), np.zeros(len(values), np.int32))


def run_of(*columns: Series) -> Run:
    """A run with these series."""
    return Run("run", "run", ("csv",), ("log.csv",), columns)


@given(
    st.lists(st.floats(width=32) | st.sampled_from([math.nan, math.inf]), min_size=1, max_size=300), st.integers(1, 40)
)
def test_no_extreme_and_no_gap_of_a_stretch_is_lost(values: list[float], stretches: int) -> None:
    """Whatever the values: each stretch keeps its lowest, its highest and its first non-finite row."""
    array = np.array(values, np.float64)
    kept = extremes(array, stretches)
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert np.all(np.diff(kept) > 0)
    size = -(-len(values) // stretches)
    for begin in range(0, len(values), size):
        stretch = array[begin : begin + size]
        shown = array[kept[(kept >= begin) & (kept < begin + size)]]
        finite = stretch[np.isfinite(stretch)]
        if len(finite):
            assert {finite.min(), finite.max()} <= set(shown.tolist())
        assert np.isfinite(stretch).all() == np.isfinite(shown).all()


def test_a_million_rows_become_a_few_thousand_with_a_lone_spike_among_them() -> None:
    """One row in a million is what the picture must not lose."""
    values = np.ones(1_000_000)
    values[654_321] = 7.0
    line = trace(series("loss", Role.LOSS, values))
    assert line.rows == 1_000_000
    assert len(line.values) <= MOST_POINTS + 2
    assert line.steps[line.values.argmax()] == 654_321


def test_short_series_are_drawn_as_they_are() -> None:
    """Nothing is left out that there is room for."""
    line = trace(series("loss", Role.LOSS, [3.0, math.nan, 1.0]))
    assert line.steps.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(line.values, [3.0, math.nan, 1.0])


COSINE = [0.05 * (1 + math.cos(math.pi * step / 300)) for step in range(301)]
STEPS = [0.1 * 0.5 ** (step // 100) for step in range(400)]
UNEVEN = [0.1] * 50 + [0.02] * 120 + [0.004] * 30


@pytest.mark.parametrize("lrs", [COSINE, STEPS, UNEVEN, [0.1] * 50], ids=["cosine", "step", "multistep", "constant"])
def test_the_identified_schedule_lies_on_the_lr(lrs: list[float]) -> None:
    """To a thousandth of the highest LR, at the steps of the LR."""
    drawn = picture(Diagnosis(run_of(series("lr", Role.LR, lrs))))
    assert drawn.fit is not None
    np.testing.assert_array_equal(drawn.fit.steps, drawn.lrs[0].steps)
    np.testing.assert_allclose(drawn.fit.values, drawn.lrs[0].values, atol=1e-3 * max(lrs))


def test_the_schedule_of_a_scheduler_stepped_per_epoch_is_drawn_in_stairs() -> None:
    """As the LR is: it holds for the ten steps of an epoch."""
    per_epoch = [0.05 * (1 + math.cos(math.pi * epoch / 30)) for epoch in range(31)]
    drawn = picture(Diagnosis(run_of(series("lr", Role.LR, np.repeat(per_epoch, 10)))))
    assert drawn.fit is not None
    np.testing.assert_allclose(drawn.fit.values, drawn.lrs[0].values, atol=1e-4)


def test_the_drops_of_reduce_on_plateau_are_drawn() -> None:
    """Its factor is what others call gamma."""
    loss = np.concatenate([2.0 * 0.98 ** np.arange(60), np.full(40, 2.0 * 0.98**60)])
    lrs, lr, best, bad = [], 0.1, math.inf, 0
    for value in loss:
        lrs.append(lr)
        best, bad = (value, 0) if value < best * (1 - 1e-4) else (best, bad + 1)
        if bad > 5:
            lr, bad = lr * 0.5, 0
    diagnosis = Diagnosis(run_of(series("lr", Role.LR, lrs), series("val_loss", Role.VALIDATION, loss)))
    assert diagnosis.schedule is not None
    assert diagnosis.schedule.family == "plateau"
    drawn = picture(diagnosis)
    assert drawn.fit is not None
    np.testing.assert_allclose(drawn.fit.values, lrs, atol=1e-4)


def test_the_lr_of_the_code_is_drawn_over_the_whole_run(tmp_path: Path) -> None:
    """Beside one that climbs back; not over a run that was cut off, whose end nobody knows."""
    file = tmp_path / "train.py"
    file.write_text(CODE)
    promise = read_code([str(file)], Settings()).promise
    cosine = [0.05 * (1 + math.cos(math.pi * (step // 4) / 100)) for step in range(400)]
    for lrs in (cosine, cosine + cosine[::-1]):
        drawn = picture(Diagnosis(run_of(series("lr", Role.LR, lrs)), promise))
        assert drawn.promised is not None
        np.testing.assert_allclose(drawn.promised.values[[0, -1]], [0.1, 0.0], atol=1e-4)
        assert np.all(np.diff(drawn.promised.values) <= 0)
    assert picture(Diagnosis(run_of(series("lr", Role.LR, cosine[:150])), promise)).promised is None


CODE = """
import torch

optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100)
for epoch in range(100):
    for x, y in loader:
        loss_of(model(x), y).backward()
        optimizer.step()
        optimizer.zero_grad()
    scheduler.step()
"""


def test_no_schedule_is_drawn_where_none_is_known() -> None:
    """A wild LR, and drops without a common factor."""
    wild = np.random.default_rng(0).random(200)
    for lrs in (wild, np.repeat([0.1, 0.05, 0.001], 40)):
        assert picture(Diagnosis(run_of(series("lr", Role.LR, lrs)))).fit is None


def test_a_noisy_loss_has_a_level_and_a_short_one_has_none() -> None:
    """The level is made of medians, so that spikes do not move it."""
    noisy = np.tile([0.9, 1.0, 1.1], 400)
    noisy[600] = 50.0
    drawn = picture(
        Diagnosis(run_of(series("loss", Role.LOSS, noisy), series("val/loss", Role.VALIDATION, [2.0, 1.0])))
    )
    level, none = drawn.levels
    assert level is not None
    assert level.values.max() < 1.1
    assert none is None
    assert [line.name for line in drawn.losses] == ["loss", "val/loss"]


def test_of_many_param_groups_the_leading_ones_are_drawn_and_all_are_counted() -> None:
    """A run can have a group per layer."""
    groups = [series(f"lr/{n}", Role.LR, [0.1 * n, 0.05 * n]) for n in range(1, 31)]
    drawn = picture(Diagnosis(run_of(*groups)))
    assert (len(drawn.lrs), drawn.groups) == (6, 30)
