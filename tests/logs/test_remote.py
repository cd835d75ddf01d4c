"""Logs in a store that fsspec reaches: read like those on this machine, and named by their URLs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import fsspec  # type: ignore[import-untyped]
import pytest

from lrlint.findings import Problem
from lrlint.logs import Role, read_runs
from tests.logs.event_files import record, scalar
from tests.logs.test_stores import history, offline_run


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


def test_stores_of_trackers_may_lie_in_a_store(place: str) -> None:
    """MLflow's file store, whose files have no names of their own, and W&B's offline files."""
    folder = place.removeprefix("memory:/")
    store = fsspec.filesystem("memory")
    run = f"{folder}/mlruns/0/abc"
    files = {
        f"{run}/meta.yaml": b"run_id: abc\nrun_name: first try\n",
        f"{run}/metrics/train/loss": b"1700000000500 2.5 0\n1700000001000 1.5 10\n",
        f"{run}/metrics/lr": b"1700000000500 0.1 0\n",
        f"{run}/params/optimizer": b"adam",
        f"{folder}/metrics/not/of/a/run": b"never copied",
        f"{folder}/wandb/offline-run-1/run-1.wandb": offline_run([history(0, loss=2.0), history(1, loss=1.0)]),
    }
    for path, content in files.items():
        with store.open(path, "wb") as file:
            file.write(content)
    runs = {run.formats[0]: run for run in read_runs(place, on_problem=lambda _: None)}
    assert runs["mlflow"].name == f"memory:/{run}/first try"
    assert runs["mlflow"].files[1:] == (f"memory:/{run}/metrics/lr", f"memory:/{run}/metrics/train/loss")
    assert [(one.name, one.values.tolist()) for one in runs["mlflow"].series] == [
        ("lr", [0.1]),
        ("train/loss", [2.5, 1.5]),
    ]
    assert runs["mlflow"].hyperparameters == {"optimizer": "adam"}
    assert runs["wandb"].of(Role.LOSS)[0].values.tolist() == [2.0, 1.0]


@pytest.mark.parametrize("url", ["memory://nowhere", "nosuchstore://bucket/runs"])
def test_what_cannot_be_reached_is_a_problem(url: str) -> None:
    """One line with the URL."""
    problems: list[Problem] = []
    assert list(read_runs(url, on_problem=problems.append)) == []
    assert [(problem.path, problem.lost) for problem in problems] == [(url, True)]
