"""Records of one length as a table of bytes: their columns, and the bits in which they are not alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.protobuf import Buffer
from lrlint.logs.tfevents.framing import FRAME_BYTES, varying_bits
from lrlint.namedtuples import NamedTuple

Bytes = NDArray[np.uint8]
Members = NDArray[np.intp]


class Block(NamedTuple):
    """Records of one length at even distances in a buffer: the first lies at `at`, the next a `stride` further.

    `starts` (n,) are their places in the window, which need not be the buffer. `varying` (length + 16,) has the bits
    set that are not the same in all the records.
    """

    data: Buffer | Bytes
    at: int
    stride: int
    starts: NDArray[np.int64]
    length: int
    varying: Bytes

    def column(self, at: int, dtype: str) -> NDArray[Any]:
        """The numbers (n,) at one place of the records, as a view."""
        return np.ndarray((self.starts.size,), dtype, self.data, self.at + at, (self.stride,))

    def first(self) -> Bytes:
        """The bytes (length + 16,) of the first record, as a view."""
        return np.ndarray((self.length + FRAME_BYTES,), np.uint8, self.data, self.at)

    def picked(self, members: Members | NDArray[np.bool_] | slice) -> Block:
        """Some of the records, copied side by side."""
        width = self.length + FRAME_BYTES
        return _side_by_side(self.column(0, f"V{width}")[members], self.starts[members], self.length)


def gathered(data: Buffer, starts: NDArray[np.int64], length: int) -> Block:
    """The records of one length at `starts` (n,), copied side by side."""
    everywhere = np.ndarray((len(data) - length - FRAME_BYTES + 1,), f"V{length + FRAME_BYTES}", data, 0, (1,))
    return _side_by_side(everywhere[starts], starts, length)


def _side_by_side(frames: NDArray[np.void], starts: NDArray[np.int64], length: int) -> Block:
    width = length + FRAME_BYTES
    table = np.ascontiguousarray(frames).view(np.uint8).reshape(starts.size, width)
    return Block(table, 0, width, starts, length, varying_bits(table))
