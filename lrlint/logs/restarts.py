"""Where the LR starts over: at a resume whose scheduler state was not restored, or out of the blue.

A restart is planned where the whole curve is a schedule that restarts (warm restarts, cycles), where the LR
had reached its floor, or where restarts come at even or geometric distances. What is left is unplanned.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lrlint.identify import Identification
from lrlint.logs.breaks import MOST_BREAKS, Rows, breaks_of, rows_at_breaks, rows_before
from lrlint.logs.run import Series
from lrlint.namedtuples import NamedTuple
from lrlint.order import median

RISE = 1.2
"""A jump counts from this factor on: resumed logs differ by a tick or two, restarts by far more."""

RISE_OF_RANGE = 0.1
"""… and from this part of the LR's range on."""

STEADY = 1e-6
"""An LR whose range is at most this part of it is constant: what moves is the rounding."""

AT_FLOOR = 0.05
"""The LR had reached its floor where it had fallen to this part of the highest LR since the last restart."""

FELL = 0.7
"""A fall to this part between two rows may be the LR going back to the start of its warm-up."""

LEAP = 2.5
"""… if it is so many times as large as the move before it: a triangular cycle falls evenly …"""

CLIMBS = 5e-4
"""… and if it then climbs by this part of its range within thirty rows, as it did at the start."""

FEW = 2
"""Single rows at even distances are a pattern, and no slips, from three on."""

CLIMB = 3
STEEPER = 3.0
"""A warm-up climbs more in this many levels than so many times what the LR fell in as many before."""

Cause = Literal["resume", "appended run", "jump", "single row"]


class Restart(NamedTuple):
    """An unplanned restart of the LR.

    `step` is that of the first row after it, `before` and `after` the LR around it, `expected` the LR that
    the log itself led one to expect there; `replays_start` tells whether the LR repeats the start of the run,
    `gap_seconds` the pause on the wall clock.
    """

    step: int
    before: float
    after: float
    expected: float
    cause: Cause
    replays_start: bool
    gap_seconds: float | None = None


def unplanned_restarts(lr: Series, schedule: Identification) -> list[Restart]:
    """The unplanned restarts of an LR in the order in which it was written (rewinds included)."""
    written = finite(lr)
    if len(written.values) < 4:
        return []
    breaks = breaks_of(written)
    curve = _Written(written)
    if curve.range <= STEADY * float(np.max(np.abs(written.values))):
        return []
    found = list(_at_breaks(rows_at_breaks(breaks), curve))
    if not schedule.is_known or schedule.family in ("multistep", "plateau"):
        jumps = [i for i in _jumps(curve)[:MOST_BREAKS].tolist() if not breaks[i - 1]]
        found += _out_of_the_blue(jumps, curve)
        found += _back_to_warmup([i for i in _falls(curve)[:MOST_BREAKS].tolist() if not breaks[i - 1]], curve)
        found += [] if found else _climbs_again(curve)
    restarts = sorted(found, key=lambda restart: restart.step)
    return [] if _explained(schedule, restarts) else restarts


def finite(series: Series) -> Series:
    """The series without its NaN and Inf."""
    return series.only(np.isfinite(series.values))


def _explained(schedule: Identification, restarts: list[Restart]) -> bool:
    """Whether the schedule that fits the whole curve restarts by itself, and no row was rewritten.

    Two rising ramps fit a cycle with a steep fall as well: a cycle must have come twice.
    """
    if schedule.family == "cyclic":
        lengths = (schedule.parameters.get(name) for name in ("step_size_up", "step_size_down"))
        cycle = sum(length for length in lengths if isinstance(length, float))
        own = schedule.curve.span >= 2 * cycle
    else:
        own = schedule.family == "cosine_restarts"
    return own and all(restart.cause in ("resume", "jump") for restart in restarts)


