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
@click.option("--html", type=click.Path(dir_okay=False), metavar="FILE", help="Write a report with charts to FILE.")
@click.option("--plot", type=click.Path(file_okay=False), metavar="DIR", help="Write a PNG and an SVG per run to DIR.")
@shared_options
def command(paths: tuple[str, ...], html: str | None, plot: str | None, **options: Unpack[Options]) -> int:
    """Find learning-rate and loss faults in the logs of training runs.

    PATHS are log files or folders with runs below them (default: the working directory). Exit code: 0 clean,
    1 findings, 2 something could not be read.
    """
    from lrlint.cli.pictures import Pictures
    from lrlint.cli.progress import Progress
    from lrlint.diagnose import diagnose

    settings = make_settings(Half.LOGS, paths, options)
    pictures = Pictures(html, plot)
    with Progress("reading runs") as progress:
        report = diagnose(paths or (".",), settings, progress, pictures.observe)
    pictures.write(report)
    return finish(report, options["format"], options["output"])
