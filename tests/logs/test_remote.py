"""Logs in a store that fsspec reaches: read like those on this machine, and named by their URLs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import fsspec  # type: ignore[import-untyped]
import pytest

from lrlint.findings import Problem
from lrlint.logs import Role, read_runs
from tests.logs.event_files import record, scalar


@pytest.fixture
def place() -> Iterator[str]:
    """A folder of fsspec's store in memory."""
    folder = f"/{uuid.uuid4().hex}"
    store = fsspec.filesystem("memory")
    with store.open(f"{folder}/a/events.out.tfevents.1", "wb") as file:
        file.write(b"".join(record(scalar(step, 1.0)) for step in range(5)) + b"x" * 40)
    with store.open(f"{folder}/b/log.csv", "wb") as file:
        file.write(b"step,lr,loss\n1,0.1,2\n2,0.1,1\n")
    with store.open(f"{folder}/weights.bin", "wb") as file:
        file.write(b"never copied")
    yield f"memory:/{folder}"
    store.rm(folder, recursive=True)


def test_a_folder_of_a_store_is_read_like_any_other(place: str) -> None:
    """Runs, files and problems carry the URL."""
    problems: list[Problem] = []
    runs = list(read_runs(place, on_problem=problems.append))
    assert [run.path for run in runs] == [f"{place}/a", f"{place}/b/log.csv"]
    assert runs[0].files == (f"{place}/a/events.out.tfevents.1",)
    assert runs[1].of(Role.LR)[0].values.tolist() == [0.1, 0.1]
    assert [problem.path for problem in problems] == [f"{place}/a/events.out.tfevents.1"]


def test_a_file_of_a_store_that_has_changed_is_read_anew(place: str) -> None:
    """And one named outright is read by its name and content."""
    url = f"{place}/b/log.csv"
    assert [run.series[0].steps.tolist() for run in read_runs(url)] == [[1, 2]]
    with fsspec.open(url, "wb") as file:
        file.write(b"step,lr,loss\n1,0.1,2\n2,0.1,1\n3,0.1,1\n")
    assert [run.series[0].steps.tolist() for run in read_runs(url)] == [[1, 2, 3]]


@pytest.mark.parametrize("url", ["memory://nowhere", "nosuchstore://bucket/runs"])
def test_what_cannot_be_reached_is_a_problem(url: str) -> None:
    """One line with the URL."""
    problems: list[Problem] = []
    assert list(read_runs(url, on_problem=problems.append)) == []
    assert [(problem.path, problem.lost) for problem in problems] == [(url, True)]