class _Written:
    """An LR as it was written: n ≥ 4 rows of `steps`, `values`, `parts`, `walls`; `range` is highest minus lowest."""

    def __init__(self, lr: Series) -> None:
        self.steps = lr.steps
        self.values = lr.values
        self.parts = lr.parts
        self.walls = lr.wall_times
        self.range = float(np.ptp(lr.values))

    @cached_property
    def usual_distance(self) -> float:
        """The median number of steps between rows."""
        return median(np.diff(self.steps))

    @cached_property
    def head(self) -> int:
        """The number of rows before the step first goes back."""
        return int(np.argmax(np.append(np.diff(self.steps) < 0, True))) + 1

    def rises(self, before: float, after: float) -> bool:
        """Whether a change is a jump up."""
        return after > RISE * before and after - before > RISE_OF_RANGE * self.range

    def is_told_twice(self, i: int) -> bool:
        """Whether row `i` says once more what the LR is at the step before: after the epoch, it is that of the next."""
        return bool(self.steps[i] == self.steps[i - 1] and self.parts[i] == self.parts[i - 1])

    def climbs_from(self, i: int) -> bool:
        """Whether an LR that was falling climbs from row `i` on, with steps that go on: back in its warm-up."""
        before = float(self.values[i - 1])
        goes_on, fell = self.steps[i] > self.steps[i - 1], before < float(np.max(self.values[max(0, i - 3) : i]))
        return bool(goes_on and fell and self.rises(before, float(np.max(self.values[i : i + 30]))))

    def replays_start(self, i: int) -> bool:
        """Whether the LR from row `i` on repeats the LR from the first row on, for up to thirty rows.

        A row of difference is allowed: a log is not written at the very step of the restart.
        """
        count = min(30, len(self.values) - i, i)
        if count < 2:
            return False
        since = self.steps[i : i + count] - self.steps[i] + self.steps[0]
        known = min(i, self.head, int(np.searchsorted(self.steps[: self.head], since.max())) + 1)
        start = np.interp(since, self.steps[:known], self.values[:known])
        around = sliding_window_view(np.pad(start, 1, mode="reflect", reflect_type="odd"), 3)
        slack = 0.02 * np.maximum(np.abs(start), 0.02 * self.range)
        again = self.values[i : i + count]
        near = (again >= around.min(axis=1) - slack) & (again <= around.max(axis=1) + slack)
        return bool(np.mean(near) > 0.9)


def _at_breaks(rows: Rows, curve: _Written) -> Iterator[Restart]:
    """The restarts at `rows`, each the first of a new process, where the LR is not the one to be expected there."""
    steps, values = curve.steps, curve.values
    for i, earlier in zip(rows.tolist(), rows_before(steps, rows).tolist(), strict=True):
        before, after = float(values[i - 1]), float(values[i])
        gap = None if curve.walls is None else float(curve.walls[i] - curve.walls[i - 1])
        expected = float(values[earlier]) if earlier >= 0 else before
        if steps[i] <= steps[0] and i >= 3 and curve.rises(before, after):
            yield Restart(int(steps[i]), before, after, float(values[0]), "appended run", True, gap)
        elif abs(after - expected) > RISE_OF_RANGE * curve.range or curve.climbs_from(i):
            replays = curve.replays_start(i)
            if replays or (curve.rises(expected, after) and not curve.is_told_twice(i)):
                yield Restart(int(steps[i]), before, after, expected, "resume", replays, gap)


def _jumps(curve: _Written) -> Rows:
    """Rows whose LR is far above that of the row before, which was not rising."""
    values, moves = curve.values, np.diff(curve.values)
    high = (values[1:] > RISE * values[:-1]) & (moves > RISE_OF_RANGE * curve.range)
    previous, following = np.concatenate(([np.inf], moves[:-1])), np.append(moves[1:], 0.0)
    return np.asarray(np.flatnonzero(high & (previous <= 0) & (following <= 0.25 * moves)) + 1, np.int64)


def _out_of_the_blue(jumps: list[int], curve: _Written) -> Iterator[Restart]:
    """The restarts at `jumps` within one process, unless a plan explains them."""
    periodic = _is_periodic(jumps, curve)
    for since, i in pairwise([0, *jumps]):
        before, after, step = float(curve.values[i - 1]), float(curve.values[i]), int(curve.steps[i])
        if _is_single_row(i, curve) and not (periodic and len(jumps) > FEW):
            yield Restart(step, before, after, before, "single row", False)
        elif not periodic and curve.replays_start(i):
            at_floor = before <= AT_FLOOR * float(np.max(curve.values[since:i]))
            if not at_floor or (len(jumps) == 1 and _outlasts(i, curve.steps)):
                yield Restart(step, before, after, before, "jump", True)


