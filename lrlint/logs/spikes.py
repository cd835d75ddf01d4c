"""Where a loss leaves its recent level for a few rows and comes back."""

from __future__ import annotations

import numpy as np

from lrlint.logs.smoothing import Floats, spread, trailing_median
from lrlint.namedtuples import NamedTuple
from lrlint.order import median

WINDOW = 51
NOISE_LEVELS = 6.0
PART_OF_PROGRESS = 0.25
FEWEST_ROWS = 20
MOST_SPIKES = 20
CLEAR_OF_TAIL = 2.0
LEAST_CLIMB = 3
HUMP = 0.15
HUMP_NOISE = 8.0
QUIET = 0.02
MOST_IN_ONE_ROW = 0.6
NEAR_LOWEST = 1.05
MOST_EPOCHS = 500


class Spike(NamedTuple):
    """Rows `first` to `last` of a loss that stand out: the level before, the highest value, and whether it came back.

    `recovered` tells whether the loss was back within its noise of `level` after at most as many rows again as the
    window of the median.
    """

    first: int
    last: int
    level: float
    height: float
    recovered: bool


def spikes(values: Floats) -> list[Spike]:
    """The spikes of a loss (n,), in order. Needs 20 rows; the first tenth of a window is never one.

    A row stands out where it exceeds the trailing median of 51 rows (an eighth of a shorter run) by six times the
    local noise and by 25 % of the progress made so far. The noise is read from the moves from row to row, which a
    steep descent does not enlarge: 1.4826 times the trailing median of their sizes, over the square root of two. The
    noise of the rows that follow counts as well, where it is larger.
    """
    if len(values) < FEWEST_ROWS:
        return []
    window = min(WINDOW, max(7, len(values) // 8))
    level = trailing_median(values, window)
    residual = values - level
    moves = np.abs(np.diff(values, prepend=values[0])) / np.sqrt(2)
    noise = 1.4826 * trailing_median(moves, 2 * window + 1, before=median(moves[: 2 * window + 1])) + 1e-12
    noise = np.maximum(noise, noise[np.minimum(np.arange(2 * window, 2 * window + len(noise)), len(noise) - 1)])
    progress = np.maximum.accumulate(level) - level
    out = residual > np.maximum(NOISE_LEVELS * noise, PART_OF_PROGRESS * progress) + 0.02 * np.abs(level)
    out[: max(3, window // 5)] = False
    rows = np.flatnonzero(out)
    if not len(rows):
        return []
    starts = np.concatenate(([0], np.flatnonzero(np.diff(rows) > window // 2) + 1))
    first, last = rows[starts], rows[np.append(starts[1:], len(rows)) - 1]
    heights = np.maximum.reduceat(values[rows], starts)
    after = np.append(values, np.full(window, np.inf))[last[:, None] + np.arange(1, window + 1)].min(axis=1)
    back = after <= level[first] + 2 * noise[first] + 0.02 * np.abs(level[first])
    known = back | (first > window // 2)  # before that, the level is the first row alone
    found = (column[known] for column in (first, last, level[first], heights, back))
    return _clear_of_a_tail([Spike(*spike) for spike in zip(*(column.tolist() for column in found), strict=True)])


def _clear_of_a_tail(found: list[Spike]) -> list[Spike]:
    """All of a few spikes; of many, those twice as high as the twentieth: the others are how far this noise reaches."""
    if len(found) <= MOST_SPIKES:
        return found
    reach = sorted((spike.height - spike.level for spike in found), reverse=True)[MOST_SPIKES]
    return [spike for spike in found if spike.height - spike.level > CLEAR_OF_TAIL * reach]


def humps(values: Floats) -> list[Spike]:
    """Climbs of three rows or more, from near the lowest loss so far to 15 % above it, in a loss with little noise.

    They are how a spike looks where a row is the mean of an epoch; runs of more than 500 rows have no such rows. A
    rise made in a single row is no hump: that is how a change of the data looks (augmentation switched off, a larger
    resolution). The climb must be eight noise levels high (from second differences of
    the logarithm), and that noise at most 2 % of the loss: rows of single batches are noisier.
    """
    if not FEWEST_ROWS <= len(values) <= MOST_EPOCHS or values.min() <= 0:
        return []
    noise = spread(np.diff(np.log(values), 2)) / np.sqrt(6)
    if noise > QUIET:
        return []
    lowest = np.minimum.accumulate(values)
    rises = np.concatenate(([0], np.diff(values) > 0, [0])).astype(np.int8)
    edges = np.flatnonzero(np.diff(rises))
    found: list[Spike] = []
    for base, top in zip(edges[::2], edges[1::2], strict=True):
        height = float(values[top] / values[base]) - 1
        near_lowest = values[base] <= NEAR_LOWEST * lowest[base]
        gradual = np.max(np.diff(values[base : top + 1])) <= MOST_IN_ONE_ROW * (values[top] - values[base])
        if top - base >= LEAST_CLIMB and near_lowest and gradual and height > max(HUMP, HUMP_NOISE * noise):
            back = float(np.min(values[top:])) <= values[base]
            found.append(Spike(int(base) + 1, int(top), float(values[base]), float(values[top]), back))
    return found
