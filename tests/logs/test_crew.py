"""Many runs at once: the same report as from one process, whatever becomes of the workers."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from lrlint.config import Settings
from lrlint.crew import MOST_WEIGHT, Crew, jobs_of
from lrlint.diagnose import Task, diagnose
from lrlint.logs.picture import Picture
from lrlint.logs.readers.base import Source
from lrlint.processes import processes
from lrlint.reports import SourceReport

LOGS = Path(__file__).parents[2] / "fixtures" / "logs"
TOP = Path(__file__).parents[2]


@pytest.fixture
def crew() -> Crew:
    """Two processes that are worth it for any work."""
    return Crew(lambda: processes(2, ["lrlint.examine"]), 2)


def test_the_report_is_that_of_one_process(crew: Crew) -> None:
    """Runs, findings and problems in the same order, the same pictures, and progress up to the end."""
    paths = [str(LOGS), str(TOP / "nowhere"), __file__]
    alone: list[Picture] = []
    together: list[Picture] = []
    calls: list[tuple[int, int]] = []
    first = diagnose(paths, Settings(), observe=alone.append)
    second = diagnose(paths, Settings(), lambda *done: calls.append(done), together.append, crew=crew)
    assert len(first.runs) == 13
    assert repr(second._replace(seconds=0.0)) == repr(first._replace(seconds=0.0))
    assert repr(together) == repr(alone)
    assert calls == [(done, len(calls)) for done in range(1, len(calls) + 1)]


class Deadly:
    """A task that kills its worker at sources of some names."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def __call__(self, sources: Sequence[Source]) -> list[SourceReport]:
        if any(source.path in self.names for source in sources):
            os.kill(os.getpid(), signal.SIGKILL)
        return Task(Settings(), draws=False)(sources)


def test_a_worker_that_is_killed_loses_the_run_that_killed_it(crew: Crew, tmp_path: Path) -> None:
    """As for want of memory: its files are named, the others are read all the same."""
    names = [str(tmp_path / f"{number}.csv") for number in range(12)]
    for name in names:
        Path(name).write_text("step,lr,loss\n1,0.1,2\n2,0.1,1\n")
    sources = [Source("csv", name, (name,)) for name in names]
    reports = dict(crew.reports(Deadly(names[3], names[8]), sources, [0] * len(sources)))
    assert sorted(reports) == list(range(12))
    lost = {problem.path: problem.message for report in reports.values() for problem in report.problems}
    assert lost == dict.fromkeys(
        [names[3], names[8]], "the process that read it was killed, perhaps for want of memory"
    )
    assert [number for number, report in reports.items() if report.runs] == [n for n in reports if n not in (3, 8)]


def test_an_error_of_ours_in_a_worker_is_raised(crew: Crew) -> None:
    """A defect must not pass for a run that could not be read."""
    with pytest.raises(KeyError, match="no such reader"):
        list(crew.reports(Task(Settings(), draws=False), [Source("no such reader", "a", ("a",))] * 2, [0, 0]))


def test_the_work_is_cut_into_even_jobs() -> None:
    """None too large for the memory, every source once, in order."""
    sources = [Source("csv", str(number), ()) for number in range(1000)]
    jobs = jobs_of(sources, [0] * 1000, 16)
    assert [number for job in jobs for number in job.numbers] == list(range(1000))
    assert {len(job.numbers) for job in jobs[:-1]} <= {12, 13}
    assert all([sources[number] for number in job.numbers] == list(job.sources) for job in jobs)
    assert len(jobs_of(sources, [MOST_WEIGHT] * 1000, 16)) == 1000


def others_in(group: int) -> set[int]:
    """The processes of a group but its first one."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != group:
            try:
                state, _, its_group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except OSError:
                continue
            if state != "Z" and int(its_group) == group:
                found.add(int(entry.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize(
    ("sent", "others", "code"),
    [(signal.SIGINT, 1, 130), (signal.SIGINT, 4, 130), (signal.SIGKILL, 4, -signal.SIGKILL)],
)
def test_no_process_outlives_the_command(tmp_path: Path, sent: signal.Signals, others: int, code: int) -> None:
    """Ctrl-C, which a terminal sends to all of them, at the start and at work; a kill, of which only the first knows.

    There are two workers, the server that forks them, and the tracker of its resources.
    """
    rows = "".join(f"{step},0.1,{1 / (step + 1)}\n" for step in range(20_000))
    for number in range(120):
        (tmp_path / f"{number}.csv").write_text("step,lr,loss\n" + rows)
    command = [sys.executable, "-m", "lrlint", "logs", str(tmp_path), "--jobs", "2", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(TOP)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 60
        while len(others_in(process.pid)) < others and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
        assert len(others_in(process.pid)) >= others
        if sent is signal.SIGINT:
            os.killpg(process.pid, sent)
        else:
            process.kill()
        out, error = process.communicate(timeout=60)
    assert (process.returncode, out) == (code, "")
    if sent is signal.SIGINT:
        assert error.strip() == "lrlint: interrupted"
    while others_in(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert others_in(process.pid) == set()


def test_processes_are_there_before_they_have_work() -> None:
    """All of them: one that Ctrl-C catches half started is known to nobody, and complains when the command is gone."""
    before = set(multiprocessing.active_children())
    with processes(3, []):
        assert len(set(multiprocessing.active_children()) - before) == 3


def test_the_command_reads_in_as_many_processes_as_it_is_told_to(tmp_path: Path) -> None:
    """One or several: the same output."""
    for number in range(150):
        text = "".join(f"{step},0.1,{'nan' if step > number else 1.0}\n" for step in range(100))
        (tmp_path / f"{number:03}.csv").write_text("step,lr,loss\n" + text)
    outputs = []
    for jobs in ("1", "2"):
        command = [sys.executable, "-m", "lrlint", "logs", ".", "--no-cache", "--format", "json", "--jobs", jobs]
        environment = {**os.environ, "PYTHONPATH": str(TOP)}
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
        assert (run.returncode, run.stderr) == (1, b"")
        outputs.append({**json.loads(run.stdout), "summary": None})
    assert outputs[0] == outputs[1]
    assert len(outputs[0]["findings"]) >= 99
