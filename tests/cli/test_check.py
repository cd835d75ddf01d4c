"""`lrlint check` as users meet it: good, bad and broken input, standard input, and what it never imports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ENVIRONMENT, FIXTURES, LRLINT, Run

SCRIPTS = FIXTURES / "scripts" / "one_cycle_per_epoch"
BAD, GOOD = str(SCRIPTS / "bad_flat.py"), str(SCRIPTS / "good_flat.py")


@pytest.fixture(autouse=True)
def _working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def place_of_the_bug() -> tuple[int, int]:
    """Line and column that the fixture marks: `# error: LR101 5`."""
    for number, line in enumerate(Path(BAD).read_text().splitlines(), start=1):
        if "# error: LR101 " in line:
            return number, int(line.rsplit(" ", 1)[1])
    raise AssertionError("the fixture marks no bug")


def test_the_bad_script_has_its_bug_at_the_marked_place(lrlint: Run) -> None:
    """Exit code 1 and `path:line:column: CODE`, which editors can jump to."""
    run = lrlint("check", BAD)
    line, column = place_of_the_bug()
    assert (run.returncode, run.stderr) == (1, b"")
    assert run.stdout.decode().startswith(f"{BAD}:{line}:{column}: LR101 [error] ")


def test_the_good_script_is_clean(lrlint: Run) -> None:
    """One line says that it was looked at."""
    run = lrlint("check", GOOD)
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.startswith(b"No findings (1 file, 1 with a schedule")


def test_standard_input_and_the_working_directory(lrlint: Run) -> None:
    """`-` reads the one, no path at all looks into the other."""
    source = Path(BAD).read_bytes()
    line, column = place_of_the_bug()
    assert lrlint("check", "-", stdin=source).stdout.startswith(f"<stdin>:{line}:{column}: LR101".encode())
    assert lrlint("check", "-", stdin="﻿".encode() + source).returncode == 1
    Path("train.py").write_bytes(source)
    assert lrlint("check").stdout.startswith(f"train.py:{line}:{column}: LR101".encode())


BROKEN = {
    "not_python.py": b"scheduler = OneCycleLR(\nthis is no Python\n",
    "python2.py": b"print 'scheduler.step()'\n",
    "binary.py": bytes(range(256)) + b"lr_scheduler",
    "latin.py": b"# scheduler: \xe9t\xe9\nscheduler.step()\n",
    "null.py": b"scheduler.step()\0\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_python_is_one_line_and_the_rest_is_checked(lrlint: Run, name: str) -> None:
    """Exit code 2, with the findings in the other file."""
    Path(name).write_bytes(BROKEN[name])
    run = lrlint("check", name, BAD)
    assert (run.returncode, run.stderr) == (2, b"")
    named = [line for line in run.stdout.decode().splitlines() if line.startswith(f"{name}:")]
    assert len(named) == 1
    assert ": not read: " in named[0]
    assert b"LR101 [error]" in run.stdout


@pytest.mark.parametrize("options", [(), ("--isolated",)])
def test_a_file_without_permission_is_one_line(lrlint: Run, options: tuple[str, ...]) -> None:
    """As any other input that cannot be read; what is named beside it is checked."""
    Path("secret.py").write_text("")
    os.chmod("secret.py", 0)
    if os.access("secret.py", os.R_OK):
        pytest.skip("root can read any file")
    run = lrlint("check", *options, "secret.py", BAD)
    assert run.returncode == 2
    assert b"secret.py: not read: " in run.stdout
    assert b" LR101 " in run.stdout


def test_a_log_without_permission_is_one_line(lrlint: Run) -> None:
    """The same of logs."""
    Path("secret.csv").write_text("step,loss\n1,2\n")
    os.chmod("secret.csv", 0)
    if os.access("secret.csv", os.R_OK):
        pytest.skip("root can read any file")
    run = lrlint("logs", "--isolated", "secret.csv")
    assert (run.returncode, run.stdout.splitlines()[0]) == (
        2,
        b"secret.csv: not read: cannot be read: Permission denied",
    )


def test_a_missing_path_and_an_empty_folder(lrlint: Run) -> None:
    """The one was asked for and is lost; in the other nothing was lost."""
    os.mkdir("empty")
    run = lrlint("check", "nowhere.py")
    assert (run.returncode, run.stdout.splitlines()[0]) == (2, b"nowhere.py: not read: no such file or folder")
    run = lrlint("check", "empty")
    assert (run.returncode, run.stdout.splitlines()[0]) == (0, b"empty: note: no Python files in this folder")


@pytest.mark.parametrize("options", [(), ("--isolated",)])
def test_a_notebook_is_said_not_to_be_read(lrlint: Run, options: tuple[str, ...]) -> None:
    """Its JSON is valid Python, and silence about it would be no verdict."""
    Path("train.ipynb").write_text('{"cells": [], "metadata": {}}')
    run = lrlint("check", *options, "train.ipynb")
    assert (run.returncode, run.stdout.split(b": ")[:3]) == (
        2,
        [b"train.ipynb", b"not read", b"notebooks are not read"],
    )


def test_standard_input_that_is_no_text(lrlint: Run) -> None:
    """One line with the line at which it stops being text, as of a file; files beside it are checked all the same."""
    run = lrlint("check", "-", BAD, stdin=b"x = 1\n\xff")
    assert (run.returncode, run.stderr) == (2, b"")
    assert b"<stdin>:2: not read: not UTF-8 text: invalid start byte\n" in run.stdout
    assert b" LR101 " in run.stdout


def test_standard_input_in_the_encoding_that_it_declares(lrlint: Run) -> None:
    """As Python reads it."""
    run = lrlint("check", "-", stdin="# coding: latin-1\nname = 'Zoë'\n".encode("latin-1"))
    assert (run.returncode, run.stderr) == (0, b"")


def test_settings_reach_the_engine(lrlint: Run) -> None:
    """Selected codes, per-file ignores and excluded paths."""
    Path("train.py").write_bytes(Path(BAD).read_bytes())
    assert lrlint("check", "--ignore", "LR101").returncode == 0
    assert lrlint("check", "--exclude", "train.py", "train.py").returncode == 0
    Path("pyproject.toml").write_text('[tool.lrlint]\nper-file-ignores = { "train.py" = ["LR1"] }')
    assert lrlint("check").returncode == 0
    assert lrlint("check", "--isolated").returncode == 1


def imported(*arguments: str) -> set[str]:
    """The modules that a run of lrlint imports."""
    command = [sys.executable, "-X", "importtime", *LRLINT[1:], *arguments]
    run = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    return {line.rpartition("|")[2].strip() for line in run.stderr.splitlines() if line.startswith("import time:")}


def test_checking_imports_nothing_heavy() -> None:
    """Half a second of start-up would drive people out of their pre-commit hooks."""
    modules = imported("check", BAD)
    assert "libcst" in modules
    assert not modules & {"torch", "numpy", "pandas", "scipy", "tensorboard", "rich"}


def test_a_file_without_a_schedule_costs_next_to_nothing() -> None:
    """Neither the parser nor the rules are imported for it."""
    Path("plain.py").write_text("print('hello')\n")
    modules = imported("check", "plain.py")
    assert not modules & {"libcst", "lrlint.registry", "lrlint.rules", "difflib", "tomllib"}


def test_all_formats_agree(lrlint: Run) -> None:
    """On what was found, and on the exit code."""
    found = {}
    for format in ("json", "sarif", "github"):
        run = lrlint("check", str(SCRIPTS), "--format", format)
        assert run.returncode == 1
        found[format] = run.stdout.decode()
    results = json.loads(found["sarif"])["runs"][0]["results"]
    findings = json.loads(found["json"])["findings"]
    assert [result["ruleId"] for result in results] == [finding["code"] for finding in findings]
    assert len(found["github"].splitlines()) == len(findings)
