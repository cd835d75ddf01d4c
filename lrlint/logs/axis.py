"""A series as the step axis of the others, for logs in which a step stands with every point."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers.base import Recording, Source
from lrlint.logs.run import Series


def count_steps_as_told(recording: Recording, source: Source, settings: Settings) -> None:
    """Give every series, as steps, the values that the settings' series has at its steps, and say what counts them.

    In a table the reader has seen to it.
    """
    axis = next((series for series in recording.series if series.name == settings.step_tag), None)
    if axis is None or recording.counter is not None:
        return
    recording.counter = axis.name
    counted = axis.effective()
    if not np.all(np.isfinite(counted.values)) or np.any(counted.values != np.floor(counted.values)):
        message = f"the series {axis.name!r} does not count whole steps: those of the log are taken"
        recording.problems.append(Problem(source.files[0], message, lost=False))
        return
    recording.series = [
        series._replace(steps=_looked_up(series.steps, counted)) for series in recording.series if series is not axis
    ]


def _looked_up(steps: NDArray[np.int64], axis: Series) -> NDArray[np.int64]:
    """The values of the axis at the steps; between two of its points that of the earlier one."""
    places = np.searchsorted(axis.steps, steps, side="right") - 1
    return axis.values[np.maximum(places, 0)].astype(np.int64)
