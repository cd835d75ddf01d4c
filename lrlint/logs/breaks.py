"""Where the process that wrote a log changed, and what the log said about the same steps before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.run import Series
from lrlint.order import median

MOST_BREAKS = 10_000
"""Breaks that are looked at, the first ones: a log with more has steps that count something else."""

Rows = NDArray[np.int64]


def breaks_of(series: Series) -> NDArray[np.bool_]:
    """Between which rows of a series, as it was written, the process may have changed; shape (n-1,).

    That is where a new file begins, a step goes back, or the wall clock shows a pause of a minute and of twenty times
    the usual distance of rows.
    """
    breaks: NDArray[np.bool_] = (np.diff(series.parts) != 0) | (np.diff(series.steps) <= 0)
    walls = series.wall_times
    if len(breaks) and walls is not None and np.any(np.isfinite(walls)):
        pauses = np.diff(walls)
        usual = median(pauses[~np.isnan(pauses)]) if np.any(np.isfinite(pauses)) else 0.0
        breaks |= np.nan_to_num(pauses) > max(60.0, 20 * usual)
    return breaks


def by_one_writer(series: Series) -> Series:
    """The series as one process wrote it, where several, as the ranks of one run, wrote files at the same time.

    Of their files the last one counts, as in TensorBoard's server. A file was written at the same time as the next one
    where that begins before half of it was written: clocks of machines differ by seconds.
    """
    walls = series.wall_times
    begins = np.flatnonzero(np.diff(series.parts, prepend=-1))
    if walls is None or len(begins) < 2:
        return series
    lengths = np.diff(begins, append=len(series.parts))
    halfway = (walls[begins] + walls[begins + lengths - 1]) / 2
    alone = np.append(~(walls[begins[1:]] < halfway[:-1]), True)
    return series if alone.all() else series.only(np.repeat(alone, lengths))


def fresh_starts(series: Series) -> int:
    """How often the steps of a series, as it was written, go back to the first one: another run, or epoch, begins."""
    steps = series.steps
    return int(np.count_nonzero((steps[1:] <= steps[0]) & (steps[1:] < steps[:-1])))


def rows_at_breaks(breaks: NDArray[np.bool_]) -> Rows:
    """The rows that come first after a break, at most MOST_BREAKS of them."""
    return np.asarray(np.flatnonzero(breaks)[:MOST_BREAKS] + 1, np.int64)


def rows_before(steps: NDArray[np.int64], rows: Rows) -> Rows:
    """For each of `rows`, the last earlier row whose step is not greater; -1 where there is none.

    `rows` increase and hold every row before their last at which the step goes back. Segments of steps that only grow
    are kept on a stack; one that begins after the step in question is of no use to later ones either.
    """
    found = rows - 1
    stack: list[tuple[int, int]] = []
    begin = 0
    for index in np.flatnonzero(steps[rows] < steps[rows - 1]).tolist():
        row = int(rows[index])
        stack.append((begin, row))
        begin = row
        while stack and steps[stack[-1][0]] > steps[row]:
            stack.pop()
        first, end = stack[-1] if stack else (0, 0)
        found[index] = first - 1 + int(np.searchsorted(steps[first:end], steps[row], side="right"))
    return found
