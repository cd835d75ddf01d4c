"""How many steps one tick lasts: a schedule stepped per epoch holds each value for the steps of an epoch.

Each change of the LR happened between two rows, so the lattice of ticks has a point between them; no lattice point
lies within a level that was held. For a candidate length both are arcs on a circle of that circumference, and the
phase that most arcs agree on is found by a sweep over their ends.
"""

from __future__ import annotations

import numpy as np

from lrlint.identify.curve import Curve, Floats
from lrlint.namedtuples import NamedTuple
from lrlint.order import median

FEWEST_CHANGES = 2
MOST_CHANGES = 40
AGREEMENT = 0.93
"""Part of the changes that must sit on the lattice (less the held levels that it cuts)."""

HELD_LEVELS = 0.3
"""A staircase shows at least this part of its levels in two rows or more."""

LONG_HOLD = 2.5
"""A level held for this many typical gaps is a flat part of the schedule, not one tick."""


class Lattice(NamedTuple):
    """Ticks begin at `phase` plus whole multiples of `length` steps."""

    length: float
    phase: float


def per_tick(curve: Curve) -> Curve:
    """The curve with one value per tick where it is a staircase of even ticks, else `curve` itself."""
    lattice = find_lattice(curve)
    if lattice is None:
        return curve
    levels, length = curve.levels, lattice.length
    first = np.floor((curve.steps[levels.first] - lattice.phase) / length + 1e-6)
    last = np.maximum(first, np.floor((curve.steps[levels.last] - lattice.phase) / length + 1e-6))
    counts = (last - first + 1).astype(int)
    ticks, index = np.unique(np.repeat(first, counts) + _count_up(counts), return_index=True)
    values = np.repeat(levels.values, counts)[index]
    return Curve(lattice.phase + ticks * length, values, curve.rounding, length)


def find_lattice(curve: Curve) -> Lattice | None:
    """The ticks of a staircase, None where the changes are not evenly spaced."""
    levels = curve.levels
    if len(levels) <= FEWEST_CHANGES or len(levels) > 0.8 * len(curve):
        return None
    before, after = curve.steps[levels.last[:-1]], curve.steps[levels.first[1:]]
    gaps, slack = np.diff(before + after) / 2, median(after - before) / 2
    gap = median(gaps[gaps <= 1.5 * median(gaps)])
    held = np.column_stack((curve.steps[levels.first], curve.steps[levels.last]))[1:-1]
    held = held[held[:, 1] - held[:, 0] < LONG_HOLD * gap]
    if np.mean(held[:, 1] > held[:, 0]) < HELD_LEVELS:
        return None
    changes = np.column_stack((before, after))
    lengths = _candidates(gap, slack)
    few = _Arcs(changes[:MOST_CHANGES], held[:MOST_CHANGES])
    rough = [few.agreement(length)[0] for length in lengths]
    best = sorted(zip(rough, lengths, strict=True), reverse=True)[:5]
    every = _Arcs(changes, held)
    (agreement, phase), length = max((every.agreement(length), length) for _, length in best)
    return Lattice(length, phase) if agreement >= AGREEMENT else None


def _candidates(gap: float, slack: float) -> Floats:
    """Whole numbers of steps that one tick may last, given a typical gap known to within its slack."""
    low = max(2.0, gap / 2, gap - 2.5 * slack - 1)
    high = max(low, min(1.6 * gap, gap + 2.5 * slack + 1))
    stride = max(1, int((high - low) / 400))
    return np.arange(np.ceil(low), np.floor(high) + 1, stride)


class _Arcs(NamedTuple):
    """Stretches of steps, shape (k, 2): `changes` hold a lattice point in (a, b], `held` hold none in (a, b]."""

    changes: Floats
    held: Floats

    def agreement(self, length: float) -> tuple[float, float]:
        """Changes on the lattice less held levels cut, as a part of all changes, and the best phase."""
        ends = np.concatenate((self.changes, self.held))
        signs = np.repeat([1.0, -1.0], [len(self.changes), len(self.held)])
        wide = ends[:, 1] - ends[:, 0] >= length
        if wide.all():
            return 0.0, 0.0
        begin, end = ends[~wide, 0] % length, ends[~wide, 1] % length
        sign, wraps = signs[~wide], end < begin
        where = np.concatenate((begin, end))
        order = np.argsort(where, kind="stable")
        heights = (
            np.cumsum(np.concatenate((sign, -sign))[order]) + float(np.sum(sign[wraps])) + float(signs[wide].sum())
        )
        spots = where[order]
        best = int(np.argmax(np.where(np.diff(spots, append=spots[:1] + length) > 1e-9, heights, -np.inf)))
        following = spots[best + 1] if best + 1 < len(spots) else length
        phase = float(np.floor(spots[best]) + 1) if spots[best] + 1 <= following else float(following)
        return float(heights[best]) / len(self.changes), phase


def _count_up(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    """0, 1, … counts[0]-1, 0, 1, … counts[1]-1, and so on."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1], dtype=np.float64) - np.repeat(ends - counts, counts)
