"""`lrlint logs`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lrlint.cli.codes import Half
from lrlint.cli.emit import finish
from lrlint.cli.options import Options, caching_options, make_settings, shared_options, with_cache_dir

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from lrlint.config import Settings
    from lrlint.crew import Crew
    from lrlint.logs.index import Index


class LogsOptions(Options):
    """The values of the options of `lrlint logs`."""

    html: str | None
    plot: str | None
    jobs: int | None
    cache_dir: str | None
    no_cache: bool


@click.command("logs", short_help="Find LR and loss faults in training logs.")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--html", type=click.Path(dir_okay=False), metavar="FILE", help="Write a report with charts to FILE.")
@click.option("--plot", type=click.Path(file_okay=False), metavar="DIR", help="Write a PNG and an SVG per run to DIR.")
@shared_options
@click.option(
    "--jobs", type=click.IntRange(1), metavar="N", help="Read in N processes where that pays; default: all cores."
)
@caching_options
def command(paths: tuple[str, ...], **options: Unpack[LogsOptions]) -> int:
    """Find learning-rate and loss faults in the logs of training runs.

    PATHS are log files or folders with runs below them (default: the working directory). Exit code: 0 clean,
    1 findings, 2 something could not be read.
    """
    from lrlint.cli.pictures import Pictures
    from lrlint.cli.progress import Progress
    from lrlint.diagnose import diagnose

    settings = with_cache_dir(make_settings(Half.LOGS, paths, options), options["cache_dir"])
    pictures = Pictures(options["html"], options["plot"])
    index = _index(settings, cached=not options["no_cache"])
    with Progress("reading runs") as progress:
        observe = pictures.drawn.append if pictures.wanted else None
        report = diagnose(paths or (".",), settings, progress, observe, index=index, crew=_crew(options))
    pictures.write(report)
    return finish(report, options["format"], options["output"])


def _index(settings: Settings, *, cached: bool) -> Index:
    from lrlint.cache import OF_LOGS, Cache, folder_of
    from lrlint.logs.index import Index

    return Index(Cache(folder_of(settings), OF_LOGS) if cached else None)


def _crew(options: LogsOptions) -> Crew | None:
    """..."""
    from lrlint.crew import cores, local_crew

    size = options["jobs"] or cores()
    return local_crew(size) if size > 1 else None
