"""Where the LR starts over: at a resume whose scheduler state was not restored, or out of the blue.

A restart is planned where the whole curve is a schedule that restarts (warm restarts, cycles), where the LR
had reached its floor, or where restarts come at even or geometric distances. What is left is unplanned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lrlint.identify import Identification
from lrlint.logs.run import Series

RISE = 1.2
"""A jump counts from this factor on: resumed logs differ by a tick or two, restarts by far more."""

RISE_OF_RANGE = 0.1
"""… and from this part of the LR's range on."""

AT_FLOOR = 0.05
"""The LR had reached its floor where it had fallen to this part of the highest LR since the last restart."""

FELL = 0.7
"""A fall to this part between two rows may be the LR going back to the start of its warm-up."""

CLIMBS = 0.3
"""… if it then climbs by this part of its range within thirty rows."""

Cause = Literal["resume", "appended run", "jump", "single row"]


@dataclass(frozen=True, slots=True)
class Restart:
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
    keep = np.isfinite(lr.values)
    steps, values, parts = lr.steps[keep], lr.values[keep], lr.parts[keep]
    walls = None if lr.wall_times is None else lr.wall_times[keep]
    if len(values) < 4:
        return []
    breaks = _breaks(steps, parts, walls)
    found = [_at_break(int(i), steps, values, walls) for i in np.flatnonzero(breaks) + 1]
    if not schedule.is_known or schedule.family in ("multistep", "plateau"):
        jumps = [i for i in _jumps(values) if not breaks[i - 1]]
        found += [_out_of_the_blue(i, jumps, steps, values) for i in jumps]
        found += [_back_to_warmup(i, steps, values) for i in _falls(values) if not breaks[i - 1]]
    restarts = sorted((r for r in found if r is not None), key=lambda restart: restart.step)
    return [] if _explained(schedule, restarts) else restarts


def _explained(schedule: Identification, restarts: list[Restart]) -> bool:
    """Whether the schedule that fits the whole curve restarts by itself, and no row was rewritten."""
    own = {"cosine_restarts", "cyclic"}
    return schedule.family in own and all(restart.cause in ("resume", "jump") for restart in restarts)


def breaks_of(series: Series) -> NDArray[np.bool_]:
    """Between which rows of a series, as it was written, the process may have changed; shape (n-1,)."""
    return _breaks(series.steps, series.parts, series.wall_times)


def _breaks(steps: NDArray[np.int64], parts: NDArray[np.int32], walls: NDArray[np.float64] | None) -> NDArray[np.bool_]:
    """Between which rows the process may have changed: a new file, a step that goes back, a pause; shape (n-1,)."""
    breaks: NDArray[np.bool_] = (np.diff(parts) != 0) | (np.diff(steps) <= 0)
    if walls is not None and np.any(np.isfinite(walls)):
        pauses = np.diff(walls)
        usual = float(np.nanmedian(pauses))
        breaks |= np.nan_to_num(pauses) > max(60.0, 20 * usual)
    return breaks


def _at_break(
    i: int, steps: NDArray[np.int64], values: NDArray[np.float64], walls: NDArray[np.float64] | None
) -> Restart | None:
    """The restart at row `i`, the first of a new process, if its LR is not the one to be expected there."""
    before, after = float(values[i - 1]), float(values[i])
    gap = None if walls is None else float(walls[i] - walls[i - 1])
    if steps[i] <= steps[0] and i >= 3 and _rises(before, after, values):
        return Restart(int(steps[i]), before, after, float(values[0]), "appended run", True, gap)
    earlier = np.flatnonzero(steps[:i] <= steps[i])
    expected = float(values[earlier[-1]]) if len(earlier) else before
    replays = _replays_start(i, steps, values)
    if not _rises(expected, after, values) and not (replays and abs(after - expected) > 0.1 * np.ptp(values)):
        return None
    return Restart(int(steps[i]), before, after, expected, "resume", replays, gap)


def _rises(before: float, after: float, values: NDArray[np.float64]) -> bool:
    return after > RISE * before and after - before > RISE_OF_RANGE * float(np.ptp(values))


