"""The GitHub action: its shell steps, run as the runner would run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).parent.parent
SCRIPTS = TOP / "fixtures" / "scripts" / "one_cycle_per_epoch"
STEPS: dict[str, Any] = {
    step["name"]: step for step in yaml.safe_load((TOP / "action.yml").read_text())["runs"]["steps"] if "name" in step
}


def run_step(name: str, folder: Path, paths: str) -> subprocess.CompletedProcess[str]:
    """Run one step as GitHub does: bash, stopping at the first failure, with the step's variables set."""
    script = folder / "lrlint"
    script.write_text(f'#!/bin/sh\nexec {sys.executable} -m lrlint "$@"\n')
    script.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(TOP)}
    inputs = {"PATHS": paths, "SARIF": "out.sarif"}
    assert STEPS[name]["env"].keys() <= inputs.keys()
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]],
        cwd=folder, env={**environment, **inputs}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_sarif_is_written_whatever_was_found_so_that_it_can_be_uploaded(tmp_path: Path) -> None:
    """Paths are split at blanks."""
    run = run_step("Write SARIF", tmp_path, f"{SCRIPTS / 'bad_flat.py'} {SCRIPTS / 'good_flat.py'}")
    assert run.returncode == 0
    (sarif,) = json.loads((tmp_path / "out.sarif").read_text())["runs"]
    assert [result["ruleId"] for result in sarif["results"]] == ["LR101"]


@pytest.mark.parametrize(("file", "code"), [("bad_flat.py", 1), ("good_flat.py", 0)])
def test_the_last_step_fails_on_findings_and_annotates_them(tmp_path: Path, file: str, code: int) -> None:
    """The annotations are on standard output, where the runner looks for them."""
    run = run_step("Check", tmp_path, str(SCRIPTS / file))
    assert run.returncode == code
    assert run.stdout.startswith("::error file=") is bool(code)
