"""Rows of a log as mappings from names to whatever was logged, turned into columns of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lrlint.config import Settings
from lrlint.logs.readers.base import Recording
from lrlint.logs.roles import role_of, step_column
from lrlint.logs.run import Role
from lrlint.logs.table import Cells, to_series

Row = Mapping[str, object]
_TENSOR = "tensor("
_MISSING = frozenset(("", "na", "none", "null", "-"))


def columns_of(rows: Sequence[Row]) -> dict[str, Cells]:
    """The numbers of the rows by name, in the order of first appearance.

    Names inside a nested mapping are joined by a slash. Strings that spell a number count (fairseq logs
    them so), truth values and everything else do not. A list of LRs, as `get_last_lr()` returns it, holds one for
    every param group.
    """
    places: dict[str, list[int]] = {}
    values: dict[str, list[float]] = {}
    for index, row in enumerate(rows):
        for name, number in _numbers(row):
            places.setdefault(name, []).append(index)
            values.setdefault(name, []).append(number)
    return {name: Cells(_sparse(places[name], len(rows)), np.array(values[name])) for name in places}


def fill(recording: Recording, rows: Sequence[Row], settings: Settings) -> None:
    """Give a recording the series that the rows hold."""
    fill_columns(recording, columns_of(rows), len(rows), settings)


def fill_columns(recording: Recording, columns: Mapping[str, Cells], count: int, settings: Settings) -> None:
    """Give a recording the series that the columns of so many rows are."""
    recording.series = to_series(columns, count, settings)
    recording.counter = step_column(columns, settings)


def number_of(value: object) -> float | None:
    """The number that a logged value is or spells, None if it is none.

    A tensor of one number is printed where a trainer forgot `.item()`: `tensor(2.31, device='cuda:0')`.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and value.startswith(_TENSOR):
        value = value.removeprefix(_TENSOR).partition(",")[0].removesuffix(")")
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def is_missing(cell: str) -> bool:
    """Whether a cell of a table says that nothing was logged."""
    return cell.strip().lower() in _MISSING


def is_word(cell: str) -> bool:
    """Whether a cell of a table holds something that is no number."""
    return number_of(cell) is None and not is_missing(cell)


def _sparse(places: Sequence[int], count: int) -> NDArray[np.int64] | None:
    """The rows, None where they are all."""
    return None if len(places) == count else np.array(places, np.int64)


def _numbers(row: Row, prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{name}/")
        elif isinstance(value, list) and role_of(name, "", Settings()) is Role.LR:
            names = [f"{name}/{index}" for index in range(len(value))] if len(value) > 1 else [name]
            yield from _numbers(dict(zip(names, value, strict=False)), prefix)
        else:
            number = number_of(value)
            if number is not None:
                yield prefix + name, number
