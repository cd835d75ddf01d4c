"""Records of one length as a table of bytes: their columns, and the bits in which they are not alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.protobuf import Buffer
from lrlint.logs.tfevents.lanes import FRAME_BYTES, Bytes, Lane, varying_bits
from lrlint.namedtuples import NamedTuple

Members = NDArray[np.intp]


class Block(NamedTuple):
    """Records of one length at even distances in a buffer, of which `lane` says where they lie.

    `starts` (n,) are their places in the window, which need not be the buffer.
    """

    data: Buffer | Bytes
    lane: Lane
    starts: NDArray[np.int64]

    def column(self, at: int, dtype: str) -> NDArray[Any]:
        """The numbers (n,) at one place of the records, copied."""
        return self._places(at, dtype).flatten()

    def _places(self, at: int, dtype: str) -> NDArray[Any]:
        return np.ndarray(self.lane.shape, dtype, self.data, self.lane.start + at, self.lane.strides)

    def bytes_of(self, members: Members | slice, at: int) -> Bytes:
        """The bytes (m,) at one place of some of the records."""
        found: Bytes = self._places(at, "<u1").reshape(-1)[members]
        return found

    def first(self) -> Bytes:
        """The bytes (length + 16,) of the first record, as a view."""
        return np.ndarray((self.lane.length + FRAME_BYTES,), np.uint8, self.data, self.lane.start)

    def picked(self, members: Members | NDArray[np.bool_] | slice) -> Block | None:
        """Some of the records, copied side by side; None for none of them."""
        starts = self.starts[members]
        if not starts.size:
            return None
        frames = self._places(0, f"V{self.lane.length + FRAME_BYTES}").reshape(-1)[members]
        return _side_by_side(frames, self.lane.length, self.lane.varying, starts)


def gathered(data: Buffer, starts: NDArray[np.int64], length: int) -> Block:
    """The records of one length at `starts` (n,), copied side by side."""
    width = length + FRAME_BYTES
    frames = np.ndarray((len(data) - width + 1,), f"V{width}", data, 0, (1,))[starts]
    varying = varying_bits(frames.view(np.uint8).reshape(-1, width))
    return _side_by_side(frames, length, varying, starts)


def _side_by_side(frames: NDArray[np.void], length: int, varying: Bytes, starts: NDArray[np.int64]) -> Block:
    lane = Lane(0, (frames.size,), (frames.itemsize,), length, varying)
    return Block(np.ascontiguousarray(frames).view(np.uint8), lane, starts)
