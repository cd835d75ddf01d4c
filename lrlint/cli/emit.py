"""The last step of a command: the report as bytes, and the exit code."""

from __future__ import annotations

import os
import sys

from lrlint.cli import CLEAN, FAILED, FOUND, UserError
from lrlint.output import render

TYPE_CHECKING = False  # importing typing would cost as much as starting Python
if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrlint.findings import Problem
    from lrlint.reports import CheckReport, LogsReport


def finish(report: CheckReport | LogsReport, format: str, output: str | None) -> int:
    """Write the report to `output` or standard output and return the exit code that it deserves."""
    color, width = (wants_color(), terminal_width()) if output is None else (False, 0)
    write(render(report, format, color=color, width=width), report.problems, output, machine=format != "text")
    if any(problem.lost for problem in report.problems):
        return FAILED
    return FOUND if report.findings else CLEAN


def write(text: str, problems: Sequence[Problem], output: str | None, *, machine: bool) -> None:
    """Write a report to the file `output`, or to standard output. Raises UserError where that is not possible.

    With a file, `problems` are named on standard error too: nobody would look for them in it.
    """
    if output is None:
        write_out(text, machine=machine)
    else:
        write_file(output, text.encode(errors="backslashreplace"))
        name_lost_input(problems)


def wants_color() -> bool:
    """Whether standard output takes colour: https://no-color.org, https://force-color.org, else a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def terminal_width() -> int:
    """The columns of the terminal that standard output is, 0 where it is none."""
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return 0
    import shutil

    return shutil.get_terminal_size().columns


def write_out(text: str, *, machine: bool = False) -> bool:
    """Write `text` to standard output, whatever characters it holds; whether its reader has not left yet.

    Machine formats are UTF-8 whatever the locale says. Raises UserError where the output cannot be written.
    """
    encoding = "utf-8" if machine else sys.stdout.encoding
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode(encoding, errors="backslashreplace"))
        sys.stdout.buffer.flush()
    except OSError as error:
        # Python would try the same again when it flushes at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise UserError(f"standard output: cannot write: {error.strerror}") from error
        return False
    return True


def write_file(path: str, content: bytes) -> None:
    """Write `content` to the file `path`. Raises UserError where that is not possible."""
    try:
        with open(path, "wb") as file:
            file.write(content)
    except OSError as error:
        raise UserError(f"{path}: cannot write: {error.strerror}") from error


def name_lost_input(problems: Sequence[Problem]) -> None:
    """Name what could not be read on standard error, a line each."""
    from lrlint.output.style import Style
    from lrlint.output.text import problem_line

    for problem in problems:
        print(problem_line(problem, Style(False)), file=sys.stderr)
