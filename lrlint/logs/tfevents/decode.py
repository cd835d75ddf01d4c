"""The scalars of the records in a window, every checksum verified."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from lrlint.logs.protobuf import Buffer, MalformedError
from lrlint.logs.tfevents.blobs import are_blobs
from lrlint.logs.tfevents.block import Block, gathered
from lrlint.logs.tfevents.crc32c import header_crc, masked_crc
from lrlint.logs.tfevents.framing import Frames, has_header, length_at
from lrlint.logs.tfevents.lanes import HEADER_BYTES, Places
from lrlint.logs.tfevents.templates import Chunk, Layout, shape_of
from lrlint.logs.tfevents.wire import Event, parse_event
from lrlint.node import Node, anew

# A record longer than this is checked only if it turns out to hold something that is used.
_SMALL = 512
# Records longer than this are read one by one; few hold a scalar.
_LONGEST_GROUPED = 4096
# Fewer records of one length than this are faster read one by one.
_FEW = 4
# After this many records like no other, the rest of their length is read one by one.
_MOST_ODD = 8
_DOUBLE = struct.Struct("<d")


class Batch(Node):
    """What the records of a window hold. `corrupt` are where the records begin that fail a checksum.

    The chunks of a tag are each in the order of the records, and not one after the other. Hyperparameters come
    with the start of their record.
    """

    chunks: dict[str, list[Chunk]] = anew(factory=dict)
    hyperparameters: list[tuple[int, dict[str, object]]] = anew(factory=list)
    corrupt: list[int] = anew(factory=list)

    def add(self, tag: str, chunk: Chunk) -> None:
        """Keep points of a tag."""
        self.chunks.setdefault(tag, []).append(chunk)


class Decoder:
    """Decodes window after window and remembers the layouts that it has met."""

    def __init__(self) -> None:
        self.layouts: dict[int, list[Layout]] = {}

    def decode(self, data: Buffer, frames: Frames) -> Batch:
        """The scalars of the records of `data`."""
        batch = Batch()
        odd: list[Places] = []
        # A signalling NaN among the bytes of a damaged record is no cause for a warning.
        with np.errstate(invalid="ignore"):
            for lane in frames.lanes:
                block = Block(data, lane, lane.starts())
                if self._worth_grouping(data, lane.start, lane.length):
                    odd += self._take(lane.length, block, batch)
                else:
                    odd.append(block.starts)
            for length, starts in _by_length(frames):
                if starts.size >= _FEW and self._worth_grouping(data, int(starts[0]), length):
                    block = gathered(data, starts, length)
                    intact = block.column(8, "<u4") == np.uint32(header_crc(length))
                    intact &= block.column(0, "<i8") == length
                    if not intact.all():
                        odd.append(starts[~intact])
                    odd += self._take(length, block if intact.all() else block.picked(intact), batch)
                else:
                    odd.append(starts)
        if odd:
            starts = np.sort(np.concatenate(odd))
            self._decode_singly(data, starts[~are_blobs(data, starts)], batch)
        return batch

    def _worth_grouping(self, data: Buffer, start: int, length: int) -> bool:
        """Whether long records of this length hold scalars, by the first of them: blobs are not worth copying."""
        if length <= _SMALL or length in self.layouts:
            return True
        if length > _LONGEST_GROUPED:
            return False
        start += HEADER_BYTES
        event = _event(data, start, start + length, verified=False)
        return event is not None and bool(event.scalars)

    def _take(self, length: int, rest: Block | None, batch: Batch) -> list[Places]:
        """Decode records of one length, whose headers are intact, into the batch; where those left over begin."""
        layouts = self.layouts.setdefault(length, [])
        for layout in tuple(layouts):
            if rest is None:
                break
            if not layout.may_hold(rest):
                continue
            before, rest = rest, _taken(layout, rest, batch)
            if rest is not before and layout is not layouts[0]:
                layouts.remove(layout)
                layouts.insert(0, layout)
        odd: list[Places] = []
        loners = 0
        while rest is not None and loners < _MOST_ODD:
            starts, learned = rest.starts, self._learn(layouts, rest)
            if learned is None:
                odd.append(starts[:1])
                rest = rest.picked(slice(1, None))
            else:
                rest = _taken(learned, rest, batch)
            left = 0 if rest is None else rest.starts.size
            loners += starts.size - left == 1
        return [*odd, rest.starts] if rest is not None else odd

    def _learn(self, layouts: list[Layout], block: Block) -> Layout | None:
        """The layout that now knows the first record, and others like it; None where that is corrupt or no scalar."""
        layout = self._learn_first(layouts, block)
        if layout is None:
            return None
        for stranger in layout.strangers(block):
            one = block.picked(slice(stranger, stranger + 1))
            if one is not None:
                self._learn_first(layouts, one)
        return layout

    def _learn_first(self, layouts: list[Layout], block: Block) -> Layout | None:
        data = block.first()[HEADER_BYTES:].tobytes()
        event = _event(data, 0, block.lane.length, verified=True)
        shape = shape_of(event, data[:-4]) if event is not None else None
        if event is None or shape is None:
            return None
        layout = next((known for known in layouts if known.shape == shape), None)
        if layout is None:
            layout = Layout(shape)
            layouts.append(layout)
        return layout if layout.learn(block, tuple(scalar.tag for scalar in event.scalars)) else None

    def _decode_singly(self, data: Buffer, starts: Places, batch: Batch) -> None:
        """Add the records at `starts` (m,) to the batch, one by one."""
        points: dict[str, list[tuple[int, int, float, float]]] = {}
        for start in starts.tolist():
            event = self._event_at(data, start)
            if event is None:
                batch.corrupt.append(start)
                continue
            at = start + HEADER_BYTES
            wall = 0.0 if event.wall_time_at is None else _DOUBLE.unpack_from(data, at + event.wall_time_at)[0]
            for scalar in event.scalars:
                value = float(np.frombuffer(data, scalar.dtype, 1, at + scalar.at)[0])
                points.setdefault(scalar.tag, []).append((start, event.step, wall, value))
            found = event.hyperparameters | _in_texts(event)
            if found:
                batch.hyperparameters.append((start, found))
        for tag, columns in points.items():
            batch.add(tag, Chunk(*map(np.array, zip(*columns, strict=True))))

    def _event_at(self, data: Buffer, start: int) -> Event | None:
        """The event of the record at `start`, None if it is corrupt."""
        if not has_header(data, start):
            return None
        length = length_at(data, start)
        # A long record with the length of scalars may be one that no longer looks like it.
        verified = length <= _SMALL or bool(self.layouts.get(length))
        return _event(data, start + HEADER_BYTES, start + HEADER_BYTES + length, verified=verified)


def _by_length(frames: Frames) -> Iterator[tuple[int, Places]]:
    """Where the records of each length begin that are not in a lane, the long ones last and together."""
    short = np.minimum(frames.lengths, _LONGEST_GROUPED + 1).astype(np.uint16)
    starts = frames.starts[np.argsort(short, kind="stable")]
    counts = np.bincount(short)
    ends = np.cumsum(counts)
    for length in np.flatnonzero(counts).tolist():
        yield length, starts[ends[length] - counts[length] : ends[length]]


def _taken(layout: Layout, block: Block, batch: Batch) -> Block | None:
    """The records that are left when the layout has taken its own."""
    found, unknown = layout.take(block)
    for tag, chunk in found:
        batch.add(tag, chunk)
    return block if unknown.size == block.starts.size else block.picked(unknown)


def _event(data: Buffer, start: int, end: int, *, verified: bool) -> Event | None:
    """The event of one record, None if it is corrupt; one that is not `verified` is if it says something."""
    if verified and not _intact(data, start, end):
        return None
    try:
        event = parse_event(data, start, end)
    except MalformedError:
        return None
    used = event.scalars or event.hyperparameters or event.texts
    return event if verified or not used or _intact(data, start, end) else None


def _intact(data: Buffer, start: int, end: int) -> bool:
    stored = int.from_bytes(data[end : end + 4], "little")
    return masked_crc(memoryview(data)[start:end]) == stored


def _in_texts(event: Event) -> dict[str, object]:
    """What the texts of an event say that are JSON objects."""
    return {key: value for text in event.texts.values() for key, value in _json_object(text).items()}


def _json_object(text: str) -> dict[str, object]:
    """The entries of a text summary that is a JSON object, as Hugging Face's Trainer writes its arguments."""
    text = text.strip()
    if not text.startswith("{"):
        return {}
    import json

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
