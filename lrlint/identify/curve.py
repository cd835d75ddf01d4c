"""A logged LR curve made ready for fitting: how it was rounded, where it is flat, how long one tick lasts."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lrlint.namedtuples import NamedTuple
from lrlint.node import Node
from lrlint.order import each_once, median

Floats = NDArray[np.float64]

FLOAT32 = 6e-8
"""Relative spacing of float32, in which TensorBoard stores scalars."""

MODEL_TOLERANCE = 2e-4
"""Part of the highest LR that a right model may be off by: schedules step in whole ticks, logs do not."""

MOST_POINTS = 400
"""Points that take part in a fit; more tell nothing new about a curve with fewer than ten parameters."""


class Rounding(NamedTuple):
    """How values were printed: to a number of `decimals` (0.001250) or of significant `digits` (1.25e-03).

    Both None: as the float32 that TensorBoard stores, or better.
    """

    decimals: int | None = None
    digits: int | None = None

    @property
    def unit(self) -> float:
        """The last printed decimal, 0 where decimals are not fixed."""
        return 0.0 if self.decimals is None else 10.0**-self.decimals

    def of(self, values: Floats) -> Floats:
        """The largest error of each value, shape (n,)."""
        error = np.full(len(values), 0.5 * self.unit)
        if self.digits is not None:
            error = np.maximum(error, 0.5 * _magnitude(values) * 10.0 ** (1 - self.digits))
        return np.asarray(error + FLOAT32 * np.abs(values))


def guess_rounding(values: Floats) -> Rounding:
    """Guess from the values themselves how they were printed.

    Fixed decimals and significant digits are recognised where every value agrees (with both, where both do), at
    least eight values differ (round numbers such as 0.1 and 0.01 are how schedules are configured), and the curve
    shows the noise that such rounding makes.
    """
    distinct = each_once(values)
    if len(distinct) > 1000:
        distinct = distinct[np.linspace(0, len(distinct) - 1, 1000).astype(int)]
    nonzero = np.abs(distinct[distinct != 0])
    if len(nonzero) < 8:
        return Rounding()
    rounding = Rounding(_decimals(nonzero), _digits(nonzero))
    return _if_noisy(rounding, values) if rounding != Rounding() else rounding


def _digits(nonzero: Floats) -> int | None:
    for digits in range(2, 7):
        scaled = nonzero / _magnitude(nonzero) * 10.0 ** (digits - 1)
        if np.all(np.abs(scaled - np.round(scaled)) < 1e-5 * scaled):
            return digits
    return None


def _decimals(nonzero: Floats) -> int | None:
    for decimals in range(4, 11):
        if np.all(np.abs(nonzero - np.round(nonzero, decimals)) <= 2 * FLOAT32 * nonzero):
            return decimals
    return None


def _if_noisy(rounding: Rounding, values: Floats) -> Rounding:
    """`rounding`, unless the curve is too smooth for it: third differences of rounded values are not small."""
    if len(values) < 8:
        return rounding
    bends = np.sort(np.abs(np.diff(values, 3)))[: -max(4, len(values) // 10)]
    noise = np.sqrt(np.mean(bends**2) / 20) if len(bends) else np.inf
    return rounding if noise > 0.05 * median(rounding.of(values)) else Rounding()


def _magnitude(values: Floats) -> Floats:
    """The power of ten at or below each value's size; 0 for 0."""
    sizes = np.abs(values)
    exponents = np.floor(np.log10(np.where(sizes > 0, sizes, 1.0)) + 1e-12)
    return np.asarray(np.where(sizes > 0, 10.0**exponents, 0.0))


class Levels(Node):
    """Stretches of equal LR: index of the first and last sample of each, and its value; shapes (k,)."""

    first: NDArray[np.int64]
    last: NDArray[np.int64]
    values: Floats

    def __len__(self) -> int:
        return len(self.values)


class Curve:
    """An LR over strictly increasing steps: `steps` and `values` float64 (n,), no NaN, n ≥ 1.

    `tick` is the number of steps for which the schedule holds one value (the steps of an epoch, where it is
    stepped per epoch), 1 where that is not known. Each value stands at the step where its tick begins.
    """

    def __init__(self, steps: Floats, values: Floats, rounding: Rounding, tick: float = 1.0) -> None:
        self.steps = steps
        self.values = values
        self.rounding = rounding
        self.tick = tick

    @classmethod
    def of(cls, steps: NDArray[np.int64] | Floats, values: Floats) -> Curve:
        """Make a curve of rows in any order: NaN and Inf left out, the last row of a step kept."""
        finite = np.isfinite(values)
        x, y = np.asarray(steps, np.float64)[finite], np.asarray(values, np.float64)[finite]
        if np.any(np.diff(x) <= 0):
            order = np.argsort(x, kind="stable")
            x, y = x[order], y[order]
            keep = np.append(np.diff(x) > 0, True)
            x, y = x[keep], y[keep]
        return cls(x, y, guess_rounding(y))

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def span(self) -> float:
        """Steps from the first to the last sample."""
        return float(self.steps[-1] - self.steps[0])

    @cached_property
    def top(self) -> float:
        """The highest LR by magnitude."""
        return float(np.max(np.abs(self.values)))

    @cached_property
    def range(self) -> float:
        """Highest minus lowest LR."""
        return float(np.ptp(self.values))

    @cached_property
    def sigma(self) -> Floats:
        """The standard error granted to each value in a fit, shape (n,)."""
        rounding = self.rounding.of(self.values) / np.sqrt(3)
        return np.asarray(np.hypot(rounding, MODEL_TOLERANCE * max(self.top, 1e-300)))

    @cached_property
    def interval(self) -> float:
        """The median number of steps between two samples."""
        return median(np.diff(self.steps)) if len(self) > 1 else 1.0

    @cached_property
    def levels(self) -> Levels:
        """The stretches in which the LR does not change; a constant LR prints the same however it is rounded."""
        moved = np.abs(np.diff(self.values)) > 2.2 * FLOAT32 * np.abs(self.values[1:]) + 1e-12 * self.top
        first = np.concatenate(([0], np.flatnonzero(moved) + 1))
        return Levels(first, np.append(first[1:] - 1, len(self) - 1), self.values[first])

    @property
    def is_coarse(self) -> bool:
        """Whether the typical change is a single unit of the printed decimals: stairs made by rounding."""
        changes = np.abs(np.diff(self.levels.values))
        return bool(self.rounding.unit and len(changes) and median(changes) <= 2.5 * self.rounding.unit)

    def behind(self, row: int) -> Curve:
        """The curve from one of its rows on."""
        return Curve(self.steps[row:], self.values[row:], self.rounding, self.tick)

    def flat_tail(self) -> float:
        """Steps at the end of the curve over which the LR did not change at all."""
        return float(self.steps[-1] - self.steps[self.levels.first[-1]])


def thin(curve: Curve) -> Curve:
    """At most some 400 points: evenly spread, with both sides of the largest changes and the extremes kept."""
    n = len(curve)
    if n <= MOST_POINTS:
        return curve
    changes = np.abs(np.diff(curve.values))
    marks = np.concatenate((np.argsort(changes)[-12:], [curve.values.argmax(), curve.values.argmin()]))
    near = (marks[:, None] + np.arange(-3, 5)).ravel()
    chosen = np.concatenate((np.linspace(0, n - 1, 260).astype(int), near, np.arange(20), np.arange(n - 12, n)))
    keep = each_once(np.clip(chosen, 0, n - 1))
    return Curve(curve.steps[keep], curve.values[keep], curve.rounding, curve.tick)