def _jumps(values: NDArray[np.float64]) -> list[int]:
    """Rows whose LR is far above that of the row before, which was not rising."""
    moves = np.diff(values)
    high = (values[1:] > RISE * values[:-1]) & (moves > RISE_OF_RANGE * np.ptp(values))
    previous, following = np.concatenate(([np.inf], moves[:-1])), np.append(moves[1:], 0.0)
    return [int(i) + 1 for i in np.flatnonzero(high & (previous <= 0) & (following <= 0.25 * moves))]


def _out_of_the_blue(i: int, jumps: list[int], steps: NDArray[np.int64], values: NDArray[np.float64]) -> Restart | None:
    """The restart at row `i` within one process, unless a plan explains it."""
    before, after = float(values[i - 1]), float(values[i])
    step, expected = int(steps[i]), before
    if i + 1 < len(values) and values[i + 1] <= before and after > 2 * before:
        return Restart(step, before, after, expected, "single row", False)
    since = max([j for j in jumps if j < i], default=0)
    at_floor = before <= AT_FLOOR * float(np.max(values[since:i]))
    if (at_floor and len(jumps) > 1) or _is_periodic(jumps, steps) or not _replays_start(i, steps, values):
        return None
    if at_floor and not _outlasts(i, steps):
        return None
    return Restart(step, before, after, expected, "jump", True)


def _falls(values: NDArray[np.float64]) -> list[int]:
    """Rows whose LR is far below that of the row before and near that of the first row."""
    moves, reach = np.diff(values), float(np.ptp(values))
    near_start = np.abs(values[1:] - values[0]) <= 2 * RISE_OF_RANGE * reach
    fell = (values[1:] < FELL * values[:-1]) & (moves < -0.5 * RISE_OF_RANGE * reach)
    return [int(i) + 1 for i in np.flatnonzero(fell & near_start)]


def _back_to_warmup(i: int, steps: NDArray[np.int64], values: NDArray[np.float64]) -> Restart | None:
    """The restart at row `i`, if the LR fell there to the start of its warm-up and climbs it again."""
    climb = values[i : i + 30]
    climbs = len(climb) >= 3 and float(np.max(climb) - climb[0]) > CLIMBS * float(np.ptp(values))
    if not climbs or not _replays_start(i, steps, values, off_by=1):
        return None
    before, after = float(values[i - 1]), float(values[i])
    return Restart(int(steps[i]), before, after, before, "jump", True)


def _outlasts(i: int, steps: NDArray[np.int64]) -> bool:
    """Whether the run went on after row `i` for longer than before it, so that a period would have come again."""
    return bool(steps[-1] - steps[i] > 1.05 * (steps[i] - steps[0]))


def _is_periodic(jumps: list[int], steps: NDArray[np.int64]) -> bool:
    """Whether the restarts come at even or geometrically growing distances."""
    if len(jumps) < 2:
        return False
    lengths = np.diff(np.concatenate(([steps[0]], steps[np.array(jumps)]))).astype(float)
    ratios = lengths[1:] / np.maximum(lengths[:-1], 1.0)
    slack = 2 * float(np.median(np.diff(steps))) / np.maximum(lengths[:-1], 1.0) + 0.02
    return bool(np.all(np.abs(ratios - np.round(np.median(ratios))) <= slack * ratios)) and ratios[0] > 0.9


def _replays_start(i: int, steps: NDArray[np.int64], values: NDArray[np.float64], off_by: float = 0.0) -> bool:
    """Whether the LR from row `i` on repeats the LR from the first row on, for up to thirty rows.

    `off_by` rows of difference are allowed, where the log was not written at the very step of the restart.
    """
    count = min(30, len(values) - i, i)
    since = steps[i : i + count] - steps[i]
    ordered = np.flatnonzero(np.diff(steps[:i], prepend=steps[0] - 1) > 0)
    start = np.interp(since + steps[0], steps[ordered], values[ordered])
    jitter = off_by * np.abs(np.gradient(start)) if count > 1 else 0.0
    slack = 0.02 * np.maximum(np.abs(start), 0.02 * np.ptp(values)) + jitter
    near = np.abs(values[i : i + count] - start) <= slack
    return count >= 2 and bool(np.mean(near) > 0.9)
