"""A run as columns: what every reader produces and every analyzer asks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

from lrlint.findings import Problem
from lrlint.namedtuples import NamedTuple

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
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


class Series(NamedTuple):
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

    def effective(self) -> Series:
        """The series as TensorBoard's server shows it: a point at step s drops the earlier ones at s or later.

        Steps of the result increase strictly. This is the per-tag rule of tensorboard-data-server (its
        `StageReservoir`), the default behind the UI; EventAccumulator drops points only at SessionLog.START.
        """
        import numpy as np  # what only looks for runs, and knows them from before, does without

        if self.steps.size < 2 or bool(np.all(self.steps[1:] > self.steps[:-1])):
            return self
        lowest_after = np.minimum.accumulate(self.steps[:0:-1])[::-1]
        return self.only(np.append(self.steps[:-1] < lowest_after, True))

    def only(self, kept: NDArray[np.bool_]) -> Series:
        """The points for which `kept` (n,) is true."""
        walls = None if self.wall_times is None else self.wall_times[kept]
        return self._replace(steps=self.steps[kept], values=self.values[kept], parts=self.parts[kept], wall_times=walls)


class Run(NamedTuple):
    """One training run: its series, the files they came from, and the hyperparameters in the log.

    `problems` are the damage met while reading it; what could be read is in `series` all the same. `counter` names the
    column or series whose values are the steps, None where the log has steps of its own, rows are counted, or, of CSV,
    nobody named it.
    """

    name: str
    path: str
    formats: tuple[str, ...]
    files: tuple[str, ...]
    series: tuple[Series, ...]
    hyperparameters: Mapping[str, object] = {}
    problems: tuple[Problem, ...] = ()
    counter: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """The names of the series, and of the column that counts the steps."""
        return frozenset([*(one.name for one in self.series), *([] if self.counter is None else [self.counter])])

    def of(self, role: Role) -> tuple[Series, ...]:
        """The series of one role, in the order in which they stand in the log."""
        return tuple(series for series in self.series if series.role is role)

    def frame(self) -> pd.DataFrame:
        """The effective series side by side, for pandas.

        One row per step that any series has, in increasing order: the index `step` is int64, unique. One
        float64 column per series, under its name, NaN where the series has no point at that step.
        """
        import pandas as pd

        columns = {}
        for series in self.series:
            shown = series.effective()
            columns[series.name] = pd.Series(shown.values, index=pd.Index(shown.steps, name="step"))
        frame = pd.DataFrame(columns, dtype="float64").sort_index()
        return frame.rename_axis(index="step")
