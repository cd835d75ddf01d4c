"""Source files as bytes and as text, and what is wrong with them."""

from __future__ import annotations

import re

from lrlint.findings import Problem
from lrlint.source.gate import NOTEBOOK, parse_quietly

_OLD_ASYNC = r"\basync(?=\s*=[^=])"
_CODING = rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)"


class SourceError(Exception):
    """A file that cannot be followed; `problem` says why and where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_source(path: str) -> bytes:
    """The bytes of a source file. Raises SourceError where it cannot be read, and for a notebook.

    A notebook is JSON, and JSON is often valid Python, in which nothing would ever be found.
    """
    if path.endswith(NOTEBOOK):
        raise SourceError(Problem(path, "notebooks are not read: jupyter nbconvert --to script makes a .py file of it"))
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise SourceError(Problem(path, f"cannot be read: {error.strerror}")) from error


def check_syntax(path: str, data: bytes) -> None:
    """Raise SourceError, with the line, for bytes that are not Python 3."""
    if b"\0" in data:
        raise SourceError(Problem(path, "not Python: a binary file"))
    try:
        parse_quietly(decode(path, data), path)
    except SyntaxError as error:
        raise SourceError(Problem(path, f"not valid Python 3: {error.msg}", error.lineno)) from error
    except (RecursionError, MemoryError) as error:
        raise SourceError(Problem(path, "nested too deeply to follow")) from error
    except (ValueError, OverflowError) as error:
        raise SourceError(Problem(path, f"not valid Python 3: {error}")) from error


def decode(path: str, data: bytes) -> str:
    """The text of a source file, by its coding line or as UTF-8. Raises SourceError."""
    encoding = "utf-8-sig"
    for first in data.split(b"\n", 2)[:2]:
        match = re.match(_CODING, first)
        if match is not None:
            encoding = match.group(1).decode("ascii")
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    try:
        return _spelled_for_today(data.decode(encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        spoken = encoding.upper().removesuffix("-SIG")
        raise SourceError(Problem(path, f"not {spoken} text: {error.reason}", line)) from error
    except LookupError as error:
        raise SourceError(Problem(path, f"unknown encoding {encoding!r}")) from error


def _spelled_for_today(text: str) -> str:
    """Until Python 3.7 `async` was a name like any other, and old training code passes `cuda(async=True)`."""
    return re.sub(_OLD_ASYNC, "asynk", text) if "async" in text else text
