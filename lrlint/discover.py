"""Which files an invocation is about: paths and folders in, files and problems out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from lrlint.config import Settings
from lrlint.findings import Problem

if TYPE_CHECKING:
    from lrlint.ignore import Patterns

SKIPPED_FOLDERS = frozenset(
    [
        *(".eggs", ".git", ".hg", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache"),
        *(".svn", ".tox", "__pycache__", "__pypackages__", "node_modules", "site-packages"),
    ]
)
"""Folders that hold no code of the user's own. A path named on the command line is looked into all the same."""

Rooted = tuple[str, "Patterns"]
"""Patterns with the absolute folder that they are relative to."""


def discover(
    paths: Sequence[str],
    settings: Settings,
    wanted: Callable[[str], bool],
    what: str,
    *,
    gitignore: bool,
    visited: list[str] | None = None,
) -> tuple[list[str], list[Problem]]:
    """The files that `paths` name, each once, in a stable order, and what went wrong on the way.

    A file named outright is taken whatever it is called; of a folder, the files whose name is `wanted`,
    which the problems call `what` ("Python files"). `settings.exclude` holds for both, .gitignore files
    (where `gitignore` says so) and SKIPPED_FOLDERS for what lies below the folders named. Links to
    folders are not followed. `visited` is given the folders that were looked into.
    """
    search = _Search(settings, wanted, gitignore)
    for path in paths:
        if os.path.isdir(path):
            count = len(search.files)
            search.walk(path)
            if len(search.files) == count and not search.repeated:
                search.problems.append(Problem(path, f"no {what} in this folder", lost=False))
        elif not os.path.exists(path):
            search.problems.append(_missing(path))
        elif not any(_covered(rooted, os.path.abspath(path)) for rooted in search.excluded):
            search.add(path)
    if visited is not None:
        visited += search.visited
    return list(search.files.values()), search.problems


class _Search:
    def __init__(self, settings: Settings, wanted: Callable[[str], bool], gitignore: bool) -> None:
        self.wanted = wanted
        self.gitignore = gitignore
        self.excluded = _excluded(settings)
        self.files: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.repeated = False
        self.visited: list[str] = []

    def add(self, path: str) -> None:
        """Take one file, unless it is taken already."""
        absolute = os.path.abspath(path)
        self.repeated = self.repeated or absolute in self.files
        self.files.setdefault(absolute, path)

    def walk(self, start: str) -> None:
        """Take the wanted files below `start`, folder by folder, names in order."""
        top = "" if os.path.normpath(start) == "." else start
        waiting = [(top, _ignored_from_above(top) if self.gitignore else ())]
        while waiting:
            folder, ignored = waiting.pop()
            entries = self._entries(folder)
            names = {entry.name for entry in entries}
            if "pyvenv.cfg" in names and folder != top:
                continue
            if self.gitignore and ".gitignore" in names:
                ignored = (*ignored, *_read_patterns(folder, ".gitignore"))
            below = []
            for entry in entries:
                path = entry.path if folder else entry.name
                is_folder = entry.is_dir(follow_symlinks=False)
                if not self._enters(entry, is_folder) or self._left_out(ignored, path, is_folder):
                    continue
                if is_folder:
                    below.append((path, ignored))
                elif self._is_file(entry, path):
                    self.add(path)
            waiting += reversed(below)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        self.visited.append(folder or ".")
        try:
            with os.scandir(folder or ".") as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.problems.append(Problem(folder or ".", f"cannot look into the folder: {error.strerror}"))
            return []
        return found

    def _enters(self, entry: os.DirEntry[str], is_folder: bool) -> bool:
        if is_folder:
            return entry.name not in SKIPPED_FOLDERS
        return self.wanted(entry.name)

    def _is_file(self, entry: os.DirEntry[str], path: str) -> bool:
        """Whether the entry is a file or a link to one; a problem for a link that nobody may, or can, follow."""
        try:
            return entry.is_file()
        except OSError as error:
            self.problems.append(Problem(path, f"cannot be read: {error.strerror}"))
            return False

    def _left_out(self, ignored: Sequence[Rooted], path: str, is_folder: bool) -> bool:
        return _verdict(self.excluded, path, is_folder) or _verdict(ignored, path, is_folder)


def _missing(path: str) -> Problem:
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        pass
    except OSError as error:
        return Problem(path, f"cannot be read: {error.strerror}")
    return Problem(path, "no such file or folder")


def _excluded(settings: Settings) -> tuple[Rooted, ...]:
    if not settings.exclude:
        return ()
    from lrlint.ignore import Patterns

    return ((os.path.abspath(settings.root), Patterns(settings.exclude)),)


def _ignored_from_above(folder: str) -> tuple[Rooted, ...]:
    """The patterns that hold in `folder` because it lies in a git work tree, outermost first."""
    parents = list(_parents(os.path.abspath(folder)))
    top = next((parent for parent in parents if os.path.exists(os.path.join(parent, ".git"))), None)
    if top is None:
        return ()
    above = parents[1 : parents.index(top) + 1]
    local = _read_patterns(top, os.path.join(".git", "info", "exclude"))
    return (*local, *(rooted for parent in reversed(above) for rooted in _read_patterns(parent, ".gitignore")))


def _parents(folder: str) -> Iterator[str]:
    yield folder
    while (parent := os.path.dirname(folder)) != folder:
        folder = parent
        yield folder


def _read_patterns(folder: str, name: str) -> tuple[Rooted, ...]:
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="surrogateescape") as file:
            lines = file.readlines()
    except OSError:
        return ()
    from lrlint.ignore import Patterns

    return ((os.path.abspath(folder), Patterns(lines)),)


def _verdict(ignored: Sequence[Rooted], path: str, is_folder: bool) -> bool:
    if not ignored:
        return False
    absolute = os.path.abspath(path)
    verdicts = (
        patterns.verdict(_relative(absolute, root), folder=is_folder)
        for root, patterns in reversed(ignored)
        if absolute.startswith(os.path.join(root, ""))
    )
    return next((verdict for verdict in verdicts if verdict is not None), False)


def _covered(rooted: Rooted, absolute: str) -> bool:
    root, patterns = rooted
    return absolute.startswith(os.path.join(root, "")) and patterns.cover(_relative(absolute, root))


def _relative(absolute: str, root: str) -> str:
    return absolute[len(os.path.join(root, "")) :].replace(os.sep, "/")
