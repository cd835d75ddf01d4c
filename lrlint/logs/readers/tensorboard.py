"""TensorBoard: a run is a folder that directly holds event files, read in the order of their names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

import numpy as np

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.breaks import by_one_writer
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source, failed, nothing_written
from lrlint.logs.run import Role, Series
from lrlint.logs.tfevents.arena import read_event_files
from lrlint.logs.tfevents.crc32c import header_crc
from lrlint.logs.tfevents.eventfile import Column, Damage, EventFile, joined

_MOST_REMARKS = 10
_HALVES = {"train": "validation", "validation": "train"}


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
        """The folder that holds the file; the one above `train` and `validation`, into which Keras splits a run."""
        folder = os.path.dirname(path)
        above, name = os.path.split(folder)
        other = _HALVES.get(name)
        return (above if other is not None and _holds_events(os.path.join(above, other)) else folder) or "."

    def ordered(self, files: Sequence[str]) -> tuple[str, ...]:
        """In lexicographic order, as TensorBoard reads them."""
        return tuple(sorted(files))

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run of the folder, nothing purged: a series holds its files' points one after the other."""
        for _, recording in self.read_many([source], settings):
            yield recording

    def read_many(self, sources: Sequence[Source], settings: Settings) -> Iterator[tuple[Source, Recording]]:
        """The runs of several folders, small files together."""
        contents = read_event_files([path for source in sources for path in source.files])
        for source in sources:
            files = list(zip(source.files, contents))  # noqa: B905 - contents goes on to the next source
            yield source, _recording(files, source.path)


READER = TensorBoardReader()


def _holds_events(folder: str) -> bool:
    try:
        return any(READER.named(name) for name in os.listdir(folder))
    except OSError:
        return False


def _recording(files: Sequence[tuple[str, EventFile | OSError]], run: str) -> Recording:
    """The run at the path `run`; tags of files in folders below it begin with the folder."""
    recording = Recording()
    columns: dict[str, list[tuple[int, Column]]] = {}
    hyperparameters: dict[str, object] = {}
    for part, (path, found) in enumerate(files):
        if isinstance(found, OSError):
            recording.problems.append(failed(path, found))
            continue
        folder = os.path.dirname(path) or os.curdir
        prefix = "" if folder == run else f"{os.path.relpath(folder, run)}/"
        for tag, column in found.columns.items():
            columns.setdefault(prefix + tag, []).append((part, column))
        hyperparameters.update(found.hyperparameters)
        recording.problems += _problems(path, found)
    recording.series = [_series(tag, parts) for tag, parts in columns.items()]
    recording.hyperparameters = hyperparameters
    if len(files) > 1 and any(by_one_writer(series) is not series for series in recording.series):
        message = "several files were written at the same time, as by the ranks of one run: the last of them counts"
        recording.problems.append(Problem(run, message, lost=False))
    if not (columns or hyperparameters or recording.problems):
        recording.problems.append(Problem(run, "no scalars have been logged", lost=False))
    return recording


def _series(tag: str, parts: list[tuple[int, Column]]) -> Series:
    together = joined([column for _, column in parts])
    origins = np.zeros(together.steps.size, np.int32)
    if parts[-1][0]:
        origins[:] = np.repeat([part for part, _ in parts], [column.steps.size for _, column in parts])
    return Series(tag, Role.OTHER, together.steps, together.values, origins, together.wall_times)


def _problems(path: str, found: EventFile) -> Iterator[Problem]:
    if not found.columns and _is_empty(path):
        yield nothing_written(path)
    for damage in found.damage[:_MOST_REMARKS]:
        yield Problem(path, _sentence(damage), offset=damage.start)
    rest = found.damage[_MOST_REMARKS:]
    if rest:
        lost = sum(damage.end - damage.start for damage in rest)
        yield Problem(path, f"{len(rest)} more damaged places, {lost} bytes in all, lost", offset=rest[0].start)
    if found.unfinished is not None and not found.young:
        message = "ends in the middle of a record: the trainer was stopped while it wrote"
        yield Problem(path, message, offset=found.unfinished, lost=False)


def _is_empty(path: str) -> bool:
    try:
        return os.path.getsize(path) == 0
    except OSError:
        return False


def _sentence(damage: Damage) -> str:
    return f"{damage.reason}: {damage.end - damage.start} bytes lost, up to byte {damage.end}"
