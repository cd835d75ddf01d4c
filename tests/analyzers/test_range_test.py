"""The reading of LR range tests."""

from __future__ import annotations

import numpy as np
import pytest

from lrlint.logs.range_test import RangeTest, Refusal, range_test

LRS = 1e-6 * (1e7 ** (np.arange(800) / 799))
LOSSES = 0.8 + 1.5 / (1 + (LRS / 0.01) ** 1.5) + (LRS / 0.5) ** 2


def noisy(seed: int) -> np.ndarray:
    """The losses as small batches show them."""
    return LOSSES + np.random.default_rng(seed).normal(0, 0.06, 800)


def test_the_suggestion_hardly_moves_from_seed_to_seed() -> None:
    """A standard deviation of at most 0.06 in log10 over twenty seeds."""
    found = [range_test(LRS, noisy(seed)) for seed in range(20)]
    suggestions = [np.log10(each.max_lr) for each in found if isinstance(each, RangeTest)]
    assert len(suggestions) == 20
    assert np.std(suggestions) <= 0.06


def test_a_test_that_never_diverged_is_refused() -> None:
    """There is no minimum to go by."""
    refusal = range_test(LRS[:540], noisy(0)[:540])
    assert refusal == Refusal("the loss never diverged: raise the LR further")


def test_a_test_that_only_diverges_is_refused() -> None:
    """The loss has to fall first."""
    refusal = range_test(LRS[590:], LOSSES[590:])
    assert isinstance(refusal, Refusal)
    assert "begin with a lower LR" in refusal.reason


def test_a_test_that_ended_in_nan_is_read() -> None:
    """NaN is how many divergences end; the rows before it count."""
    losses = noisy(1)
    losses[760:] = np.nan
    assert isinstance(range_test(LRS, losses), RangeTest)


def test_a_suggestion_that_chance_would_move_too_far_is_refused() -> None:
    """The same noise over an eighth of the rows."""
    refusal = range_test(LRS[::8], noisy(0)[::8])
    assert isinstance(refusal, Refusal)
    assert "test with more steps" in refusal.reason


@pytest.mark.parametrize("rows", [0, 3, 24])
def test_too_few_rows_are_refused(rows: int) -> None:
    """The message says how many there are and how many are needed."""
    refusal = range_test(LRS[:rows], LOSSES[:rows])
    assert isinstance(refusal, Refusal)
    assert refusal.reason.startswith(f"{rows} rows")
