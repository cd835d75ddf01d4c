"""`lrlint check PATH...` without options, understood without click.

Importing click costs more than all the rest of a check that finds no scheduler, and hooks run that check on
every commit. Whatever is more than paths is left to click: options, globs, shell completion, and a
configuration that names codes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

_COMPLETION = "_LRLINT_COMPLETE"
_EXPANDED = frozenset("*?[~$%")
"""What click expands in a path on Windows."""


def plain(arguments: Sequence[str] | None) -> int | None:
    """The exit code of a check without options; None, and nothing done, for any other command line."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] != ["check"] or _COMPLETION in os.environ or not all(map(_is_path, given[1:])):
        return None
    from lrlint.cli.perform import configured, perform

    settings = configured(given[1:], None)
    if settings.select or settings.ignore or settings.per_file_ignores:
        return None
    return perform(given[1:], settings)


def _is_path(argument: str) -> bool:
    return argument == "-" or (not argument.startswith("-") and _EXPANDED.isdisjoint(argument))
