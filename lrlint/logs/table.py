"""Rows of named numbers, as CSV and JSON logs hold them, turned into series with a step axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lrlint.config import Settings
from lrlint.logs.growing import Growing
from lrlint.logs.roles import step_column
from lrlint.logs.run import Role, Series
from lrlint.namedtuples import NamedTuple

Number = TypeVar("Number", np.int64, np.float64)

_WALL_TIMES = ("wall_time", "walltime", "timestamp", "_timestamp", "wall time")
_EARLIEST_WALL_TIME = 1e8
_MOST_STEPS = 2**62
_EPOCHS = ("epoch", "epochs")


class Cells(NamedTuple):
    """One column: the numbers it holds (m,) and the rows (m,), in order, in which they stand; None is every row."""

    rows: NDArray[np.int64] | None
    values: NDArray[np.float64]


Rows = tuple[dict[str, Cells], int]
"""The columns of some rows by name, and how many rows they are."""


class Table:
    """The columns of a table that is read chunk by chunk; `count` are the rows so far."""

    def __init__(self) -> None:
        self.count = 0
        self._values: dict[str, Growing] = {}
        self._places: dict[str, list[_Place]] = {}

    def add(self, columns: Mapping[str, Cells], count: int, expected: float) -> None:
        """Append a chunk of `count` rows; in the end there are expected to be `expected` times as many as then."""
        for name, (rows, values) in columns.items():
            if values.size:
                self._values.setdefault(name, Growing(np.float64)).add([values], expected)
                self._places.setdefault(name, []).append(_Place(self.count, values.size, rows))
        self.count += count

    def columns(self, names: Sequence[str]) -> dict[str, Cells]:
        """The columns that hold a number, in the order of `names`."""
        columns = {}
        for name in names:
            if name in self._values:
                (values,) = self._values[name].columns()
                dense = values.size == self.count
                columns[name] = Cells(None if dense else _joined(self._places[name]), values)
        return columns


class _Place(NamedTuple):
    """Where the numbers that a chunk holds in a column stand: in `rows` behind `start`, or in the `size` from there."""

    start: int
    size: int
    rows: NDArray[np.int64] | None


def _joined(places: Sequence[_Place]) -> NDArray[np.int64]:
    """The rows of all chunks."""
    return np.concatenate([start + (np.arange(size) if rows is None else rows) for start, size, rows in places])


def to_series(columns: Mapping[str, Cells], count: int, settings: Settings) -> list[Series]:
    """The columns of a table of `count` rows as series, all of part 0.

    The steps come from the column that counts them, repeated where a row leaves it out, and are the row
    numbers where no column counts whole steps. A count of batches that starts again with every epoch is
    made one that goes on.
    """
    counter = step_column(columns, settings)
    steps = _whole(columns[counter], count) if counter is not None else None
    if steps is not None and counter is not None and not _is_epoch(counter):
        steps = _carried_over_epochs(steps, columns, count)
    if steps is None:
        steps = np.arange(count, dtype=np.int64)
    walls = _wall_times(columns, count)
    parts = np.zeros(count, np.int32)
    return [
        Series(
            name=name.strip(),
            role=Role.OTHER,
            steps=_at(steps, cells),
            values=cells.values,
            parts=parts[: cells.values.size],
            wall_times=None if walls is None else _at(walls, cells),
        )
        for name, cells in columns.items()
        if name != counter or _is_epoch(name)
    ]


def _at(column: NDArray[Number], cells: Cells) -> NDArray[Number]:
    """The column at the rows of the cells, itself where they are all of them."""
    return column if cells.rows is None else column[cells.rows]


def _whole(cells: Cells, count: int) -> NDArray[np.int64] | None:
    """The column spread over all rows as whole numbers, None if it holds others."""
    with np.errstate(invalid="ignore"):
        whole = cells.values.astype(np.int64)
    if not whole.size or not np.array_equal(whole, cells.values) or max(-whole.min(), whole.max()) >= _MOST_STEPS:
        return None
    return _spread(cells.rows, whole, count)


def _spread(rows: NDArray[np.int64] | None, values: NDArray[Number], count: int) -> NDArray[Number]:
    """A value for every row: its own, else that of the nearest row before it that has one."""
    if rows is None:
        return values
    before = np.searchsorted(rows, np.arange(count), side="right") - 1
    return values[np.maximum(before, 0)]


def _carried_over_epochs(steps: NDArray[np.int64], columns: Mapping[str, Cells], count: int) -> NDArray[np.int64]:
    """Steps that fall back exactly where the epoch rises, laid end to end; others as they are."""
    epoch = next((cells for name, cells in columns.items() if _is_epoch(name)), None)
    if epoch is None or not np.any(steps[1:] < steps[:-1]):
        return steps
    epochs = _whole(epoch, count)
    if epochs is None:
        return steps
    rises = np.diff(epochs) > 0
    advances = np.diff(steps)
    if np.any((advances < 0) != rises):
        return steps
    spacing = int(np.min(advances[advances > 0], initial=np.iinfo(np.int64).max))
    span = int(steps.max() - steps.min())
    per_epoch = span + (spacing if np.any(advances > 0) else 1)
    carried: NDArray[np.int64] = steps + (epochs - epochs[0]) * per_epoch
    return carried


def _is_epoch(name: str) -> bool:
    return name.strip().lower() in _EPOCHS


def _wall_times(columns: Mapping[str, Cells], count: int) -> NDArray[np.float64] | None:
    for name, cells in columns.items():
        if name.strip().lower() in _WALL_TIMES and cells.values.size and np.all(cells.values > _EARLIEST_WALL_TIME):
            return _spread(*cells, count)
    return None
