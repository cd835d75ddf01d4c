"""`lrlint compare` and `lrlint range-test` as users run them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.conftest import ENVIRONMENT, LOGS, LRLINT, Run, on_terminal

TWO = (f"{LOGS}/healthy/cosine", f"{LOGS}/faulty/finished_early")


def test_a_pipe_gets_a_plain_table(lrlint: Run) -> None:
    """A line per run, best first, and what the noise allows to say."""
    run = lrlint("compare", *TWO)
    assert (run.returncode, run.stderr) == (0, b"")
    heading, first, second, *remarks = run.stdout.decode().splitlines()
    assert heading.split()[:4] == ["rank", "run", "schedule", "final"]
    assert first.split()[:3] == ["1", TWO[0], "cosine"]
    assert second.split()[:3] == ["2", TWO[1], "linear"]
    assert first.split()[-1] == "8%"
    assert second.split()[-1] == "71%"
    assert remarks == [
        "Compared by val/loss: the median of the last twentieth of its rows.",
        "No run was repeated, so nothing tells these differences from the noise between seeds.",
    ]


def test_a_terminal_gets_a_typeset_table() -> None:
    """The schedule stands above its runs, and no line is wider than the terminal."""
    shown = on_terminal([*LRLINT, "compare", *TWO], {**ENVIRONMENT, "COLUMNS": "80"})
    assert "\x1b[" in shown
    plain = re.sub(r"\x1b\[[\d;]*m", "", shown).splitlines()
    assert plain[0] == f"below {LOGS}"
    best = next(place for place, line in enumerate(plain) if "healthy/cosine" in line)
    assert plain[best - 1].startswith("1  cosine (base_lr=")
    assert plain[best].endswith("8%")
    assert max(map(len, plain[:-2])) <= 80


def test_json_holds_the_groups(lrlint: Run, tmp_path: Path) -> None:
    """Under the keys that docs/compare.md names, to a file as to standard output."""
    run = lrlint("compare", *TWO, "--format", "json", "--threshold", "0.5", "--group", "cosine|early")
    document = json.loads(run.stdout)
    assert (document["schema"], document["loss"], document["threshold"]) == (1, "val/loss", 0.5)
    assert [group["rank"] for group in document["groups"]] == [1, 2]
    assert document["groups"][0]["runs"][0]["families"] == ["cosine"]
    file = tmp_path / "comparison.json"
    options = ("--format", "json", "--threshold", "0.5", "--group", "cosine|early", "--output", str(file))
    assert lrlint("compare", *TWO, *options).stdout == b""
    assert json.loads(file.read_text()) == document


def test_what_cannot_be_compared_is_said_in_one_line(lrlint: Run) -> None:
    """With exit code 2, after what could not be read."""
    run = lrlint("compare", TWO[0])
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr == b"Error: 1 of 1 runs have a loss to compare, two are needed\n"
    run = lrlint("compare", TWO[0], "nowhere")
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.splitlines() == [
        b"nowhere: not read: no such file or folder",
        b"Error: 1 of 1 runs have a loss to compare, two are needed",
    ]
    run = lrlint("compare", *TWO, "--group", "(")
    assert (run.returncode, run.stdout) == (2, b"")
    assert b"--group: not a regular expression" in run.stderr


def test_a_missing_run_does_not_hinder_the_others(lrlint: Run) -> None:
    """The exit code tells."""
    run = lrlint("compare", *TWO, "nowhere")
    assert run.returncode == 2
    assert b"nowhere: not read: no such file or folder" in run.stdout
    assert b"1  " in run.stdout


def range_test(folder: Path, factor: float = 1e5) -> str:
    """A log whose LR rises by `factor` and whose loss falls and then diverges."""
    rows = ["step,lr,train_loss"]
    for step in range(200):
        lr = 1e-4 * factor ** (step / 199)
        rows.append(f"{step},{lr:.5g},{0.8 + 1.5 / (1 + (lr / 0.05) ** 1.5) + (lr / 2) ** 2:.5f}")
    folder.mkdir()
    (folder / "log.csv").write_text("\n".join(rows))
    return str(folder)


def test_a_range_test_is_drawn_and_read(lrlint: Run, tmp_path: Path) -> None:
    """The curve, what to take from it, and how sure that is."""
    run = lrlint("range-test", range_test(tmp_path / "run"))
    shown = run.stdout.decode()
    assert (run.returncode, run.stderr) == (0, b"")
    assert shown.startswith(f"{tmp_path}/run/log.csv: loss over LR from 0.0001 to 10, 200 rows\n")
    assert "▲ max_lr" in shown
    assert "max_lr for OneCycleLR: 0.0" in shown
    assert shown.endswith("1 suggestion from 1 run\n")


def test_a_refusal_has_a_reason_and_exit_code_1(lrlint: Run, tmp_path: Path) -> None:
    """A test that never diverged, as text and as JSON."""
    folder = range_test(tmp_path / "run", factor=1e3)
    run = lrlint("range-test", folder)
    assert run.returncode == 1
    assert b"no suggestion: the loss never diverged: raise the LR further" in run.stdout
    (test,) = json.loads(lrlint("range-test", folder, "--format", "json").stdout)["tests"]
    assert test["suggestion"] is None
    assert test["refused"] == "the loss never diverged: raise the LR further"


def test_nothing_to_read_is_exit_code_2(lrlint: Run) -> None:
    """As for every command."""
    run = lrlint("range-test", "nowhere")
    assert (run.returncode, run.stderr) == (2, b"")
    assert b"nowhere: not read: no such file or folder" in run.stdout
