"""Source files as bytes and text, and the gate: whether an LR scheduler is at stake in one.

Most files go no further than this, so nothing slow is imported here, and patterns are compiled when first used.
"""

from __future__ import annotations

import re

from lrlint.findings import Problem

AT_STAKE = (
    rb"lr_scheduler|LRScheduler|LR_Scheduler|lr_sched|ReduceLROnPlateau|OneCycleLR|CosineAnnealing|LambdaLR|StepLR"
    rb"|get_(?:linear|cosine|constant|polynomial|inverse|wsd|reduce)\w*schedule|get_scheduler\b"
    rb"|[sS]ched\w*\s*\.\s*step\s*\([^,\n]*\)"
)
"""What a file must mention for an LR scheduler to be at stake in it."""
SHORT_NAMES = (b"ReduceLROnPlateau", b"OneCycleLR", b"LambdaLR", b"StepLR")
"""Those of `AT_STAKE` that do not say 'sched'."""
_OLD_ASYNC = r"\basync(?=\s*=[^=])"
_CODING = rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)"


class SourceError(Exception):
    """A file that cannot be followed; `problem` says why and where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_source(path: str) -> bytes:
    """The bytes of a source file. Raises SourceError where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise SourceError(Problem(path, f"cannot be read: {error.strerror}")) from error


def mentions_scheduler(data: bytes) -> bool:
    """What `at_stake` asks first: a literal search is fifty times faster than a pattern."""
    return b"ched" in data or (b"LR" in data and any(name in data for name in SHORT_NAMES))


def at_stake(data: bytes) -> bool:
    """Whether an LR scheduler may be built, stepped or saved in this file."""
    return mentions_scheduler(data) and re.search(AT_STAKE, data) is not None


def check_syntax(path: str, data: bytes) -> None:
    """Raise SourceError, with the line, for bytes that are not Python 3."""
    if b"\0" in data:
        raise SourceError(Problem(path, "not Python: a binary file"))
    try:
        compile(decode(path, data), path, "exec", flags=0x400, dont_inherit=True)
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
        raise SourceError(Problem(path, f"not valid {encoding} text: {error.reason}", line)) from error
    except LookupError as error:
        raise SourceError(Problem(path, f"unknown encoding {encoding!r}")) from error


def _spelled_for_today(text: str) -> str:
    """Until Python 3.7 `async` was a name like any other, and old training code passes `cuda(async=True)`."""
    return re.sub(_OLD_ASYNC, "asynk", text) if "async" in text else text
