"""What became of runs, kept while their files stay as they are: a second look reads no log."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from lrlint.namedtuples import NamedTuple
from lrlint.reports import SourceReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lrlint.cache import Cache
    from lrlint.config import Settings
    from lrlint.findings import Problem
    from lrlint.logs.readers.base import Source

SETTLED = 60.0
"""Seconds after which a folder is taken to have another time when it changes again, on a server too."""

Signature = tuple[tuple[str, int, int, int, int], ...]


def signature(paths: Iterable[str]) -> Signature:
    """Path, inode, size and times of change of each of the files that is there: alike means unchanged."""
    found = []
    for path in paths:
        try:
            status = os.stat(path)
        except OSError:
            continue
        found.append((path, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return tuple(found)


def size_of(seen: Signature) -> int:
    """The bytes of the files."""
    return sum(size for _, _, size, _, _ in seen)


class Kept(NamedTuple):
    """A report, and the files that it is about as they were before they were read."""

    seen: Signature
    report: SourceReport

    def has_expired(self) -> bool:
        """Whether time alone has changed what the files come to."""
        return self.report.until is not None and self.report.until < time.time()


class View(NamedTuple):
    """The runs below paths, what went wrong in the search for them, and all that it looked into as it was."""

    sources: list[Source]
    problems: list[Problem]
    seen: Signature


class Index:
    """Reports in memory, and in a cache if there is one.

    A source has one entry per question, so that a run that grows leaves no more than one behind. Copies of files in
    a store last as long as the process, and so do the reports about them.
    """

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache
        self._known: dict[bytes, Kept] = {}

    def sources(self, paths: Sequence[str], settings: Settings) -> tuple[list[Source], list[Problem]]:
        """As `find_sources`, but where nothing has changed that was looked into, no folder is listed again.

        What has changed in the last minute may change unnoticed within the grain of the clock that stamped it.
        """
        if self._cache is None or any("://" in path for path in paths):
            return _find(paths, settings)[:2]
        where = (os.getcwd(), os.path.abspath(settings.root), settings.exclude)
        how = (settings.lr_tags, settings.loss_tags, settings.step_tag)
        key = repr((where, how, tuple(paths))).encode(errors="backslashreplace")
        kept = self._cache.get(key)
        if isinstance(kept, View) and kept.seen == signature(path for path, *_ in kept.seen):
            return kept.sources, kept.problems
        latest = time.time() - SETTLED
        sources, problems, visited = _find(paths, settings)
        seen = signature(dict.fromkeys(visited))
        # What could not be looked into may be open to us the next time, and nothing that was seen tells of it.
        whole = not any(problem.lost for problem in problems) and len(seen) == len(set(visited))
        if whole and all(modified < latest * 1e9 for _, _, _, modified, _ in seen):
            self._cache.put(key, View(sources, problems, seen))
        return sources, problems

    def get(self, source: Source, seen: Signature, question: bytes) -> SourceReport | None:
        """The report on files that are still as `seen`; None if they are not, or by now would come to another."""
        key = _key(source, question)
        kept = self._known.get(key)
        if kept is None and self._cache is not None and source.copy is None:
            entry = self._cache.get(key)
            kept = entry if isinstance(entry, Kept) else None
        if kept is None or kept.seen != seen or kept.has_expired():
            return None
        self._known[key] = kept
        return kept.report

    def put(self, source: Source, seen: Signature, question: bytes, report: SourceReport) -> None:
        """Keep a report, unless files could not be read: that may pass."""
        if any(problem.lost and problem.line is None and problem.offset is None for problem in report.problems):
            return
        key = _key(source, question)
        self._known[key] = Kept(seen, report)
        if self._cache is not None and source.copy is None:
            self._cache.put(key, self._known[key])


def _find(paths: Sequence[str], settings: Settings) -> tuple[list[Source], list[Problem], list[str]]:
    from lrlint.logs.sources import look_for  # and with it the readers, and NumPy

    search = look_for(paths, settings)
    return search.sources(), search.problems, search.visited


def _key(source: Source, question: bytes) -> bytes:
    return repr((os.getcwd(), source.reader, source.path)).encode(errors="backslashreplace") + question
