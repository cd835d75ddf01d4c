"""What cannot be checked is told in one line with its place, and the rest is checked."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lrlint.check import check
from lrlint.config import Settings
from lrlint.findings import Problem

BUG = "import torch\ns = torch.optim.lr_scheduler.ReduceLROnPlateau(opt)\nfor e in range(9):\n    s.step()\n"
DEEP = "import torch.optim.lr_scheduler\nx = " + "(" * 90 + "1" + ")" * 90 + "\n"
TOO_DEEP = "import torch.optim.lr_scheduler\nx = " + "[" * 5000 + "]" * 5000 + "\n"
CHAIN = "import torch.optim.lr_scheduler\nx = a" + ".b()" * 1_000 + "\n"
LONG_CHAIN = "import torch.optim.lr_scheduler\nx = a" + ".b()" * 50_000 + "\n"


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"import torch.optim.lr_scheduler\nprint 'hello'\n", 2, "not valid Python 3: Missing parentheses in call to "),
        (b"import torch.optim.lr_scheduler\nx = = 1\n", 2, "not valid Python 3: invalid syntax"),
        (b"import torch.optim.lr_scheduler\nexcept ValueError, e:\n", 2, "not valid Python 3: "),
        (b"\x80\x02torch.optim.lr_scheduler\0\0", None, "not Python: a binary file"),
        (b"import torch.optim.lr_scheduler\n# \xff\n", 2, "not UTF-8 text: invalid start byte"),
        (b"# coding: klingon\nimport torch.optim.lr_scheduler\n", None, "unknown encoding 'klingon'"),
        (TOO_DEEP.encode(), 2, "not valid Python 3: too many nested parentheses"),
        (CHAIN.encode(), None, "nested too deeply to follow"),
        (LONG_CHAIN.encode(), None, "nested too deeply to follow"),
    ],
    ids=["python 2", "syntax", "except", "binary", "not UTF-8", "unknown coding", "brackets", "chain", "longer chain"],
)
def test_a_file_that_is_not_python_3_is_one_problem(
    tmp_path: Path, data: bytes, line: int | None, message: str
) -> None:
    """Named with its line where it has one; the file beside it is still checked."""
    (tmp_path / "bad.py").write_bytes(data)
    (tmp_path / "good.py").write_text(BUG)
    report = check([str(tmp_path)], Settings())
    (problem,) = report.problems
    assert (problem.path, problem.line, problem.lost) == (str(tmp_path / "bad.py"), line, True)
    assert problem.message.startswith(message)
    assert "\n" not in problem.message
    assert [finding.code for finding in report.findings] == ["LR301"]


@pytest.mark.parametrize(
    "data", [b"print 'hello'\n", b"\x80\x02\0\0", b"x = \xff\n"], ids=["python 2", "binary", "bytes"]
)
def test_without_a_scheduler_only_a_file_named_outright_must_be_python_3(tmp_path: Path, data: bytes) -> None:
    """A folder may hold templates and what else ends in .py."""
    path = tmp_path / "bad.py"
    path.write_bytes(data)
    assert [problem.path for problem in check([str(path)], Settings()).problems] == [str(path)]
    assert check([str(tmp_path)], Settings()).problems == ()


@pytest.mark.parametrize(
    "data",
    [
        BUG.encode(),
        BUG.encode("utf-8-sig"),
        BUG.replace("\n", "\r\n").encode(),
        BUG.replace("\n", "\r").encode(),
        BUG.replace("import torch\n", "# coding: latin-1, né\nimport torch; ").encode("latin-1"),
        BUG.rstrip("\n").encode(),
        BUG.replace("    ", "\t").encode(),
        ("\f" + BUG).encode(),
    ],
    ids=["plain", "BOM", "CRLF", "CR", "coding line", "no last newline", "tabs", "form feed"],
)
def test_what_python_reads_lrlint_reads(tmp_path: Path, data: bytes) -> None:
    """On the same line."""
    path = tmp_path / "fit.py"
    path.write_bytes(data)
    report = check([str(path)], Settings())
    assert report.problems == ()
    assert [(finding.code, finding.location.line) for finding in report.findings] == [("LR301", 4)]


@pytest.mark.parametrize("text", ["", "\n", "# only a comment", '"""Only a docstring."""', DEEP])
def test_little_or_odd_code_is_no_problem(tmp_path: Path, text: str) -> None:
    """And has no findings."""
    path = tmp_path / "empty.py"
    path.write_text(text)
    report = check([str(path)], Settings())
    assert (report.problems, report.findings, report.files) == ((), (), 1)


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing ones, and links that lead nowhere."""
    missing, dangling = tmp_path / "missing.py", tmp_path / "dangling.py"
    dangling.symlink_to(tmp_path / "nowhere")
    (tmp_path / "good.py").write_text(BUG)
    report = check([str(missing), str(dangling), str(tmp_path / "good.py")], Settings())
    assert {problem.path for problem in report.problems} == {str(missing), str(dangling)}
    assert [finding.code for finding in report.findings] == ["LR301"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    """The system's own words."""
    path = tmp_path / "secret.py"
    path.write_text(BUG)
    path.chmod(0)
    assert check([str(path)], Settings()).problems == (Problem(str(path), "cannot be read: Permission denied"),)


def test_standard_input_is_a_file_of_its_own(tmp_path: Path) -> None:
    """Named <stdin>, beside files."""
    path = tmp_path / "fit.py"
    path.write_text(BUG)
    report = check([str(path), "-"], Settings(), BUG.encode())
    assert {finding.location.path for finding in report.findings} == {"<stdin>", str(path)}


def test_whoever_watches_is_told_of_every_file(tmp_path: Path) -> None:
    """Of those with a scheduler as they are parsed and followed too, be they imported or not."""
    for name in ("fit", "helper", "main"):
        (tmp_path / f"{name}.py").write_text(BUG + "import helper\n")
    (tmp_path / "other.py").write_text("x = 1\n")
    told: list[tuple[int, int, str]] = []
    check([str(tmp_path)], Settings(), progress=lambda *seen: told.append(seen))
    assert told == [
        *((done, 4, "reading files") for done in (1, 2, 3, 4)),
        *((done, 3, "parsing files") for done in (1, 2, 3)),
        *((done, 3, "following schedules") for done in (0, 0, 1, 1, 2, 2)),
    ]


def test_files_and_selection_are_counted(tmp_path: Path) -> None:
    """Files seen, files in which a scheduler is at stake, and the text of those with findings."""
    (tmp_path / "fit.py").write_text(BUG)
    (tmp_path / "other.py").write_text("x = 1\n")
    report = check([str(tmp_path)], Settings())
    assert (report.files, report.checked) == (2, 1)
    assert report.sources == {str(tmp_path / "fit.py"): BUG}
    assert check([str(tmp_path)], Settings(ignore=("LR3",))).findings == ()
    assert check([str(tmp_path)], Settings(select=("LR1",))).findings == ()


def test_codes_can_be_ignored_by_file(tmp_path: Path) -> None:
    """With the patterns of .gitignore, from the configuration's folder."""
    (tmp_path / "old").mkdir()
    for name in ("old/fit.py", "fit.py"):
        (tmp_path / name).write_text(BUG)
    settings = Settings(per_file_ignores=(("old/", ("LR3",)),), root=str(tmp_path))
    assert [finding.location.path for finding in check([str(tmp_path)], settings).findings] == [
        str(tmp_path / "fit.py")
    ]
