"""Which runs lie below the paths: files claimed by readers and grouped into sources."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lrlint.config import Settings
from lrlint.discover import discover
from lrlint.findings import Problem
from lrlint.logs.readers import readers
from lrlint.logs.readers.base import Candidate, Reader, Source

_WHAT = "training logs"


def find_sources(paths: Sequence[str], settings: Settings) -> tuple[list[Source], list[Problem]]:
    """The runs that `paths` hold, each once, in a stable order, and what went wrong on the way.

    A file named outright must be a log: if no reader knows it, that is a problem. Of a folder, the files
    that a reader claims are taken and all others passed over.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    problems: list[Problem] = []
    seen: set[str] = set()
    for path in paths:
        files, missing = discover([path], settings, _named, _WHAT, gitignore=False)
        problems += [problem for problem in missing if problem.lost]
        explicit = not os.path.isdir(path)
        claimed = False
        for file in files:
            reader = _reader_for(Candidate(file, settings), explicit)
            if reader is not None:
                claimed = True
                if os.path.abspath(file) not in seen:
                    seen.add(os.path.abspath(file))
                    groups.setdefault((reader.format, reader.run_of(file)), []).append(file)
            elif explicit:
                problems.append(_unknown(file))
        if not explicit and not claimed and not any(problem.lost for problem in missing):
            problems.append(Problem(path, f"no {_WHAT} in this folder"))
    return _sources(groups), problems


def _sources(groups: dict[tuple[str, str], list[str]]) -> list[Source]:
    known = readers()
    return [Source(format, path, known[format].ordered(files)) for (format, path), files in groups.items()]


def _named(name: str) -> bool:
    return any(reader.named(name) for reader in readers().values())


def _reader_for(candidate: Candidate, explicit: bool) -> Reader | None:
    """The reader that claims the file; for a file named outright, failing that, the one its name suggests."""
    named = [reader for reader in readers().values() if reader.named(candidate.name)]
    for reader in readers().values() if explicit else named:
        if reader.claims(candidate):
            return reader
    return named[-1] if explicit and named else None


def _unknown(path: str) -> Problem:
    try:
        size = os.path.getsize(path)
        with open(path, "rb"):
            pass
    except OSError as error:
        return Problem(path, f"cannot be read: {error.strerror}")
    return Problem(path, "not a training log that lrlint knows" if size else "the file is empty")
