"""`lrlint logs --code`: RUN208 as users meet it."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.cli.conftest import ENVIRONMENT, LOGS, Run
from tests.scripts.execution import SCRIPTS, executed

COSINE = "horizon_too_short/good_cosine_to_the_end.py"


def write_log(path: Path, values: Sequence[float]) -> str:
    """A CSV with steps and LRs."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("step", "lr"), *enumerate(values)])
    return str(path)


def test_the_command_reads_logs_and_code(lrlint: Run, tmp_path: Path) -> None:
    """Exit code 1 and the place in the code where they differ, 0 where they do not."""
    bad, good = (str(SCRIPTS / "stepped_twice" / name) for name in ("bad_copied_line.py", "good_single_line.py"))
    log = write_log(tmp_path / "log.csv", executed("stepped_twice/bad_copied_line.py").lrs)
    run = lrlint("logs", log, "--code", bad, "--no-cache")
    assert run.returncode == 1
    assert b"RUN208" in run.stdout
    assert b"LR106" in run.stdout
    right = write_log(tmp_path / "right.csv", executed("stepped_twice/good_single_line.py").lrs)
    assert lrlint("logs", right, "--code", good, "--no-cache").returncode == 0


def test_code_that_is_missing_is_a_problem(lrlint: Run, tmp_path: Path) -> None:
    """The logs are diagnosed all the same, and the exit code is 2."""
    log = write_log(tmp_path / "log.csv", executed(COSINE).lrs)
    run = lrlint("logs", log, "--code", "no/train.py", "--no-cache")
    assert run.returncode == 2
    assert b"no/train.py" in run.stdout + run.stderr


def test_code_that_promises_nothing_is_remarked_on(lrlint: Run, tmp_path: Path) -> None:
    """Silence would read as 'as promised'. Nothing went unread: the exit code stays."""
    log = write_log(tmp_path / "log.csv", executed(COSINE).lrs)
    run = lrlint("logs", log, "--code", str(SCRIPTS / "traps" / "good_onecycle_or_step.py"))
    assert run.returncode == 0
    assert b"nothing to compare the logged LR with: several schedulers are built" in run.stdout + run.stderr


def test_without_code_nothing_of_the_static_half_is_loaded() -> None:
    """Its imports cost more than most logs."""
    code = f"""
import sys
from lrlint.cli import main
sys.argv = ["lrlint", "logs", {LOGS + "/healthy"!r}, "--no-cache", "--jobs", "1"]
try:
    main()
except SystemExit:
    pass
print(sorted(name for name in sys.modules if name.startswith(("libcst", "lrlint.source", "lrlint.crosscheck"))))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert run.stdout.splitlines()[-1] == "[]"
