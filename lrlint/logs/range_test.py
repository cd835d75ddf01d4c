"""LR range tests (Smith 2017): the LR is raised until the loss diverges, to see which LR the model bears.

The suggestions are the middle of the descent of the loss over log(LR), which serves as `max_lr` of OneCycleLR, and
the LR of the lowest loss divided by ten, which serves as a constant LR. The middle is the mean of log(LR), each LR
weighted by how steeply the loss falls there: where the descent is long and even, the steepest place is decided by noise
and moves by a factor from seed to seed, and the middle does not (docs/range-test.md has the figures).
"""

from __future__ import annotations

import numpy as np

from lrlint.identify import Identification
from lrlint.logs.run import Series
from lrlint.logs.smoothing import Floats, block_medians
from lrlint.namedtuples import NamedTuple
from lrlint.order import median

LEAST_RATIO = 20.0
"""A range test raises the LR by this factor at least; a warm-up that grows geometrically hardly exists."""

DIVERGED = 1.25
FEWEST_ROWS = 25
GRID = 80
WINDOWS = (0.14, 0.18, 0.22)
"""Widths of the median filter, as parts of the test, over which the suggestion must hold."""

RESAMPLED = 40
"""Times that the rows are drawn anew, with replacement, to see how far chance moves the suggestion."""

LARGEST_SPREAD = 0.04
"""Seeds move a suggestion about 1.5 times as far as chance within one test: this keeps them within 0.06 in log10."""


class RangeTest(NamedTuple):
    """What an LR range test says. `curve` is the smoothed loss, (LR, loss) pairs evenly spaced in log(LR).

    `steepest` and `minimum` are the LRs at which the curve falls fastest and is lowest. `spread` is the standard
    deviation of log10 of `max_lr` over the widths of the smoothing window and over draws of the rows (the bootstrap;
    Efron 1979).
    """

    steepest: float
    minimum: float
    max_lr: float
    constant_lr: float
    spread: float
    curve: tuple[tuple[float, float], ...]


class Refusal(NamedTuple):
    """Why a range test gives no suggestion."""

    reason: str


def is_range_test(schedule: Identification, loss: Series | None) -> bool:
    """Whether a schedule that only rises is a range test: geometric over a factor of 20, or the loss diverges."""
    values = schedule.curve.values
    if len(values) < FEWEST_ROWS or schedule.jumps or values[-1] < 0.98 * schedule.curve.top:
        return False
    if schedule.family == "range_test":
        return bool(values[-1] > LEAST_RATIO * max(values[0], 1e-300))
    if schedule.family not in ("linear", "warmup_constant") or values[-1] < LEAST_RATIO * values[0]:
        return False
    if schedule.parameters.get("total_iters", schedule.curve.span) != schedule.curve.span:
        return False
    return loss is not None and len(loss.values) >= FEWEST_ROWS and _diverges(loss.values)


def _diverges(values: Floats) -> bool:
    medians, _ = block_medians(values, 25)
    best = float(medians.min())
    return bool(medians[-1] > best + max((DIVERGED - 1) * abs(best), 0.25 * (medians[0] - best)))


def range_test(lrs: Floats, losses: Floats) -> RangeTest | Refusal:
    """Read a range test from LRs and losses of the same rows, both (n,), in the order of the test.

    The loss is filtered by a running median over log(LR), which moves the suggestion 5 to 20 times less from seed
    to seed than the exponential average of other range finders. The first tenth of the test only says where the loss
    began.
    """
    usable = np.isfinite(losses) & (lrs > 0)
    blown = len(losses) > 0 and not np.isfinite(losses[-1])
    lrs, losses = lrs[usable], losses[usable]
    if len(lrs) < FEWEST_ROWS:
        return Refusal(f"{len(lrs)} rows with a loss and an LR are too few, {FEWEST_ROWS} are needed")
    if not blown and not _diverges(losses):
        return Refusal("the loss never diverged: raise the LR further")
    grid = np.linspace(np.log10(lrs[0]), np.log10(lrs[-1]), GRID)
    curves = [_smoothed(np.log10(lrs), losses, grid, width) for width in WINDOWS]
    found = [reading for curve in curves if (reading := _reading(grid, curve)) is not None]
    if len(found) < len(WINDOWS):
        return Refusal("the loss does not fall before it diverges: begin with a lower LR")
    drawn = _resampled(np.log10(lrs), losses, grid)
    middles = [reading.middle for reading in found]
    spread = float(np.hypot(np.std(middles), np.std(drawn)))
    if spread > LARGEST_SPREAD or len(drawn) < 0.8 * RESAMPLED:
        return Refusal(f"too noisy: chance alone moves the suggestion by {spread:.3f} in log10; test with more steps")
    minimum = float(10 ** median([reading.minimum for reading in found]))
    return RangeTest(
        steepest=float(10 ** median([reading.steepest for reading in found])),
        minimum=minimum,
        max_lr=float(10 ** median(middles)),
        constant_lr=minimum / 10,
        spread=spread,
        curve=tuple((float(10**x), float(y)) for x, y in zip(grid, curves[1], strict=True)),
    )


def _resampled(x: Floats, y: Floats, grid: Floats) -> list[float]:
    """The middle of the descent for RESAMPLED draws of the rows; those that show no descent are left out."""
    chance = np.random.default_rng(0)
    found = []
    for _ in range(RESAMPLED):
        rows = np.sort(chance.integers(0, len(x), len(x)))
        reading = _reading(grid, _smoothed(x[rows], y[rows], grid, WINDOWS[1]))
        found += [] if reading is None else [reading.middle]
    return found


def _smoothed(x: Floats, y: Floats, grid: Floats, width: float) -> Floats:
    """The median of the rows within half of `width` of the test around each grid point, then its running mean."""
    reach = width * (grid[-1] - grid[0]) / 2
    low, high = np.searchsorted(x, grid - reach), np.searchsorted(x, grid + reach, side="right")
    medians = np.array([median(y[a : max(b, a + 1)]) for a, b in zip(np.minimum(low, len(y) - 1), high, strict=True)])
    size = max(3, int(width * GRID / 2) | 1)
    padded = np.pad(medians, size // 2, mode="edge")
    return np.convolve(padded, np.ones(size) / size, mode="valid")


class _Reading(NamedTuple):
    """log10 of the LRs of a curve's steepest descent, the middle of its descent, and its lowest loss."""

    steepest: float
    middle: float
    minimum: float


def _reading(grid: Floats, curve: Floats) -> _Reading | None:
    """What a curve says, None where the loss does not fall."""
    head = GRID // 10
    lowest = head + int(np.argmin(curve[head:]))
    start = median(curve[:head])
    if lowest <= head + 2 or start - curve[lowest] < 0.05 * abs(start):
        return None
    x = grid[head : lowest + 1]
    steepness = -np.gradient(curve, grid)[head : lowest + 1]
    fall = np.maximum(0.0, -np.gradient(np.minimum.accumulate(curve[head : lowest + 1]), x))
    return _Reading(float(x[np.argmax(steepness)]), float(np.average(x, weights=fall)), float(grid[lowest]))
