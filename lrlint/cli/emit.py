"""The last step of a command: the report as bytes, and the exit code."""

from __future__ import annotations

import os
import sys

from lrlint.cli import CLEAN, FAILED, FOUND, UserError
from lrlint.output import render

TYPE_CHECKING = False  # importing typing would cost as much as starting Python
if TYPE_CHECKING:
    from lrlint.reports import CheckReport, LogsReport


def finish(report: CheckReport | LogsReport, format: str, output: str | None) -> int:
    """Write the report to `output` or standard output and return the exit code that it deserves."""
    if output is None:
        write_out(render(report, format, color=wants_color()), machine=format != "text")
    else:
        write_file(output, render(report, format).encode(errors="backslashreplace"))
        _name_lost_input(report)
    if any(problem.lost for problem in report.problems):
        return FAILED
    return FOUND if report.findings else CLEAN


def wants_color() -> bool:
    """Whether standard output takes colour: https://no-color.org, https://force-color.org, else a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def write_out(text: str, *, machine: bool = False) -> None:
    """Write `text` to standard output, whatever characters it holds and however early the reader leaves.

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


def write_file(path: str, content: bytes) -> None:
    """Write `content` to the file `path`. Raises UserError where that is not possible."""
    try:
        with open(path, "wb") as file:
            file.write(content)
    except OSError as error:
        raise UserError(f"{path}: cannot write: {error.strerror}") from error


def _name_lost_input(report: CheckReport | LogsReport) -> None:
    """Say on standard error what an output file alone would hide from whoever reads the terminal."""
    from lrlint.output.style import Style
    from lrlint.output.text import problem_line

    for problem in report.problems:
        print(problem_line(problem, Style(False)), file=sys.stderr)
