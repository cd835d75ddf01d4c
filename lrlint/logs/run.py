"""A run as columns: what every reader produces and every analyzer asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray


class Role(str, Enum):
    """What a series means for the diagnosis; `OTHER` series are listed and not analysed."""

    LR = "lr"
    LOSS = "loss"
    VALIDATION = "validation"
    METRIC = "metric"
    GRADIENT_NORM = "gradient_norm"
    EPOCH = "epoch"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Series:
    """One logged quantity in the order in which it was written, rewinds included.

    `steps` int64, `values` float64 and `parts` int32 have shape (n,); `parts` indexes `Run.files`.
    `wall_times` float64 (n,) in seconds since the epoch, NaN or None where the log has none.
    """

    name: str
    role: Role
    steps: NDArray[np.int64]
    values: NDArray[np.float64]
    parts: NDArray[np.int32]
    wall_times: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One training run: its series, the files they came from, and the hyperparameters in the log."""

    name: str
    path: str
    formats: tuple[str, ...]
    files: tuple[str, ...]
    series: tuple[Series, ...]
    hyperparameters: Mapping[str, object] = field(default_factory=dict)

    def of(self, role: Role) -> tuple[Series, ...]:
        """The series of one role, in the order of their names in the log."""
        return tuple(series for series in self.series if series.role is role)
