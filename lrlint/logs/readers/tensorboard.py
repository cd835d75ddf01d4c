"""TensorBoard: a run is a folder that directly holds event files, read in the order of their names."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

import numpy as np

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source, failed
from lrlint.logs.run import Role, Series
from lrlint.logs.tfevents.crc32c import header_crc
from lrlint.logs.tfevents.eventfile import Column, Damage, EventFile, read_event_file

# A trainer that wrote within this time is taken to be at work (torch's SummaryWriter flushes every 120 s).
_YOUNG_SECONDS = 300.0
_MOST_REMARKS = 10


class TensorBoardReader(Reader):
    """All event files of a folder as one run: a resume adds a file, not a run."""

    format = "tensorboard"

    def named(self, name: str) -> bool:
        """Files with `tfevents` in their name, TensorBoard's own criterion."""
        return "tfevents" in name

    def claims(self, candidate: Candidate) -> bool:
        """By the name, or by a first record whose header is intact."""
        if self.named(candidate.name):
            return True
        length = int.from_bytes(candidate.head[:8], "little")
        return len(candidate.head) >= 12 and int.from_bytes(candidate.head[8:12], "little") == header_crc(length)

    def run_of(self, path: str) -> str:
        """The folder that holds the file."""
        return os.path.dirname(path) or "."

    def ordered(self, files: Sequence[str]) -> tuple[str, ...]:
        """In lexicographic order, as TensorBoard reads them."""
        return tuple(sorted(files))

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run of the folder, nothing purged: a series holds its files' points one after the other."""
        recording = Recording()
        columns: dict[str, list[tuple[int, Column]]] = {}
        hyperparameters: dict[str, object] = {}
        for part, path in enumerate(source.files):
            try:
                found = read_event_file(path)
            except OSError as error:
                recording.problems.append(failed(path, error))
                continue
            for tag, column in found.columns.items():
                columns.setdefault(tag, []).append((part, column))
            hyperparameters.update(found.hyperparameters)
            recording.problems += _problems(path, found)
        recording.series = [_series(tag, parts) for tag, parts in columns.items()]
        recording.hyperparameters = hyperparameters
        yield recording


READER = TensorBoardReader()


def _series(tag: str, parts: list[tuple[int, Column]]) -> Series:
    columns = [column for _, column in parts]
    return Series(
        name=tag,
        role=Role.OTHER,
        steps=np.concatenate([column.steps for column in columns]),
        values=np.concatenate([column.values for column in columns]),
        parts=np.concatenate([np.full(column.steps.size, part, np.int32) for part, column in parts]),
        wall_times=np.concatenate([column.wall_times for column in columns]),
    )


def _problems(path: str, found: EventFile) -> Iterator[Problem]:
    for damage in found.damage[:_MOST_REMARKS]:
        yield Problem(path, _sentence(damage), offset=damage.start)
    rest = found.damage[_MOST_REMARKS:]
    if rest:
        lost = sum(damage.end - damage.start for damage in rest)
        yield Problem(path, f"{len(rest)} more damaged places, {lost} bytes in all, lost", offset=rest[0].start)
    if found.unfinished is not None and not _is_young(path):
        message = "ends in the middle of a record: the trainer was stopped while it wrote"
        yield Problem(path, message, offset=found.unfinished, lost=False)


def _sentence(damage: Damage) -> str:
    return f"{damage.reason} at byte {damage.start}: {damage.end - damage.start} bytes lost, up to byte {damage.end}"


def _is_young(path: str) -> bool:
    return time.time() - os.path.getmtime(path) < _YOUNG_SECONDS
