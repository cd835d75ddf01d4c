"""What is new about runs since the last look: every finding once, when it first holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrlint.config import Settings
from lrlint.diagnose import diagnose
from lrlint.follow import Follower
from lrlint.logs.index import Index
from tests.logs.event_files import record, scalar

NAN = float("nan")


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    """A follower of the runs below `tmp_path`."""
    index = Index()
    return Follower(lambda: diagnose([str(tmp_path)], Settings(), index=index))


def rows(first: int, losses: list[float]) -> str:
    return "".join(f"{step},{loss}\n" for step, loss in enumerate(losses, first))


def codes(follower: Follower) -> list[str]:
    return [finding.code for finding in follower.look().findings]


def test_a_finding_is_told_when_it_first_holds_and_then_no_more(follower: Follower, tmp_path: Path) -> None:
    """However long the fault goes on."""
    log = tmp_path / "log.csv"
    log.write_text("step,loss\n" + rows(1, [3.0, 2.0, 1.5]))
    assert codes(follower) == []
    for first in (4, 6, 8):
        with log.open("a") as file:
            file.write(rows(first, [NAN, NAN]))
        assert codes(follower) == (["RUN101"] if first == 4 else [])
    assert codes(follower) == []


def test_the_same_fault_elsewhere_is_news(follower: Follower, tmp_path: Path) -> None:
    """In another run, and at another resume of the same run."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.csv").write_text("step,loss\n" + rows(1, [3.0, 2.0, NAN, NAN]))
        assert codes(follower) == ["RUN101"]


def test_a_run_that_begins_anew_in_the_same_place_is_another_run(follower: Follower, tmp_path: Path) -> None:
    """Truncated, or rotated away and written again: what is wrong with it is told again."""
    log = tmp_path / "log.csv"
    broken = "step,loss\n" + rows(1, [3.0, 2.0, NAN, NAN])
    log.write_text(broken)
    assert codes(follower) == ["RUN101"]
    log.write_text("step,loss\n" + rows(1, [3.0]))
    assert codes(follower) == []
    log.write_text(broken)
    assert codes(follower) == ["RUN101"]
    log.rename(tmp_path / "log.csv.1")
    log.write_text("step,loss\n" + rows(1, [3.0, NAN, NAN]))
    assert codes(follower) == ["RUN101"]
    log.unlink()
    assert codes(follower) == []


def test_files_that_join_a_run_are_read_with_it(follower: Follower, tmp_path: Path) -> None:
    """A resume adds an event file, and a record may be in the middle of being written."""
    first = tmp_path / "events.out.tfevents.1"
    records = [record(scalar(step, 1.0)) for step in range(10)]
    first.write_bytes(b"".join(records[:5]) + records[5][:20])
    report = follower.look().report
    assert ([run.points for run in report.runs], report.problems) == ([5], ())
    with first.open("ab") as file:
        file.write(records[5][20:])
    (tmp_path / "events.out.tfevents.2").write_bytes(b"".join(records[6:]))
    assert [run.points for run in follower.look().report.runs] == [10]


def test_metrics_of_a_file_store_grow_in_files_of_their_own(follower: Follower, tmp_path: Path) -> None:
    """MLflow's run is found by another file, which does not change."""
    (tmp_path / "run" / "metrics").mkdir(parents=True)
    (tmp_path / "run" / "meta.yaml").write_text("run_id: abc\n")
    loss = tmp_path / "run" / "metrics" / "loss"
    loss.write_text("1700000000000 2.0 0\n1700000001000 1.0 1\n")
    assert codes(follower) == []
    with loss.open("a") as file:
        file.write("1700000002000 nan 2\n1700000003000 nan 3\n")
    assert codes(follower) == ["RUN101"]


def test_what_cannot_be_read_is_told_once_and_only_if_it_stays(follower: Follower, tmp_path: Path) -> None:
    """A single look may come while a row is being written, or before the first run has begun."""
    assert follower.look().problems == ()
    assert [problem.message for problem in follower.look().problems] == ["no training logs in this folder"]
    assert follower.look().problems == ()
    log = tmp_path / "log.csv"
    log.write_text("step,loss\n1,3,7,9\n2,2\n")
    assert follower.look().problems == ()
    assert [problem.line for problem in follower.untold_problems()] == [2]
    log.write_text("step,loss\n1,3\n2,2\n")
    assert follower.look().problems == ()
    assert follower.untold_problems() == ()
    log.write_text("step,loss\n1,3,7,9\n2,2\n")
    assert [len(follower.look().problems) for _ in range(3)] == [0, 1, 0]
