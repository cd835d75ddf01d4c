"""The engine of `lrlint logs`: from paths to findings about the runs below them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from lrlint.config import Settings
from lrlint.logs.index import Index, Signature, signature, size_of
from lrlint.node import Node
from lrlint.reports import LogsReport, SourceReport

if TYPE_CHECKING:
    from lrlint.crew import Crew, Numbered
    from lrlint.crosscheck import Code, Promise
    from lrlint.logs.picture import Picture
    from lrlint.logs.readers.base import Source


def diagnose(
    paths: Sequence[str],
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
    observe: Callable[[Picture], None] | None = None,
    *,
    index: Index | None = None,
    crew: Crew | None = None,
    code: Code | None = None,
) -> LogsReport:
    """Read every run below `paths` and ask every selected analyzer about it.

    `progress`, if given, is called with (folders or files of a run done, all of them) after each; `observe` with
    the picture of every run in the report, in its order. `index` knows what became of files that have not changed
    since, and is told what becomes of the others; a `crew` reads many at once. `code` is the code that wrote the
    logs; an index knows nothing of it, and has to be a new one.
    """
    started = time.perf_counter()
    index = index or Index()
    sources, problems = index.sources(paths, settings)
    reports: dict[int, SourceReport] = {}
    task = Task(settings, observe is not None, None if code is None else code.promise)
    for number, report in _reports(sources, task, index, crew):
        reports[number] = report
        if progress is not None:
            progress(len(reports), len(sources))
    ordered = [reports[number] for number in range(len(sources))]
    if observe is not None:
        for picture in (picture for report in ordered for picture in report.pictures):
            observe(picture)
    return LogsReport(
        runs=tuple(run for report in ordered for run in report.runs),
        findings=tuple(finding for report in ordered for finding in report.findings),
        problems=(
            *(code.problems if code is not None else ()),
            *problems,
            *(problem for report in ordered for problem in report.problems),
        ),
        files=sum(len(source.files) for source in sources),
        seconds=time.perf_counter() - started,
    )


class Task(Node):
    """What is asked about sources; picklable, so that other processes can ask it. `draws`: pictures are wanted too."""

    settings: Settings
    draws: bool
    promise: Promise | None = None

    def __call__(self, sources: Sequence[Source]) -> list[SourceReport]:
        """A report for each of the sources, in their order."""
        return list(self.reports(sources))

    def reports(self, sources: Sequence[Source]) -> Iterator[SourceReport]:
        """The same, one by one as they are read."""
        from lrlint.examine import reports

        return reports(sources, self.settings, draws=self.draws, promise=self.promise)

    def question(self) -> bytes:
        """What the reports depend on besides the files."""
        asked = self.settings
        tags = (asked.lr_tags, asked.loss_tags, asked.step_tag)
        return repr((asked.select, asked.ignore, *tags, self.draws)).encode()


def _reports(sources: Sequence[Source], task: Task, index: Index, crew: Crew | None) -> Iterator[Numbered]:
    """The number of each source and its report: those that are known, then the others as they are read."""
    question = task.question()
    changed: dict[int, Signature] = {}
    for number, source in enumerate(sources):
        seen = signature(source.files)
        report = index.get(source, seen, question)
        if report is None:
            changed[number] = seen
        else:
            yield number, report
    unread = list(changed)
    for place, report in _read([sources[number] for number in unread], [*changed.values()], task, crew):
        number = unread[place]
        index.put(sources[number], changed[number], question, report)
        yield number, report


def _read(sources: Sequence[Source], seen: Sequence[Signature], task: Task, crew: Crew | None) -> Iterator[Numbered]:
    if not sources:
        return iter(())
    sizes = [size_of(one) for one in seen]
    if crew is None or not crew.pays(sizes):
        return enumerate(task.reports(sources))
    return crew.reports(task, sources, sizes)
