"""What became of runs, kept while their files stay as they are: a second look reads no log."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from lrlint.reports import SourceReport

if TYPE_CHECKING:
    from lrlint.cache import Cache
    from lrlint.logs.readers.base import Source

Signature = tuple[tuple[str, int, int, int, int], ...]


def signature(source: Source) -> Signature:
    """Path, inode, size and times of change of each of the source's files that is there: alike means unchanged."""
    found = []
    for path in source.files:
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


class Index:
    """Reports in memory, and in a cache if there is one.

    A source has one entry per question, so that a run that grows leaves no more than one behind. Copies of files in
    a store last as long as the process, and so do the reports about them.
    """

    def __init__(self, cache: Cache | None = None) -> None:
        self._cache = cache
        self._known: dict[bytes, Kept] = {}

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


def _key(source: Source, question: bytes) -> bytes:
    return repr((os.getcwd(), source.reader, source.path)).encode(errors="backslashreplace") + question
