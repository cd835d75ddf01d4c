"""`lrlint range-test`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from lrlint.cli import CLEAN, FAILED, FOUND
from lrlint.cli.emit import wants_color, write
from lrlint.cli.options import LogReadingOptions, log_settings, reading_options, refuse_unknown_tags

if TYPE_CHECKING:
    from typing_extensions import Unpack


@click.command("range-test", short_help="Read LR range tests: which max_lr do they suggest?")
@click.argument("paths", nargs=-1, type=click.Path(readable=False))
@reading_options
def command(paths: tuple[str, ...], **options: Unpack[LogReadingOptions]) -> int:
    """Read learning-rate range tests: runs in which the LR was raised until the loss diverged.

    PATHS are log files or folders with runs below them (default: the working directory); several are best
    tests of one model under different seeds. Exit code: 0 every run gives a suggestion, 1 some run gives none,
    2 something could not be read.
    """
    from lrlint.output.range_tests import render_range_tests
    from lrlint.range_test import read_range_tests

    report = read_range_tests(paths or (".",), log_settings(paths, options))
    refuse_unknown_tags([report.names], options)
    color = options["output"] is None and wants_color()
    text = render_range_tests(report, options["format"], color=color)
    write(text, report.problems, options["output"], machine=options["format"] != "text")
    if any(problem.lost for problem in report.problems):
        return FAILED
    return CLEAN if len(report.answers) == len(report.tests) else FOUND
