"""Source files parsed, and lowered to the few forms that step counting needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrlint.findings import Problem
from lrlint.namedtuples import NamedTuple
from lrlint.source import syntax as ir
from lrlint.source.reading import SourceError, check_syntax, decode
from lrlint.source.suppressions import suppressions_in

MOST_NESTED = 200
"""How deep expressions may be nested; LibCST's parser takes quadratic time and memory for it, and may crash."""
LONG_LINE = 1000
"""Characters; only lines as long as this can be nested so deeply."""
WORTHWHILE = 1_000_000
"""Bytes; to parse less takes little longer than to start processes for it."""
CHUNKS_EACH = 8
"""Chunks per process, so that none is left with a long one while the others are done."""


class Parsed(NamedTuple):
    """What a file says, wherever it lies."""

    body: list[ir.Statement]
    suppressions: dict[int, frozenset[str]]


def parse_all(files: Sequence[tuple[str, bytes]], jobs: int | None) -> Iterator[Parsed | Problem]:
    """What files say, given their paths and contents, in their order; what is wrong with those that are not Python 3.

    Where that pays, they are parsed in so many processes, by default one for each core. Should these be killed, or
    not be had at all, this one does what is left.
    """
    done = 0
    if jobs != 1 and sum(len(data) for _, data in files) >= WORTHWHILE:
        from concurrent.futures import BrokenExecutor

        from lrlint.processes import cores, processes

        size = jobs or cores()
        try:
            with processes(size, ["lrlint.source.lower"]) as executor:
                for outcome in executor.map(_outcome, files, chunksize=len(files) // (CHUNKS_EACH * size) + 1):
                    yield outcome
                    done += 1
        except (BrokenExecutor, OSError):
            pass
    yield from map(_outcome, files[done:])


def _outcome(file: tuple[str, bytes]) -> Parsed | Problem:
    try:
        return parse(*file)
    except SourceError as error:
        return error.problem


def parse(path: str, data: bytes) -> Parsed:
    """What a file says. Raises SourceError where it is not Python 3."""
    from lrlint.source.libcst_quickly import libcst as cst
    from lrlint.source.libcst_quickly import unvalidated
    from lrlint.source.lower import Lowering

    if b"\0" in data:
        raise SourceError(Problem(path, "not Python: a binary file"))
    text = decode(path, data)
    if max(map(len, text.splitlines()), default=0) >= LONG_LINE:
        check_syntax(path, data)
        _check_nesting(path, text)
    try:
        with unvalidated():
            module = cst.parse_module(text)
        body = Lowering(module).statements(module.body)
    except cst.ParserSyntaxError as error:
        check_syntax(path, data)
        raise SourceError(Problem(path, f"not valid Python 3: {error.message}", error.raw_line)) from error
    except RecursionError as error:
        raise SourceError(Problem(path, "nested too deeply to follow")) from error
    return Parsed(body, suppressions_in(text))


def _check_nesting(path: str, text: str) -> None:
    """Raise SourceError for code that is nested too deeply to be worth a try."""
    import ast

    level: list[ast.AST] = [ast.parse(text)]
    for _ in range(MOST_NESTED):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise SourceError(Problem(path, "nested too deeply to follow"))
