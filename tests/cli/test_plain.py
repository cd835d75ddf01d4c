"""`lrlint check PATH...` and `lrlint logs PATH...` say without click what they say with it; what is never imported."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lrlint.cli import UserError, group
from lrlint.cli.plain import plain
from tests.cli.conftest import ENVIRONMENT

BUG = "import torch\ns = torch.optim.lr_scheduler.ReduceLROnPlateau(opt)\nfor e in range(9):\n    s.step()\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bug.py").write_text(BUG)
    (tmp_path / "clean.py").write_text("x = 1\n")
    (tmp_path / "empty.py").touch()
    (tmp_path / "python2.py").write_text("print 'scheduler.step()'\n")
    (tmp_path / "below").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "below" / "bug.py").write_text(BUG)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "metrics.csv").write_text("step,lr,loss\n" + "".join(f"{i},0.1,1\n" for i in range(200)))
    (tmp_path / "excluding").mkdir()
    (tmp_path / "excluding" / "pyproject.toml").write_text('[tool.lrlint]\nexclude = ["old"]\n')
    (tmp_path / "excluding" / "old.py").write_text(BUG)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "pyproject.toml").write_text("[tool.lrlint]\nexcluded = []\n")
    (tmp_path / "choosy").mkdir()
    (tmp_path / "choosy" / "pyproject.toml").write_text('[tool.lrlint]\nignore = ["LR3"]\n')


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "."],
        ["check", "clean.py"],
        ["check", "bug.py", "clean.py"],
        ["check", "clean.py", "./clean.py"],
        ["check", "clean.py", "empty.py", "clean.py"],
        ["check", "below", "bug.py"],
        ["check", "python2.py", "bug.py"],
        ["check", "missing.py"],
        ["check", "empty"],
        ["check", "excluding"],
        ["check", "broken"],
        ["check", ""],
        ["check", "--no-cache", "bug.py"],
        ["logs"],
        ["logs", "runs"],
        ["logs", "--no-cache", "runs", "missing"],
        ["logs", "runs/metrics.csv", "clean.py"],
        ["logs", "empty"],
        ["logs", "broken"],
    ],
    ids=" ".join,
)
def test_both_ways_say_the_same(arguments: list[str], capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """The same code, output and errors, but for the time it took."""
    seen = []
    for way in (plain, group.run):
        try:
            code: int | str | None = way(arguments)
        except UserError as error:
            code = str(error)
        captured = capsysbinary.readouterr()
        seen.append((code, re.sub(rb", [0-9.]+ [a-z]+\)", b")", captured.out), captured.err))
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["rule"],
        ["logs", "--list-series", "runs"],
        ["logs", "choosy"],
        ["check", "--help"],
        ["check", "--format", "json", "bug.py"],
        ["check", "bug.py", "--isolated"],
        ["check", "--", "bug.py"],
        ["check", "*.py"],
        ["check", "choosy"],
        ["--version"],
    ],
    ids=" ".join,
)
def test_whatever_is_more_than_paths_is_left_to_click(
    arguments: list[str], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Nothing is said before."""
    assert plain(arguments) is None
    assert capsysbinary.readouterr() == (b"", b"")


def test_completion_is_left_to_click(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell that completes calls the command with a variable of its own."""
    monkeypatch.setenv("_LRLINT_COMPLETE", "bash_complete")
    assert plain(["check", "bug.py"]) is None


def test_a_file_without_a_scheduler_loads_next_to_nothing() -> None:
    """Neither LibCST nor click, and none of the slow parts of the standard library."""
    code = "import sys; before = {*sys.modules}; from lrlint.cli import main; main(['check', 'clean.py']); "
    code += "print(*{*sys.modules} - before)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.splitlines()[-1].split()}
    assert "lrlint" in loaded
    assert not loaded & {
        "libcst",
        "click",
        "rich",
        "dataclasses",
        "inspect",
        "ast",
        "pickle",
        "hashlib",
        "re",
        "typing",
    }
