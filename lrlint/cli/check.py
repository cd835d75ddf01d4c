"""`lrlint check`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from lrlint.cli.codes import Half
from lrlint.cli.emit import finish
from lrlint.cli.options import Options, UserError, make_settings, shared_options

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("check", short_help="Find scheduler bugs in training code.")
@click.argument("paths", nargs=-1, type=click.Path(allow_dash=True))
@shared_options
def command(paths: tuple[str, ...], **options: Unpack[Options]) -> int:
    """Find learning-rate-scheduler bugs in Python files.

    PATHS are files, folders (default: the working directory) or - for standard input. The code is read,
    never imported or run. Exit code: 0 clean, 1 findings, 2 something could not be checked.
    """
    from lrlint.check import check

    settings = make_settings(Half.CHECK, paths, options)
    stdin = _read_standard_input() if "-" in paths else None
    report = check(paths or (".",), settings, stdin)
    return finish(report, options["format"], options["output"])


def _read_standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"<stdin>: not UTF-8 at byte {error.start}") from error
