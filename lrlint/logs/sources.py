"""Which runs lie below the paths: files claimed by readers and grouped into sources."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lrlint.config import Settings
from lrlint.discover import discover
from lrlint.findings import Problem
from lrlint.logs.readers import readers
from lrlint.logs.readers.base import HEAD_BYTES, Candidate, Reader, Source, failed

_WHAT = "training logs"
_PACKED, _GZIP = ".gz", b"\x1f\x8b"


def find_sources(paths: Sequence[str], settings: Settings) -> tuple[list[Source], list[Problem]]:
    """The runs that `paths` hold, each once, in a stable order, and what went wrong on the way.

    A file named outright must be a log: if no reader knows it, that is a problem. Of a folder, the files
    that a reader claims are taken and all others passed over. URLs of stores are copied to this machine first.
    """
    search = look_for(paths, settings)
    return search.sources(), search.problems


def look_for(paths: Sequence[str], settings: Settings) -> Search:
    """The search for the runs that `paths` hold, done."""
    search = Search(settings)
    for path in paths:
        if "://" in path:
            search.fetch(path)
        else:
            search.look(path, None)
    return search


class Search:
    """Files grouped into runs as they are found; `copy` is where a copy lies and what it is a copy of.

    `visited` are the folders and files that were looked into.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.problems: list[Problem] = []
        self.seen: set[str] = set()
        self.visited: list[str] = []
        self.groups: dict[tuple[str, str, tuple[str, str] | None], list[str]] = {}

    def fetch(self, url: str) -> None:
        """Take what the store at `url` holds."""
        from lrlint.logs.remote import copied

        local, problems = copied(url, _chosen)
        self.problems += problems
        if local is not None:
            self.look(local, (local, url.rstrip("/")))

    def look(self, path: str, copy: tuple[str, str] | None) -> None:
        """Take the logs at or below `path`."""
        files, missing = discover([path], self.settings, _wanted, _WHAT, gitignore=False, visited=self.visited)
        self.visited += files
        unreadable = [problem for problem in missing if problem.lost]
        self.problems += unreadable
        explicit = not os.path.isdir(path)
        if explicit and files and not os.path.isfile(path):
            # To open a pipe may take for ever, and what it gives can be read only once.
            self.problems.append(Problem(path, "a pipe, a socket or a device: save what it gives to a file"))
            return
        told = [self._take(Candidate(file, self.settings), explicit, copy) for file in files]
        if not any(told) and not unreadable and not explicit:
            self.problems.append(Problem(copy[1] if copy else path, f"no {_WHAT} in this folder"))

    def _take(self, candidate: Candidate, explicit: bool, copy: tuple[str, str] | None) -> bool:
        """Take a file if it is a log, or say why it cannot be read; False for a file that is passed over."""
        path = candidate.path
        shown = Source("", path, (), copy).shown(path)
        if _is_packed(candidate):
            if explicit or _reader_for(_unpacked(candidate), explicit):
                self.problems.append(Problem(shown, "compressed with gzip: unpack it to have it read", lost=explicit))
                return True
            return False
        reader = _reader_for(candidate, explicit)
        if reader is not None:
            absolute = os.path.abspath(path)
            if absolute not in self.seen:
                self.seen.add(absolute)
                self.groups.setdefault((reader.format, reader.run_of(path), copy), []).append(path)
            return True
        if explicit:
            self.problems.append(_unknown(path)._replace(path=shown))
        elif candidate.error is not None:
            self.problems.append(failed(shown, candidate.error))
        return explicit or candidate.error is not None

    def sources(self) -> list[Source]:
        """The runs found."""
        known = readers()
        return [
            Source(format, path, known[format].ordered(files), copy)
            for (format, path, copy), files in self.groups.items()
        ]


def _named(name: str) -> bool:
    return any(reader.named(name) for reader in readers().values())


def _wanted(name: str) -> bool:
    return _named(name.removesuffix(_PACKED))


def _is_packed(candidate: Candidate) -> bool:
    return candidate.name.endswith(_PACKED) and candidate.head.startswith(_GZIP)


def _unpacked(candidate: Candidate) -> Candidate:
    """The log that a packed file holds, as far as it takes to recognise it."""
    import zlib

    inner = Candidate(candidate.path.removesuffix(_PACKED), candidate.settings)
    try:
        inner.head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(candidate.head, HEAD_BYTES)
    except zlib.error:
        inner.head = b""
    return inner


def _chosen(files: Sequence[str]) -> list[str]:
    """Of all files below a URL, those that may be logs, and those that belong to them."""
    known = set(files)
    return [
        file
        for file in files
        if _named(file.rsplit("/", 1)[-1]) or any(reader.belongs(file, known) for reader in readers().values())
    ]


def _reader_for(candidate: Candidate, explicit: bool) -> Reader | None:
    """The reader that claims the file; for a file named outright, failing that, the one its name suggests.

    General formats can look like each other: those that the name suggests are asked before the others.
    """
    known = readers().values()
    if not explicit:
        return next((reader for reader in known if reader.named(candidate.name) and reader.claims(candidate)), None)
    named = [reader for reader in known if reader.named(candidate.name)]
    others = [reader for reader in known if reader not in named]
    for reader in (*(one for one in others if not one.rank), *named, *(one for one in others if one.rank)):
        if reader.claims(candidate):
            return reader
    return named[-1] if named else None


def _unknown(path: str) -> Problem:
    try:
        size = os.path.getsize(path)
        with open(path, "rb"):
            pass
    except OSError as error:
        return Problem(path, f"cannot be read: {error.strerror}")
    return Problem(path, "not a training log that lrlint knows" if size else "the file is empty")
