"""`lrlint check`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lrlint.cli.codes import Half
from lrlint.cli.options import Options, caching_options, jobs_option, make_settings, shared_options, with_cache_dir
from lrlint.cli.perform import perform

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("check", short_help="Find scheduler bugs in training code.")
@click.argument("paths", nargs=-1, type=click.Path(readable=False, allow_dash=True))
@shared_options
@jobs_option
@caching_options
def command(
    paths: tuple[str, ...], jobs: int | None, cache_dir: str | None, no_cache: bool, **options: Unpack[Options]
) -> int:
    """Find learning-rate-scheduler bugs in Python files.

    PATHS are files, folders (default: the working directory) or - for standard input. The code is read,
    never imported or run. Exit code: 0 clean, 1 findings, 2 something could not be checked.
    """
    settings = with_cache_dir(make_settings(Half.CHECK, paths, options), cache_dir)
    return perform(paths, settings, format=options["format"], output=options["output"], cached=not no_cache, jobs=jobs)
