"""MLflow's database, the default store: every run of it, from the table `metrics`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source
from lrlint.logs.run import Role, Series

if TYPE_CHECKING:
    import sqlite3

_MAGIC = b"SQLite format 3\0"
_TABLES = {"metrics", "runs"}
# MLflow has no infinity in its database: it stores the largest double.
_INFINITE = np.finfo(np.float64).max

PATIENCE = 5.0
"""Seconds to wait for a writer that has locked the database."""

Point = tuple[int, float, float]


class MlflowSqliteReader(Reader):
    """One file, many runs."""

    format = "mlflow-sqlite"

    def named(self, name: str) -> bool:
        """Databases: .db, .sqlite and .sqlite3."""
        return name.lower().endswith((".db", ".sqlite", ".sqlite3"))

    def claims(self, candidate: Candidate) -> bool:
        """Whether the database has MLflow's tables, or cannot be looked into, which reading will report."""
        if not candidate.head.startswith(_MAGIC):
            return False
        import sqlite3

        try:
            with closing(_open(candidate.path)) as database:
                names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                return {name for (name,) in names} >= _TABLES
        except sqlite3.OperationalError:  # as locked by its writer
            return True
        except sqlite3.Error:
            return False

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The runs in the order of their start, each by its name, or its id where names repeat."""
        import sqlite3

        try:
            with closing(_open(source.path)) as database:
                runs = database.execute("SELECT run_uuid, name FROM runs ORDER BY start_time, rowid").fetchall()
                names = [name for _, name in runs]
                anything = False
                for identity, name in runs:
                    recording = _recording(database, identity, source.path)
                    recording.name = name if name and names.count(name) == 1 else identity
                    if recording.series or recording.problems:
                        anything = True
                        yield recording
                if not anything:
                    yield Recording(problems=[Problem(source.path, "no run has metrics", lost=False)])
        except sqlite3.Error as error:
            yield Recording(problems=[Problem(source.path, f"no database that can be read: {error}")])


READER = MlflowSqliteReader()


def _open(path: str) -> sqlite3.Connection:
    import sqlite3
    from urllib.parse import quote

    return sqlite3.connect(f"file:{quote(os.path.abspath(path))}?mode=ro", PATIENCE, uri=True)


def _recording(database: sqlite3.Connection, run: str, path: str) -> Recording:
    rows = database.execute(
        "SELECT key, step, value, timestamp, is_nan FROM metrics WHERE run_uuid = ? ORDER BY rowid", (run,)
    )
    columns: dict[str, list[Point]] = {}
    broken = 0
    for key, step, value, timestamp, is_nan in rows:
        number = np.nan if is_nan else value
        if _are(str, key) and _are(int, step) and _are((int, float), number, timestamp):
            columns.setdefault(key, []).append((step, number, timestamp / 1000))
        else:
            broken += 1
    parameters = database.execute("SELECT key, value FROM params WHERE run_uuid = ?", (run,))
    series = [_series(name, points) for name, points in columns.items()]
    recording = Recording(series, hyperparameters=dict(parameters.fetchall()))
    if broken:
        message = f"{broken} points of run {run} left out: no name, whole step, number and time"
        recording.problems.append(Problem(path, message))
    return recording


def _are(kind: type | tuple[type, ...], *values: object) -> bool:
    """Whether the values are of a kind; a column of SQLite takes any."""
    return all(isinstance(value, kind) for value in values)


def _series(name: str, points: list[Point]) -> Series:
    steps, values, walls = (np.array(column) for column in zip(*points, strict=True))
    values = np.where(np.abs(values) == _INFINITE, np.copysign(np.inf, values), values)
    parts = np.zeros(steps.size, np.int32)
    return Series(name, Role.OTHER, steps.astype(np.int64), values, parts, walls)
