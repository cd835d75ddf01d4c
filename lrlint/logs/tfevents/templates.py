"""Many records of one length at once: their checksums verified and their columns decoded in one pass.

Records of one tag differ in wall time, step and value alone. What those bytes contribute to the checksum is
looked up and taken off the stored one; the rest, the residual, is the same for all intact records with the
same constant bytes. So one known record, parsed and checked in full, identifies all others of its kind, and
a damaged one stands out. (Two kinds share a residual with probability 2^-32.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.protobuf import Buffer
from lrlint.logs.tfevents.crc32c import contribution, unmasked
from lrlint.logs.tfevents.framing import FRAME_BYTES, HEADER_BYTES
from lrlint.logs.tfevents.wire import Event

# With more kinds of one layout than this, sorting the residuals beats comparing them with each kind.
_MANY_KINDS = 8
_MOST_KINDS = 4096
_WIDEST_STEP = 8


Members = NDArray[np.intp]


class Chunk(NamedTuple):
    """Points of one tag: the rows (n,) of their records in the window, steps, wall times and values."""

    rows: NDArray[np.int64]
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    values: NDArray[np.float64]


class Place(NamedTuple):
    """Where a number lies in a frame, and how."""

    at: int
    dtype: str


class Shape(NamedTuple):
    """Where the varying bytes of a record lie: wall time, the varint of the step (`step_bytes` long), values."""

    length: int
    wall_time: Place
    step_at: int
    step_bytes: int
    values: tuple[Place, ...]


class Layout:
    """Records of one shape, whose kinds differ in their constant bytes: each kind has its tags."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.kinds: dict[int, tuple[str, ...]] = {}

    def learn(self, frames: NDArray[np.uint8], tags: tuple[str, ...]) -> bool:
        """Take the first of `frames` as the exemplar of a kind; False where there are too many."""
        residuals = self._residuals(frames[:1], _column(frames[:1], self.shape.wall_time))
        self.kinds[int(residuals[0])] = tags
        return len(self.kinds) < _MOST_KINDS

    def take(self, frames: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[list[tuple[str, Chunk]], Members]:
        """The points of the frames (m, width) of a known kind, by tag, and the frames of no kind."""
        walls = _column(frames, self.shape.wall_time)
        residuals = self._residuals(frames, walls)
        steps, values = self._steps(frames), self._values(frames)
        found: list[tuple[str, Chunk]] = []
        unknown = np.ones(rows.size, bool)
        count = 0
        for tags, members in self._members(residuals):
            unknown[members] = False
            taken = rows[members]
            count += taken.size
            for tag, column in zip(tags, values, strict=True):
                found.append((tag, Chunk(taken, steps[members], walls[members], column[members])))
        return found, np.flatnonzero(unknown) if count < rows.size else rows[:0]

    def _residuals(self, frames: NDArray[np.uint8], walls: NDArray[np.float64]) -> NDArray[np.uint32]:
        """The stored checksums (m,) without what wall time, step and values contribute."""
        shape = self.shape
        end = HEADER_BYTES + shape.length
        result = unmasked(_raw_column(frames, Place(end, "<u4")))
        wall_bytes = walls.view(np.uint8).reshape(-1, 8)
        for index in range(8 - _shared_high_bytes(walls), 8):
            result ^= contribution(end - 1 - shape.wall_time.at - index)[wall_bytes[0, index]]
        for index in range(8 - _shared_high_bytes(walls)):
            result ^= contribution(end - 1 - shape.wall_time.at - index).take(wall_bytes[:, index])
        places = [(shape.step_at, shape.step_bytes), *((value.at, int(value.dtype[-1])) for value in shape.values)]
        for start, width in places:
            for at in range(start, start + width):
                result ^= contribution(end - 1 - at).take(frames[:, at])
        return result

    def _members(self, residuals: NDArray[np.uint32]) -> Iterator[tuple[tuple[str, ...], Members | slice]]:
        """The frames of each kind, in order."""
        if len(self.kinds) > _MANY_KINDS:
            order = np.argsort(residuals, kind="stable")
            in_order = residuals[order]
            known = np.fromiter(self.kinds, np.uint32, len(self.kinds))
            lows, highs = np.searchsorted(in_order, known), np.searchsorted(in_order, known, "right")
            for tags, low, high in zip(self.kinds.values(), lows.tolist(), highs.tolist(), strict=True):
                if low < high:
                    yield tags, order[low:high]
            return
        for residual, tags in self.kinds.items():
            same = residuals == np.uint32(residual)
            if same.all():
                yield tags, slice(None)
                return
            if same.any():
                yield tags, np.flatnonzero(same)

    def _steps(self, frames: NDArray[np.uint8]) -> NDArray[np.int64]:
        """The varints (m,), seven bits of each byte."""
        if not self.shape.step_bytes:
            return np.zeros(len(frames), np.int64)
        raw = _raw_column(frames, Place(self.shape.step_at, "<i8")).copy()
        steps = raw & 0x7F
        for index in range(1, self.shape.step_bytes):
            steps |= (raw >> index) & (0x7F << 7 * index)
        return steps

    def _values(self, frames: NDArray[np.uint8]) -> list[NDArray[np.float64]]:
        return [_column(frames, place) for place in self.shape.values]


def shape_of(event: Event, data: bytes) -> Shape | None:
    """The shape of the records like this one, whose data is `data`; None where it does not fit the pass."""
    if event.wall_time_at is None or not event.scalars or event.hyperparameters or event.texts:
        return None
    step_at, step_bytes = 0, 0
    if event.step_at is not None:
        step_at = step_bytes_end = event.step_at
        while data[step_bytes_end] & 0x80:
            step_bytes_end += 1
        step_bytes = step_bytes_end + 1 - step_at
    if step_bytes > _WIDEST_STEP:
        return None
    values = tuple(Place(HEADER_BYTES + scalar.at, scalar.dtype) for scalar in event.scalars)
    wall_time = Place(HEADER_BYTES + event.wall_time_at, "<f8")
    return Shape(len(data), wall_time, HEADER_BYTES + step_at, step_bytes, values)


def gather(data: Buffer, starts: NDArray[np.int64], length: int) -> NDArray[np.uint8]:
    """The whole frames (m, length + 16) of records of one length."""
    width = length + FRAME_BYTES
    every = np.ndarray((len(data) - width + 1,), f"V{width}", data, 0, (1,))
    return every[starts].view(np.uint8).reshape(-1, width)


def _shared_high_bytes(numbers: NDArray[np.float64]) -> int:
    """How many of their highest bytes all the numbers have in common."""
    bits = numbers.view(np.uint64)
    return 8 - ((int(bits.min()) ^ int(bits.max())).bit_length() + 7) // 8


def _column(frames: NDArray[np.uint8], place: Place) -> NDArray[np.float64]:
    # A signalling NaN among the bytes of a damaged record is no cause for a warning.
    with np.errstate(invalid="ignore"):
        return _raw_column(frames, place).astype(np.float64)


def _raw_column(frames: NDArray[np.uint8], place: Place) -> NDArray[Any]:
    """The numbers (m,) at one place of the frames, as a view."""
    return np.ndarray((len(frames),), place.dtype, frames.reshape(-1), place.at, (frames.strides[0],))
