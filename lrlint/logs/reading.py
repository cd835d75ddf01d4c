"""From paths to runs: sources are found, read by their reader, and their series given roles."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers import readers
from lrlint.logs.readers.base import Recording, Source
from lrlint.logs.roles import role_of, with_tags_among
from lrlint.logs.run import Run, Series
from lrlint.logs.sources import find_sources


class LogWarning(UserWarning):
    """A log that could not be read, or not to its end."""


def read_runs(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    settings: Settings | None = None,
    on_problem: Callable[[Problem], None] | None = None,
) -> Iterator[Run]:
    """The training runs in files and below folders, one by one as they are read.

    `settings` override how series are recognised. Whatever cannot be read is handed to `on_problem`, by
    default as a LogWarning, and the rest is still read; a run's own problems stand in `Run.problems` too.
    """
    settings = settings or Settings()
    report = on_problem or _warn
    several = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    sources, problems = find_sources([os.fspath(path) for path in several], settings)
    for problem in problems:
        report(problem)
    for run in read_sources(sources, settings):
        for problem in run.problems:
            report(problem)
        if run.series:
            yield run


def read_sources(sources: Sequence[Source], settings: Settings) -> Iterator[Run]:
    """The runs of the sources, in their order. One with nothing readable is a run with problems and no series."""
    return (run for _, run in read_each(sources, settings))


def read_each(sources: Sequence[Source], settings: Settings) -> Iterator[tuple[Source, Run]]:
    """The runs of the sources, in their order, each with the source that it is of."""
    for format, together in groupby(sources, key=lambda source: source.reader):
        for source, recording in readers()[format].read_many(list(together), settings):
            yield source, _run(source, recording, settings)


def _run(source: Source, recording: Recording, settings: Settings) -> Run:
    path = source.shown(source.path)
    tags = with_tags_among({one.name for one in recording.series}, settings)
    if settings.step_tag is not None:
        from lrlint.logs.axis import count_steps_as_told  # needs NumPy, as the readers do

        count_steps_as_told(recording, source, settings)
    return Run(
        name=f"{path}/{recording.name}" if recording.name else path,
        path=path,
        formats=(source.reader,),
        files=tuple(map(source.shown, source.files)),
        series=tuple(_with_role(one, path, tags) for one in recording.series),
        hyperparameters=recording.hyperparameters,
        problems=tuple(problem._replace(path=source.shown(problem.path)) for problem in recording.problems),
        counter=recording.counter,
    )


def _with_role(one: Series, path: str, settings: Settings) -> Series:
    # Where there are thousands of series, _replace() would take three times as long.
    return Series(one.name, role_of(one.name, path, settings), one.steps, one.values, one.parts, one.wall_times)


def _warn(problem: Problem) -> None:
    line = "" if problem.line is None else f":{problem.line}"
    byte = "" if problem.offset is None else f" (at byte {problem.offset:,})"
    warnings.warn(f"{problem.path}{line}: {problem.message}{byte}", LogWarning, stacklevel=3)
