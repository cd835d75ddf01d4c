"""MLflow's file store: a run's folder holds meta.yaml and a file per metric, `timestamp value step` a line."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source, failed
from lrlint.logs.run import Role, Series

_RUN = rb"(?m)^run_(id|uuid):"
_NAME = r"(?m)^run_name:\s*(.+)$"
_MOST_STEPS = 2**63

Point = tuple[int, float, float]


class MlflowReader(Reader):
    """The run is found by its meta.yaml."""

    format = "mlflow"

    def named(self, name: str) -> bool:
        """The file's fixed name."""
        return name == "meta.yaml"

    def claims(self, candidate: Candidate) -> bool:
        """Whether it is that of a run (experiments have one too) with metrics beside it."""
        metrics = os.path.join(os.path.dirname(candidate.path), "metrics")
        return self.named(candidate.name) and bool(re.search(_RUN, candidate.head)) and os.path.isdir(metrics)

    def run_of(self, path: str) -> str:
        """The run's folder."""
        return os.path.dirname(path) or "."

    def belongs(self, path: str, files: Collection[str]) -> bool:
        """Whether it lies in the metrics or parameters of a run."""
        parts = path.split("/")
        places = [place for place, part in enumerate(parts[:-1]) if part in ("metrics", "params")]
        return any("/".join([*parts[:place], "meta.yaml"]) in files for place in places)

    def ordered(self, files: Sequence[str]) -> tuple[str, ...]:
        """The meta.yaml, then the files of the metrics."""
        (meta,) = files
        return (meta, *(path for _, path in _files(os.path.join(os.path.dirname(meta), "metrics"), [])))

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run: series by the paths of their files, parameters as hyperparameters."""
        problems: list[Problem] = []
        parts = {path: part for part, path in enumerate(source.files)}
        metrics = dict(_files(os.path.join(source.path, "metrics"), problems))
        found = (_series(name, path, parts.get(path, 0), problems) for name, path in metrics.items())
        series = [one for one in found if one is not None]
        parameters = dict(_files(os.path.join(source.path, "params"), problems))
        hyperparameters = {name: _text(path, problems).rstrip("\n") for name, path in parameters.items()}
        name = re.search(_NAME, _text(source.files[0], problems))
        if not (series or problems):
            problems.append(Problem(source.path, "no metrics have been logged", lost=False))
        yield Recording(series, problems, hyperparameters, name[1].strip("'\" ") if name else None)


READER = MlflowReader()


def _files(folder: str, problems: list[Problem], prefix: str = "") -> Iterator[tuple[str, str]]:
    """The files below a folder by their relative path, which is the key that was logged."""
    if not os.path.isdir(folder):
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        problems.append(failed(folder, error))
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, problems, f"{prefix}{entry.name}/")
        else:
            yield prefix + entry.name, entry.path


def _text(path: str, problems: list[Problem]) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError as error:
        problems.append(failed(path, error))
        return ""


def _series(name: str, path: str, part: int, problems: list[Problem]) -> Series | None:
    *lines, last = _text(path, problems).split("\n")
    points: list[Point] = []
    broken: list[int] = []
    for number, line in enumerate(lines, 1):
        point = _point(line)
        if point is not None:
            points.append(point)
        elif line:
            broken.append(number)
    if broken:
        count = f"{len(broken)} lines are" if len(broken) > 1 else "a line is"
        problems.append(Problem(path, f"{count} no `timestamp value step` and left out", broken[0]))
    if last:
        message = "the last line is unfinished and was left out"
        problems.append(Problem(path, message, len(lines) + 1, lost=False))
    if not points:
        return None
    steps, values, walls = zip(*points, strict=True)
    parts = np.full(len(points), part, np.int32)
    return Series(name, Role.OTHER, np.array(steps, np.int64), np.array(values, float), parts, np.array(walls, float))


def _point(line: str) -> Point | None:
    """Step, value and wall time of a line of two, three or five fields; early versions left the step out."""
    fields = line.split()
    if len(fields) not in (2, 3, 5):
        return None
    try:
        step = int(fields[2]) if len(fields) > 2 else 0
        return (step, float(fields[1]), int(fields[0]) / 1000) if abs(step) < _MOST_STEPS else None
    except (ValueError, OverflowError):
        return None
