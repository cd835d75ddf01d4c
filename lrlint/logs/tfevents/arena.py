"""Many event files: small ones share one buffer and are framed and decoded together."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from operator import attrgetter, itemgetter

import numpy as np

from lrlint.logs.tfevents.decode import Batch, Decoder
from lrlint.logs.tfevents.eventfile import Column, EventFile, in_order, joined, read_event_file
from lrlint.logs.tfevents.framing import frame_each
from lrlint.logs.tfevents.lanes import FRAME_BYTES, Places
from lrlint.logs.tfevents.sweep import Sweep
from lrlint.logs.tfevents.templates import Chunk

_ARENA = 1 << 22


def read_event_files(paths: Sequence[str]) -> Iterator[EventFile | OSError]:
    """What each of the files holds, in their order; the error of one that cannot be opened or read."""
    arena = _Arena()
    waiting: list[str] = []
    size = 0
    for path in paths:
        try:
            more = os.path.getsize(path)
        except OSError:
            more = _ARENA
        if waiting and size + more > _ARENA:
            yield from arena.read(waiting)
            waiting, size = [], 0
        waiting.append(path)
        size += more
    yield from arena.read(waiting)


class _Arena:
    """A buffer for files that are read together, and what is known about their records from those read before."""

    def __init__(self) -> None:
        self.decoder = Decoder()
        self.sweep = Sweep()
        self.buffer: memoryview | None = None

    def read(self, paths: Sequence[str]) -> Iterator[EventFile | OSError]:
        """The files, side by side in the buffer; those that are damaged, growing or too large, each on its own."""
        together = self._together(paths) if len(paths) > 1 else {}
        return (together[path] if path in together else _alone(path) for path in paths)

    def _together(self, paths: Sequence[str]) -> dict[str, EventFile]:
        """Those of the files that are sound, by path."""
        if self.buffer is None:
            self.buffer = np.empty(_ARENA + FRAME_BYTES, np.uint8).data  # a bytearray would be filled with zeros
        ends = _filled(self.buffer, paths)
        if not ends:
            return {}
        bounds = np.array([0, *ends.values()], np.int64)
        data = self.buffer[: bounds[-1] + FRAME_BYTES]
        frames = self.sweep.frame(data, bounds)
        if frames is None:
            frames, whole = frame_each(data, bounds)
            sound = [path for path, is_whole in zip(ends, whole, strict=True) if is_whole]
            if len(sound) < len(ends):
                return self._together(sound)
        batch = self.decoder.decode(data, frames)
        files = _split(batch, bounds)
        damaged = set(np.searchsorted(bounds, batch.corrupt, side="right") - 1)
        return {path: file for index, (path, file) in enumerate(zip(ends, files, strict=True)) if index not in damaged}


def _alone(path: str) -> EventFile | OSError:
    try:
        return read_event_file(path)
    except OSError as error:
        return error


def _split(batch: Batch, bounds: Places) -> list[EventFile]:
    """The points of the batch, file by file; `bounds` (files + 1,) are where the files begin and the last one ends."""
    columns: list[list[tuple[int, str, Column]]] = [[] for _ in bounds[1:]]
    for tag, chunks in batch.chunks.items():
        for index, start, column in _of_files(chunks, bounds):
            columns[index].append((start, tag, column))
    files = [EventFile({tag: column for _, tag, column in sorted(found, key=itemgetter(0))}) for found in columns]
    for start, hyperparameters in batch.hyperparameters:
        files[int(np.searchsorted(bounds, start, side="right")) - 1].hyperparameters.update(hyperparameters)
    return files


def _of_files(chunks: list[Chunk], bounds: Places) -> Iterator[tuple[int, int, Column]]:
    """The points of one tag in each of the files that have some: which file, where the first begins, and they."""
    chunks = sorted(chunks, key=attrgetter("begin"))
    if len(chunks) > 1 and (table := _side_by_side(chunks, bounds)) is not None:
        begins = chunks[0].starts[:: chunks[0].starts.size // len(table.steps)]
        yield from zip(range(begins.size), begins.tolist(), map(Column, *table), strict=True)
        return
    starts, steps, walls, values = joined(in_order(chunks))
    for index, (begin, end) in enumerate(pairwise(np.searchsorted(starts, bounds).tolist())):
        if begin < end:
            yield index, int(starts[begin]), Column(steps[begin:end], walls[begin:end], values[begin:end])


def _side_by_side(chunks: list[Chunk], bounds: Places) -> Column | None:
    """Chunks that follow each other alike in every file, as tables (files, k); None where they do not."""
    files = bounds.size - 1
    if any(chunk.starts.size % files for chunk in chunks):
        return None
    tables = [[column.reshape(files, -1) for column in chunk] for chunk in chunks]
    ends = [starts[:, end] for starts, *_ in tables for end in (0, -1)]
    if (np.diff(np.stack([bounds[:-1], *ends, bounds[1:]]), axis=0) < 0).any():
        return None
    _, steps, walls, values = (list(columns) for columns in zip(*tables, strict=True))
    return Column(*(np.concatenate(columns, axis=1) for columns in (steps, walls, values)))


def _filled(arena: memoryview, paths: Sequence[str]) -> dict[str, int]:
    """Where each of the files ends that now lie in the arena: not those that are empty, unreadable or too large."""
    ends: dict[str, int] = {}
    begin = 0
    for path in dict.fromkeys(paths):
        end = begin
        with suppress(OSError), open(path, "rb", buffering=0) as file:
            while count := file.readinto(arena[end:]):
                end += count
            if begin < end <= _ARENA:
                ends[path] = begin = end
    return ends
