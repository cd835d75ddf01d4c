"""The options that `check` and `logs` share, and the settings that they and the configuration make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypedDict, TypeVar

import click

from lrlint.cli.codes import Half, checked_codes, codes_of
from lrlint.cli.perform import configured
from lrlint.config import Settings
from lrlint.output import FORMATS

Command = TypeVar("Command", bound=Callable[..., object])


class Options(TypedDict):
    """The values of the shared options."""

    format: str
    output: str | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    exclude: tuple[str, ...]
    config: str | None
    isolated: bool


def _split(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


_OPTIONS = (
    click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True, help="Output format."),
    click.option("--output", type=click.Path(dir_okay=False), metavar="FILE", help="Write to FILE."),
    click.option("--select", multiple=True, callback=_split, metavar="CODES", help="Only these codes or prefixes."),
    click.option("--ignore", multiple=True, callback=_split, metavar="CODES", help="Not these codes or prefixes."),
    click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out paths, as .gitignore writes them."),
    click.option("--config", type=click.Path(dir_okay=False), metavar="FILE", help="Read [tool.lrlint] from FILE."),
    click.option("--isolated", is_flag=True, help="Read no configuration file."),
)


def shared_options(command: Command) -> Command:
    """Give a command the options of `Options`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def make_settings(half: Half, paths: Sequence[str], options: Options) -> Settings:
    """What the configuration file says, overruled by the command line.

    The codes that `--select` names replace the file's `select` and `ignore`; `--ignore` and `--exclude`
    add to the file's. Raises UserError for a bad configuration and for codes that do not exist.
    """
    if options["config"] and options["isolated"]:
        raise click.UsageError("--config and --isolated exclude each other")
    settings = Settings() if options["isolated"] else codes_of(half, configured(paths, options["config"]))
    chosen = checked_codes(half, options["select"], "--select")
    refused = checked_codes(half, options["ignore"], "--ignore")
    if chosen:
        settings = settings._replace(select=chosen, ignore=())
    exclude = (*settings.exclude, *options["exclude"])
    return settings._replace(ignore=(*settings.ignore, *refused), exclude=exclude)
