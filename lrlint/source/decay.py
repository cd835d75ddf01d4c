"""Schedules that multiply the learning rate by `gamma`: how much of it a run leaves."""

from __future__ import annotations

from lrlint.counts import Count
from lrlint.source.curves import plain
from lrlint.source.units import Unit, cadence, epochs_of, planned_counts, planned_in
from lrlint.source.use import Use

NOTHING = 1e-6
"""What is left of the learning rate where nothing is left of it."""
FEWEST_BATCHES = 10
"""An epoch of fewer batches than this is taken to be rare, unless there are very many epochs."""
MOST_EPOCHS = 1_000
"""A run of more epochs than this is one over very little data: one batch is an epoch, or a few are."""


def gamma_of(use: Use) -> float | None:
    """The factor of one drop, None where it is not a known number."""
    given = use.argument("gamma")
    if given is None:
        defaults = use.schedule.with_defaults({}) if use.schedule is not None else {}
        number = defaults.get("gamma")
    else:
        number = plain(given)
    return float(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else None


def remainder(use: Use, steps: Count) -> float | None:
    """The share of the learning rate that so many steps of an ExponentialLR or StepLR leave."""
    gamma, calls = gamma_of(use), steps.value()
    size = 1.0 if use.name == "ExponentialLR" else _worth(use, "step_size")
    if gamma is None or calls is None or not size or size < 0 or not 0 <= gamma <= 1:
        return None
    return float(gamma ** (calls // size))


def _worth(use: Use, name: str) -> float | None:
    given = use.argument(name)
    number = plain(given) if given is not None else None
    return float(number) if isinstance(number, (int, float)) else None


def taken_for_epochs(use: Use) -> bool:
    """Whether the numbers of a StepLR or MultiStepLR that is stepped for every batch count epochs.

    By their symbols; or as plain numbers that the run has as many epochs as (which are not so many that each must
    be very short), and that as batches would leave nothing of the learning rate (or lie behind) even in a run of
    short epochs.
    """
    if cadence(use) not in (Unit.BATCHES, Unit.UPDATES):
        return False
    unit = planned_in(use)
    if unit is not None:
        return unit is Unit.EPOCHS
    counts = [count.value() for _, count in planned_counts(use)]
    numbers = [count for count in counts if count is not None and count > 0]
    gamma, epochs = gamma_of(use), epochs_of(use)
    if epochs is None or gamma is None or not numbers or len(numbers) < len(counts) or not 0 < gamma < 1:
        return False
    if epochs > MOST_EPOCHS:
        return False
    if use.name == "MultiStepLR":
        return max(numbers) <= epochs
    return use.name == "StepLR" and numbers[0] <= epochs and gamma ** (epochs * FEWEST_BATCHES / numbers[0]) < NOTHING
