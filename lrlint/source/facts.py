"""Source files as facts: parsed, or taken from the cache."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from lrlint.cache import Cache
from lrlint.findings import Problem
from lrlint.source import syntax as ir
from lrlint.source.lookups import Lookups
from lrlint.source.reading import SourceError, check_syntax, decode
from lrlint.source.suppressions import suppressions_in

MOST_NESTED = 200
"""How deep expressions may be nested; LibCST's parser takes quadratic time and memory for it, and may crash."""
LONG_LINE = 1000
"""Characters; only lines as long as this can be nested so deeply."""


class Parsed(NamedTuple):
    """What a file says, wherever it lies."""

    body: list[ir.Statement]
    suppressions: dict[int, frozenset[str]]


class Facts:
    """Where facts come from: the cache, if there is one, or the parser. `lookups` is what was asked on the way."""

    def __init__(self, cache: Cache | None = None) -> None:
        self.cache = cache
        self.lookups = Lookups.none()

    def of(self, path: str, data: bytes) -> ir.Module:
        """The facts of a module. Raises SourceError where it is not Python 3."""
        parsed = self.cache.get(data) if self.cache is not None else None
        if not isinstance(parsed, Parsed):
            parsed = parse(path, data)
            if self.cache is not None:
                self.cache.put(data, parsed)
        name, package = module_name(path, self.lookups)
        return ir.Module(path, name, package, parsed.body, parsed.suppressions)


def parse(path: str, data: bytes) -> Parsed:
    """What a file says. Raises SourceError where it is not Python 3."""
    import libcst as cst

    from lrlint.source.lower import Lowering

    if b"\0" in data:
        raise SourceError(Problem(path, "not Python: a binary file"))
    text = decode(path, data)
    if max(map(len, text.splitlines()), default=0) >= LONG_LINE:
        check_syntax(path, data)
        _check_nesting(path, text)
    try:
        with _unvalidated():
            module = cst.parse_module(text)
        body = Lowering(module).statements(module.body)
    except cst.ParserSyntaxError as error:
        check_syntax(path, data)
        raise SourceError(Problem(path, f"not valid Python 3: {error.message}", error.raw_line)) from error
    except RecursionError as error:
        raise SourceError(Problem(path, "nested too deeply to follow")) from error
    return Parsed(body, suppressions_in(text))


@contextmanager
def _unvalidated() -> Iterator[None]:
    """LibCST checks every node that is made, also those that its own parser makes: up to a quarter of its time."""
    from libcst import CSTNode

    checking = CSTNode.__post_init__
    CSTNode.__post_init__ = lambda self: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        CSTNode.__post_init__ = checking  # type: ignore[method-assign]


def _check_nesting(path: str, text: str) -> None:
    """Raise SourceError for code that is nested too deeply to be worth a try."""
    import ast

    level: list[ast.AST] = [ast.parse(text)]
    for _ in range(MOST_NESTED):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise SourceError(Problem(path, "nested too deeply to follow"))


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
