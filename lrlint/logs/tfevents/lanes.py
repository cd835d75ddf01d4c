"""Records whose lengths repeat over and over: those of one length lie at even distances, in a lane.

What is the same in all records of a lane is found for all of them at once, which is quicker than to look at each.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lrlint.namedtuples import NamedTuple

HEADER_BYTES = 12
FRAME_BYTES = 16
# Rows of about this many bytes are compared fastest.
_BYTES_TOGETHER = 1 << 13

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


class Lane(NamedTuple):
    """Records of one length at even distances: the first begins at `start`, the others `strides` further.

    Where there are two `strides`, the records lie in a table of the `shape`. `varying` (length + 16,) has the bits set
    that are not the same in all the records.
    """

    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    length: int
    varying: Bytes

    def starts(self) -> Places:
        """Where the records begin (n,), in order of the file."""
        starts = np.array(self.start)
        for size, stride in zip(self.shape, self.strides, strict=True):
            starts = starts[..., None] + np.arange(0, size * stride, stride)
        return starts.ravel()


def lanes_of(
    starts: Places, lengths: Places, shape: tuple[int, ...], strides: tuple[int, ...], varying: Bytes
) -> Iterator[Lane]:
    """A lane for each of the adjoining records (k,) that come again; `varying` are their bits that vary."""
    for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
        at = start - int(starts[0])
        yield Lane(start, shape, strides, length, varying[at : at + length + FRAME_BYTES])


def repetition(lengths: Places) -> tuple[int, int]:
    """From which record on the lengths (n,) repeat, and after how many; 0, 0 if they do not.

    Judged by three repetitions at the end.
    """
    ours = lengths.tolist()
    for period in range(1, len(ours) // 3 + 1):
        if ours[-period:] == ours[-2 * period : -period] == ours[-3 * period : -2 * period]:
            differs = np.flatnonzero(lengths[:-period] != lengths[period:])
            return int(differs[-1]) + 1 if differs.size else 0, period
    return 0, 0


def varying_bits(table: Bytes) -> Bytes:
    """The bits (w,) that are not the same in all rows of a table of bytes (n, w), whose rows adjoin each other."""
    if not len(table):
        return np.zeros(table.shape[1], np.uint8)
    always, ever = always_and_ever(table)
    return always ^ ever


def always_and_ever(table: Bytes) -> tuple[Bytes, Bytes]:
    """The bits (w,) that are set in all rows of a table of bytes (n, w), whose rows adjoin each other, and in any."""
    rows, width = table.shape
    together = min(_BYTES_TOGETHER // width + 1, rows)
    # The rows left over are seen together with some that were seen.
    blocks = table[: rows - rows % together].reshape(-1, together * width), table[rows - together :].reshape(1, -1)
    always, ever = (
        reduce(np.concatenate([reduce(block, axis=0).reshape(together, width) for block in blocks]), axis=0)
        for reduce in (np.bitwise_and.reduce, np.bitwise_or.reduce)
    )
    return always, ever
