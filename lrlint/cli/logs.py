"""`lrlint logs`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from lrlint.cli import CLEAN, FAILED, UserError
from lrlint.cli.codes import Half
from lrlint.cli.emit import finish, wants_color, write
from lrlint.cli.options import (
    LogOptions,
    caching_options,
    jobs_option,
    make_settings,
    refuse_unknown_tags,
    shared_options,
    tag_options,
    unknown_tags,
    with_cache_dir,
    with_tags,
)
from lrlint.cli.perform import look_at, look_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Unpack

    from lrlint.config import Settings
    from lrlint.crew import Crew
    from lrlint.crosscheck import Code
    from lrlint.reports import LogsReport


class LogsOptions(LogOptions):
    """The values of the options of `lrlint logs`."""

    html: str | None
    plot: str | None
    code: tuple[str, ...]
    follow: bool
    list_series: bool
    jobs: int | None
    executor: str | None
    cache_dir: str | None
    no_cache: bool


@click.command("logs", short_help="Find LR and loss faults in training logs.")
@click.argument("paths", nargs=-1, type=click.Path(readable=False))
@click.option("--html", type=click.Path(dir_okay=False), metavar="FILE", help="Write a report with charts to FILE.")
@click.option("--plot", type=click.Path(file_okay=False), metavar="DIR", help="Write a PNG and an SVG per run to DIR.")
@click.option(
    "--code",
    multiple=True,
    type=click.Path(readable=False),
    metavar="PATH",
    help="Compare with the LR that code promises.",
)
@click.option("--list-series", is_flag=True, help="Show the series of every run, and how they were understood.")
@click.option("--follow", is_flag=True, help="Keep reading as the logs grow; Ctrl-C ends it.")
@tag_options
@shared_options
@jobs_option
@click.option("--executor", metavar="URL", help="Read on the Dask cluster whose scheduler is at dask://host:port.")
@caching_options
def command(paths: tuple[str, ...], **options: Unpack[LogsOptions]) -> int:
    """Find learning-rate and loss faults in the logs of training runs.

    PATHS are log files or folders with runs below them (default: the working directory). Exit code: 0 clean,
    1 findings, 2 something could not be read.
    """
    from lrlint.crew import CrewError

    try:
        return _perform(paths, options)
    except CrewError as error:
        raise UserError(str(error)) from error


def _perform(paths: tuple[str, ...], options: LogsOptions) -> int:
    _refuse_what_excludes_each_other(options)
    settings = with_tags(make_settings(Half.LOGS, paths, options), options)
    settings = with_cache_dir(settings, options["cache_dir"])
    code = _code(options["code"], settings)
    cached = code is None and not options["no_cache"]
    look = look_at(paths, settings, cached=cached, crew=_crew(options["jobs"], options["executor"]), code=code)
    if options["follow"]:
        from lrlint.cli.following import follow

        return follow(partial(_with_unknown_tags, look, options), options["format"])
    return _report(look, options)


def _with_unknown_tags(look: Callable[[], LogsReport], options: LogsOptions) -> LogsReport:
    """A look at logs that grow: a series that no run has may still come, and is a problem until it does."""
    from lrlint.findings import Problem

    report = look()
    absent = unknown_tags((run.names for run in report.runs), options)
    problems = (Problem(option, sentence) for option, sentence in absent)
    return report._replace(problems=(*report.problems, *problems))


def _report(look: Callable[..., LogsReport], options: LogsOptions) -> int:
    from lrlint.cli.pictures import Pictures

    pictures = Pictures(options["html"], options["plot"])
    report = look_once(look, pictures.drawn.append if pictures.wanted else None)
    refuse_unknown_tags((run.names for run in report.runs), options)
    pictures.write(report)
    if options["list_series"]:
        return _finish_series(report, options)
    return finish(report, options["format"], options["output"])


def _finish_series(report: LogsReport, options: LogsOptions) -> int:
    """Write the series alone; the exit code says whether everything was read."""
    if options["format"] == "json":
        return finish(report._replace(findings=()), "json", options["output"])
    from lrlint.output.series import render_series

    color = options["output"] is None and wants_color()
    write(render_series(report, color=color), report.problems, options["output"], machine=False)
    return FAILED if any(problem.lost for problem in report.problems) else CLEAN


def _code(paths: Sequence[str], settings: Settings) -> Code | None:
    if not paths:
        return None
    from lrlint.crosscheck import read_code

    return read_code(paths, settings)


def _crew(jobs: int | None, executor: str | None) -> Crew | None:
    """The crew asked for, if one is."""
    if executor is not None:
        from lrlint.dask_crew import dask_crew

        return dask_crew(executor)
    if jobs is not None:
        from lrlint.crew import local_crew

        return local_crew(jobs)
    return None


def _refuse_what_excludes_each_other(options: LogsOptions) -> None:
    if options["jobs"] is not None and options["executor"] is not None:
        raise click.UsageError("--jobs and --executor exclude each other")
    for option, given in (("--follow", options["follow"]), ("--list-series", options["list_series"])):
        if given and options["format"] not in ("text", "json"):
            raise click.UsageError(f"{option} writes text or JSON, not {options['format']}")
    for name in ("html", "plot", "output", "list_series"):
        if options["follow"] and options[name]:
            raise click.UsageError(f"--follow has no end at which to write --{name.replace('_', '-')}")
