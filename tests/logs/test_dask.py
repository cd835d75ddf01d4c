"""Runs read by a real Dask cluster on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lrlint.config import Settings
from lrlint.diagnose import Task
from lrlint.logs.readers.base import Source
from lrlint.reports import SourceReport

pytest.importorskip("distributed")

from lrlint.dask_crew import dask_crew

TOP = Path(__file__).parents[2]
LOGS = TOP / "fixtures" / "logs"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(TOP), "PYTHONWARNINGS": "ignore"}

CLUSTER = """
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a cluster of two workers, in processes of their own and another working directory."""
    folder = tmp_path_factory.mktemp("cluster")
    (folder / "cluster.py").write_text(CLUSTER)
    with subprocess.Popen(
        [sys.executable, "cluster.py"], cwd=folder, env=ENVIRONMENT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        yield process.stdout.readline().strip().replace("tcp://", "dask://")
        process.communicate("\n")


def logs(*arguments: str, folder: Path = LOGS) -> subprocess.CompletedProcess[str]:
    """Run `lrlint logs` in a folder."""
    command = [sys.executable, "-m", "lrlint", "logs", "--isolated", "--no-cache", *arguments]
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def test_the_report_is_that_of_this_machine(cluster: str) -> None:
    """The same runs, findings and problems by the same relative paths, and the same exit code."""
    paths = ["faulty", "./healthy/../healthy", "nowhere.csv", "--format", "json"]
    here, there = logs(*paths), logs(*paths, "--executor", cluster)
    assert (there.returncode, there.stderr) == (here.returncode, "") == (2, "")
    assert {**json.loads(there.stdout), "summary": 0} == {**json.loads(here.stdout), "summary": 0}
    assert len(json.loads(there.stdout)["findings"]) == 4


def test_a_worker_that_dies_again_and_again_loses_one_run(cluster: str, tmp_path: Path) -> None:
    """Dask tries several times, and then it is named as not read; the others are there."""
    names = [str(tmp_path / f"{number}.csv") for number in range(4)]
    for name in names:
        Path(name).write_text("step,lr,loss\n1,0.1,2\n2,0.1,1\n")
    sources = [Source("csv", name, (name,)) for name in names]
    reports = dict(dask_crew(cluster).reports(Deadly(names[2]), sources, [0] * 4))
    assert [len(reports[number].runs) for number in range(4)] == [1, 1, 0, 1]
    assert [problem.path for problem in reports[2].problems] == [names[2]]


class Deadly:
    """A task that kills the worker that reads one source."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, sources: Sequence[Source]) -> list[SourceReport]:
        if any(source.path == self.name for source in sources):
            os.kill(os.getpid(), signal.SIGKILL)
        return Task(Settings(), draws=False)(sources)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("dask://127.0.0.1:9", "dask://127.0.0.1:9: cannot be reached: "),
        ("dask://127.0.0.1", "dask://127.0.0.1: not the address of a Dask scheduler, dask://host:port"),
        ("spark://127.0.0.1:9", "spark://127.0.0.1:9: not the address of a Dask scheduler, dask://host:port"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_one_clear_line(url: str, message: str) -> None:
    """And exit code 2."""
    run = logs("faulty", "--executor", url)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(f"Error: {message}")
    assert run.stderr.count("\n") == 1
