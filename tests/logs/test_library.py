"""Reading logs from Python, as docs/logs-library.md says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from lrlint.findings import Problem
from lrlint.logs import LogWarning, Role, read_runs

TOP = Path(__file__).parents[2]


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Over a folder `runs`, as it stands in the document."""
    shutil.copytree(TOP / "fixtures" / "logs" / "healthy", tmp_path / "runs")
    (example,) = re.findall(r"```python\n(.*?)```", (TOP / "docs" / "logs-library.md").read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(example, {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 9
    assert lines[0].startswith("runs/constant ('tensorboard',) [")


def test_a_series_holds_what_was_written_and_a_frame_what_counts(tmp_path: Path) -> None:
    """Shapes and types; a rewind stays in the series, and is resolved in the frame."""
    log = tmp_path / "log.csv"
    log.write_text("step,lr,loss,val_loss\n10,0.1,3,\n20,0.1,2,9\n30,0.1,nan,\n20,0.2,1,8\n40,0.2,,7\n")
    (run,) = read_runs(str(log))
    lr, loss, validation = (run.of(role)[0] for role in (Role.LR, Role.LOSS, Role.VALIDATION))
    assert lr.steps.tolist() == [10, 20, 30, 20, 40]
    for series, points in ((lr, 5), (loss, 4), (validation, 3)):
        columns = (series.steps, series.values, series.parts)
        assert [column.shape for column in columns] == [(points,)] * 3
        assert [column.dtype for column in columns] == [np.int64, np.float64, np.int32]
        assert series.wall_times is None
    frame = run.frame()
    assert frame.index.name == "step"
    assert frame.index.dtype == np.int64
    assert frame.index.tolist() == [10, 20, 40]
    assert list(frame.columns) == ["lr", "loss", "val_loss"]
    assert set(frame.dtypes) == {np.dtype(np.float64)}
    assert frame["lr"].tolist() == [0.1, 0.2, 0.2]
    assert frame["loss"].tolist()[:2] == [3.0, 1.0]
    assert np.isnan(frame["loss"].tolist()[2])
    assert np.isnan(frame["val_loss"].tolist()[0])


def test_paths_may_be_path_objects(tmp_path: Path) -> None:
    """One, or several beside strings."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("step,loss\n1,2\n")
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    assert [run.name for run in read_runs(a)] == [str(a)]
    assert [run.name for run in read_runs([a, str(b)])] == [str(a), str(b)]


def test_what_cannot_be_read_is_a_warning_or_goes_where_it_is_asked_for(tmp_path: Path) -> None:
    """And runs are yielded one by one as they are read."""
    (tmp_path / "a.csv").write_text("step,loss\n1,2\n2,1,7\n3,1\n")
    with pytest.warns(LogWarning, match=r"a\.csv:3: 1 row without the header's 2 columns left out"):
        assert len(list(read_runs(str(tmp_path)))) == 1
    problems: list[Problem] = []
    runs = read_runs([str(tmp_path / "a.csv"), "nowhere"], on_problem=problems.append)
    assert problems == []
    assert next(runs).series[0].steps.tolist() == [1, 3]
    assert [problem.path for problem in problems] == ["nowhere", str(tmp_path / "a.csv")]


def test_a_warning_names_the_byte_of_damage_once(tmp_path: Path) -> None:
    """As a byte, so that nobody takes it for a line."""
    (tmp_path / "events.out.tfevents.1").write_bytes(b"no record" * 100)
    with pytest.warns(LogWarning, match=r"tfevents\.1: no record header: .* up to byte 900 \(at byte 0\)$"):
        assert list(read_runs(tmp_path)) == []
