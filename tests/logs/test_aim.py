"""Aim's repository: read by Aim's library where that is installed."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest

from lrlint.findings import Problem
from lrlint.logs import Role, read_runs

TRAINING = """
from aim import Run
for name in ("first", "second"):
    run = Run(repo=".", system_tracking_interval=None, log_system_params=False)
    run.name = name
    run["hparams"] = {"lr": 0.1}
    for step in range(20):
        run.track(math.nan if step == 19 else 1 / (step + 1), name="loss", step=step, context={"subset": "train"})
        run.track(0.1, name="lr", step=step)
    run.track(0.5, name="loss", step=19, context={"subset": "val"})
    run.close()
"""


def test_the_runs_of_a_repository(tmp_path: Path) -> None:
    """Context and name are the series; what Aim has not indexed yet is named as not read."""
    pytest.importorskip("aim")
    subprocess.run([sys.executable, "-c", "import math" + TRAINING], cwd=tmp_path, check=True)
    problems: list[Problem] = []
    assert list(read_runs(str(tmp_path), on_problem=problems.append)) == []
    assert ["aim storage reindex" in problem.message for problem in problems] == [True, True]
    subprocess.run([str(Path(sys.executable).parent / "aim"), "storage", "reindex", "-y"], cwd=tmp_path, check=True)
    runs = sorted(read_runs(str(tmp_path)), key=lambda run: run.name)
    assert [run.name for run in runs] == [str(tmp_path / ".aim" / name) for name in ("first", "second")]
    assert runs[0].hyperparameters == {"lr": 0.1}
    (loss,), (lr,), (validation,) = (runs[0].of(role) for role in (Role.LOSS, Role.LR, Role.VALIDATION))
    assert (loss.name, validation.name) == ("train/loss", "val/loss")
    assert loss.steps.tolist() == lr.steps.tolist() == list(range(20))
    assert loss.values.tolist()[:2] == [1.0, 0.5]
    assert math.isnan(loss.values[19])
    assert loss.wall_times is not None
    assert loss.wall_times.min() > 1.7e9


def test_without_the_library_it_is_named_as_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install."""
    (tmp_path / ".aim").mkdir()
    (tmp_path / ".aim" / "run_metadata.sqlite").touch()
    monkeypatch.setitem(sys.modules, "aim", None)
    problems: list[Problem] = []
    assert list(read_runs(str(tmp_path), on_problem=problems.append)) == []
    assert [(problem.path, problem.message) for problem in problems] == [
        (str(tmp_path / ".aim"), "reading Aim's runs needs its library: pip install aim")
    ]
