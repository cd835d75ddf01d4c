"""Robust smoothing of noisy series with NumPy alone, linear in the number of points."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lrlint.order import each_once, median, row_medians

Floats = NDArray[np.float64]


def block_medians(values: Floats, blocks: int) -> tuple[Floats, NDArray[np.int64]]:
    """Medians of about `blocks` even stretches of `values` (n,), and the index at which each stretch begins."""
    edges = each_once(np.linspace(0, len(values), min(blocks, len(values)) + 1).astype(np.int64))
    size = int(np.min(np.diff(edges)))
    if np.all(np.diff(edges) == size):
        return row_medians(values.reshape(-1, size)), edges[:-1]
    medians = [median(values[a:b]) for a, b in pairwise(edges)]
    return np.array(medians), edges[:-1]


MOST_WINDOWS = 20_000
"""Windows that are evaluated at most: a median that moves by a fraction of its noise needs no more."""


def trailing_median(values: Floats, window: int, before: float | None = None) -> Floats:
    """The median of the `window` values before each value, shape (n,); `before` stands for what is not logged.

    By default that is the first value. In series longer than 4,096 the median is evaluated at every eighth of a
    window or less often, and interpolated, which keeps the cost linear and small.
    """
    padded = np.concatenate((np.full(window, values[0] if before is None else before), values[:-1]))
    windows = sliding_window_view(padded, window)[: len(values)]
    stride = max(1, window // 8, len(values) // MOST_WINDOWS) if len(values) > 4096 else 1
    picked = np.arange(0, len(values), stride)
    medians: Floats = row_medians(windows[picked])
    return medians if stride == 1 else np.interp(np.arange(len(values)), picked, medians)


def spread(values: Floats) -> float:
    """A robust standard deviation: 1.4826 times the median absolute deviation."""
    return 1.4826 * median(np.abs(values - median(values))) if len(values) else 0.0
