"""What was made of files, on disk: facts of sources, findings in code, reports about runs.

An entry is a pickle in the user's own cache folder, named by a hash of the bytes it was made of or belongs to, the
versions of lrlint and Python, and lrlint's code. (Whoever can write there can run code as the user anyway.)
Entries are written to a temporary file and moved into place, so several runs can share the folder; an entry
that cannot be read counts as missing, and a folder that cannot be written to as empty.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from lrlint import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lrlint.config import Settings

DAY = 86_400
UNUSED = 30 * DAY
"""Seconds after which an entry that no run has read is dropped."""
OF_CHECK = ("", "source", "rules", "schedules")
"""The folders of lrlint's code that facts and findings in code depend on."""
OF_LOGS = ("", "logs", "logs/readers", "logs/tfevents", "identify", "analyzers")
"""Those that reports about runs depend on; what code promises to runs is never kept."""
_SUFFIX = ".kept"
_SWEPT = "swept"


def digest(*parts: bytes) -> bytes:
    """What stands for these bytes: equal for equal ones, and for no others."""
    from hashlib import blake2b

    made = blake2b(digest_size=20)
    for part in parts:
        made.update(part)
    return made.digest()


def default_folder() -> str:
    """The folder for caches that the system gives to lrlint."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local"), "lrlint", "Cache")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Caches", "lrlint")
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache"), "lrlint")


def folder_of(settings: Settings) -> str:
    """The folder that the settings name, which is relative to their file, or the default one."""
    return os.path.join(settings.root, settings.cache_dir) if settings.cache_dir else default_folder()


class Cache:
    """What was made of the files of a content, by lrlint's code in the folders `makers`."""

    def __init__(self, folder: str, makers: Sequence[str] = OF_CHECK) -> None:
        self.folder = folder
        self.stamp = _stamp(makers)
        self.writable = True

    def get(self, data: bytes) -> object:
        """What was put for this content, None where there is nothing."""
        from pickle import loads

        path = self._path(data)
        try:
            with open(path, "rb") as file:
                found: object = loads(file.read())
            if time.time() - os.stat(path).st_mtime > DAY:
                os.utime(path)
        except Exception:  # a damaged pickle can raise anything
            return None
        return found

    def put(self, data: bytes, made: object) -> None:
        """Keep what was made of this content, if the folder can be written to."""
        from pickle import HIGHEST_PROTOCOL, dumps

        if not self.writable:
            return
        path = self._path(data)
        temporary = f"{path}.{os.getpid()}"
        try:
            entry = dumps(made, HIGHEST_PROTOCOL)
        except RecursionError:
            return
        try:
            os.makedirs(self.folder, exist_ok=True)
            with open(temporary, "wb") as file:
                file.write(entry)
            os.replace(temporary, path)
            self._sweep()
        except OSError:
            self.writable = False

    def _path(self, data: bytes) -> str:
        return os.path.join(self.folder, digest(self.stamp, data).hex() + _SUFFIX)

    def _sweep(self) -> None:
        """Once a day, drop what no run has used for long."""
        swept, now = os.path.join(self.folder, _SWEPT), time.time()
        if os.path.exists(swept) and now - os.stat(swept).st_mtime < DAY:
            return
        with open(swept, "wb"):
            os.utime(swept)
        for entry in self._entries():
            if now - entry.stat().st_mtime > UNUSED:
                os.unlink(entry.path)

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        with os.scandir(self.folder) as entries:
            yield from (entry for entry in entries if _SUFFIX in entry.name)


def _stamp(makers: Sequence[str]) -> bytes:
    """What entries depend on besides the files: the versions, and lrlint's code, which may be a checkout at work."""
    package = os.path.dirname(__file__)
    times = []
    for folder in makers:
        with os.scandir(os.path.join(package, folder)) as entries:
            times += sorted((one.name, one.stat().st_mtime_ns) for one in entries if one.name.endswith(".py"))
    return f"{__version__} {sys.version_info[:2]} {times}".encode()
