"""The engine on logs that real training wrote: planted faults found, healthy runs silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrlint.config import Settings
from lrlint.diagnose import diagnose

LOGS = Path(__file__).parents[1] / "fixtures" / "logs"

SCHEDULES = {
    "constant": "constant",
    "cosine": "cosine",
    "cyclic": "cyclic",
    "exponential": "exponential",
    "one_cycle": "one_cycle",
    "reduce_on_plateau": "plateau",
    "step": "step",
    "warm_restarts": "cosine_restarts",
    "warmup_cosine": "warmup_cosine",
}

FAULTS = {
    "diverged": ("RUN102", 2),
    "finished_early": ("RUN202", 82),
    "nan": ("RUN101", 150),
    "resumed_without_scheduler": ("RUN203", 161),
}


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_healthy_runs_are_silent_and_their_schedule_is_named(name: str) -> None:
    """No finding on a run that did what it should."""
    report = diagnose([str(LOGS / "healthy" / name)], Settings())
    (run,) = report.runs
    assert report.findings == ()
    assert report.problems == ()
    assert run.schedule is not None
    assert run.schedule.families[0] == SCHEDULES[name]


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_planted_faults_are_found_at_their_step(name: str) -> None:
    """One fault, one finding, with its code and first step."""
    report = diagnose([str(LOGS / "faulty" / name)], Settings())
    assert [(finding.code, finding.first_step) for finding in report.findings] == [FAULTS[name]]


def test_every_fixture_is_expected_here() -> None:
    """A log folder that no test names would be tested by nobody."""
    assert {path.name for path in (LOGS / "healthy").iterdir()} == set(SCHEDULES)
    assert {path.name for path in (LOGS / "faulty").iterdir()} == set(FAULTS)


def test_two_event_files_of_a_resumed_run_are_one_run() -> None:
    """The summary spans both files, the pause included."""
    (run,) = diagnose([str(LOGS / "faulty" / "resumed_without_scheduler")], Settings()).runs
    assert (run.files, run.first_step, run.last_step) == (2, 0, 275)
    assert run.wall_seconds is not None
    assert run.wall_seconds > 3600


@pytest.mark.parametrize(
    ("lengths", "times"), [((40,), None), ((40, 30), "once"), ((40, 40, 25), "2 times")], ids=["one", "two", "three"]
)
def test_runs_appended_to_one_log_are_told_and_the_last_one_is_diagnosed(
    tmp_path: Path, lengths: tuple[int, ...], times: str | None
) -> None:
    """As Keras' CSVLogger(append=True) leaves them; a resume that repeats a few epochs begins no run."""
    epochs = [epoch for length in lengths for epoch in (*range(10), *range(7, length))]
    rows = [f"{epoch},0.1,{2 / (1 + epoch)}" for epoch in epochs]
    (tmp_path / "training.csv").write_text("\n".join(["epoch,lr,loss", *rows]) + "\n")
    report = diagnose([str(tmp_path)], Settings())
    (run,) = report.runs
    assert [value for _, value in run.loss] == [2 / (1 + epoch) for epoch in range(lengths[-1])]
    sentence = f"goes back to its first step {times}, as a log of several runs does: the last start counts"
    remarks = [(sentence, False)] if times else []
    assert [(problem.message, problem.lost) for problem in report.problems] == remarks


def test_unselected_analyzers_are_not_asked() -> None:
    """--ignore silences a code; the summary stays."""
    report = diagnose([str(LOGS / "faulty" / "nan")], Settings(ignore=("RUN1",)))
    assert (len(report.runs), report.findings) == (1, ())


def test_progress_is_told_for_every_source() -> None:
    """The last call says that all are done."""
    calls: list[tuple[int, int]] = []
    diagnose([str(LOGS / "faulty")], Settings(), lambda done, total: calls.append((done, total)))
    assert calls == [(1, 4), (2, 4), (3, 4), (4, 4)]
