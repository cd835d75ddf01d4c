"""One event file as columns: read window by window, so that memory is the columns plus a constant."""

from __future__ import annotations

import mmap
import os
import time
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.protobuf import Buffer
from lrlint.logs.tfevents.decode import Batch, Decoder
from lrlint.logs.tfevents.framing import FRAME_BYTES, HEADER_BYTES, Stop, frame, length_at, next_header
from lrlint.logs.tfevents.templates import Chunk
from lrlint.logs.tfevents.wire import is_blob

YOUNG_SECONDS = 300.0
"""A file written to within this time is taken to have a writer at work (torch's SummaryWriter flushes every 120 s)."""

_FIRST_WINDOW = 1 << 16
_LARGEST_WINDOW = 1 << 22


class Column(NamedTuple):
    """One tag in the order of the file: steps int64, wall times float64 and values float64, all (n,)."""

    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    values: NDArray[np.float64]


class Damage(NamedTuple):
    """Bytes from `start` to `end` that could not be used, and why."""

    start: int
    end: int
    reason: str


@dataclass(slots=True)
class EventFile:
    """What an event file holds, the tags in the order in which they first appear.

    `unfinished` is the offset of a last record that is not whole, None where the file ends with a record;
    `young` tells whether the file may still have a writer.
    """

    columns: dict[str, Column] = field(default_factory=dict)
    hyperparameters: dict[str, object] = field(default_factory=dict)
    damage: list[Damage] = field(default_factory=list)
    unfinished: int | None = None
    young: bool = False


def read_event_file(path: str) -> EventFile:
    """The scalars of the event file at `path`, every checksum verified.

    Raises OSError if it cannot be opened or read.
    """
    with open(path, "rb", buffering=0) as file:
        return _Scan(file).run()


def in_order(chunks: list[Chunk]) -> Chunk:
    """One chunk of the chunks of a window, its points in the order of their records."""
    if len(chunks) == 1:
        return chunks[0]
    rows, steps, walls, values = (np.concatenate(parts) for parts in zip(*chunks, strict=True))
    order = np.argsort(rows, kind="stable")
    return Chunk(rows[order], steps[order], walls[order], values[order])


class _Scan:
    """The way through one file. A record that is cut by a window's end is read again with the next window."""

    def __init__(self, file: BinaryIO) -> None:
        status = os.fstat(file.fileno())
        self.file = file
        self.size = status.st_size
        self.found = EventFile(young=time.time() - status.st_mtime < YOUNG_SECONDS)
        # Reading a mapped file that its writer truncates kills the process; only one at rest is mapped.
        self.mapped = not self.found.young and self.size > _FIRST_WINDOW
        self.position = 0
        self.window: Buffer = b""
        self.decoder = Decoder()
        self.columns: dict[str, list[Column]] = {}

    def run(self) -> EventFile:
        """Read to the end."""
        wanted = _FIRST_WINDOW
        while self.position < self.size and self.found.unfinished is None:
            self.fill(self.position, wanted)
            frames = frame(self.window)
            batch = self.decoder.decode(self.window, frames.starts)
            astray = frames.stop is Stop.NO_HEADER and frames.starts.size - 1 in batch.corrupt
            if astray:
                # Bytes are missing from the last record: the next one begins inside what it claims as its own.
                batch.corrupt.remove(frames.starts.size - 1)
            self.take(batch, frames.starts)
            self.position += int(frames.starts[-1]) if astray else frames.end
            wanted = min(4 * wanted, _LARGEST_WINDOW)
            if frames.stop is Stop.NO_HEADER:
                self.skip_damage("wrong checksum" if astray else "no record header")
            elif not frames.starts.size:
                wanted = max(wanted, self.pass_long_record())
        for tag in list(self.columns):
            self.found.columns[tag] = _joined(self.columns.pop(tag))
        return self.found

    def fill(self, position: int, wanted: int) -> None:
        """Make the window `wanted` bytes of the file from `position` on, or as many as there are."""
        wanted = min(wanted, self.size - position)
        if self.mapped:
            start = position - position % mmap.ALLOCATIONGRANULARITY
            length = position + wanted - start
            mapping = mmap.mmap(self.file.fileno(), length, access=mmap.ACCESS_READ, offset=start)
            self.window = memoryview(mapping)[position - start :]
            return
        self.file.seek(position)
        self.window = self.file.read(wanted)
        if len(self.window) < wanted:
            self.size = position + len(self.window)

    def take(self, batch: Batch, starts: NDArray[np.int64]) -> None:
        """Keep what the window holds."""
        found = [(tag, in_order(chunks)) for tag, chunks in batch.chunks.items()]
        for tag, chunk in sorted(found, key=lambda item: int(item[1].rows[0])):
            self.columns.setdefault(tag, []).append(Column(chunk.steps, chunk.wall_times, chunk.values))
        for _, hyperparameters in batch.hyperparameters:
            self.found.hyperparameters.update(hyperparameters)
        for row in sorted(batch.corrupt):
            start = int(starts[row])
            end = start + FRAME_BYTES + length_at(self.window, start)
            self.found.damage.append(Damage(self.position + start, self.position + end, "wrong checksum"))

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
            return min(length, self.size - self.position)
        unfinished, damage = self.position, len(self.found.damage)
        self.skip_damage("record runs past the end of the file")
        if self.position == self.size:
            del self.found.damage[damage:]
            self.found.unfinished = unfinished
        return 0


def _joined(columns: list[Column]) -> Column:
    if len(columns) == 1:
        return columns[0]
    steps, walls, values = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return Column(steps, walls, values)
