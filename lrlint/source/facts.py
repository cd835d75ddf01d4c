"""Source files as facts: parsed, or taken from the cache."""

from __future__ import annotations

import os
from collections.abc import Mapping

from lrlint.cache import Cache
from lrlint.findings import Problem
from lrlint.progress import Progress, unwatched
from lrlint.source import syntax as ir
from lrlint.source.lookups import Lookups
from lrlint.source.parsing import Parsed, parse, parse_all


class Facts:
    """Where facts come from: the cache, if there is one, or the parser. `lookups` is what was asked on the way."""

    def __init__(self, cache: Cache | None = None) -> None:
        self.cache = cache
        self.lookups = Lookups.none()

    def of(self, path: str, data: bytes) -> ir.Module:
        """The facts of a module. Raises SourceError where it is not Python 3."""
        return self._module(path, self._kept(data) or self._keep(data, parse(path, data)))

    def of_all(
        self, texts: Mapping[str, bytes], jobs: int | None, problems: list[Problem], progress: Progress = unwatched
    ) -> dict[str, ir.Module]:
        """The facts of modules, by path, parsed in so many processes; those that are not Python 3 are problems."""
        kept = {path: self._kept(data) for path, data in texts.items()}
        unread = [(path, data) for path, data in texts.items() if kept[path] is None]
        outcomes = zip(unread, parse_all(unread, jobs), strict=True)
        for done, ((path, data), outcome) in enumerate(outcomes, 1):
            progress(done, len(unread), "parsing files")
            if isinstance(outcome, Problem):
                problems.append(outcome)
            else:
                kept[path] = self._keep(data, outcome)
        return {path: self._module(path, parsed) for path, parsed in kept.items() if parsed is not None}

    def _kept(self, data: bytes) -> Parsed | None:
        kept = self.cache.get(data) if self.cache is not None else None
        return kept if isinstance(kept, Parsed) else None

    def _keep(self, data: bytes, parsed: Parsed) -> Parsed:
        if self.cache is not None:
            self.cache.put(data, parsed)
        return parsed

    def _module(self, path: str, parsed: Parsed) -> ir.Module:
        name, package = module_name(path, self.lookups)
        return ir.Module(path, name, package, parsed.body, parsed.suppressions)


def module_name(path: str, lookups: Lookups) -> tuple[str, str]:
    """The dotted name of a file and of the package it is in, by the `__init__.py` files around it."""
    folder, file = os.path.split(os.path.abspath(path))
    stem = file.rpartition(".")[0] or file
    parts: list[str] = []
    while lookups.exists(os.path.join(folder, "__init__.py")):
        folder, parent = os.path.split(folder)
        parts.insert(0, parent)
    package = ".".join(parts)
    if stem == "__init__":
        return package or os.path.basename(folder), package
    return ".".join([*parts, stem]), package
