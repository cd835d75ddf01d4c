"""Aim's repository, read by Aim's own library: the runs lie in RocksDB, for which there is nothing smaller.

The library sees a run once Aim has put it into its index, which `aim up` and `aim storage reindex` do.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source
from lrlint.logs.run import Role, Series

if TYPE_CHECKING:
    import aim

_FOLDER = ".aim"
_STORES = ("meta", "seqs")
_SYSTEM = "__system__"


class AimReader(Reader):
    """One repository, many runs."""

    format = "aim"

    def named(self, name: str) -> bool:
        """The database beside the runs has a fixed name."""
        return name == "run_metadata.sqlite"

    def claims(self, candidate: Candidate) -> bool:
        """Whether it lies in a repository."""
        return self.named(candidate.name) and os.path.basename(os.path.dirname(candidate.path)) == _FOLDER

    def run_of(self, path: str) -> str:
        """The repository's folder."""
        return os.path.dirname(path)

    def ordered(self, files: Sequence[str]) -> tuple[str, ...]:
        """The database, then the files of the runs, which are what changes."""
        (database,) = files
        stores = (os.path.join(os.path.dirname(database), store) for store in _STORES)
        below = (
            os.path.join(folder, name) for store in stores for folder, _, names in os.walk(store) for name in names
        )
        return (database, *sorted(below))

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The runs by their names, or their hashes where names repeat."""
        try:
            from aim import Repo, Run
        except ImportError:
            yield Recording(problems=[Problem(source.path, "reading Aim's runs needs its library: pip install aim")])
            return
        try:
            repository = Repo(os.path.dirname(os.path.abspath(source.path)))
            runs = [Run(identity, repo=repository, read_only=True) for identity in sorted(repository.list_all_runs())]
            names = [run.name for run in runs]
            for run in runs:
                recording = _recording(run, source.path)
                recording.name = run.name if names.count(run.name) == 1 else run.hash
                yield recording
        except Exception as error:  # whatever the library and its database raise
            yield Recording(problems=[Problem(source.path, f"Aim's library cannot read it: {error}")])


READER = AimReader()


def _recording(run: aim.Run, path: str) -> Recording:
    metrics = [metric for metric in run.metrics() if not metric.name.startswith(_SYSTEM)]
    series = [_series(metric) for metric in metrics]
    given = run.get("hparams")
    recording = Recording(series, hyperparameters=given if isinstance(given, Mapping) else {})
    if not series:
        message = f"run {run.hash} has no metrics that Aim's library sees: aim storage reindex may help"
        recording.problems.append(Problem(path, message))
    return recording


def _series(metric: aim.Metric) -> Series:
    """The metric under the words of its context and its name: train/loss."""
    import numpy as np

    steps, (values, _, walls) = metric.data.numpy()
    name = "/".join([*(str(word) for word in metric.context.to_dict().values()), metric.name])
    parts = np.zeros(len(steps), np.int32)
    return Series(name, Role.OTHER, steps.astype(np.int64), values.astype(np.float64), parts, walls.astype(np.float64))
