"""Curves as one line of block characters."""

from __future__ import annotations

import math
from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇█"
GAP = " "
NOT_FINITE = "×"


def sparkline(
    points: Sequence[tuple[float, float]], width: int, low: float | None = None, high: float | None = None
) -> str:
    """`(x, y)` points as at most `width` characters, evenly along x, each the mean of its points.

    `low` and `high` are the ends of the scale, by default those of the finite values. A stretch without
    points is a gap, one without a finite value is marked `×`, and a flat curve stands in the middle.
    """
    if not points:
        return ""
    heights = [y for _, y in points if math.isfinite(y)]
    low = min(heights, default=0.0) if low is None else low
    high = max(heights, default=0.0) if high is None else high
    return "".join(_block(cell, low, high) for cell in _cells(points, width))


def _cells(points: Sequence[tuple[float, float]], width: int) -> list[list[float]]:
    xs = [x for x, _ in points]
    left, right = min(xs), max(xs)
    count = min(width, len(points))
    cells: list[list[float]] = [[] for _ in range(count)]
    for x, y in points:
        place = (x - left) / (right - left) if right > left else 0.0
        cells[min(int(place * count), count - 1)].append(y)
    return cells


def _block(cell: list[float], low: float, high: float) -> str:
    finite = [y for y in cell if math.isfinite(y)]
    if not finite:
        return NOT_FINITE if cell else GAP
    if high <= low:
        return BLOCKS[3]
    scale = max(abs(low), abs(high)) or 1.0  # the difference of two finite numbers may be infinite
    mean = math.fsum(y / scale for y in finite) / len(finite)
    level = (mean - low / scale) / (high / scale - low / scale)
    return BLOCKS[round(min(max(level, 0.0), 1.0) * (len(BLOCKS) - 1))]
