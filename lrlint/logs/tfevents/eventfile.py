"""One event file as columns: read window by window, so that memory is the columns plus a constant."""

from __future__ import annotations

import mmap
import os
import time
from contextlib import suppress
from io import FileIO
from itertools import pairwise
from operator import attrgetter
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.growing import Growing
from lrlint.logs.protobuf import Buffer
from lrlint.logs.tfevents.decode import Batch, Decoder
from lrlint.logs.tfevents.framing import Stop, frame, has_header, length_at, next_header
from lrlint.logs.tfevents.lanes import FRAME_BYTES, HEADER_BYTES
from lrlint.logs.tfevents.templates import Chunk
from lrlint.logs.tfevents.wire import is_blob
from lrlint.namedtuples import NamedTuple
from lrlint.node import Node, anew

YOUNG_SECONDS = 300.0
"""A file written to within this time is taken to have a writer at work (torch's SummaryWriter flushes every 120 s)."""

_FIRST_WINDOW = 1 << 18
_LARGEST_WINDOW = 1 << 21
# Where blobs make records long, windows are larger, so that they still hold about so many.
_LARGEST_SPARSE_WINDOW = 1 << 25
_ENOUGH_RECORDS = 1 << 16
_WRONG_CHECKSUM = "wrong checksum"


class Column(NamedTuple):
    """One tag in the order of the file: steps int64, wall times float64 and values float64, all (n,)."""

    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    values: NDArray[np.float64]


Points = TypeVar("Points", Column, Chunk)


class Damage(NamedTuple):
    """Bytes from `start` to `end` that could not be used, and why."""

    start: int
    end: int
    reason: str


class EventFile(Node):
    """What an event file holds, the tags in the order in which they first appear.

    `unfinished` is the offset of a last record that is not whole, None where the file ends with a record;
    `young` tells whether the file may still have a writer.
    """

    columns: dict[str, Column] = anew(factory=dict)
    hyperparameters: dict[str, object] = anew(factory=dict)
    damage: list[Damage] = anew(factory=list)
    unfinished: int | None = None
    young: bool = False


def read_event_file(path: str) -> EventFile:
    """The scalars of the event file at `path`, every checksum verified.

    Raises OSError if it cannot be opened or read.
    """
    with open(path, "rb", buffering=0) as file:
        return _Scan(file).run()


def in_order(chunks: list[Chunk]) -> list[Chunk]:
    """The points of one tag, in the order of their records: the chunks one after the other, or all as one."""
    chunks = sorted(chunks, key=attrgetter("begin"))
    if all(first.starts[-1] < second.begin for first, second in pairwise(chunks)):
        return chunks
    starts, steps, walls, values = joined(chunks)
    order = np.argsort(starts, kind="stable")
    return [Chunk(starts[order], steps[order], walls[order], values[order])]


def joined(parts: list[Points]) -> Points:
    """The points of one tag, part after part."""
    return parts[0] if len(parts) == 1 else type(parts[0])(*map(np.concatenate, zip(*parts, strict=True)))


