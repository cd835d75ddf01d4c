"""`lrlint logs --list-series`, and the options that name series, on every kind of log."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tensorboard.summary import Writer

from tests.cli.conftest import LOGS, Run

ROWS = [{"batch_no": 10 * n, "eta": 0.1 / (n + 1), "objective": 3.0 / (n + 1), "lr": 7.0} for n in range(12)]


def write_tensorboard(folder: Path) -> Path:
    writer = Writer(str(folder / "run"))
    for step, row in enumerate(ROWS):
        for name, value in row.items():
            writer.add_scalar(name, value, step)
    writer.close()
    return folder / "run"


def write_csv(folder: Path) -> Path:
    lines = [",".join(ROWS[0]), *(",".join(map(str, row.values())) for row in ROWS)]
    (folder / "log.csv").write_text("\n".join(lines) + "\n")
    return folder / "log.csv"


def write_jsonl(folder: Path) -> Path:
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return folder / "log.jsonl"


def write_json(folder: Path) -> Path:
    (folder / "log.json").write_text(json.dumps(ROWS))
    return folder / "log.json"


def write_text(folder: Path) -> Path:
    lines = [", ".join(f"{name}: {value}" for name, value in row.items()) for row in ROWS]
    (folder / "log.txt").write_text("\n".join(lines) + "\n")
    return folder / "log.txt"


def write_huggingface(folder: Path) -> Path:
    (folder / "trainer_state.json").write_text(json.dumps({"global_step": 12, "log_history": ROWS}))
    return folder / "trainer_state.json"


WRITERS = (write_tensorboard, write_csv, write_jsonl, write_json, write_text, write_huggingface)
TAGS = ("--lr-tag", "eta", "--loss-tag", "objective", "--step-tag", "batch_no")


def listed(lrlint: Run, *arguments: str) -> list[Mapping[str, object]]:
    """The series of the one run."""
    run = lrlint("logs", "--list-series", "--format", "json", *arguments)
    document = json.loads(run.stdout)
    assert (run.returncode, document["findings"], document["errors"]) == (0, [], [])
    (only,) = document["runs"]
    series: list[Mapping[str, object]] = only["series"]
    return series


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("configured", [False, True])
def test_series_are_what_the_user_says(
    lrlint: Run, tmp_path: Path, write: Callable[[Path], Path], configured: bool
) -> None:
    """The LR, the loss and the steps by their names, on the command line or in the configuration."""
    log = str(write(tmp_path))
    (tmp_path / "pyproject.toml").write_text(
        '[tool.lrlint.logs]\nlr-tags = ["eta"]\nloss-tags = ["objective"]\nstep-tag = "batch_no"\n'
    )
    series = listed(lrlint, log, *(() if configured else ("--isolated", *TAGS)))
    by_name = {one["name"]: one for one in series}
    assert "batch_no" not in by_name
    for name, role in (("eta", "lr"), ("objective", "loss")):
        assert by_name[name] == {
            "name": name, "role": role, "points": 12, "first_step": 0, "last_step": 110, "diagnosed": True,
        }  # fmt: skip
    assert by_name.get("lr", {"role": "other"})["role"] == "other", "no other series has the role"


def test_the_list_says_what_was_found_and_which_series_count(lrlint: Run) -> None:
    """As text: roles in a fixed order, the diagnosed ones marked, and what the mark means."""
    run = lrlint("logs", "--list-series", "--isolated", f"{LOGS}/healthy/cosine")
    name, *lines, _, legend = run.stdout.decode().splitlines()
    assert (run.returncode, run.stderr) == (0, b"")
    assert name == f"{LOGS}/healthy/cosine: tensorboard, 1 file"
    assert [line.split()[:2] for line in lines if "*" in line] == [["*", role] for role in ("lr", "loss", "validation")]
    assert legend == "1 run in 1 file; * is taken for the LR, the loss or the validation loss of the run"


def test_findings_do_not_count_where_series_are_listed(lrlint: Run) -> None:
    """The exit code tells whether everything was read."""
    assert lrlint("logs", "--list-series", f"{LOGS}/faulty/nan").returncode == 0
    run = lrlint("logs", "--list-series", f"{LOGS}/faulty/nan", "nowhere")
    assert (run.returncode, b"nowhere: not read: no such file or folder" in run.stdout) == (2, True)


@pytest.mark.parametrize("option", ["--lr-tag", "--loss-tag"])
def test_a_series_that_no_run_has_is_a_slip_of_the_pen(lrlint: Run, tmp_path: Path, option: str) -> None:
    """One clear line with the nearest name there is; in a configuration it may be meant for other runs."""
    log = str(write_csv(tmp_path))
    run = lrlint("logs", log, "--isolated", option, "objektive")
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode().endswith(f"Error: {option}: unknown series 'objektive', did you mean 'objective'?\n")
    (tmp_path / "pyproject.toml").write_text('[tool.lrlint.logs]\nloss-tags = ["objektive"]\n')
    assert lrlint("logs", log).returncode == 0


@pytest.mark.parametrize("write", WRITERS)
def test_a_count_of_steps_that_no_run_has_is_a_slip_of_the_pen(
    lrlint: Run, tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    """Whatever the log; in a configuration it may be meant for other runs, whose steps are what they would be."""
    log = str(write(tmp_path))
    run = lrlint("logs", log, "--isolated", "--loss-tag", "objective", "--step-tag", "lrr")
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode().endswith("Error: --step-tag: unknown series 'lrr', did you mean 'lr'?\n")
    plain = listed(lrlint, log, "--isolated", "--loss-tag", "objective")
    (tmp_path / "pyproject.toml").write_text('[tool.lrlint.logs]\nstep-tag = "lrr"\n')
    assert listed(lrlint, log, "--loss-tag", "objective") == plain


@pytest.mark.parametrize("option", ["--lr-tag", "--loss-tag", "--step-tag"])
@pytest.mark.parametrize("command", ["compare", "range-test"])
def test_the_other_commands_tell_a_slip_of_the_pen_too(lrlint: Run, tmp_path: Path, command: str, option: str) -> None:
    """They have the same options."""
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("step,val_loss,lr\n" + "".join(f"{n},{9 - n},0.1\n" for n in range(9)))
    run = lrlint(command, str(tmp_path), "--isolated", option, "lrr")
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode().endswith(f"Error: {option}: unknown series 'lrr', did you mean 'lr'?\n")


def test_a_slip_of_the_pen_in_the_usual_count_is_told_too(lrlint: Run, tmp_path: Path) -> None:
    """Although that column is no series; and its right name is no slip."""
    (tmp_path / "log.csv").write_text("global_step,loss,lr\n" + "".join(f"{n},{9 - n},0.1\n" for n in range(9)))
    run = lrlint("logs", str(tmp_path), "--step-tag", "globalstep")
    assert run.stderr.decode().endswith("Error: --step-tag: unknown series 'globalstep', did you mean 'global_step'?\n")
    assert listed(lrlint, str(tmp_path), "--step-tag", "global_step") == listed(lrlint, str(tmp_path))


def test_the_series_of_one_run_may_be_named_for_all(lrlint: Run, tmp_path: Path) -> None:
    """Another run beside it, without that series, is read as it is."""
    write_csv(tmp_path)
    write_tensorboard(tmp_path)
    (tmp_path / "plain.csv").write_text("step,loss\n" + "".join(f"{10 * n},{9 - n}\n" for n in range(9)))
    run = lrlint("logs", str(tmp_path), "--step-tag", "batch_no", "--format", "json", "--isolated")
    assert {Path(one["run"]).name: one["last_step"] for one in json.loads(run.stdout)["runs"]} == {
        "log.csv": 110,
        "run": 110,
        "plain.csv": 80,
    }


@pytest.mark.parametrize("write", WRITERS)
def test_a_run_without_the_named_series_keeps_its_own(
    lrlint: Run, tmp_path: Path, write: Callable[[Path], Path]
) -> None:
    """Names in the configuration that are meant for other runs leave no run without an LR and a loss."""
    log = str(write(tmp_path))
    plain = listed(lrlint, log, "--isolated")
    (tmp_path / "pyproject.toml").write_text('[tool.lrlint.logs]\nlr-tags = ["other"]\nloss-tags = ["another"]\n')
    assert listed(lrlint, log) == plain
    assert {"lr"} <= {one["name"] for one in plain if one["diagnosed"]}


@pytest.mark.parametrize(("name", "row"), [("log.csv", "{0},{0},0.1\n"), ("log.txt", "step {0} loss: {0} lr: 0.1\n")])
def test_a_log_without_the_named_series_is_found_all_the_same(lrlint: Run, tmp_path: Path, name: str, row: str) -> None:
    """By its own names, below a folder."""
    header = "step,loss,lr\n" if name.endswith(".csv") else ""
    (tmp_path / name).write_text(header + "".join(map(row.format, range(1, 9))))
    (tmp_path / "pyproject.toml").write_text('[tool.lrlint.logs]\nlr-tags = ["other"]\nloss-tags = ["another"]\n')
    assert [one["name"] for one in listed(lrlint, str(tmp_path)) if one["diagnosed"]] == ["loss", "lr"]


@pytest.mark.parametrize("format", ["sarif", "github"])
def test_lists_are_text_or_json(lrlint: Run, format: str) -> None:
    """The other formats are for findings."""
    run = lrlint("logs", "--list-series", LOGS, "--format", format)
    assert (run.returncode, run.stdout) == (2, b"")
