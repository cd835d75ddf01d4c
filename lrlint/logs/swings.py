"""How a loss swings: slow turns of its level, and moves that alternate from row to row."""

from __future__ import annotations

import numpy as np

from lrlint.logs.smoothing import Floats, block_medians, spread, trailing_median
from lrlint.order import median

BLOCKS = 40
TURN = 1 / 3
MOST_TURNS = 5
"""A loss that turns more often swings; fewer turns are how spikes and slow learning look."""

MOST_ROWS = 20_000
"""Rows that are asked whether they alternate: the last ones."""


def slow_turns(values: Floats) -> tuple[int, float]:
    """How often the medians of forty even stretches turn, and the least swing that counts.

    That is a third of the progress, five noise levels of a median and 5 % of the first.
    """
    medians, _ = block_medians(values, BLOCKS)
    noise = spread(np.diff(values)) / np.sqrt(2) / np.sqrt(max(1.0, len(values) / len(medians)))
    least = max(TURN * float(medians[0] - medians.min()), 5 * noise, 0.05 * abs(float(medians[0])))
    turns, direction, extreme = 0, -1, float(medians[0])
    for level in medians[1:]:
        if (level - extreme) * direction >= 0:
            extreme = float(level)
        elif abs(level - extreme) > least:
            turns, direction, extreme = turns + 1, -direction, float(level)
    return turns, least


def fast_alternation(values: Floats) -> tuple[float, float]:
    """Autocorrelation at lag one of the residual in the second half, and its size as a part of the progress."""
    late = values[max(len(values) // 2, len(values) - MOST_ROWS) :]
    residual = late - trailing_median(late, 11)
    residual = residual - median(residual)
    power = float(residual @ residual)
    progress = float(median(values[: max(3, len(values) // 20)]) - np.min(values))
    if power <= 0 or progress <= 0:
        return 0.0, 0.0
    return float(residual[1:] @ residual[:-1]) / power, spread(residual) / progress
