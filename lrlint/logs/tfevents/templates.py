"""Many records of one length at once: their checksums verified and their columns decoded in one pass.

Records of one tag differ in wall time, step and value alone. What those bytes contribute to the checksum is
looked up and taken off the stored one; the rest, the residual, is the same for all intact records with the
same constant bytes. So one known record, parsed and checked in full, identifies all others of its kind: they have
its residual, and its constant bytes, which are compared. A damaged one has not.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.tfevents.block import Block, Members
from lrlint.logs.tfevents.crc32c import contribution, linear
from lrlint.logs.tfevents.lanes import FRAME_BYTES, HEADER_BYTES, Bytes, Lane
from lrlint.logs.tfevents.wire import Event
from lrlint.namedtuples import NamedTuple

# With more kinds of one layout than this, sorting the residuals beats comparing them with each kind.
_MANY_KINDS = 8
_MOST_KINDS = 4096
# The smallest type that holds a varint of so many bytes; none has 0.
_STEP_DTYPES = ("<u1", "<u1", "<u2", "<u4", "<u4", "<u8", "<u8", "<u8", "<u8")

_NOBODY = np.zeros(0, np.intp)


class Chunk(NamedTuple):
    """Points of one tag: where their records begin in the window (n,), steps, wall times and values."""

    starts: NDArray[np.int64]
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    values: NDArray[np.float64]

    @property
    def begin(self) -> int:
        """Where the first record begins."""
        return int(self.starts[0])


class Place(NamedTuple):
    """Where a number lies in a frame, and how; the bytes beyond its `width` belong to others."""

    at: int
    dtype: str
    width: int


class Shape(NamedTuple):
    """Where the varying bytes of a record lie: wall time, the varint of the step (None where there is none), values."""

    length: int
    wall_time: Place
    step: Place | None
    values: tuple[Place, ...]


class Kind(NamedTuple):
    """Records that differ in their numbers alone: their tags, and one of them, whole (length + 16,)."""

    tags: tuple[str, ...]
    exemplar: Bytes


class Layout:
    """Records of one shape; their kinds, by residual, differ in their constant bytes.

    `constant` (length + 16,) has the bits set that are no part of a number or of the checksum.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.kinds: dict[int, Kind] = {}
        self.crc_at = HEADER_BYTES + shape.length
        self.numbers = [shape.wall_time, *([shape.step] if shape.step else []), *shape.values]
        self.constant = np.full(shape.length + FRAME_BYTES, 0xFF, np.uint8)
        self.constant[self.crc_at :] = 0
        for at, _, width in self.numbers:
            # The highest bit of a varint's byte tells whether another follows.
            self.constant[at : at + width] = 0x80 if shape.step and at == shape.step.at else 0

    def learn(self, block: Block, tags: tuple[str, ...]) -> bool:
        """Take the first record of the block as the exemplar of a kind; False where there are too many."""
        exemplar = block.first().copy()
        alone = Lane(0, (1,), (0,), block.lane.length, np.zeros_like(exemplar))
        one = Block(exemplar, alone, block.starts[:1])
        self.kinds[int(self._residuals(one, self._read(one))[0])] = Kind(tags, exemplar)
        return len(self.kinds) < _MOST_KINDS

    def strangers(self, block: Block) -> list[int]:
        """Records of the block that are each the first of several with the residual of no known kind."""
        residuals, firsts, counts = np.unique(
            self._residuals(block, self._read(block)), return_index=True, return_counts=True
        )
        several = counts > 1
        pairs = zip(residuals[several].tolist(), firsts[several].tolist(), strict=True)
        return [first for residual, first in pairs if residual not in self.kinds][: _MOST_KINDS - len(self.kinds)]

    def may_hold(self, block: Block) -> bool:
        """Whether records of the block can be of a known kind: false where the bits that none of them varies differ."""
        return len(self.kinds) > _MANY_KINDS or any(self._fits(block, kind) for kind in self.kinds.values())

    def take(self, block: Block) -> tuple[list[tuple[str, Chunk]], Members]:
        """The points of the block's records (m,) of a known kind, by tag, and the records of no kind."""
        numbers = self._read(block)
        walls, *values = (numbers[place] for place in (self.shape.wall_time, *self.shape.values))
        steps = self._steps(numbers, block)
        found: list[tuple[str, Chunk]] = []
        unknown = np.ones(block.starts.size, bool)
        for kind, alike in self._members(self._residuals(block, numbers)):
            members = self._intact(block, alike, kind)
            starts, its_steps, its_walls = block.starts[members], steps[members], walls[members]
            if not starts.size:
                continue
            unknown[members] = False
            for tag, column in zip(kind.tags, values, strict=True):
                found.append((tag, Chunk(starts, its_steps, its_walls, column[members].astype(np.float64))))
        return found, np.flatnonzero(unknown)

    def _read(self, block: Block) -> dict[Place, NDArray[Any]]:
        """The wall times (m,), the varints of the steps and the values, as they lie in the file."""
        return {place: block.column(place.at, place.dtype) for place in self.numbers}

    def _steps(self, numbers: dict[Place, NDArray[Any]], block: Block) -> NDArray[np.int64]:
        """The steps (m,): seven bits of each byte of the varints."""
        place = self.shape.step
        if place is None:
            return np.zeros(block.starts.size, np.int64)
        varints = numbers[place]
        steps = varints & 0x7F
        for index in range(1, place.width):
            steps |= (varints >> index) & (0x7F << 7 * index)
        return steps.astype(np.int64)

    def _residuals(self, block: Block, numbers: dict[Place, NDArray[Any]]) -> NDArray[np.uint32]:
        """The stored checksums (m,) without what wall times, steps and values contribute."""
        result = linear(block.column(self.crc_at, "<u4"))
        first, varying = block.first().tolist(), block.lane.varying.tolist()
        same_in_all = 0
        for place, number in numbers.items():
            digits = number.view(np.uint8).reshape(number.size, -1)
            for index in range(place.width):
                at = place.at + index
                table = contribution(self.crc_at - 1 - at)
                if varying[at]:
                    # No byte lies outside its table, and "wrap" is the quickest way to say so.
                    result ^= table.take(digits[:, index], mode="wrap")
                else:
                    same_in_all ^= int(table[first[at]])
        result ^= np.uint32(same_in_all)
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
        """Those of the members whose constant bits are those of the kind."""
        if not self._fits(block, kind):
            return _NOBODY
        for at in np.flatnonzero(block.lane.varying & self.constant).tolist():
            same = (block.bytes_of(members, at) ^ kind.exemplar[at]) & self.constant[at] == 0
            if not same.all():
                members = np.arange(block.starts.size)[members][same]
        return members

    def _fits(self, block: Block, kind: Kind) -> bool:
        """Whether the constant bits that do not vary in the block are those of the kind."""
        differing = (block.first() ^ kind.exemplar) & self.constant & ~block.lane.varying
        return not differing.any()


def shape_of(event: Event, data: bytes) -> Shape | None:
    """The shape of the records like this one, whose data is `data`; None where it does not fit the pass."""
    says_more = event.hyperparameters or event.texts or (event.has_summary and not event.scalars)
    if event.wall_time_at is None or says_more:
        return None
    step = _step_of(event, data)
    if step is not None and (
        step.width >= len(_STEP_DTYPES) or step.at + int(step.dtype[-1]) > len(data) + FRAME_BYTES
    ):
        return None
    values = tuple(Place(HEADER_BYTES + one.at, one.dtype, int(one.dtype[-1])) for one in event.scalars)
    return Shape(len(data), Place(HEADER_BYTES + event.wall_time_at, "<f8", 8), step, values)


def _step_of(event: Event, data: bytes) -> Place | None:
    """Where the varint of the step lies; it may be longer than any type."""
    if event.step_at is None:
        return None
    last = event.step_at
    while data[last] & 0x80:
        last += 1
    width = last + 1 - event.step_at
    return Place(HEADER_BYTES + event.step_at, _STEP_DTYPES[min(width, len(_STEP_DTYPES) - 1)], width)
