"""`lrlint logs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lrlint.cli.codes import Half
from lrlint.cli.emit import finish
from lrlint.cli.options import Options, make_settings, shared_options

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("logs", short_help="Find LR and loss faults in training logs.")
@click.argument("paths", nargs=-1, type=click.Path())
@shared_options
def command(paths: tuple[str, ...], **options: Unpack[Options]) -> int:
    """Find learning-rate and loss faults in the logs of training runs.

    PATHS are log files or folders with runs below them (default: the working directory): TensorBoard
    event files and CSV files. Exit code: 0 clean, 1 findings, 2 something could not be read.
    """
    from lrlint.cli.progress import Progress
    from lrlint.diagnose import diagnose

    settings = make_settings(Half.LOGS, paths, options)
    with Progress("reading runs") as progress:
        report = diagnose(paths or (".",), settings, progress)
    return finish(report, options["format"], options["output"])
