"""Runs that are still being written: what has changed since the last look."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers.base import Source
from lrlint.logs.reading import read_sources
from lrlint.logs.run import Run
from lrlint.logs.sources import find_sources

Signature = tuple[tuple[str, int, int, int], ...]


def signature(source: Source) -> Signature:
    """Path, inode, size and time of change of each of the source's files that is there: alike means unchanged."""
    found = []
    for path in source.files:
        try:
            status = os.stat(path)
        except OSError:
            continue
        found.append((path, status.st_ino, status.st_size, status.st_mtime_ns))
    return tuple(found)


class Follower:
    """Looks at paths again and again.

    A run whose files have grown, shrunk, been replaced or been joined by others is read anew from its start:
    that is right after a rotation or a truncation too, and costs less than a look is apart from the next.
    """

    def __init__(self, paths: Sequence[str], settings: Settings) -> None:
        self.paths = paths
        self.settings = settings
        self._seen: dict[tuple[str, str], Signature] = {}
        self._told: set[Problem] = set()

    def look(self) -> tuple[list[Run], list[Problem]]:
        """The runs that are new or have changed since the last look, and the problems that are new."""
        sources, problems = find_sources(self.paths, self.settings)
        changed = []
        for source in sources:
            now = signature(source)
            if now and self._seen.get((source.reader, source.path)) != now:
                self._seen[source.reader, source.path] = now
                changed.append(source)
        runs = []
        for run in read_sources(changed, self.settings):
            # A file that is gone by now was rotated away between listing and reading it.
            problems += [problem for problem in run.problems if os.path.exists(problem.path)]
            if run.series:
                runs.append(run)
        new = [problem for problem in dict.fromkeys(problems) if problem not in self._told]
        self._told.update(new)
        return runs, new
