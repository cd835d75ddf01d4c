"""What `lrlint check` does once its arguments are understood; needs nothing of click."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

from lrlint.cli import UserError
from lrlint.cli.emit import finish
from lrlint.config import ConfigError, Settings, load_settings


def configured(paths: Sequence[str], file: str | None) -> Settings:
    """The settings of the configuration `file`, or of the one nearest to the first path. Raises UserError."""
    first = next((path for path in paths if path != "-"), ".")
    try:
        return load_settings(first, file)
    except ConfigError as error:
        raise UserError(str(error)) from error


def perform(
    paths: Sequence[str],
    settings: Settings,
    *,
    format: str = "text",
    output: str | None = None,
    cached: bool = True,
    jobs: int | None = None,
) -> int:
    """Check the paths (default: the working directory), write the report, return the exit code."""
    from lrlint.cache import Cache, folder_of
    from lrlint.check import check

    # Syntax trees are no garbage, and looking for some among them takes an eighth of the time.
    gc.set_threshold(100_000)
    stdin = _read_standard_input() if "-" in paths else None
    report = check(paths or (".",), settings, stdin, Cache(folder_of(settings)) if cached else None, jobs)
    return finish(report, format, output)


def _read_standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"<stdin>: not UTF-8 at byte {error.start}") from error
