"""Many records of one length at once: their checksums verified and their columns decoded in one pass.

Records of one tag differ in wall time, step and value alone. What those bytes contribute to the checksum is
looked up and taken off the stored one; the rest, the residual, is the same for all intact records with the
same constant bytes. So one known record, parsed and checked in full, identifies all others of its kind: they have
its residual, and its constant bytes, which are compared. A damaged one has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.protobuf import Buffer
from lrlint.logs.tfevents.crc32c import contribution, unmasked
from lrlint.logs.tfevents.framing import FRAME_BYTES, HEADER_BYTES
from lrlint.logs.tfevents.wire import Event
from lrlint.namedtuples import NamedTuple

# With more kinds of one layout than this, sorting the residuals beats comparing them with each kind.
_MANY_KINDS = 8
_MOST_KINDS = 4096
_STEP_BYTES = 8


Members = NDArray[np.intp]
_NOBODY = np.zeros(0, np.intp)


class Chunk(NamedTuple):
    """Points of one tag: where their records begin in the window (n,), steps, wall times and values."""

    starts: NDArray[np.int64]
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


class Block(NamedTuple):
    """Records of one length at even distances in a buffer: the first lies at `at`, the next a `stride` further.

    `starts` (n,) are their places in the window, which need not be the buffer.
    """

    data: Buffer | NDArray[np.uint8]
    at: int
    stride: int
    starts: NDArray[np.int64]
    length: int

    def column(self, at: int, dtype: str) -> NDArray[Any]:
        """The numbers (n,) at one place of the records, as a view."""
        return np.ndarray((self.starts.size,), dtype, self.data, self.at + at, (self.stride,))

    def picked(self, members: Members | NDArray[np.bool_] | slice) -> Block:
        """Some of the records, copied side by side."""
        width = self.length + FRAME_BYTES
        frames = np.ascontiguousarray(self.column(0, f"V{width}")[members])
        return Block(frames.view(np.uint8), 0, width, self.starts[members], self.length)


class Kind(NamedTuple):
    """Records that differ in their numbers alone: the tags of these, and the bytes in the gaps between them."""

    tags: tuple[str, ...]
    constants: tuple[bytes, ...]


class Layout:
    """Records of one shape; their kinds, by residual, differ in their constant bytes."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.kinds: dict[int, Kind] = {}
        self.crc_at = HEADER_BYTES + shape.length
        self.numbers = (shape.wall_time, Place(shape.step_at, f"<u{_STEP_BYTES}"), *shape.values)
        self.widths = (8, shape.step_bytes, *(int(value.dtype[-1]) for value in shape.values))
        self.gaps = _gaps([number.at for number in self.numbers], self.widths, self.crc_at)

    def learn(self, block: Block, tags: tuple[str, ...]) -> bool:
        """Take the first record of the block as the exemplar of a kind; False where there are too many."""
        one = block._replace(starts=block.starts[:1])
        constants = tuple(one.column(at, dtype).tobytes() for at, dtype in self.gaps)
        self.kinds[int(self._residuals(one, self._read(one))[0])] = Kind(tags, constants)
        return len(self.kinds) < _MOST_KINDS

    def take(self, block: Block) -> tuple[list[tuple[str, Chunk]], Members]:
        """The points of the block's records (m,) of a known kind, by tag, and the records of no kind."""
        numbers = self._read(block)
        walls, steps = numbers[0].astype(np.float64, copy=False), self._steps(numbers[1])
        values = [number.astype(np.float64) for number in numbers[2:]]
        found: list[tuple[str, Chunk]] = []
        unknown = np.ones(block.starts.size, bool)
        for kind, alike in self._members(self._residuals(block, numbers)):
            members = self._intact(block, alike, kind)
            unknown[members] = False
            starts, its_steps, its_walls = block.starts[members], steps[members], walls[members]
            for tag, column in zip(kind.tags, values, strict=True):
                found.append((tag, Chunk(starts, its_steps, its_walls, column[members])))
        return found, np.flatnonzero(unknown)

    def _read(self, block: Block) -> list[NDArray[Any]]:
        """The wall times (m,), the varints of the steps and the values, as they lie in the file."""
        numbers = [block.column(*place).copy() for place in self.numbers]
        numbers[1] &= (1 << 8 * self.shape.step_bytes) - 1
        return numbers

    def _steps(self, varints: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The steps (m,): seven bits of each byte of the varints."""
        steps = varints & 0x7F
        for index in range(1, self.shape.step_bytes):
            steps |= (varints >> index) & (0x7F << 7 * index)
        return steps.view(np.int64)

    def _residuals(self, block: Block, numbers: list[NDArray[Any]]) -> NDArray[np.uint32]:
        """The stored checksums (m,) without what wall times, steps and values contribute."""
        result = unmasked(block.column(self.crc_at, "<u4"))
        for (start, _), number, width in zip(self.numbers, numbers, self.widths, strict=True):
            digits = number.view(np.uint8).reshape(number.size, -1)
            varying = _varying_bytes(number)
            for index in range(width):
                table = contribution(self.crc_at - 1 - start - index)
                # No byte lies outside its table, and "wrap" is the quickest way to say so.
                result ^= table.take(digits[:, index], mode="wrap") if index < varying else table[digits[0, index]]
        return result

    def _members(self, residuals: NDArray[np.uint32]) -> Iterator[tuple[Kind, Members | slice]]:
        """The records with the residual of each kind, in order."""
        first = self.kinds.get(int(residuals[0]))
        if first is not None and (residuals == residuals[0]).all():
            yield first, slice(None)
        elif len(self.kinds) > _MANY_KINDS:
            order = np.argsort(residuals, kind="stable")
            in_order = residuals[order]
            known = np.fromiter(self.kinds, np.uint32, len(self.kinds))
            lows, highs = np.searchsorted(in_order, known), np.searchsorted(in_order, known, "right")
            for kind, low, high in zip(self.kinds.values(), lows.tolist(), highs.tolist(), strict=True):
                if low < high:
                    yield kind, order[low:high]
        else:
            for residual, kind in self.kinds.items():
                members = np.flatnonzero(residuals == np.uint32(residual))
                if members.size:
                    yield kind, members

    def _intact(self, block: Block, members: Members | slice, kind: Kind) -> Members | slice:
        """Those of the members whose constant bytes are those of the kind."""
        for (at, dtype), constant in zip(self.gaps, kind.constants, strict=True):
            found = block.column(at, dtype)[members].tobytes()
            if found != constant * (len(found) // len(constant)):
                same = np.frombuffer(found, np.uint8).reshape(-1, len(constant)) == np.frombuffer(constant, np.uint8)
                members = np.arange(block.starts.size)[members][same.all(axis=1)]
        return members


def _gaps(starts: Sequence[int], widths: Sequence[int], end: int) -> list[Place]:
    """The bytes of a record's data, which ends at `end`, in which none of the numbers lies."""
    gaps = []
    at = HEADER_BYTES
    for start, width in sorted(zip(starts, widths, strict=True)):
        if width and start > at:
            gaps.append(Place(at, f"V{start - at}"))
        at = max(at, start + width) if width else at
    return [*gaps, Place(at, f"V{end - at}")] if at < end else gaps


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
    # As many bytes as a step may have are read where it lies.
    if step_bytes > _STEP_BYTES or step_at + _STEP_BYTES > len(data) + 4:
        return None
    values = tuple(Place(HEADER_BYTES + scalar.at, scalar.dtype) for scalar in event.scalars)
    wall_time = Place(HEADER_BYTES + event.wall_time_at, "<f8")
    return Shape(len(data), wall_time, HEADER_BYTES + step_at, step_bytes, values)


def gathered(data: Buffer, starts: NDArray[np.int64], length: int) -> Block:
    """The records of one length at `starts` (n,), copied side by side."""
    everywhere = np.ndarray((len(data) - length - FRAME_BYTES + 1,), f"V{length + FRAME_BYTES}", data, 0, (1,))
    return Block(everywhere[starts].view(np.uint8), 0, length + FRAME_BYTES, starts, length)


def _varying_bytes(numbers: NDArray[Any]) -> int:
    """How many of their lower bytes the numbers do not have in common."""
    bits = numbers.view(f"u{numbers.itemsize}")
    return ((int(bits.min()) ^ int(bits.max())).bit_length() + 7) // 8
