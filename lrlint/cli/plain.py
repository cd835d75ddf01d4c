"""`lrlint check PATH...` and `lrlint logs PATH...` without options but `--no-cache`, understood without click.

Hooks run lrlint on every commit, mostly on files without a scheduler, and importing click costs three times
as much as starting Python. Whatever is more than paths is left to click: options, globs, shell completion,
and a configuration that names codes. For files without a scheduler even the engine is not imported.
"""

from __future__ import annotations

import os
import sys
import time

from lrlint.cli import CLEAN

TYPE_CHECKING = False  # importing typing would cost as much as starting Python
if TYPE_CHECKING:
    from collections.abc import Sequence

_COMPLETION = "_LRLINT_COMPLETE"
_UNCACHED = "--no-cache"
_EXPANDED = frozenset("*?[~$%")
"""What click expands in a path on Windows."""


def plain(arguments: Sequence[str] | None) -> int | None:
    """The exit code of a command line that is no more than paths; None, and nothing done, for any other."""
    command, *given = [*(sys.argv[1:] if arguments is None else arguments)] or [""]
    paths = [argument for argument in given if argument != _UNCACHED]
    if command not in ("check", "logs") or _COMPLETION in os.environ or not all(map(_is_path, paths)):
        return None
    if command == "check" and _nothing_at_stake(paths):
        return CLEAN
    from lrlint.cli.emit import finish
    from lrlint.cli.perform import configured, look_at, look_once, perform

    settings = configured(paths, None)
    if settings.select or settings.ignore or settings.per_file_ignores:
        return None
    cached = _UNCACHED not in given
    if command == "check":
        return perform(paths, settings, cached=cached)
    return finish(look_once(look_at(paths, settings, cached=cached)), "text", None)


def _is_path(argument: str) -> bool:
    return argument == "-" or (not argument.startswith("-") and _EXPANDED.isdisjoint(argument))


def _nothing_at_stake(paths: Sequence[str]) -> bool:
    """Whether these are valid Python files without a scheduler, nothing more; if so, that has been said."""
    from lrlint.cli.emit import wants_color, write_out
    from lrlint.output.numbers import counted, duration
    from lrlint.pyproject import nearest
    from lrlint.source.gate import NOTEBOOK, at_stake, parse_quietly

    begun = time.perf_counter()
    if not paths or "-" in paths or not all(map(os.path.isfile, paths)) or wants_color():
        return False
    try:
        if nearest(paths[0]) is not None:
            return False
        for path in paths:
            if path.endswith(NOTEBOOK):
                return False
            with open(path, "rb") as file:
                data = file.read()
            if at_stake(data):
                return False
            parse_quietly(data, path)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    files = counted(len({os.path.abspath(path) for path in paths}), "file")
    write_out(f"No findings ({files}, 0 with a schedule, {duration(time.perf_counter() - begun)})\n")
    return True
