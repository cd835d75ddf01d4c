"""Following runs while they are written."""

from __future__ import annotations

from pathlib import Path

from lrlint.config import Settings
from lrlint.logs import Run
from lrlint.logs.follow import Follower
from tests.logs.event_files import record, scalar


def steps(runs: list[Run]) -> list[list[int]]:
    return [series.steps.tolist() for run in runs for series in run.series]


def test_a_run_is_given_again_only_when_it_has_changed(tmp_path: Path) -> None:
    """Growth, a record in the middle of being written, a new file of the run, a new run."""
    follower = Follower([str(tmp_path)], Settings())
    records = [record(scalar(step, 1.0)) for step in range(10)]
    first = tmp_path / "a" / "events.out.tfevents.1"
    first.parent.mkdir()
    first.write_bytes(b"".join(records[:2]))
    assert steps(follower.look()[0]) == [[0, 1]]
    assert follower.look() == ([], [])
    with first.open("ab") as file:
        file.write(records[2] + records[3][:20])
    runs, problems = follower.look()
    assert (steps(runs), problems) == ([[0, 1, 2]], [])
    with first.open("ab") as file:
        file.write(records[3][20:])
    assert steps(follower.look()[0]) == [[0, 1, 2, 3]]
    (first.parent / "events.out.tfevents.2").write_bytes(b"".join(records[3:5]))
    (tmp_path / "log.csv").write_text("step,loss\n1,2\n2,3\n")
    assert sorted(steps(follower.look()[0])) == [[0, 1, 2, 3, 3, 4], [1, 2]]


def test_truncation_rotation_and_removal_are_survived(tmp_path: Path) -> None:
    """A file that starts anew is read anew; one that is gone is no problem; another takes its place."""
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n1,2\n2,3\n")
    follower = Follower([str(tmp_path)], Settings())
    assert steps(follower.look()[0]) == [[1, 2]]
    path.write_text("step,loss\n1,9\n")
    assert steps(follower.look()[0]) == [[1]]
    path.rename(tmp_path / "log.csv.1")
    path.write_text("step,loss\n5,9\n6,8\n7,7\n")
    assert steps(follower.look()[0]) == [[5, 6, 7]]
    path.unlink()
    assert follower.look()[0] == []


def test_a_problem_is_told_once(tmp_path: Path) -> None:
    """A folder without logs is one problem until there is one; a damaged record one, however often it is read."""
    follower = Follower([str(tmp_path)], Settings())
    assert [problem.message for problem in follower.look()[1]] == ["no training logs in this folder"]
    assert follower.look()[1] == []
    content = bytearray(b"".join(record(scalar(step, 1.0)) for step in range(10)))
    content[200] ^= 1
    path = tmp_path / "events.out.tfevents.1"
    path.write_bytes(content)
    assert len(follower.look()[1]) == 1
    with path.open("ab") as file:
        file.write(record(scalar(10, 1.0)))
    runs, problems = follower.look()
    assert (len(runs), problems) == (1, [])
