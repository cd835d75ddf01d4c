"""MLflow's stores and W&B's offline files. What their own packages write was read alike when these were made."""

from __future__ import annotations

import json
import math
import sqlite3
import struct
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from lrlint.findings import Problem
from lrlint.logs import Role, Run, read_runs
from lrlint.logs.readers import mlflow_sqlite


def read(path: Path) -> tuple[list[Run], list[Problem]]:
    problems: list[Problem] = []
    return list(read_runs(str(path), on_problem=problems.append)), problems


def write_database(path: Path, rows: str) -> None:
    with sqlite3.connect(path) as database:
        database.executescript(
            "CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, start_time BIGINT);"
            "CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT);"
            "CREATE TABLE metrics (key TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT, step BIGINT, is_nan INT);"
            + rows
        )
    database.close()


def test_mlflow_file_store(tmp_path: Path) -> None:
    """A file per metric, nested by slashes; two, three or five fields a line; parameters beside them."""
    run = tmp_path / "mlruns" / "0" / "abc"
    (run / "metrics" / "train").mkdir(parents=True)
    (run / "params").mkdir()
    (tmp_path / "mlruns" / "0" / "meta.yaml").write_text("experiment_id: '0'\nname: Default\n")
    (run / "meta.yaml").write_text("run_id: abc\nrun_name: first try\nstart_time: 1700000000000\n")
    (run / "metrics" / "train" / "loss").write_text("1700000000500 2.5 0\n1700000001000 nan 10 data 1f2e\n")
    (run / "metrics" / "lr").write_text("1700000000500 0.1\n1700000001000 0.05 10\nno metric at all\n17000")
    (run / "params" / "optimizer").write_text("adam")
    (found,), problems = read(tmp_path)
    assert found.name == f"{run}/first try"
    assert found.hyperparameters == {"optimizer": "adam"}
    lr, loss = found.series
    assert (lr.role, lr.steps.tolist(), lr.values.tolist()) == (Role.LR, [0, 10], [0.1, 0.05])
    assert (loss.name, loss.role, loss.steps.tolist()) == ("train/loss", Role.LOSS, [0, 10])
    assert math.isnan(loss.values[1])
    assert loss.wall_times is not None
    assert loss.wall_times.tolist() == [1_700_000_000.5, 1_700_000_001.0]
    assert [(problem.line, problem.lost) for problem in problems] == [(3, True), (4, False)]


def test_a_metric_with_many_broken_lines_is_one_problem(tmp_path: Path) -> None:
    """Steps that are not whole, or beyond 64 bits."""
    run = tmp_path / "0" / "abc"
    (run / "metrics").mkdir(parents=True)
    (run / "meta.yaml").write_text("run_id: abc\n")
    (run / "metrics" / "loss").write_text(f"1 2.5 0\n2 2.0 0.5\n3 1.5 {2**63}\n4 1.0 {2**63 - 1}\n")
    (found,), (problem,) = read(tmp_path)
    assert found.series[0].steps.tolist() == [0, 2**63 - 1]
    assert (problem.line, problem.message) == (2, "2 lines are no `timestamp value step` and left out")


def test_runs_without_a_point_are_remarks(tmp_path: Path) -> None:
    """In MLflow's file store, in its database and in W&B's offline runs."""
    (tmp_path / "0" / "abc" / "metrics").mkdir(parents=True)
    (tmp_path / "0" / "abc" / "meta.yaml").write_text("run_id: abc\n")
    write_database(tmp_path / "mlflow.db", "INSERT INTO runs VALUES ('a', 'name', 1);")
    (tmp_path / "run-abc.wandb").write_bytes(offline_run(RECORDS[:1]))
    runs, problems = read(tmp_path)
    assert (runs, {problem.lost for problem in problems}) == ([], {False})
    assert {(Path(problem.path).name, problem.message) for problem in problems} == {
        ("abc", "no metrics have been logged"),
        ("mlflow.db", "no run has metrics"),
        ("run-abc.wandb", "no history has been logged"),
    }


