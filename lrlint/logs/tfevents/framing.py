"""Where the records of an event file begin.

A TFRecord is `u64 length, u32 masked crc of the length, data, u32 masked crc of the data`, little-endian, one
after the other. The length's checksum makes a record's first 12 bytes recognisable anywhere in the file.
"""

from __future__ import annotations

import struct
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.tfevents.crc32c import contribution, header_crc, unmasked

HEADER_BYTES = 12
FRAME_BYTES = 16
_HEADER = struct.Struct("<QI")
# A header found by search has a length below this: two random bytes more would let chance in.
_LONGEST_FOUND = 1 << 24


class Stop(Enum):
    """Why framing ended: at the end, in a record that goes on beyond it, or at bytes that are no header."""

    END = "end"
    UNFINISHED = "unfinished"
    NO_HEADER = "no header"


class Frames(NamedTuple):
    """The starts (n,) int64 of the whole records of a window, where the next one would begin, and why it does not."""

    starts: NDArray[np.int64]
    end: int
    stop: Stop


def frame(data: bytearray, start: int, end: int) -> Frames:
    """The records from `start` on, one by one, each header checked."""
    unpack, crc_of = _HEADER.unpack_from, header_crc
    starts: list[int] = []
    at, stop = start, Stop.END
    while at < end:
        if at + HEADER_BYTES > end:
            stop = Stop.UNFINISHED
            break
        length, crc = unpack(data, at)
        if crc != crc_of(length):
            stop = Stop.NO_HEADER
            break
        after = at + FRAME_BYTES + length
        if after > end:
            stop = Stop.UNFINISHED
            break
        starts.append(at)
        at = after
    return Frames(np.array(starts, np.int64), at, stop)


def length_at(data: bytearray, at: int) -> int:
    """The length of the data of the record that begins at `at`."""
    return int(_HEADER.unpack_from(data, at)[0])


def next_header(data: bytearray, start: int, end: int) -> int | None:
    """The first place at or after `start` where a record's header lies whole before `end`."""
    count = end - start - HEADER_BYTES + 1
    if count <= 0:
        return None
    lengths = np.ndarray((count,), "<u8", data, start, (1,))
    places = np.flatnonzero((lengths > 0) & (lengths < _LONGEST_FOUND))
    stored = np.ndarray((count,), "<u4", data, start + 8, (1,))[places]
    length_bytes = lengths[places]
    crc = np.full(places.size, _crc_of_zero_length(), np.uint32)
    for byte in range(3):
        table = contribution(7 - byte)
        crc ^= table[(length_bytes >> np.uint64(8 * byte)) & np.uint64(0xFF)] ^ table[0]
    hits = places[unmasked(stored) == crc]
    return start + int(hits[0]) if hits.size else None


def _crc_of_zero_length() -> int:
    return int(unmasked(np.array([header_crc(0)], np.uint32))[0])
