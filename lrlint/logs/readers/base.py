"""What every reader of a log format is: it claims files, groups them into runs, and reads those."""

from __future__ import annotations

import codecs
import os
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar, TextIO

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.run import Series
from lrlint.namedtuples import NamedTuple
from lrlint.node import Node, anew

HEAD_BYTES = 8192
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Candidate:
    """A file that may be a log: its path, its name, and its first bytes, read when asked for.

    `error` is why they could not be read.
    """

    def __init__(self, path: str, settings: Settings) -> None:
        self.path = path
        self.settings = settings
        self.error: OSError | None = None

    @cached_property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]

    @cached_property
    def head(self) -> bytes:
        """The first few kilobytes, those of text in UTF-8; empty where the file cannot be read."""
        try:
            with open(self.path, "rb") as file:
                data = file.read(2 * HEAD_BYTES)
        except OSError as error:
            self.error = error
            return b""
        if data.startswith(_UTF16):
            data = data.decode("utf-16", "ignore").encode()
        return data.removeprefix(codecs.BOM_UTF8)[:HEAD_BYTES]

    def passages(self) -> Iterator[bytes]:
        """The head, and of a longer file as much from its middle and its end: a log may begin with other things."""
        yield self.head
        if len(self.head) < HEAD_BYTES:
            return
        try:
            with open(self.path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                for start in (size // 2, size - HEAD_BYTES):
                    file.seek(max(HEAD_BYTES, start))
                    yield file.read(HEAD_BYTES)
        except OSError:
            return


class Source(NamedTuple):
    """One run before it is read: which reader, where, and the files that make it up, in reading order.

    Where paths are to be shown as others, `copy` is how they begin, and how the user knows that beginning: the URL of
    a log that was copied from a store.
    """

    reader: str
    path: str
    files: tuple[str, ...]
    copy: tuple[str, str] | None = None

    def absolute(self) -> Source:
        """The same for a process in another working directory; paths are shown as before."""
        if self.copy is not None or os.path.isabs(self.path):
            return self
        here = os.path.join(os.getcwd(), "")
        return Source(self.reader, here + self.path, tuple(here + file for file in self.files), (here, ""))

    def shown(self, path: str) -> str:
        """A path of this run as the user knows it."""
        if self.copy is None:
            return path
        local, url = self.copy
        return url + path[len(local) :].replace("\\", "/") if path.startswith(local) else path


class Recording(Node):
    """What a reader got out of a source. Roles are given later, by the names.

    `name` tells the runs of a source apart that holds several. `counter` is the column or series whose values are the
    steps, None where a step stands with every point.
    """

    series: list[Series] = anew(factory=list)
    problems: list[Problem] = anew(factory=list)
    hyperparameters: Mapping[str, object] = anew(factory=dict)
    name: str | None = None
    counter: str | None = None


class Reader(ABC):
    """One log format."""

    format: ClassVar[str]
    """The name of the format as the output shows it."""

    rank: ClassVar[int] = 0
    """Readers of a lower rank are asked first, so that a particular format goes before a general one."""

    @abstractmethod
    def named(self, name: str) -> bool:
        """Whether a file of this name may be of this format."""

    @abstractmethod
    def claims(self, candidate: Candidate) -> bool:
        """Whether the file is a log of this format, by its content or a name that leaves no doubt."""

    def belongs(self, path: str, files: Collection[str]) -> bool:
        """Whether a file whose name says nothing is a part of a run, by the other files in a store."""
        return False

    def run_of(self, path: str) -> str:
        """The path of the run that a file belongs to: files with the same answer are one run."""
        return path

    def ordered(self, files: Sequence[str]) -> tuple[str, ...]:
        """The files of one run in reading order; those that repeat others may be left out, and those that belong to
        them are added."""
        return tuple(files)

    @abstractmethod
    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The runs in a source. Damage and unreadable files end in `problems`, never in an exception."""

    def read_many(self, sources: Sequence[Source], settings: Settings) -> Iterator[tuple[Source, Recording]]:
        """The runs of several sources; for formats where many files are read faster together."""
        for source in sources:
            for recording in self.read(source, settings):
                yield source, recording


def open_text(path: str) -> TextIO:
    """The file as text: UTF-8, or UTF-16 where it begins with the mark of that, as what PowerShell redirects does.

    Raises OSError where it cannot be opened.
    """
    with open(path, "rb") as file:
        encoding = "utf-16" if file.read(2).startswith(_UTF16) else "utf-8-sig"
    return open(path, encoding=encoding, errors="replace")


def failed(path: str, error: OSError) -> Problem:
    """The problem that a file that cannot be opened or read amounts to."""
    return Problem(path, f"cannot be read: {error.strerror or error}")


def nothing_written(path: str) -> Problem:
    """The remark on a log that its trainer has opened and not written to."""
    return Problem(path, "the file is empty: nothing has been written yet", lost=False)
