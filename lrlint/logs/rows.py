"""Rows of a log as mappings from names to whatever was logged, turned into columns of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from lrlint.config import Settings
from lrlint.logs.roles import role_of
from lrlint.logs.run import Role
from lrlint.logs.table import Cells

Row = Mapping[str, object]


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
    return {name: Cells(np.array(places[name], np.int64), np.array(values[name])) for name in places}


def number_of(value: object) -> float | None:
    """The number that a logged value is or spells, None if it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None


def _numbers(row: Row, prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{name}/")
        elif isinstance(value, list) and role_of(name, "", Settings()) is Role.LR:
            several = len(value) > 1
            yield from _numbers({f"{name}/{i}" if several else name: lr for i, lr in enumerate(value)}, prefix)
        else:
            number = number_of(value)
            if number is not None:
                yield prefix + name, number