def test_a_database_that_is_locked_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder, too: whose it is cannot be seen."""
    monkeypatch.setattr(mlflow_sqlite, "PATIENCE", 0.0)
    path = tmp_path / "mlflow.db"
    write_database(path, "INSERT INTO runs VALUES ('a', 'name', 1);")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        assert read(tmp_path) == ([], [Problem(str(path), "no database that can be read: database is locked")])


def test_points_that_are_none_are_left_out_of_a_database(tmp_path: Path) -> None:
    """SQLite takes words and nothing for numbers."""
    path = tmp_path / "mlflow.db"
    write_database(
        path,
        "INSERT INTO runs VALUES ('a', 'name', 1);"
        "INSERT INTO metrics VALUES ('loss', 2.0, 1, 'a', 0, 0), ('loss', 1.0, 2, 'a', 'x', 0),"
        "('lr', 1.0, 1, 'a', 0, 0), ('loss', NULL, 2, 'a', 1, 0), (NULL, 1.0, 2, 'a', 1, 0),"
        "('loss', 1.0, NULL, 'a', 1, 0);",
    )
    (run,), problems = read(tmp_path)
    assert [series.steps.tolist() for series in run.series] == [[0], [0]]
    message = "4 points of run a left out: no name, whole step, number and time"
    assert problems == [Problem(str(path), message)]


def test_mlflow_database(tmp_path: Path) -> None:
    """Every run of the file, in order of their start; NaN and infinity as MLflow encodes them."""
    path = tmp_path / "mlflow.db"
    write_database(
        path,
        "INSERT INTO runs VALUES ('b', 'later', 2), ('a', 'earlier', 1), ('c', 'without points', 3);"
        "INSERT INTO params VALUES ('lr', '0.1', 'a');"
        "INSERT INTO metrics VALUES ('loss', 2.0, 1700000000000, 'a', 0, 0), ('loss', 0, 1700000001000, 'a', 1, 1),"
        "('loss', 1.7976931348623157e308, 1700000002000, 'a', 0, 0), ('lr', 0.5, 1700000000000, 'b', 3, 0);",
    )
    runs, problems = read(tmp_path)
    assert problems == []
    assert [run.name for run in runs] == [f"{path}/earlier", f"{path}/later"]
    assert runs[0].hyperparameters == {"lr": "0.1"}
    (loss,) = runs[0].series
    assert loss.steps.tolist() == [0, 1, 0]
    assert loss.values[0] == 2.0
    assert math.isnan(loss.values[1])
    assert loss.values[2] == math.inf


def test_a_broken_database_is_a_problem(tmp_path: Path) -> None:
    """Named outright, with what sqlite says."""
    path = tmp_path / "mlflow.db"
    path.write_bytes(b"SQLite format 3\0" + bytes(100))
    runs, problems = read(path)
    assert runs == []
    assert [problem.lost for problem in problems] == [True]


def field(number: int, content: bytes) -> bytes:
    """A protobuf byte string."""
    length, size = b"", len(content)
    while size >= 0x80:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    key = number << 3 | 2
    prefix = bytes([key]) if key < 0x80 else bytes([key & 0x7F | 0x80, key >> 7])
    return prefix + length + bytes([size]) + content


def item(name: str, value: object) -> bytes:
    return field(1, field(1, name.encode()) + field(16, json.dumps(value).encode()))


def history(step: int, **values: object) -> bytes:
    items = {**values, "_step": step, "_timestamp": 1.7e9 + step}
    return field(2, b"".join(item(name.replace("__", "/"), value) for name, value in items.items()))


def offline_run(records: list[bytes]) -> bytes:
    """The file that W&B writes of these records."""
    data = b":W&B" + struct.pack("<HB", 0xBEE1, 0)
    for record in records:
        rest, first = record, True
        while first or rest:
            left = 32768 - len(data) % 32768
            if left < 7:
                data += bytes(left)
                continue
            part, rest = rest[: left - 7], rest[left - 7 :]
            kind = (1 if not rest else 2) if first else (4 if not rest else 3)
            data += struct.pack("<IHB", zlib.crc32(bytes([kind]) + part), len(part), kind) + part
            first = False
    return data


RECORDS = [
    field(17, field(4, item("lr", 0.1) + item("_wandb", {}))),
    *(history(step, train__loss=1 / (step + 1), lr=0.1, note="x" * 90) for step in range(800)),
    history(800, train__loss=math.nan, lr=0.1, big="y" * 70_000),
    history(801, train__loss=0.5, lr=0.1),
]


def test_wandb_offline_run(tmp_path: Path) -> None:
    """Records cross the blocks of 32 KiB; NaN is bare; `_step` is the step and `_timestamp` the wall time."""
    (tmp_path / "run-abc.wandb").write_bytes(offline_run(RECORDS))
    (run,), problems = read(tmp_path)
    assert problems == []
    assert run.hyperparameters == {"lr": 0.1}
    loss, lr = (next(series for series in run.series if series.name == name) for name in ("train/loss", "lr"))
    assert (loss.role, lr.role) == (Role.LOSS, Role.LR)
    assert loss.steps.tolist() == list(range(802))
    assert math.isnan(loss.values[800])
    assert loss.wall_times is not None
    assert loss.wall_times.tolist() == [1.7e9 + step for step in range(802)]


def test_an_offline_run_without_a_byte_is_a_remark(tmp_path: Path) -> None:
    """It has just begun: nothing is lost."""
    (tmp_path / "run-abc.wandb").touch()
    runs, problems = read(tmp_path)
    assert (runs, [problem.lost for problem in problems]) == ([], [False])
    assert problems[0].message == "the file is empty: nothing has been written yet"


def test_a_flipped_byte_in_an_offline_run_loses_its_record(tmp_path: Path) -> None:
    """The framing carries on behind it, and the place is named."""
    content = bytearray(offline_run(RECORDS))
    content[1000] ^= 1
    (tmp_path / "run-abc.wandb").write_bytes(content)
    (run,), problems = read(tmp_path)
    (lr,) = run.of(Role.LR)
    assert lr.steps.size == 801
    assert [problem.lost for problem in problems] == [True]
    assert problems[0].offset is not None
    assert 1000 - 250 < problems[0].offset <= 1000


def test_an_offline_run_cut_at_any_byte_reads_up_to_its_last_whole_record(tmp_path: Path) -> None:
    """W&B's own sync refuses such a file."""
    records = RECORDS[:20]
    whole = [len(offline_run(records[:count])) for count in range(1, 21)]
    content = offline_run(records)
    for cut in range(whole[16], whole[19]):
        (tmp_path / "run-abc.wandb").write_bytes(content[:cut])
        (run,), problems = read(tmp_path)
        assert run.of(Role.LR)[0].steps.size == sum(end <= cut for end in whole) - 1
        assert problems == []
