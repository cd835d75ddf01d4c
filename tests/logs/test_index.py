"""A second look at unchanged files reads none of them; whatever happens to the cache, the report stays the same."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lrlint.cache import OF_LOGS, Cache
from lrlint.config import Settings
from lrlint.diagnose import diagnose
from lrlint.logs import Run
from lrlint.logs.index import Index
from lrlint.logs.picture import Picture
from lrlint.logs.readers.base import Source
from lrlint.logs.reading import read_each
from lrlint.reports import LogsReport

HEADER = "step,lr,loss\n"
Read = list[str]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """The names of the logs that were read since."""
    names: Read = []

    def recorded(sources: Sequence[Source], settings: Settings) -> Iterator[tuple[Source, Run]]:
        names.extend(Path(source.path).name for source in sources)
        return read_each(sources, settings)

    monkeypatch.setattr("lrlint.examine.read_each", recorded)
    return names


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder with two runs of an hour ago, one of which diverged."""
    folder = tmp_path / "runs"
    folder.mkdir()
    write(folder / "fine.csv", [1 / step for step in range(1, 40)])
    write(folder / "nan.csv", [1.0] * 20 + [float("nan")] * 10)
    return folder


def write(path: Path, losses: Sequence[float], seconds_ago: float = 3600) -> None:
    path.write_text(HEADER + "".join(f"{step},0.1,{loss}\n" for step, loss in enumerate(losses)))
    os.utime(path, (time.time() - seconds_ago,) * 2)


@pytest.fixture
def look(tmp_path: Path, runs: Path) -> Callable[..., LogsReport]:
    """Diagnose the runs with the cache, as a new process would, but for the time that it takes."""

    def looked(settings: Settings | None = None) -> LogsReport:
        index = Index(Cache(str(tmp_path / "cache"), OF_LOGS))
        return diagnose([str(runs)], settings or Settings(), index=index)._replace(seconds=0.0)

    return looked


def test_the_second_look_reads_nothing(look: Callable[..., LogsReport], read: Read) -> None:
    """And says the same."""
    first = look()
    assert [finding.code for finding in first.findings] == ["RUN101"]
    assert read == ["fine.csv", "nan.csv"]
    assert repr(look()) == repr(first)
    assert read == ["fine.csv", "nan.csv"]


def test_a_run_that_has_changed_is_the_only_one_that_is_read_again(
    look: Callable[..., LogsReport], runs: Path, read: Read
) -> None:
    """Grown, replaced by another of the same size and time, or new."""
    look()
    read.clear()
    before = (runs / "fine.csv").stat()
    write(runs / "nan.csv", [1 / step for step in range(1, 50)])
    assert look().findings == ()
    assert read == ["nan.csv"]
    other = runs / "other"
    other.write_bytes((runs / "fine.csv").read_bytes().replace(b",0.1,", b",0.2,"))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.rename(runs / "fine.csv")
    assert look().runs[0].lr_high == 0.2
    write(runs / "new.csv", [1.0, 0.5])
    assert len(look().runs) == 3
    assert read == ["nan.csv", "fine.csv", "new.csv"]