def _is_single_row(i: int, curve: _Written) -> bool:
    """Whether the LR more than doubles at row `i` and is back in the next."""
    before = curve.values[i - 1]
    return i + 1 < len(curve.values) and bool(curve.values[i + 1] <= before and curve.values[i] > 2 * before)


def _falls(curve: _Written) -> Rows:
    """Rows whose LR leaps far below that of the row before, to near that of the first row."""
    values, moves = curve.values, np.diff(curve.values)
    first, slack = float(values[0]), 2 * RISE_OF_RANGE * curve.range
    before_first = min(first, 2 * first - float(values[1]))  # a log need not hold the very first LR of a warm-up
    near_start = (values[1:] >= before_first - slack) & (values[1:] <= first + slack)
    fell = (values[1:] < FELL * values[:-1]) & (moves < -0.5 * RISE_OF_RANGE * curve.range)
    leaps = moves < LEAP * np.minimum(np.concatenate(([0.0], moves[:-1])), 0.0)
    return np.asarray(np.flatnonzero(fell & near_start & leaps) + 1, np.int64)


def _back_to_warmup(falls: list[int], curve: _Written) -> Iterator[Restart]:
    """The restarts at those `falls` at which the LR is back at the start of its warm-up and climbs it again."""
    for i in falls:
        climb = curve.values[i : i + 30]
        climbs = len(climb) >= 3 and float(np.max(climb) - climb[0]) > CLIMBS * curve.range
        if climbs and curve.replays_start(i):
            before, after = float(curve.values[i - 1]), float(curve.values[i])
            yield Restart(int(curve.steps[i]), before, after, before, "jump", True)


def _climbs_again(curve: _Written) -> list[Restart]:
    """The restart into a short warm-up that begins near the last LR: a slow fall, and then the steep start again.

    Levels that are held for several rows count once. Several such places are a cycle.
    """
    rows = np.flatnonzero(np.append(True, np.diff(curve.values) != 0))
    levels = curve.values[rows]
    if len(levels) < 2 * CLIMB + 2:
        return []
    windows = sliding_window_view(levels, 2 * CLIMB + 1)
    low, fell = windows[:, CLIMB], windows[:, 0] - windows[:, CLIMB]
    rise = windows[:, -1] - low
    steep = (fell > 0) & (rise > STEEPER * fell) & (rise > RISE_OF_RANGE * curve.range) & (windows[:, -1] > RISE * low)
    lowest = (low <= windows.min(axis=1)) & (low > AT_FLOOR * float(np.max(curve.values)))
    found = np.flatnonzero(steep & lowest) + CLIMB
    if len(found) != 1:
        return []
    for row in rows[found[0] : found[0] + 2].tolist():  # the lowest level is the first of the new start or the last old
        if curve.replays_start(row):
            before, after = float(curve.values[row - 1]), float(curve.values[row])
            return [Restart(int(curve.steps[row]), before, after, before, "jump", True)]
    return []


def _outlasts(i: int, steps: NDArray[np.int64]) -> bool:
    """Whether the run went on after row `i` for longer than before it, so that a period would have come again."""
    return bool(steps[-1] - steps[i] > 1.05 * (steps[i] - steps[0]))


def _is_periodic(jumps: list[int], curve: _Written) -> bool:
    """Whether the restarts come at even or geometrically growing distances; a first cycle may have been cut short."""
    if len(jumps) < 2:
        return False
    lengths = np.diff(np.concatenate(([curve.steps[0]], curve.steps[np.array(jumps)]))).astype(float)
    return _is_geometric(lengths, curve) or (len(jumps) > FEW + 1 and _is_geometric(lengths[1:], curve))


def _is_geometric(lengths: NDArray[np.float64], curve: _Written) -> bool:
    """Whether each length is the same whole multiple of the one before, to within two rows."""
    ratios = lengths[1:] / np.maximum(lengths[:-1], 1.0)
    slack = 2 * curve.usual_distance / np.maximum(lengths[:-1], 1.0) + 0.02
    return bool(np.all(np.abs(ratios - np.round(median(ratios))) <= slack * ratios)) and bool(ratios[0] > 0.9)
