"""Files that are no plain UTF-8, or no files at all: read all the same, or named with the reason."""

from __future__ import annotations

import gzip
import json
import os
import socket
import sys
from pathlib import Path

import pytest

from lrlint.findings import Problem
from lrlint.logs import Run, read_runs

ROWS = [{"step": step, "lr": 0.1 / (step + 1), "loss": 3.0 / (step + 1)} for step in range(20)]
TEXTS = {
    "log.csv": "step,lr,loss\n" + "".join(f"{row['step']},{row['lr']},{row['loss']}\n" for row in ROWS),
    "log.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS),
    "log.json": json.dumps(ROWS),
    "log.txt": "".join(f"step {row['step']}: lr: {row['lr']}, loss: {row['loss']}\n" for row in ROWS),
    "trainer_state.json": json.dumps({"log_history": ROWS}),
}


def read(path: Path) -> tuple[list[Run], list[Problem]]:
    problems: list[Problem] = []
    return list(read_runs(str(path), on_problem=problems.append)), problems


def points(path: Path) -> list[tuple[str, list[int], list[float]]]:
    """The series of the only run below the path, which is read without a problem."""
    (run,), problems = read(path)
    assert problems == []
    return [(series.name, series.steps.tolist(), series.values.tolist()) for series in run.series]


@pytest.mark.parametrize("name", TEXTS)
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path, name: str) -> None:
    """Windows' editors write it."""
    (tmp_path / name).write_text(TEXTS[name])
    plain = points(tmp_path)
    (tmp_path / name).write_bytes(TEXTS[name].encode("utf-8-sig"))
    assert len(plain) == 2
    assert points(tmp_path) == plain


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "log.csv"])
def test_what_powershell_redirects_is_read(tmp_path: Path, name: str) -> None:
    """UTF-16 with its mark and with the line ends of Windows."""
    (tmp_path / name).write_text(TEXTS[name])
    plain = points(tmp_path)
    (tmp_path / name).write_bytes(TEXTS[name].replace("\n", "\r\n").encode("utf-16"))
    assert points(tmp_path) == plain


def test_a_packed_log_is_a_remark_in_a_folder_and_a_problem_where_it_is_named(tmp_path: Path) -> None:
    """What lies beside logs and is packed is passed over, as if it were not."""
    packed = tmp_path / "log.csv.gz"
    packed.write_bytes(gzip.compress(TEXTS["log.csv"].encode()))
    (tmp_path / "data.csv.gz").write_bytes(gzip.compress(b"name,age\na,3\n" * 1000))
    message = "compressed with gzip: unpack it to have it read"
    assert read(tmp_path) == ([], [Problem(str(packed), message, lost=False)])
    assert read(packed) == ([], [Problem(str(packed), message)])
    packed.rename(tmp_path / "events.out.tfevents.1.gz")
    (problem,) = read(tmp_path)[1]
    assert (problem.message, problem.lost) == (message, False)


def test_a_log_named_outright_is_what_it_is_in_its_folder(tmp_path: Path) -> None:
    """What transformers print looks like a table with commas, too."""
    log = tmp_path / "out.log"
    log.write_text("".join(f"{ {'loss': 3 / (n + 1), 'learning_rate': 0.1, 'epoch': n / 10} }\n" for n in range(20)))
    assert points(log) == points(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
def test_pipes_and_sockets_are_passed_over_and_never_waited_for(tmp_path: Path) -> None:
    """One that is named outright is a problem."""
    (tmp_path / "log.csv").write_text(TEXTS["log.csv"])
    pipe = tmp_path / "events.out.tfevents.1"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(tmp_path / "x.log"))
    assert len(points(tmp_path)) == 2
    for path in (pipe, tmp_path / "x.log"):
        assert read(path) == ([], [Problem(str(path), "a pipe, a socket or a device: save what it gives to a file")])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a file that root cannot read either")
def test_a_file_that_may_be_a_log_and_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """Whether it is one nobody can tell; the rest is read."""
    (tmp_path / "log.csv").write_text(TEXTS["log.csv"])
    os.symlink("/proc/self/mem", tmp_path / "other.csv")
    (run,), problems = read(tmp_path)
    assert run.name == str(tmp_path / "log.csv")
    assert problems == [Problem(str(tmp_path / "other.csv"), "cannot be read: Input/output error")]
