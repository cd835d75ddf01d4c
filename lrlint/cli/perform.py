"""What `lrlint check` and `lrlint logs` do once their arguments are understood; needs nothing of click."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from lrlint.cli import UserError
from lrlint.cli.emit import finish
from lrlint.config import ConfigError, Settings, load_settings

if TYPE_CHECKING:
    from lrlint.crew import Crew
    from lrlint.crosscheck import Code
    from lrlint.logs.picture import Picture
    from lrlint.reports import LogsReport


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

    stdin = sys.stdin.buffer.read() if "-" in paths else None
    ask = partial(check, paths or (".",), settings, stdin, Cache(folder_of(settings)) if cached else None, jobs)
    if not sys.stderr.isatty():
        return finish(ask(), format, output)
    from lrlint.cli.progress import Progress

    with Progress("reading files") as progress:
        report = ask(progress)
    return finish(report, format, output)


def look_at(
    paths: Sequence[str],
    settings: Settings,
    *,
    cached: bool = True,
    crew: Crew | None = None,
    code: Code | None = None,
) -> Callable[..., LogsReport]:
    """What looks at the logs below the paths (default: the working directory), as often as it is called.

    Without a `crew`, the cores of this machine are one.
    """
    from lrlint.cache import OF_LOGS, Cache, folder_of
    from lrlint.crew import local_crew
    from lrlint.diagnose import diagnose
    from lrlint.logs.index import Index
    from lrlint.processes import cores

    index = Index(Cache(folder_of(settings), OF_LOGS) if cached else None)
    return partial(diagnose, paths or (".",), settings, index=index, crew=crew or local_crew(cores()), code=code)


def look_once(look: Callable[..., LogsReport], observe: Callable[[Picture], None] | None = None) -> LogsReport:
    """One look, with a bar if it takes long; `observe` is called with the picture of every run."""
    from lrlint.cli.progress import Progress

    with Progress("reading runs") as progress:
        return look(progress, observe)
