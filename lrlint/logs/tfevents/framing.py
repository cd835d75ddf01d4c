"""Where the records of an event file begin.

A TFRecord is `u64 length, u32 masked crc of the length, data, u32 masked crc of the data`, little-endian, one
after the other. The length's checksum makes a record's first 12 bytes recognisable anywhere in the file, so a
window can be entered at many places at once: a chain of records that lands exactly on a header found further
on is the sequence that a walk from the start would find.
"""

from __future__ import annotations

import math
import struct
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.protobuf import Buffer
from lrlint.logs.tfevents.crc32c import contribution, header_crc, linear
from lrlint.logs.tfevents.lanes import FRAME_BYTES, HEADER_BYTES, Lane, lanes_of, repetition, varying_bits
from lrlint.namedtuples import NamedTuple

_HEADER = struct.Struct("<QI")
# A header found by search has a length below this: the zero bytes above are part of what makes it certain.
_LONGEST_FOUND = 1 << 24
# Below this many bytes, or above this many per record, walking is faster than many chains.
_FEW_BYTES = 1 << 15
_LONG_RECORD = 4000
_FIRST_RECORDS = 64
# Looking whether all chains have arrived takes half as long as a step.
_STEPS_BETWEEN_LOOKS = 8
_SEARCH_BYTES = 1 << 12
# Fewer records than this are not worth lanes of their own.
_FEW_REPEATED = 1 << 12


class Stop(Enum):
    """Why framing ended: at the end, in a record that goes on beyond it, or at bytes that are no header."""

    END = "end"
    UNFINISHED = "unfinished"
    NO_HEADER = "no header"


class Frames(NamedTuple):
    """The whole records of a window, where the next one would begin, and why it does not.

    Where lengths repeat, records are in lanes, their headers verified; `starts` (n,) and `lengths` (n,) of data
    are of all others.
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    end: int
    stop: Stop
    lanes: tuple[Lane, ...] = ()

    def up_to(self, start: int) -> Frames:
        """Those before the record at `start`, which is none of a lane, as if its header had been found wrong."""
        before = self.starts < start
        return Frames(self.starts[before], self.lengths[before], start, Stop.NO_HEADER, self.lanes)

    def size(self) -> int:
        """How many records these are."""
        return self.starts.size + sum(math.prod(lane.shape) for lane in self.lanes)


def frame(data: Buffer) -> Frames:
    """The whole records of `data`, which begins with one. A header may be wrong only where the chains show it.

    May end early where less than one repetition is left, which is better framed with what follows it.
    """
    end = len(data)
    found = first = _repeated(data, walked(data, 0, end, _FIRST_RECORDS))
    while first.lanes:
        if end - found.end < first.lanes[0].strides[0]:
            return found
        first = _repeated(data, walked(data, found.end, end, _FIRST_RECORDS))
        found = _followed_by(found, first)
    if len(first.starts) == _FIRST_RECORDS and end - found.end > _FEW_BYTES:
        found = _followed_by(found, _between_heads(data, first))
    return _followed_by(found, walked(data, found.end, end)) if found.stop is Stop.END else found


def frame_each(data: Buffer, bounds: NDArray[np.int64]) -> tuple[Frames, list[bool]]:
    """The records of several files that lie one after the other in `data`, file k from `bounds[k]` to `bounds[k + 1]`.

    `bounds` begin at 0, and `data` is longer than the files by at least one frame. Returns the records, and whether
    each file is made of whole ones; the records mean nothing where a file is not.
    """
    files, end = bounds[:-1], int(bounds[-1])
    first = walked(data, 0, end, _FIRST_RECORDS)
    guessed = files
    if len(first.starts) == _FIRST_RECORDS:
        guessed = _heads(data, first, end)
    heads = np.union1d(files, guessed[guessed < end])
    starts, _, landed = _chains(data, heads, np.append(heads[1:], end))
    whole = np.logical_and.reduceat(landed, np.searchsorted(heads, files))
    return _adjacent(starts, end, Stop.END), whole.tolist()


def length_at(data: Buffer, at: int) -> int:
    """The length of the data of the record that begins at `at`."""
    return int(_HEADER.unpack_from(data, at)[0])


def lengths_at(data: Buffer, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The lengths (n,) of the data of the records that begin at `starts` (n,)."""
    found: NDArray[np.int64] = np.ndarray((len(data) - 7,), "<i8", data, 0, (1,))[starts]
    return found


def has_header(data: Buffer, at: int) -> bool:
    """Whether the 12 bytes at `at` are an intact record header."""
    length, crc = _HEADER.unpack_from(data, at)
    return bool(crc == header_crc(length))


def next_header(data: Buffer) -> int | None:
    """The first place in `data` where a whole record header lies."""
    count = len(data) - HEADER_BYTES + 1
    if count <= 0:
        return None
    lengths = np.ndarray((count,), "<u8", data, 0, (1,))
    places = np.flatnonzero((lengths > 0) & (lengths < _LONGEST_FOUND))
    stored = np.ndarray((count,), "<u4", data, 8, (1,))[places]
    found = lengths[places]
    crc = np.full(places.size, _crc_of_zero_length(), np.uint32)
    for byte in range(3):
        crc ^= contribution(7 - byte)[(found >> np.uint64(8 * byte)) & np.uint64(0xFF)]
    hits = places[linear(stored) == crc]
    return int(hits[0]) if hits.size else None


