"""Rows of named numbers, as CSV and JSON logs hold them, turned into series with a step axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from lrlint.config import Settings
from lrlint.logs.roles import step_column
from lrlint.logs.run import Role, Series

Number = TypeVar("Number", np.int64, np.float64)

_WALL_TIMES = ("wall_time", "walltime", "timestamp", "_timestamp", "wall time")
_EARLIEST_WALL_TIME = 1e8
_EPOCHS = ("epoch", "epochs")


class Cells(NamedTuple):
    """One column: the numbers it holds (m,) and the rows (m,), in order, in which they stand."""

    rows: NDArray[np.int64]
    values: NDArray[np.float64]


def joined(chunks: Sequence[Mapping[str, Cells]], bounds: Sequence[int], names: Sequence[str]) -> dict[str, Cells]:
    """The columns of consecutive chunks of a table as one, in the order of `names`; chunk k begins at row bounds[k]."""
    columns = {}
    every = np.arange(bounds[-1])
    for name in names:
        there = [(chunk[name], start) for chunk, start in zip(chunks, bounds, strict=False) if name in chunk]
        if any(cells.rows.size for cells, _ in there):
            values = np.concatenate([cells.values for cells, _ in there])
            dense = values.size == every.size
            rows = every if dense else np.concatenate([cells.rows + start for cells, start in there])
            columns[name] = Cells(rows, values)
    return columns


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
            parts=parts[: cells.rows.size],
            wall_times=None if walls is None else _at(walls, cells),
        )
        for name, cells in columns.items()
        if name != counter or _is_epoch(name)
    ]


def _at(column: NDArray[Number], cells: Cells) -> NDArray[Number]:
    """The column at the rows of the cells, itself where they are all of them."""
    return column if cells.rows.size == column.size else column[cells.rows]


def _whole(cells: Cells, count: int) -> NDArray[np.int64] | None:
    """The column spread over all rows as whole numbers, None if it holds others."""
    if not cells.rows.size or not np.all(np.isfinite(cells.values) & (np.abs(cells.values) < 2**62)):
        return None
    if np.any(cells.values != np.floor(cells.values)):
        return None
    return _spread(cells, count).astype(np.int64)


def _spread(cells: Cells, count: int) -> NDArray[np.float64]:
    """A value for every row: its own, else that of the nearest row before it that has one."""
    if cells.rows.size == count:
        return cells.values
    before = np.searchsorted(cells.rows, np.arange(count), side="right") - 1
    return cells.values[np.maximum(before, 0)]


def _carried_over_epochs(steps: NDArray[np.int64], columns: Mapping[str, Cells], count: int) -> NDArray[np.int64]:
    """Steps that fall back exactly where the epoch rises, laid end to end; others as they are."""
    epoch = next((cells for name, cells in columns.items() if _is_epoch(name)), None)
    epochs = _whole(epoch, count) if epoch is not None else None
    if epochs is None or count < 2:
        return steps
    rises = np.diff(epochs) > 0
    advances = np.diff(steps)
    if not rises.any() or np.any((advances < 0) != rises):
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
        if name.strip().lower() in _WALL_TIMES and cells.rows.size and np.all(cells.values > _EARLIEST_WALL_TIME):
            return _spread(cells, count)
    return None
