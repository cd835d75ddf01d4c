"""The scalars of the records in a window, every checksum verified."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrlint.logs.tfevents.crc32c import masked_crc
from lrlint.logs.tfevents.framing import HEADER_BYTES, length_at
from lrlint.logs.tfevents.wire import Event, MalformedError, parse_event

# Above this size a record is checked only if it turns out to hold something that is used.
_SMALL = 512
_DOUBLE = struct.Struct("<d")


class Chunk(NamedTuple):
    """Points of one tag: the rows (n,) of their records in the window, steps, wall times and values."""

    rows: NDArray[np.int64]
    steps: NDArray[np.int64]
    wall_times: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(slots=True)
class Batch:
    """What the records of a window hold. `corrupt` are the rows of records that fail their checksum."""

    chunks: dict[str, list[Chunk]] = field(default_factory=dict)
    hyperparameters: dict[str, object] = field(default_factory=dict)
    corrupt: list[int] = field(default_factory=list)


def decode(data: bytearray, starts: NDArray[np.int64]) -> Batch:
    """The scalars of the whole records that begin at `starts` (n,) in `data`."""
    batch = Batch()
    decode_singly(data, starts, np.arange(starts.size), batch)
    return batch


def decode_singly(data: bytearray, starts: NDArray[np.int64], rows: NDArray[np.int64], batch: Batch) -> None:
    """Add the records of `rows` (m,) to the batch, one by one."""
    for row in rows.tolist():
        start = int(starts[row]) + HEADER_BYTES
        end = start + length_at(data, start - HEADER_BYTES)
        event = _event(data, start, end)
        if event is None:
            batch.corrupt.append(row)
        else:
            _add(event, data, start, row, batch)


def _event(data: bytearray, start: int, end: int) -> Event | None:
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


def _intact(data: bytearray, start: int, end: int) -> bool:
    stored = int.from_bytes(data[end : end + 4], "little")
    return masked_crc(memoryview(data)[start:end]) == stored


def _add(event: Event, data: bytearray, start: int, row: int, batch: Batch) -> None:
    at = event.wall_time_at
    wall = np.array([0.0 if at is None else _DOUBLE.unpack_from(data, start + at)[0]])
    for scalar in event.scalars:
        value = np.frombuffer(data, scalar.dtype, 1, start + scalar.at).astype(np.float64)
        chunk = Chunk(np.array([row]), np.array([event.step]), wall, value)
        batch.chunks.setdefault(scalar.tag, []).append(chunk)
    batch.hyperparameters.update(event.hyperparameters)
    for text in event.texts.values():
        batch.hyperparameters.update(_json_object(text))


def _json_object(text: str) -> dict[str, object]:
    """The entries of a text summary that is a JSON object, as Hugging Face's Trainer writes its arguments."""
    text = text.strip()
    if not text.startswith("{"):
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
