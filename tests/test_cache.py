"""A file is parsed once for each of its contents; whatever happens to the cache, the findings stay the same."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lrlint import cache as caching
from lrlint.cache import Cache
from lrlint.check import check
from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.progress import Progress
from lrlint.source import entry, parsing
from lrlint.source.program import Program
from lrlint.source.project import Project

BUG = "import torch\ns = torch.optim.lr_scheduler.ReduceLROnPlateau(opt)\nfor e in range(9):\n    s.step()\n"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were parsed since."""
    names: list[str] = []
    real = parsing.parse

    def parse(path: str, data: bytes) -> parsing.Parsed:
        names.append(os.path.basename(path))
        return real(path, data)

    monkeypatch.setattr(parsing, "parse", parse)
    monkeypatch.setattr("lrlint.source.facts.parse", parse)
    return names


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A folder with two scripts, each with a bug of its own."""
    folder = tmp_path / "code"
    folder.mkdir()
    (folder / "one.py").write_text(BUG)
    (folder / "two.py").write_text("\n" + BUG)
    return folder


def found(folder: Path, cache: Cache | None) -> list[tuple[str, int, str]]:
    """File, line and code of every finding."""
    report = check([str(folder)], Settings(), cache=cache)
    assert not report.problems
    return [(Path(one.location.path).name, one.location.line, one.code) for one in report.findings]


FINDINGS = [("one.py", 4, "LR301"), ("two.py", 5, "LR301")]


def test_the_second_run_parses_nothing(tmp_path: Path, code: Path, parsed: list[str]) -> None:
    """Not in a run of its own either."""
    folder = str(tmp_path / "cache")
    assert found(code, Cache(folder)) == FINDINGS
    assert parsed == ["one.py", "two.py"]
    assert found(code, Cache(folder)) == FINDINGS
    assert parsed == ["one.py", "two.py"]


def test_a_changed_file_is_the_only_one_that_is_parsed_again(tmp_path: Path, code: Path, parsed: list[str]) -> None:
    """And its new content counts."""
    cache = Cache(str(tmp_path / "cache"))
    found(code, cache)
    parsed.clear()
    (code / "two.py").write_text("\n\n\n" + BUG)
    assert found(code, cache) == [("one.py", 4, "LR301"), ("two.py", 7, "LR301")]
    assert parsed == ["two.py"]


def test_a_file_is_known_by_its_content_not_by_its_path(tmp_path: Path, code: Path, parsed: list[str]) -> None:
    """A copy in a package elsewhere has its own path in the findings."""
    cache = Cache(str(tmp_path / "cache"))
    found(code, cache)
    parsed.clear()
    (code / "package").mkdir()
    (code / "package" / "__init__.py").touch()
    (code / "one.py").rename(code / "package" / "three.py")
    assert found(code, cache) == [("three.py", 4, "LR301"), ("two.py", 5, "LR301")]
    assert parsed == []


@pytest.mark.parametrize("damage", [b"", b"\x80\x05garbage", b"cos\nsystem_that_is_not_there\n.", b"N."])
def test_a_damaged_entry_counts_as_missing(tmp_path: Path, code: Path, parsed: list[str], damage: bytes) -> None:
    """Cut short, garbage, of another version, of another type; it is mended by the way."""
    cache = Cache(str(tmp_path / "cache"))
    found(code, cache)
    entries = list((tmp_path / "cache").glob("*.kept"))
    assert len(entries) == 3, "the facts of two files, and what was found"
    for path in entries:
        path.write_bytes(damage)
    parsed.clear()
    assert found(code, cache) == FINDINGS
    assert found(code, cache) == FINDINGS
    assert parsed == ["one.py", "two.py"]


def test_what_was_found_is_kept_while_nothing_changes(
    tmp_path: Path, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second run does not follow the code again; with other settings, or another file in view, it does."""
    (code / "lib").mkdir()
    (code / "lib" / "__init__.py").touch()
    (code / "lib" / "schedules.py").write_text("def build():\n    return None\n")
    (code / "fit.py").write_text("from lib.schedules import build\nlr_scheduler = build()\n" + BUG)
    cache = Cache(str(tmp_path / "cache"))
    before = found(code, cache)
    followed: list[str] = []
    real = entry.programs

    def programs(
        project: Project, paths: Sequence[str], problems: list[Problem], progress: Progress
    ) -> Iterator[Program]:
        followed.append("again")
        return real(project, paths, problems, progress)

    monkeypatch.setattr(entry, "programs", programs)
    assert found(code, cache) == before
    assert followed == []
    assert check([str(code)], Settings(ignore=("LR3",)), cache=cache).findings == ()
    assert followed == ["again"]
    (code / "lib" / "schedules.py").write_text("def build():\n    return 1\n")
    assert found(code, cache) == before
    (code / "lib" / "schedules.py").unlink()
    assert found(code, cache) == before
    assert followed == ["again"] * 3
    assert found(code, cache) == before
    assert followed == ["again"] * 3


def test_another_version_of_lrlint_has_entries_of_its_own(
    tmp_path: Path, code: Path, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts have no format number: a version reads only what it wrote."""
    found(code, Cache(str(tmp_path / "cache")))
    parsed.clear()
    monkeypatch.setattr(caching, "__version__", "0.0.0")
    assert found(code, Cache(str(tmp_path / "cache"))) == FINDINGS
    assert parsed == ["one.py", "two.py"]


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path, code: Path, parsed: list[str]) -> None:
    """It is tried once, then no more."""
    (tmp_path / "file").touch()
    cache = Cache(str(tmp_path / "file" / "cache"))
    assert found(code, cache) == FINDINGS
    assert found(code, cache) == FINDINGS
    assert parsed == ["one.py", "two.py"] * 2
    assert not cache.writable


def test_runs_at_the_same_time_share_a_folder(tmp_path: Path, code: Path) -> None:
    """Nobody reads half an entry, and no temporary file stays."""
    caches = [Cache(str(tmp_path / "cache")) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda cache: found(code, cache), caches)) == [FINDINGS] * 6
    assert {path.suffix for path in (tmp_path / "cache").iterdir()} == {".kept", ""}


def test_entries_that_no_run_uses_are_dropped(tmp_path: Path, code: Path) -> None:
    """After a month, by a run that writes and finds the folder unswept for a day; entries in use stay."""
    folder = tmp_path / "cache"
    found(code, Cache(str(folder)))
    first = {path.name for path in folder.glob("*.kept")}
    month_ago = time.time() - caching.UNUSED - 60
    for path in folder.iterdir():
        os.utime(path, (month_ago, month_ago))
    (code / "two.py").write_text("\n\n" + BUG)
    found(code, Cache(str(folder)))
    second = {path.name for path in folder.glob("*.kept")}
    assert (len(first), len(second), len(first & second)) == (3, 3, 1), "only the facts of one.py are in use"
