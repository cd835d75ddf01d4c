"""Parsing over processes: the same outcome as in one, whatever becomes of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

import pytest

import lrlint.processes
from lrlint.check import check
from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.node import Node
from lrlint.source import parsing
from lrlint.source.parsing import Parsed, parse_all

SCRIPTS = Path(__file__).parents[2] / "fixtures" / "scripts"


@pytest.fixture
def files() -> list[tuple[str, bytes]]:
    """Every script of the fixtures, and two that are not Python 3."""
    scripts = [(str(path), path.read_bytes()) for path in sorted(SCRIPTS.rglob("*.py"))]
    return [*scripts[:20], ("old.py", b"print 'loss'\n"), ("binary.py", b"x = 1\0"), *scripts[20:]]


@pytest.fixture
def worthwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any number of bytes is worth processes."""
    monkeypatch.setattr(parsing, "WORTHWHILE", 0)


def _spelled_out(fact: object) -> object:
    """Facts as tuples, which are compared by what they hold; nodes are compared by identity."""
    if isinstance(fact, Node):
        fields: tuple[str, ...] = type(fact).__match_args__
        return type(fact).__name__, *(_spelled_out(getattr(fact, field)) for field in fields)
    return [_spelled_out(one) for one in fact] if isinstance(fact, (list, tuple)) else fact


def _all(outcomes: Iterator[Parsed | Problem]) -> object:
    return _spelled_out(list(outcomes))


def test_processes_give_the_same_facts_and_problems_in_the_same_order(
    files: list[tuple[str, bytes]], worthwhile: None
) -> None:
    """Two processes and one agree on every file, those included that are not Python 3."""
    here, there = list(parse_all(files, 1)), list(parse_all(files, 2))
    assert [problem for problem in there if isinstance(problem, Problem)] == [
        Problem("old.py", "not valid Python 3: Missing parentheses in call to 'print'. Did you mean print(...)?", 1),
        Problem("binary.py", "not Python: a binary file"),
    ]
    assert _all(iter(there)) == _all(iter(here))


def test_a_check_in_two_processes_finds_what_a_check_in_one_finds(worthwhile: None) -> None:
    """Findings and problems are equal to the last field, in the same order."""
    one, two = (check([str(SCRIPTS)], Settings(), jobs=jobs) for jobs in (1, 2))
    assert one.findings
    assert (two.findings, two.problems) == (one.findings, one.problems)


def test_what_a_killed_process_left_is_parsed_here(
    files: list[tuple[str, bytes]], worthwhile: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that the system kills costs time and nothing else."""
    here = os.getpid()

    class Deadly(bytes):
        """Content that kills any other process that takes it."""

        def __reduce__(self) -> tuple[object, ...]:
            return _deadly, (here, bytes(self))

    deadly = [(path, Deadly(data)) if number == 12 else (path, data) for number, (path, data) in enumerate(files)]
    assert _all(parse_all(deadly, 2)) == _all(parse_all(files, 1))


def _deadly(parent: int, data: bytes) -> bytes:
    if os.getpid() != parent:
        os._exit(9)
    return data


def test_without_processes_everything_is_parsed_here(
    files: list[tuple[str, bytes]], worthwhile: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some sandboxes give no process, or no semaphore to speak to one."""

    @contextmanager
    def none(size: int, modules: object) -> Iterator[Executor]:
        raise PermissionError(13, "Permission denied")
        yield

    monkeypatch.setattr(lrlint.processes, "processes", none)
    assert _all(parse_all(files, 2)) == _all(parse_all(files, 1))


def test_little_is_parsed_without_processes(files: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Below a million bytes, starting them would take longer than it saves."""
    monkeypatch.setattr(lrlint.processes, "processes", lambda *_: pytest.fail("processes were started"))
    few = files[:5]
    assert sum(len(data) for _, data in few) < parsing.WORTHWHILE
    assert len(list(parse_all(few, 2))) == 5
