"""What a run asked the file system besides the files it checks: a later one compares."""

from __future__ import annotations

import os

from lrlint.cache import digest
from lrlint.namedtuples import NamedTuple


class Lookups(NamedTuple):
    """Answers by path: whether something is there, whether it is a file, what it holds."""

    there: dict[str, bool]
    files: dict[str, bool]
    folders: dict[str, tuple[str, ...] | None]
    contents: dict[str, bytes | None]

    @staticmethod
    def none() -> Lookups:
        """Nothing asked yet."""
        return Lookups({}, {}, {}, {})

    def exists(self, path: str) -> bool:
        """`os.path.exists`, remembered."""
        if path not in self.there:
            self.there[path] = os.path.exists(path)
        return self.there[path]

    def is_file(self, path: str) -> bool:
        """`os.path.isfile`, remembered."""
        if path not in self.files:
            self.files[path] = os.path.isfile(path)
        return self.files[path]

    def names_in(self, folder: str) -> tuple[str, ...] | None:
        """The names in a folder, sorted, None where there is no such folder; remembered."""
        if folder not in self.folders:
            self.folders[folder] = _names_in(folder)
        return self.folders[folder]

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None where it cannot be read; their digest is remembered."""
        data = _bytes(path)
        self.contents[path] = None if data is None else digest(data)
        return data

    def still_hold(self) -> bool:
        """Whether the file system gives the same answers now."""
        return (
            all(os.path.exists(path) == answer for path, answer in self.there.items())
            and all(os.path.isfile(path) == answer for path, answer in self.files.items())
            and all(_names_in(folder) == answer for folder, answer in self.folders.items())
            and all(_digest_of(path) == answer for path, answer in self.contents.items())
        )


def _names_in(folder: str) -> tuple[str, ...] | None:
    try:
        return tuple(sorted(os.listdir(folder)))
    except OSError:
        return None


def _bytes(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def _digest_of(path: str) -> bytes | None:
    data = _bytes(path)
    return None if data is None else digest(data)
