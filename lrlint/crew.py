"""Many runs read at once, by the cores of this machine or by whoever else takes jobs from an executor.

What starts processes is imported when it does: that takes longer than reading a run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from lrlint.findings import Problem
from lrlint.logs.readers.base import Source
from lrlint.namedtuples import NamedTuple
from lrlint.reports import SourceReport

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

Numbered = tuple[int, SourceReport]
"""The number of a source, and its report."""
Reports = Iterator[Numbered]

Task = Callable[[Sequence[Source]], list[SourceReport]]
"""What is done with a chunk of sources: a report for each, in their order. Picklable."""

RUN_WEIGHT = 5_000_000
"""The bytes of event files that are read in the time that it takes to diagnose a run, roughly."""
WORTHWHILE = 500_000_000
"""The weight of a second or two of work, below which starting processes costs more than they save."""
MOST_WEIGHT = 64_000_000
CHUNKS_EACH = 8
"""Chunks per worker, so that none is left with a long one while the others are done."""


class CrewError(Exception):
    """Workers that cannot be had. The message says which and why."""


class Job(NamedTuple):
    """A part of the work: the numbers of sources, and the sources."""

    numbers: tuple[int, ...]
    sources: tuple[Source, ...]

    def split(self) -> Iterator[Job]:
        """A job for each of the sources."""
        return (Job((number,), (source,)) for number, source in zip(self.numbers, self.sources, strict=True))


class Crew:
    """Workers behind an executor.

    `hire` opens one of `size` workers, `lost` are more errors of a worker that died, and `worthwhile` is the weight of
    the least work that is worth it.
    """

    def __init__(
        self,
        hire: Callable[[], AbstractContextManager[Executor]],
        size: int,
        lost: tuple[type[BaseException], ...] = (),
        worthwhile: int = 0,
    ) -> None:
        self._hire = hire
        self._size = size
        self._lost = lost
        self._worthwhile = worthwhile

    def pays(self, sizes: Sequence[int]) -> bool:
        """Whether reading sources of so many bytes takes longer than starting processes for it."""
        return self._size > 1 < len(sizes) and sum(sizes) + RUN_WEIGHT * len(sizes) > self._worthwhile

    def reports(self, task: Task, sources: Sequence[Source], sizes: Sequence[int]) -> Reports:
        """The number of each source and its report, in any order; `sizes` are the bytes of the sources.

        When a worker dies, whatever was in hand is done again one by one, and what kills a worker then is reported
        as not read.
        """
        waiting = deque(jobs_of(sources, sizes, CHUNKS_EACH * self._size))
        doubtful: deque[Job] = deque()
        while waiting:
            for job in (yield from self._until_a_death(task, waiting, 2 * self._size)):
                doubtful += job.split()
        while doubtful:
            for job in (yield from self._until_a_death(task, doubtful, 1)):
                yield job.numbers[0], _not_read(job.sources[0])

    def _until_a_death(self, task: Task, waiting: deque[Job], most: int) -> Generator[Numbered, None, list[Job]]:
        """Do the jobs, at most so many at a time; what was in hand when a worker died is returned."""
        from concurrent.futures import FIRST_COMPLETED, wait

        in_hand: dict[Future[list[SourceReport]], Job] = {}
        with self._hire() as executor:
            while waiting or in_hand:
                while waiting and len(in_hand) < most:
                    job = waiting.popleft()
                    in_hand[self._given(executor, task, job)] = job
                done, _ = wait(in_hand, return_when=FIRST_COMPLETED)
                for future in done:
                    try:
                        reports = future.result()
                    except self._deaths():
                        continue
                    yield from zip(in_hand.pop(future).numbers, reports, strict=True)
                if not done.isdisjoint(in_hand):
                    break
        return list(in_hand.values())

    def _deaths(self) -> tuple[type[BaseException], ...]:
        from concurrent.futures import BrokenExecutor

        return (BrokenExecutor, MemoryError, *self._lost)

    def _given(self, executor: Executor, task: Task, job: Job) -> Future[list[SourceReport]]:
        try:
            return executor.submit(task, [source.absolute() for source in job.sources])
        except self._deaths() as error:
            from concurrent.futures import Future

            refused: Future[list[SourceReport]] = Future()
            refused.set_exception(error)
            return refused


def jobs_of(sources: Sequence[Source], sizes: Sequence[int], most: int) -> list[Job]:
    """The work in about `most` jobs of the same weight, more where they would be too large to be held in memory."""
    weights = [RUN_WEIGHT + size for size in sizes]
    share = min(MOST_WEIGHT, sum(weights) // most + 1)
    before = accumulate(weights, initial=0)
    chunks = groupby(zip(range(len(sources)), before, strict=False), key=lambda one: one[1] // share)
    numbers = [tuple(number for number, _ in chunk) for _, chunk in chunks]
    return [Job(chunk, tuple(sources[number] for number in chunk)) for chunk in numbers]


def _not_read(source: Source) -> SourceReport:
    message = "the process that read it was killed, perhaps for want of memory"
    return SourceReport(problems=tuple(Problem(source.shown(file), message) for file in source.files))


def local_crew(size: int) -> Crew:
    """So many processes of this machine."""

    def hire() -> AbstractContextManager[Executor]:
        from lrlint.processes import processes

        return processes(size, ["lrlint.examine"])

    return Crew(hire, size, worthwhile=WORTHWHILE)