def _crc_of_zero_length() -> int:
    return int(linear(np.array([header_crc(0)], np.uint32))[0])


def walked(data: Buffer, start: int, end: int, most: int | None = None) -> Frames:
    """The records from `start` on, one by one, each header checked; at most `most`, then the stop is END."""
    unpack, crc_of = _HEADER.unpack_from, header_crc
    starts: list[int] = []
    at, stop = start, Stop.END
    while at < end and len(starts) != most:
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
    return _adjacent(np.array(starts, np.int64), at, stop)


def _adjacent(starts: NDArray[np.int64], end: int, stop: Stop) -> Frames:
    """Records that lie one after the other up to `end`."""
    return Frames(starts, np.diff(starts, append=end) - FRAME_BYTES, end, stop)


def _followed_by(first: Frames, second: Frames) -> Frames:
    starts = np.concatenate([first.starts, second.starts])
    lengths = np.concatenate([first.lengths, second.lengths])
    return Frames(starts, lengths, second.end, second.stop, first.lanes + second.lanes)


def _repeated(data: Buffer, found: Frames) -> Frames:
    """The records found and those behind them that repeat their last lengths over and over, as lanes.

    Their headers are compared all at once. Those found alone where few follow.
    """
    begin, period = repetition(found.lengths)
    if not period:
        return found
    starts, lengths = found.starts[begin : begin + period], found.lengths[begin : begin + period]
    start, stride = int(starts[0]), int(lengths.sum()) + period * FRAME_BYTES
    size = (len(data) - start) // stride
    if size * period < _FEW_REPEATED:
        return found
    table = np.frombuffer(data, np.uint8, size * stride, start).reshape(size, stride)
    varying = varying_bits(table)
    heads = (starts - start).tolist()
    if any(varying[at : at + HEADER_BYTES].any() for at in heads):
        size = _with_headers_of_the_first(table, heads)
        if size * period < _FEW_REPEATED:
            return found
        varying = varying_bits(table[:size])
    lanes = tuple(lanes_of(starts, lengths, (size,), (stride,), varying))
    return Frames(found.starts[:begin], found.lengths[:begin], start + stride * size, Stop.END, lanes)


def _with_headers_of_the_first(table: NDArray[np.uint8], heads: list[int]) -> int:
    """How many rows of the table, from its top, have the record headers at `heads` that the first row has."""
    same = np.ones(len(table), bool)
    for at in heads:
        headers = table[:, at : at + HEADER_BYTES]
        same &= (headers == headers[0]).all(axis=1)
    return len(table) if same.all() else int(np.argmin(same))


def _between_heads(data: Buffer, first: Frames) -> Frames:
    """Most of the records behind `first`, followed from many heads at once; none where long records make it slow."""
    if first.end - int(first.starts[0]) > len(first.starts) * _LONG_RECORD:
        return _adjacent(first.starts[:0], first.end, Stop.END)
    heads = _heads(data, first, len(data))
    starts, counts, landed = _chains(data, heads[:-1], heads[1:])
    good = len(landed) if landed.all() else int(np.argmin(landed))
    return _adjacent(starts[: int(counts[:good].sum())], int(heads[good]), Stop.END)


def _heads(data: Buffer, first: Frames, end: int) -> NDArray[np.int64]:
    """Record starts spread from the end of `first` to `end`, found by headers of a length that is common there."""
    start = first.end
    lengths, counts = np.unique(first.lengths[-32:], return_counts=True)
    header = _header(int(lengths[counts.argmax()]))
    expected = (end - start) * len(first.starts) // (start - int(first.starts[0]))
    apart = max(1, (end - start) // (2 + math.isqrt(expected)))
    heads = [start]
    for place in range(start + apart, end, apart):
        found = _head_near(data, place, min(place + apart, end), header)
        if found is not None and found > heads[-1]:
            heads.append(found)
            header = bytes(data[found : found + HEADER_BYTES])
    return np.array(heads, np.int64)


def _head_near(data: Buffer, start: int, end: int, header: bytes) -> int | None:
    """Where a record begins in `data[start:end]`: at this header, or else at any, as lengths may have changed."""
    for at in range(start, end, _SEARCH_BYTES):
        found = bytes(data[at : min(at + _SEARCH_BYTES + HEADER_BYTES - 1, end)]).find(header)
        if found >= 0:
            return at + found
    ahead = next_header(data[start : min(start + _SEARCH_BYTES, end)])
    return None if ahead is None else start + ahead


def _header(length: int) -> bytes:
    return _HEADER.pack(length, header_crc(length))


def _chains(
    data: Buffer, heads: NDArray[np.int64], goals: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Follow the records from every head (k,) up to its goal (k,), all in step.

    Returns the starts found, chain after chain, their number per chain (k,), and which chains land on their goal.
    """
    # The lower half of a length is enough to go on, and cannot overflow. A damaged upper half is damage to the header.
    lengths = np.ndarray((len(data) - 7,), "<u4", data, 0, (1,))
    limit = lengths.size - 1
    at = heads
    steps = [at]
    while (at < goals).any():
        for _ in range(_STEPS_BETWEEN_LOOKS):
            at = at + lengths[at]
            at += FRAME_BYTES
            np.minimum(at, limit, out=at)
            steps.append(at)
    table = np.array(steps).T
    inside = table < goals[:, None]
    counts = inside.sum(axis=1)
    return table[inside], counts, table[np.arange(heads.size), counts] == goals
