"""W&B's offline runs: `run-<id>.wandb`, a LevelDB log of protobuf records, read without the wandb package.

The file is `:W&B`, a magic number and a version (7 bytes), then blocks of 32 KiB of fragments: u32 zlib crc of
the type byte and the data, u16 length, u8 type (whole, first, middle, last). Field numbers are those of
wandb_internal.proto: Record.history 2, .config 5, .run 17.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.protobuf import BYTES, Buffer, MalformedError, fields, messages
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source, failed, nothing_written
from lrlint.logs.rows import fill

_MAGIC = b":W&B"
_FILE_HEADER = 7
_BLOCK = 32768
_FRAGMENT = struct.Struct("<IHB")
_LOST, _WHOLE, _FIRST, _MIDDLE, _LAST = range(5)
_SEEDS = [zlib.crc32(bytes([kind])) for kind in range(5)]
_HISTORY, _CONFIG, _RUN = 2, 5, 17
_RUN_CONFIG, _RUN_DISPLAY_NAME = 4, 8
_ITEM, _KEY, _NESTED_KEY, _JSON = 1, 1, 2, 16

Row = dict[str, object]


class WandbReader(Reader):
    """One run per file."""

    format = "wandb"

    def named(self, name: str) -> bool:
        """Files ending in .wandb."""
        return name.endswith(".wandb")

    def claims(self, candidate: Candidate) -> bool:
        """By the file's first bytes."""
        return candidate.head.startswith(_MAGIC) or self.named(candidate.name)

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run: its history as series over `_step`, its config as hyperparameters."""
        recording = Recording()
        try:
            with open(source.path, "rb") as file:
                data = file.read()
        except OSError as error:
            recording.problems.append(failed(source.path, error))
        else:
            if not data:
                recording.problems.append(nothing_written(source.path))
            elif data.startswith(_MAGIC):
                _read(source.path, data, recording, settings)
            else:
                recording.problems.append(Problem(source.path, "no W&B run: its first bytes are others", offset=0))
        yield recording


READER = WandbReader()


def _read(path: str, data: bytes, recording: Recording, settings: Settings) -> None:
    rows: list[Row] = []
    config: Row = {}
    for record in _records(path, data, recording.problems):
        try:
            for number, kind, length, at in fields(record, 0, len(record)):
                if kind == BYTES and number == _HISTORY:
                    rows.append(dict(_items(record, at, at + length)))
                elif kind == BYTES and number == _CONFIG:
                    config.update(_items(record, at, at + length))
                elif kind == BYTES and number == _RUN:
                    for start, end in messages(record, at, at + length, _RUN_CONFIG):
                        config.update(_items(record, start, end))
        except (MalformedError, IndexError) as error:
            recording.problems.append(Problem(path, f"a record is no protobuf message and was left out: {error}"))
    fill(recording, rows, settings)
    if not (rows or recording.problems):
        recording.problems.append(Problem(path, "no history has been logged", lost=False))
    recording.hyperparameters = {name: value for name, value in config.items() if not name.startswith("_")}


def _records(path: str, data: bytes, problems: list[Problem]) -> Iterator[bytes]:
    """The records, put together from their fragments; broken ones are left out, an unfinished last one in silence."""
    parts: list[bytes] = []
    for kind, fragment in _fragments(path, data, problems):
        if kind not in (_MIDDLE, _LAST):
            parts = []
        elif not parts:
            continue
        if kind == _LOST:
            continue
        parts.append(fragment)
        if kind in (_WHOLE, _LAST):
            yield b"".join(parts)
            parts = []


def _fragments(path: str, data: bytes, problems: list[Problem]) -> Iterator[tuple[int, bytes]]:
    at, size = _FILE_HEADER, len(data)
    while at + _FRAGMENT.size <= size:
        left = _BLOCK - at % _BLOCK
        if left < _FRAGMENT.size:
            at += left
            continue
        end = _end(data, at)
        if end is not None:
            yield data[at + 6], data[at + _FRAGMENT.size : end]
            at = end
            continue
        found = _next(data, at)
        if found is None:
            if any(data[at:]) and not _is_unfinished(data, at):
                problems.append(Problem(path, f"no record from here on: {size - at} bytes lost", offset=at))
            return
        yield _LOST, b""
        problems.append(Problem(path, f"wrong checksum: {found - at} bytes lost, up to byte {found}", offset=at))
        at = found


def _end(data: bytes, at: int) -> int | None:
    """Where the intact fragment at `at` ends, None if there is none."""
    crc, length, kind = _FRAGMENT.unpack_from(data, at)
    end: int = at + _FRAGMENT.size + length
    if not _WHOLE <= kind <= _LAST or end > min(len(data), at - at % _BLOCK + _BLOCK):
        return None
    intact = zlib.crc32(data[at + _FRAGMENT.size : end], _SEEDS[kind]) == crc
    return end if intact else None


def _next(data: bytes, at: int) -> int | None:
    """The next intact fragment: where the broken one says that it ends, anywhere near, or at a block's start."""
    claimed: int = at + _FRAGMENT.size + _FRAGMENT.unpack_from(data, at)[1]
    last = len(data) - _FRAGMENT.size
    blocks = range(at - at % _BLOCK + _BLOCK, last + 1, _BLOCK)
    for places in ((claimed,), range(at + 1, min(at + 2 * _BLOCK, last) + 1), blocks):
        for place in places:
            if at < place <= last and _end(data, place) is not None:
                return place
    return None


def _is_unfinished(data: bytes, at: int) -> bool:
    """Whether the last fragment is one that was still being written."""
    _, length, kind = _FRAGMENT.unpack_from(data, at)
    return bool(_WHOLE <= kind <= _LAST and at + _FRAGMENT.size + length > len(data))


def _items(record: Buffer, start: int, end: int) -> Iterator[tuple[str, object]]:
    """The names and values of a history or config message; the words of a nested name joined by a dot."""
    import json  # as late as in jsonl.py

    for item in messages(record, start, end, _ITEM):
        keys: list[str] = []
        text = ""
        for number, kind, length, at in fields(record, *item):
            content = bytes(record[at : at + length]).decode("utf-8", "replace") if kind == BYTES else ""
            if number in (_KEY, _NESTED_KEY) and content:
                keys.append(content)
            elif number == _JSON:
                text = content
        try:
            yield ".".join(keys), json.loads(text)
        except (ValueError, RecursionError):
            continue
