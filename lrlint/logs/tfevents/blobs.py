"""Which records are images, histograms or sounds, told from their outer fields without touching the payload."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.protobuf import Buffer
from lrlint.logs.tfevents.framing import lengths_at
from lrlint.logs.tfevents.lanes import HEADER_BYTES, Places

# Field numbers and wire types as they stand in the file: Event, Summary and Summary.Value.
_WALL_TIME, _STEP, _SUMMARY, _VALUE, _TAG = 0x09, 0x10, 0x2A, 0x0A, 0x0A
_IMAGE, _HISTOGRAM, _AUDIO = 0x22, 0x2A, 0x32
_SMALLEST = 512
# The highest bits of a varint's bytes tell whether another follows; longer ones are of negative numbers.
_VARINT_BYTES = 5
_LAST_BYTE = np.uint64(0x8080808080)
_WORD = 8

Words = NDArray[np.uint64]


def are_blobs(data: Buffer, starts: Places) -> NDArray[np.bool_]:
    """For the records at `starts` (n,): is each one summary of one value, and that a blob to the record's end?

    Small records are never said to be: they are cheap to read in full, checksum included.
    """
    lengths = lengths_at(data, starts)
    at = starts + HEADER_BYTES
    ends = at + lengths
    fits = lengths > _SMALLEST
    key, _, _ = _field(data, at)
    fits &= key == _WALL_TIME
    at = at + 1 + 8
    key, _, after = _field(data, at)
    at = np.where(key == _STEP, after, at)
    for wanted in (_SUMMARY, _VALUE):
        key, size, at = _field(data, at)
        fits &= (key == wanted) & (at + size == ends)
    key, size, at = _field(data, at)
    fits &= key == _TAG
    key, size, at = _field(data, at + size)
    fits &= (key == _IMAGE) | (key == _HISTOGRAM) | (key == _AUDIO)
    ends_with_record: NDArray[np.bool_] = fits & (at + size == ends)
    return ends_with_record


def _field(data: Buffer, at: Places) -> tuple[Words, Places, Places]:
    """The keys (n,) of the fields at `at`, the varints behind them, and the places behind those.

    The window's last bytes, in which no blob fits, are no field: the key is 0.
    """
    words: Words = np.ndarray((len(data) - _WORD + 1,), "<u8", data, 0, (1,))
    found = np.where(at < words.size, words[np.minimum(at, words.size - 1)], np.uint64(0))
    varint = found >> np.uint64(8)
    last = ~varint & _LAST_BYTE
    last &= -last  # its lowest bit: that of the first byte behind which none follows
    varint &= last - np.uint64(1)
    value, size = np.zeros(at.size, np.uint64), np.full(at.size, 2)
    for index in range(min(int(last.max(initial=0)).bit_length() // 8, _VARINT_BYTES)):
        value |= (varint >> np.uint64(index)) & np.uint64(0x7F << 7 * index)
        size += last > np.uint64(0x80 << 8 * index)
    return found & np.uint64(0xFF), value.view(np.int64), at + size
