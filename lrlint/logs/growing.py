"""Columns whose length shows only when a file has been read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MOST_EXPECTED = 1024.0


class Growing:
    """Columns of int64 or float64 in one table that hardly ever moves: room that is not used costs no memory."""

    def __init__(self, *dtypes: type[np.int64] | type[np.float64]) -> None:
        self._dtypes = dtypes
        self._table = np.empty((len(dtypes), 0))
        self.size = 0

    def add(self, columns: Sequence[NDArray[Any]], expected: float) -> None:
        """Append to the columns; in the end they are expected to be `expected` times as long as they are then."""
        start, self.size = self.size, self.size + columns[0].size
        if self.size > self._table.shape[1]:
            # A file that has grown meanwhile holds more than expected; one that begins with many scalars, far less.
            room = int(self.size * min(max(expected, 1.0), _MOST_EXPECTED))
            before, self._table = self._table, np.empty((len(columns), room))
            self._table[:, :start] = before[:, :start]
        for row, dtype, column in zip(self._table, self._dtypes, columns, strict=True):
            row[start : self.size].view(dtype)[:] = column

    def columns(self) -> list[NDArray[Any]]:
        """The columns (size,), not copied."""
        return [row[: self.size].view(dtype) for row, dtype in zip(self._table, self._dtypes, strict=True)]
