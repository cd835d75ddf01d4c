"""The scalars of the records in a window, every checksum verified."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.protobuf import Buffer, MalformedError
from lrlint.logs.tfevents.blobs import are_blobs
from lrlint.logs.tfevents.crc32c import header_crc, masked_crc
from lrlint.logs.tfevents.framing import HEADER_BYTES, has_header, length_at, lengths_at
from lrlint.logs.tfevents.templates import Chunk, Layout, gather, shape_of
from lrlint.logs.tfevents.wire import Event, parse_event

# A record longer than this is checked only if it turns out to hold something that is used.
_SMALL = 512
# Records longer than this are read one by one; few hold a scalar.
_LONGEST_GROUPED = 4096
# Fewer records of one length than this are faster read one by one.
_FEW = 4
# After this many records like no other, the rest of their length is read one by one.
_MOST_ODD = 8
_DOUBLE = struct.Struct("<d")


@dataclass(slots=True)
class Batch:
    """What the records of a window hold. `corrupt` are the rows of records that fail a checksum.

    The chunks of a tag are each in the order of the records, and not one after the other.
    """

    chunks: dict[str, list[Chunk]] = field(default_factory=dict)
    hyperparameters: list[tuple[int, dict[str, object]]] = field(default_factory=list)
    corrupt: list[int] = field(default_factory=list)

    def add(self, tag: str, chunk: Chunk) -> None:
        """Keep points of a tag."""
        self.chunks.setdefault(tag, []).append(chunk)


class Decoder:
    """Decodes window after window and remembers the layouts that it has met."""

    def __init__(self) -> None:
        self.layouts: dict[int, list[Layout]] = {}

    def decode(self, data: Buffer, starts: NDArray[np.int64]) -> Batch:
        """The scalars of the whole records that begin at `starts` (n,) in `data`."""
        batch = Batch()
        if not starts.size:
            return batch
        odd: list[NDArray[np.int64]] = []
        for length, rows in _by_length(lengths_at(data, starts)):
            if length > _LONGEST_GROUPED or rows.size < _FEW or not self._worth_grouping(data, starts[rows[0]], length):
                odd.append(rows)
            else:
                odd += self._take(gather(data, starts[rows], length), rows, length, batch)
        if odd:
            rows = np.sort(np.concatenate(odd))
            _decode_singly(data, starts, rows[~are_blobs(data, starts[rows])], batch)
        return batch

    def _worth_grouping(self, data: Buffer, start: int, length: int) -> bool:
        """Whether long records of this length hold scalars, by the first of them: blobs are not worth copying."""
        if length <= _SMALL or length in self.layouts:
            return True
        start += HEADER_BYTES
        event = _event(data, start, start + length)
        return event is not None and bool(event.scalars)

    def _take(
        self, frames: NDArray[np.uint8], rows: NDArray[np.int64], length: int, batch: Batch
    ) -> list[NDArray[np.int64]]:
        """Decode frames of one length into the batch; the rows that are left over."""
        stored = np.ndarray((rows.size,), "<u4", frames.reshape(-1), 8, (frames.shape[1],))
        intact = stored == np.uint32(header_crc(length))
        odd = [] if intact.all() else [rows[~intact]]
        if odd:
            frames, rows = frames[intact], rows[intact]
        layouts = self.layouts.setdefault(length, [])
        for layout in tuple(layouts):
            before = rows.size
            frames, rows = _taken(layout, frames, rows, batch)
            if before > rows.size and layout is not layouts[0]:
                layouts.remove(layout)
                layouts.insert(0, layout)
        loners = 0
        while rows.size and loners < _MOST_ODD:
            before = rows.size
            learned = self._learn(layouts, frames)
            if learned is None:
                odd.append(rows[:1])
                frames, rows = frames[1:], rows[1:]
            else:
                frames, rows = _taken(learned, frames, rows, batch)
            loners += before - rows.size == 1
        return [*odd, rows] if rows.size else odd

    def _learn(self, layouts: list[Layout], frames: NDArray[np.uint8]) -> Layout | None:
        """The layout that now knows the first frame; None where that is corrupt or no plain scalar."""
        data = frames[0, HEADER_BYTES:].tobytes()
        event = _event(data, 0, len(data) - 4)
        shape = shape_of(event, data[:-4]) if event is not None else None
        if event is None or shape is None or not _intact(data, 0, len(data) - 4):
            return None
        layout = next((known for known in layouts if known.shape == shape), None)
        if layout is None:
            layout = Layout(shape)
            layouts.append(layout)
        return layout if layout.learn(frames, tuple(scalar.tag for scalar in event.scalars)) else None


def _by_length(lengths: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The rows of each length, the long ones last and together."""
    short = np.minimum(lengths, _LONGEST_GROUPED + 1).astype(np.uint16)
    order = np.argsort(short, kind="stable")
    counts = np.bincount(short)
    ends = np.cumsum(counts)
    for length in np.flatnonzero(counts).tolist():
        yield length, order[ends[length] - counts[length] : ends[length]]


def _taken(
    layout: Layout, frames: NDArray[np.uint8], rows: NDArray[np.int64], batch: Batch
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The frames and rows that are left when the layout has taken its own."""
    if not rows.size:
        return frames, rows
    found, unknown = layout.take(frames, rows)
    for tag, chunk in found:
        batch.add(tag, chunk)
    return (frames, rows) if unknown.size == rows.size else (frames[unknown], rows[unknown])


def _decode_singly(data: Buffer, starts: NDArray[np.int64], rows: NDArray[np.int64], batch: Batch) -> None:
    """Add the records of `rows` (m,) to the batch, one by one."""
    points: dict[str, list[tuple[int, int, float, float]]] = {}
    for row in rows.tolist():
        start = int(starts[row])
        event = None
        if has_header(data, start):
            end = start + HEADER_BYTES + length_at(data, start)
            start += HEADER_BYTES
            event = _event(data, start, end)
        if event is None:
            batch.corrupt.append(row)
            continue
        at = event.wall_time_at
        wall = 0.0 if at is None else _DOUBLE.unpack_from(data, start + at)[0]
        for scalar in event.scalars:
            value = float(np.frombuffer(data, scalar.dtype, 1, start + scalar.at)[0])
            points.setdefault(scalar.tag, []).append((row, event.step, wall, value))
        found = event.hyperparameters | {k: v for text in event.texts.values() for k, v in _json_object(text).items()}
        if found:
            batch.hyperparameters.append((row, found))
    for tag, columns in points.items():
        row_column, steps, walls, values = zip(*columns, strict=True)
        batch.add(tag, Chunk(np.array(row_column), np.array(steps), np.array(walls), np.array(values)))


def _event(data: Buffer, start: int, end: int) -> Event | None:
    """The event of one record, None if it is corrupt."""
    small = end - start <= _SMALL
    if small and not _intact(data, start, end):
        return None
    try:
        event = parse_event(data, start, end)
    except MalformedError:
        return None
    used = event.scalars or event.hyperparameters or event.texts
    return event if small or not used or _intact(data, start, end) else None


def _intact(data: Buffer, start: int, end: int) -> bool:
    stored = int.from_bytes(data[end : end + 4], "little")
    return masked_crc(memoryview(data)[start:end]) == stored


def _json_object(text: str) -> dict[str, object]:
    """The entries of a text summary that is a JSON object, as Hugging Face's Trainer writes its arguments."""
    text = text.strip()
    if not text.startswith("{"):
        return {}
    import json

    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
