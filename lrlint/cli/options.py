"""The options that `check` and `logs` share, and the settings that they and the configuration make."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import TypedDict, TypeVar

import click

from lrlint.cli.codes import Half, checked_codes, codes_of
from lrlint.cli.perform import configured
from lrlint.config import Settings, unknown
from lrlint.output import FORMATS

Command = TypeVar("Command", bound=Callable[..., object])


class ReadingOptions(TypedDict):
    """The values of the options of every command that reads."""

    format: str
    output: str | None
    exclude: tuple[str, ...]
    config: str | None
    isolated: bool


class TagOptions(TypedDict):
    """The values of the options that name series of a log."""

    lr_tag: tuple[str, ...]
    loss_tag: tuple[str, ...]
    step_tag: str | None


class LogReadingOptions(ReadingOptions, TagOptions):
    """The values of the options of every command that reads logs and reports no findings."""


class Options(ReadingOptions):
    """The values of the options that `check` and `logs` share."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]


class LogOptions(Options, TagOptions):
    """The values of the options that commands that read logs may have."""


def _split(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


_SELECTING = (
    click.option("--select", multiple=True, callback=_split, metavar="CODES", help="Only these codes or prefixes."),
    click.option("--ignore", multiple=True, callback=_split, metavar="CODES", help="Not these codes or prefixes."),
)
_READING = (
    click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out paths, as .gitignore writes them."),
    click.option("--config", type=click.Path(dir_okay=False), metavar="FILE", help="Read [tool.lrlint] from FILE."),
    click.option("--isolated", is_flag=True, help="Read no configuration file."),
)


def caching_options(command: Command) -> Command:
    """Give a command the options `--cache-dir` and `--no-cache`."""
    return _given(
        command,
        click.option("--cache-dir", type=click.Path(file_okay=False), metavar="DIR", help="Keep what was read in DIR."),
        click.option("--no-cache", is_flag=True, help="Read everything anew, and keep nothing."),
    )


def with_cache_dir(settings: Settings, cache_dir: str | None) -> Settings:
    """The settings with the folder that the command line names, if it names one."""
    return settings if cache_dir is None else settings._replace(cache_dir=os.path.abspath(cache_dir))


def jobs_option(command: Command) -> Command:
    """Give a command the option `--jobs`."""
    what = "Read in N processes; default: where that pays, as many as there are cores."
    return _given(command, click.option("--jobs", type=click.IntRange(1), metavar="N", help=what))


def tag_options(command: Command) -> Command:
    """Give a command the options of `TagOptions`."""
    return _given(
        command,
        click.option("--lr-tag", multiple=True, metavar="NAME", help="This series is the LR, whatever its name."),
        click.option("--loss-tag", multiple=True, metavar="NAME", help="This series is the training loss."),
        click.option("--step-tag", metavar="NAME", help="This column or series counts the steps."),
    )


def with_tags(settings: Settings, options: TagOptions) -> Settings:
    """The settings with the series that the command line names; those of a kind replace the configuration's."""
    return settings._replace(
        lr_tags=options["lr_tag"] or settings.lr_tags,
        loss_tags=options["loss_tag"] or settings.loss_tags,
        step_tag=options["step_tag"] or settings.step_tag,
    )


def unknown_tags(names: Iterable[Set[str]], options: TagOptions) -> Iterator[tuple[str, str]]:
    """The option and the sentence for every name given that is among the names of no run, if there is any run.

    Such a name is a slip of the pen; one of the configuration may be meant for other runs.
    """
    known: set[str] = set().union(*names)
    steps = () if options["step_tag"] is None else (options["step_tag"],)
    given = (("--lr-tag", options["lr_tag"]), ("--loss-tag", options["loss_tag"]), ("--step-tag", steps))
    for option, tags in given:
        for tag in tags:
            if known and tag not in known:
                yield option, unknown("series", tag, sorted(known))


def refuse_unknown_tags(names: Iterable[Set[str]], options: TagOptions) -> None:
    """Raise a usage error for the first name of `unknown_tags`, if there is one."""
    for option, sentence in unknown_tags(names, options):
        raise click.UsageError(f"{option}: {sentence}")


def shared_options(command: Command) -> Command:
    """Give a command the options of `Options`."""
    return _given(command, *_writing(FORMATS), *_SELECTING, *_READING)


def reading_options(command: Command) -> Command:
    """Give a command the options of `LogReadingOptions`."""
    return _given(tag_options(command), *_writing(("text", "json")), *_READING)


def _writing(formats: Sequence[str]) -> tuple[Callable[[Command], Command], ...]:
    return (
        click.option("--format", type=click.Choice(formats), default="text", show_default=True, help="Output format."),
        click.option("--output", type=click.Path(dir_okay=False), metavar="FILE", help="Write to FILE."),
    )


def _given(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def log_settings(paths: Sequence[str], options: LogReadingOptions) -> Settings:
    """The settings of a command that reads logs and reports no findings. Raises UserError."""
    every: LogOptions = {**options, "select": (), "ignore": ()}
    return with_tags(make_settings(Half.LOGS, paths, every), options)


def make_settings(half: Half, paths: Sequence[str], options: Options) -> Settings:
    """What the configuration file says, overruled by the command line.

    The codes that `--select` names replace the file's `select` and `ignore`; `--ignore` and `--exclude`
    add to the file's. Raises UserError for a bad configuration and for codes that do not exist.
    """
    if options["config"] and options["isolated"]:
        raise click.UsageError("--config and --isolated exclude each other")
    settings = Settings()
    if not options["isolated"]:
        settings = configured(paths, options["config"])
        file = options["config"] or os.path.join(settings.root, "pyproject.toml")
        settings = codes_of(half, settings, file)
    chosen = checked_codes(half, options["select"], "--select")
    refused = checked_codes(half, options["ignore"], "--ignore")
    if chosen:
        settings = settings._replace(select=chosen, ignore=())
    exclude = (*settings.exclude, *options["exclude"])
    return settings._replace(ignore=(*settings.ignore, *refused), exclude=exclude)
