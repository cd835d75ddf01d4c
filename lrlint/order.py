"""Order statistics as NumPy has them, without `numpy.ma`, whose import takes longer than reading a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def median(values: NDArray[Any] | Sequence[float]) -> float:
    """`np.median` of all the values; NaN where one is NaN, or where there are none."""
    return float(row_medians(np.ravel(values)))


def row_medians(rows: NDArray[Any]) -> NDArray[np.float64]:
    """`np.median` along the last axis: of each row (m,) of `rows` (m, k)."""
    size = rows.shape[-1]
    if not size:
        return np.full(rows.shape[:-1], np.nan)
    middle = [(size - 1) // 2, size // 2]
    parted = np.partition(rows, [*middle, size - 1], axis=-1)
    found: NDArray[np.float64] = np.where(np.isnan(parted[..., -1]), np.nan, parted[..., middle].mean(axis=-1))
    return found


def each_once(values: NDArray[Any] | Sequence[float]) -> NDArray[Any]:
    """`np.unique` of values without NaN: each once, in order."""
    ordered = np.sort(values, axis=None)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if ordered.size else ordered
