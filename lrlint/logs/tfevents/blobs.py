"""Which records are images, histograms or sounds, told from their outer fields without touching the payload."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.protobuf import Buffer
from lrlint.logs.tfevents.framing import lengths_at
from lrlint.logs.tfevents.lanes import HEADER_BYTES

# Field numbers and wire types as they stand in the file: Event, Summary and Summary.Value.
_WALL_TIME, _STEP, _SUMMARY, _VALUE, _TAG = 0x09, 0x10, 0x2A, 0x0A, 0x0A
_IMAGE, _HISTOGRAM, _AUDIO = 0x22, 0x2A, 0x32
_SMALLEST = 512

Places = NDArray[np.int64]


def are_blobs(data: Buffer, starts: Places) -> NDArray[np.bool_]:
    """For the records at `starts` (n,): is each one summary of one value, and that a blob to the record's end?

    Small records are never said to be: they are cheap to read in full, checksum included.
    """
    everything = np.frombuffer(data, np.uint8)
    lengths = lengths_at(data, starts)
    at = starts + HEADER_BYTES
    ends = at + lengths
    fits = (lengths > _SMALLEST) & (everything[at] == _WALL_TIME)
    at = at + 9
    has_step = everything[_within(at, data)] == _STEP
    at = np.where(has_step, _varint(everything, at + 1)[1], at)
    for key in (_SUMMARY, _VALUE):
        fits &= everything[_within(at, data)] == key
        size, at = _varint(everything, at + 1)
        fits &= at + size == ends
    fits &= everything[_within(at, data)] == _TAG
    size, at = _varint(everything, at + 1)
    at = _within(at + size, data)
    fits &= np.isin(everything[at], (_IMAGE, _HISTOGRAM, _AUDIO))
    size, at = _varint(everything, at + 1)
    ends_with_record: NDArray[np.bool_] = fits & (at + size == ends)
    return ends_with_record


def _varint(everything: NDArray[np.uint8], at: Places) -> tuple[Places, Places]:
    """The varints of up to five bytes at `at`, and the places behind them."""
    value = np.zeros(at.size, np.int64)
    going = np.ones(at.size, bool)
    for index in range(5):
        byte = everything[np.minimum(at, everything.size - 1)]
        value |= np.where(going, (byte & 0x7F).astype(np.int64) << (7 * index), 0)
        at = at + going
        going &= byte >= 0x80
        if not going.any():
            break
    return value, at


def _within(at: Places, data: Buffer) -> Places:
    return np.minimum(at, len(data) - 1)
