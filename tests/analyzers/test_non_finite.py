"""RUN101: NaN and Inf."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from tests.analyzers.conftest import Ask, MakeRun

FALLING = list(np.linspace(2.0, 1.0, 40))


def test_leading_placeholders_are_no_fault(make_run: MakeRun, ask: Ask) -> None:
    """Rows before the first value are filled with NaN by some loggers."""
    assert ask("RUN101", make_run(loss=[math.nan, math.nan, *FALLING])) == []


def test_a_loss_that_never_was_finite_is_found(make_run: MakeRun, ask: Ask) -> None:
    """A run that was lost before its first row; a lone part of the loss that is never computed is no fault."""
    (finding,) = ask("RUN101", make_run(loss=[math.nan] * 40, lr=[0.1] * 40))
    assert (finding.first_step, finding.last_step) == (0, 39)
    assert finding.message == "loss is nan at step 0 and stays non-finite to the end (no row before it)"
    assert ask("RUN101", make_run(loss=FALLING, validation=[math.nan] * 40)) == []
    assert ask("RUN101", make_run(loss=[math.nan] * 40, validation=FALLING)) == []


def test_passing_infinities_of_the_gradient_norm_are_no_fault(make_run: MakeRun, ask: Ask) -> None:
    """A gradient scaler skips the first steps of a mixed-precision run, whose norm is infinite."""
    assert ask("RUN101", make_run(loss=FALLING, gradient_norm=[1.0, math.inf, math.inf, *[1.0] * 37])) == []


def test_a_loss_that_turns_nan_is_found_where_it_turns(make_run: MakeRun, ask: Ask) -> None:
    """The first bad step, the last good value and the LR stand in the message."""
    (finding,) = ask("RUN101", make_run(loss=[*FALLING, math.nan, math.nan], lr=[0.1] * 42))
    assert (finding.first_step, finding.last_step) == (40, 41)
    assert finding.message == ("loss is nan at step 40 and stays non-finite to the end (1 just before, at lr 0.1)")


def test_a_rise_before_the_nan_is_told(make_run: MakeRun, ask: Ask) -> None:
    """A loss that explodes first points at the LR, one that does not at the data."""
    (finding,) = ask("RUN101", make_run(loss=[*FALLING, 5.0, 50.0, math.inf]))
    assert "50 just before, after rising" in finding.message


@pytest.mark.parametrize("hidden", [0.0, 1.0])
def test_a_nan_hidden_by_the_trainer_shows_in_the_gradient_norm(make_run: MakeRun, ask: Ask, hidden: float) -> None:
    """The Hugging Face Trainer filters NaN losses by default and logs the rest of the run as if it were well."""
    run = make_run(loss=FALLING[:20] + [hidden] * 20, gradient_norm=[1.0] * 20 + [math.nan] * 20)
    (finding,) = ask("RUN101", run)
    assert (finding.series, finding.first_step) == ("gradient_norm", 20)


def test_several_series_make_one_finding(make_run: MakeRun, ask: Ask) -> None:
    """The validation loss of a NaN model is NaN too: that is the same fault."""
    (finding,) = ask("RUN101", make_run(loss=[*FALLING, math.nan], validation=[*FALLING, math.nan]))
    assert finding.evidence["also"] == ["validation"]


def test_an_lr_range_test_that_ends_in_nan_is_no_fault(make_run: MakeRun, ask: Ask) -> None:
    """It was run to see where the loss diverges."""
    lr = 1e-6 * 10 ** (np.arange(300) / 43)
    loss = np.where(lr < 0.5, 0.8 + 1.5 / (1 + (lr / 0.01) ** 1.5), math.nan)
    assert ask("RUN101", make_run(loss=loss, lr=lr)) == []