def test_a_second_look_at_settled_folders_loads_neither_readers_nor_numpy(tmp_path: Path, runs: Path) -> None:
    """It costs no more than to start; what comes after is found all the same."""
    command = [sys.executable, "-X", "importtime", "-m", "lrlint", "logs", "runs", "--jobs", "1", "--cache-dir", "kept"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    def looked() -> tuple[str, bool]:
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return run.stdout.splitlines()[-1].split(" files")[0], " numpy" in run.stderr

    settle(runs)
    assert looked() == ("Found 1 error (2 runs in 2", True)
    assert looked() == ("Found 1 error (2 runs in 2", False)
    write(runs / "new.csv", [1.0, 0.5])
    settle(runs)
    assert looked() == ("Found 1 error (3 runs in 3", True)
    (runs / "below").mkdir()
    write(runs / "below" / "new.csv", [1.0, 0.5])
    assert looked() == ("Found 1 error (4 runs in 4", True)
    assert looked() == ("Found 1 error (4 runs in 4", True)
    settle(runs)
    assert [looked(), looked()] == [("Found 1 error (4 runs in 4", True), ("Found 1 error (4 runs in 4", False)]


def settle(folder: Path) -> None:
    """Make folders as old as the runs in them."""
    for path in (folder, *folder.rglob("*/")):
        os.utime(path, (time.time() - 3600,) * 2)


def test_a_path_that_was_not_there_is_looked_for_again(tmp_path: Path) -> None:
    """Nothing about it is kept."""
    cache = Cache(str(tmp_path / "cache"), OF_LOGS)
    path = tmp_path / "later.csv"
    assert len(diagnose([str(path)], Settings(), index=Index(cache)).problems) == 1
    write(path, [1.0, 0.5])
    assert len(diagnose([str(path)], Settings(), index=Index(cache)).runs) == 1


def test_a_link_that_could_not_be_followed_is_tried_again(tmp_path: Path, runs: Path) -> None:
    """What it leads to is mended elsewhere, and the folder of the link knows nothing of that."""
    target = tmp_path / "target.csv"
    os.symlink(target, target)
    os.symlink(target, runs / "link.csv")
    settle(runs)

    def looked() -> LogsReport:
        return diagnose([str(runs)], Settings(), index=Index(Cache(str(tmp_path / "cache"), OF_LOGS)))

    assert [problem.path for problem in looked().problems] == [str(runs / "link.csv")]
    target.unlink()
    write(target, [1.0] * 30)
    report = looked()
    assert (len(report.runs), report.problems) == (3, ())


@pytest.mark.parametrize("other", [Settings(ignore=("RUN1",)), Settings(loss_tags=("lr",)), Settings(step_tag="lr")])
def test_other_settings_are_another_question(look: Callable[..., LogsReport], read: Read, other: Settings) -> None:
    """Neither answer replaces the other."""
    first, second = look(), look(other)
    assert read == ["fine.csv", "nan.csv"] * 2
    assert second != first
    assert (repr(look()), repr(look(other))) == (repr(first), repr(second))
    assert read == ["fine.csv", "nan.csv"] * 2


@pytest.mark.parametrize("damage", [b"", b"\x80\x05garbage", b"N.", b"cos\nsystem_that_is_not_there\n."])
def test_a_damaged_entry_counts_as_missing(
    tmp_path: Path, look: Callable[..., LogsReport], read: Read, damage: bytes
) -> None:
    """And is mended by the way."""
    first = look()
    entries = list((tmp_path / "cache").glob("*.kept"))
    assert len(entries) == 2
    for path in entries:
        path.write_bytes(damage)
    assert repr(look()) == repr(first)
    assert repr(look()) == repr(first)
    assert read == ["fine.csv", "nan.csv"] * 2


def test_a_run_that_is_live_is_looked_at_again_when_it_has_ended(
    tmp_path: Path, look: Callable[..., LogsReport], runs: Path, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may still be written to is taken for finished later, without a change to its files."""
    write(runs / "nan.csv", [1.0] * 20, seconds_ago=10)
    look()
    look()
    assert read == ["fine.csv", "nan.csv"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 600)
    look()
    look()
    assert read == ["fine.csv", "nan.csv", "nan.csv"]


def test_a_file_that_cannot_be_read_is_tried_again(
    look: Callable[..., LogsReport], runs: Path, monkeypatch: pytest.MonkeyPatch, read: Read
) -> None:
    """A disk that was away, a permission that was missing: nothing about the file itself."""
    real = open

    def broken(path: str, *args: str, **options: str) -> object:
        if str(path).endswith("nan.csv") and "rb" in args and read:
            raise OSError(5, "Input/output error")
        return real(path, *args, **options)  # type: ignore[call-overload]

    with monkeypatch.context() as patch:
        patch.setattr("builtins.open", broken)
        assert [problem.message for problem in look().problems] == ["cannot be read: Input/output error"]
    assert look().problems == ()
    assert read == ["fine.csv", "nan.csv", "nan.csv"]


def test_damage_is_reported_again_without_reading(look: Callable[..., LogsReport], runs: Path, read: Read) -> None:
    """A second look has the exit code of the first."""
    with (runs / "fine.csv").open("a") as file:
        file.write("1,2,3,4,5\n9,0.1,1\n")
    first = look()
    assert [problem.line for problem in first.problems] == [41]
    assert look().problems == first.problems
    assert read == ["fine.csv", "nan.csv"]


def test_pictures_are_kept_with_the_report_that_asked_for_them(tmp_path: Path, runs: Path, read: Read) -> None:
    """A report without pictures does not hide them."""
    for _ in range(2):
        pictures: list[Picture] = []
        index = Index(Cache(str(tmp_path / "cache"), OF_LOGS))
        diagnose([str(runs)], Settings(), index=index)
        diagnose([str(runs)], Settings(), observe=pictures.append, index=index)
        assert [Path(picture.run).name for picture in pictures] == ["fine.csv", "nan.csv"]
    assert read == ["fine.csv", "nan.csv"] * 2


def test_entries_depend_on_all_the_code_that_makes_reports() -> None:
    """Every module that examining loads lies in a folder that the cache looks at."""
    code = (
        "import sys, lrlint.diagnose, lrlint.examine, lrlint.logs.picture;"
        "from lrlint.registry import load_analyzers; load_analyzers();"
        "from lrlint.logs.readers import readers; readers();"
        "print(*(name for name in sys.modules if name.startswith('lrlint.')))"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    loaded = {name.rpartition(".")[0].partition(".")[2].replace(".", "/") for name in run.stdout.split()}
    assert loaded == set(OF_LOGS)


def test_a_run_that_grows_leaves_one_entry_behind(tmp_path: Path, look: Callable[..., LogsReport], runs: Path) -> None:
    """Not one for every look at it."""
    for rows in range(5, 10):
        write(runs / "fine.csv", [1.0] * rows)
        look()
    assert len(list((tmp_path / "cache").glob("*.kept"))) == 2


def test_looks_at_the_same_time_share_a_folder(tmp_path: Path, runs: Path) -> None:
    """Nobody reads half an entry, and no temporary file stays."""

    def found(_: int) -> list[str]:
        index = Index(Cache(str(tmp_path / "cache"), OF_LOGS))
        return [finding.code for finding in diagnose([str(runs)], Settings(), index=index).findings]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(found, range(8))) == [["RUN101"]] * 8
    assert {path.suffix for path in (tmp_path / "cache").iterdir()} == {".kept", ""}


@pytest.mark.parametrize("options", [["--no-cache"], ["--cache-dir", "elsewhere"], []])
def test_the_command_keeps_what_it_read_where_it_is_told_to(tmp_path: Path, runs: Path, options: list[str]) -> None:
    """By default in the user's cache; the report is the same."""
    home = tmp_path / "home"
    environment = {**os.environ, "XDG_CACHE_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "lrlint", "logs", "runs", "--format", "github", *options]
    outputs = [
        subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        for _ in range(2)
    ]
    assert [output.returncode for output in outputs] == [1, 1]
    assert outputs[0].stdout == outputs[1].stdout
    kept = {str(path.parent.relative_to(tmp_path)) for path in tmp_path.rglob("*.kept")}
    assert kept == {"--no-cache": set(), "--cache-dir": {"elsewhere"}}.get("".join(options[:1]), {"home/lrlint"})
