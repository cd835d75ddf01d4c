"""`lrlint compare`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from lrlint.cli import CLEAN, FAILED, UserError
from lrlint.cli.emit import name_lost_input, wants_color, write
from lrlint.cli.options import LogReadingOptions, log_settings, reading_options, refuse_unknown_tags

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("compare", short_help="Tell which of several runs did best, and whether by more than noise.")
@click.argument("paths", nargs=-1, type=click.Path(readable=False))
@click.option("--threshold", type=float, metavar="LOSS", help="Count steps and time to this loss.")
@click.option("--group", metavar="PATTERN", help="Runs whose names agree in this regular expression are repeats.")
@reading_options
def command(
    paths: tuple[str, ...], threshold: float | None, group: str | None, **options: Unpack[LogReadingOptions]
) -> int:
    """Compare training runs by their loss: schedule, steps to a loss, stability, rank.

    PATHS are log files or folders with runs below them (default: the working directory). Exit code: 0 compared,
    2 something could not be read, or fewer than two runs have a loss.
    """
    from lrlint.compare import NothingToCompareError, compare
    from lrlint.output.comparison import render_comparison

    settings = log_settings(paths, options)
    try:
        comparison = compare(paths or (".",), settings, threshold, _pattern(group))
    except NothingToCompareError as error:
        name_lost_input(error.problems)
        raise UserError(str(error)) from error
    refuse_unknown_tags([comparison.names], options)
    color = options["output"] is None and wants_color()
    text = render_comparison(comparison, options["format"], color=color)
    write(text, comparison.problems, options["output"], machine=options["format"] != "text")
    return FAILED if any(problem.lost for problem in comparison.problems) else CLEAN


def _pattern(group: str | None) -> re.Pattern[str] | None:
    try:
        return None if group is None else re.compile(group)
    except re.error as error:
        raise click.UsageError(f"--group: not a regular expression: {error}") from error
