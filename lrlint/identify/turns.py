"""Where an LR curve turns, and where it jumps up."""

from __future__ import annotations

import numpy as np

from lrlint.identify.curve import Curve, Floats

TURN = 0.02
"""A turn counts when the LR moves back by this part of its range: less is rounding or one tick of jitter."""

JUMP = 0.2
"""An upward move between two samples is a jump from this part of the range on."""


def turning_points(curve: Curve) -> list[int]:
    """Indices of the maxima and minima between which the LR moves by more than noise, ends excluded."""
    y, least = curve.values, TURN * curve.range + 1.5 * curve.rounding.unit
    turns: list[int] = []
    extreme, direction = 0, 0
    lowest = highest = 0
    for i in range(1, len(y)):
        if direction == 0:
            lowest = i if y[i] < y[lowest] else lowest
            highest = i if y[i] > y[highest] else highest
            if y[highest] - y[lowest] > least:
                direction = 1 if highest > lowest else -1
                extreme = highest if direction > 0 else lowest
                first = lowest if direction > 0 else highest
                turns += [first] if first > 0 and abs(y[first] - y[0]) > least else []
        elif (y[i] - y[extreme]) * direction >= 0:
            extreme = i
        elif abs(y[i] - y[extreme]) > least:
            turns.append(extreme)
            extreme, direction = i, -direction
    return turns


def jumps_up(curve: Curve) -> list[int]:
    """Indices of the first sample after each upward jump.

    A jump is made between two samples, out of a curve that was falling, and is much larger than the move
    after it; a warm-up of one or two samples at the start of the run is none.
    """
    if len(curve) < 4:
        return []
    moves = np.diff(curve.values)
    small = 1e-9 * curve.top + curve.rounding.unit
    jumps = np.flatnonzero(moves[1:] > JUMP * curve.range) + 1
    following = np.append(moves, 0.0)
    return [int(j) + 1 for j in jumps if _was_falling(moves[:j], small) and following[j + 1] <= 0.25 * moves[j]]


def _was_falling(moves: Floats, small: float) -> bool:
    """Whether the last move that counts went down."""
    counting = moves[np.abs(moves) > small]
    return bool(len(counting) and counting[-1] < 0)