class _Scan:
    """The way through one file. A record that is cut by a window's end is read again with the next window."""

    def __init__(self, file: FileIO) -> None:
        status = os.fstat(file.fileno())
        self.file = file
        self.size = status.st_size
        self.found = EventFile(young=time.time() - status.st_mtime < YOUNG_SECONDS)
        # Reading a mapped file that its writer truncates kills the process; only one at rest is mapped.
        self.mapped = not self.found.young and self.size > _FIRST_WINDOW
        self.position = 0
        self.window: Buffer = b""
        self.buffer = memoryview(b"")
        self.decoder = Decoder()
        self.columns: dict[str, Growing] = {}

    def run(self) -> EventFile:
        """Read to the end."""
        wanted = _FIRST_WINDOW
        while self.position < self.size and self.found.unfinished is None:
            self.fill(self.position, wanted)
            frames = frame(self.window)
            batch = self.decoder.decode(self.window, frames)
            headless = [start for start in batch.corrupt if not has_header(self.window, start)]
            if headless:
                # A wrong length can span records whole; they are found behind the place where it stands.
                frames = frames.up_to(min(headless))
                batch = self.decoder.decode(self.window, frames)
            self.take(batch, frames.end)
            self.position += frames.end
            sparse = min(_ENOUGH_RECORDS * frames.end // max(frames.size(), 1), _LARGEST_SPARSE_WINDOW)
            wanted = min(4 * wanted, max(sparse, _LARGEST_WINDOW))
            if frames.stop is Stop.NO_HEADER:
                self.skip_headless()
            elif not frames.size():
                wanted = max(wanted, self.pass_long_record())
        self.found.columns = {tag: Column(*points.columns()) for tag, points in self.columns.items()}
        return self.found

    def fill(self, position: int, wanted: int) -> None:
        """Make the window `wanted` bytes of the file from `position` on, or as many as there are."""
        wanted = min(wanted, self.size - position)
        if self.mapped:
            start = position - position % mmap.ALLOCATIONGRANULARITY
            length = position + wanted - start
            with suppress(ValueError):  # the file has become shorter
                mapping = mmap.mmap(self.file.fileno(), length, access=mmap.ACCESS_READ, offset=start)
                self.window = memoryview(mapping)[position - start :]
                return
        if len(self.buffer) < wanted:
            self.buffer = np.empty(wanted, np.uint8).data  # one that stays: new memory takes longer than what is read
        self.file.seek(position)
        count = 0
        while more := self.file.readinto(self.buffer[count:wanted]):
            count += more
        self.window = self.buffer[:count]
        if count < wanted:
            self.size = position + count

    def take(self, batch: Batch, end: int) -> None:
        """Keep what the window holds up to its byte `end`."""
        expected = 1.05 * self.size / max(self.position + end, 1)
        found = [(in_order(chunks), tag) for tag, chunks in batch.chunks.items()]
        for chunks, tag in sorted(found, key=lambda item: item[0][0].begin):
            points = self.columns.setdefault(tag, Growing(np.int64, np.float64, np.float64))
            for chunk in chunks:
                points.add(chunk[1:], expected)
        for _, hyperparameters in batch.hyperparameters:
            self.found.hyperparameters.update(hyperparameters)
        for start in sorted(batch.corrupt):
            end = start + FRAME_BYTES + length_at(self.window, start)
            self.found.damage.append(Damage(self.position + start, self.position + end, _WRONG_CHECKSUM))

    def skip_headless(self) -> None:
        """Go on at the next record header; where bytes are missing from the record before, it begins within that."""
        before = self.found.damage[-1] if self.found.damage else None
        if before is not None and before.end == self.position and before.reason == _WRONG_CHECKSUM:
            self.found.damage.pop()
            self.position = before.start
            self.skip_damage(_WRONG_CHECKSUM)
        else:
            self.skip_damage("no record header")

    def skip_damage(self, reason: str) -> None:
        """Go on at the next record header, wherever it is."""
        start, at = self.position, self.position + 1
        while at < self.size:
            self.fill(at, _LARGEST_WINDOW)
            header = next_header(self.window)
            if header is not None:
                self.position = at + header
                break
            at += max(len(self.window) - HEADER_BYTES + 1, 1)
        else:
            self.position = self.size
        self.found.damage.append(Damage(start, self.position, reason))

    def pass_long_record(self) -> int:
        """Deal with a record that the window does not hold whole: how many bytes the next window needs.

        A blob is passed over unread. At the end of the file it is a record still being written, unless
        records follow in what it claims as its own.
        """
        if len(self.window) < HEADER_BYTES:
            self.found.unfinished = self.position
            return 0
        length = FRAME_BYTES + length_at(self.window, 0)
        if self.position + length <= self.size:
            if is_blob(self.window, HEADER_BYTES, length - 4):
                self.position += length
                return 0
            return min(length, self.size - self.position)
        unfinished, damage = self.position, len(self.found.damage)
        self.skip_damage("record runs past the end of the file")
        if self.position == self.size:
            del self.found.damage[damage:]
            self.found.unfinished = unfinished
        return 0
