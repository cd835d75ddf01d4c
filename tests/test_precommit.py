"""pre-commit, really run: it installs lrlint from this tree, blocks the bad commit and lets the good one pass."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
SCRIPTS = TOP / "fixtures" / "scripts" / "one_cycle_per_epoch"
PRE_COMMIT = [sys.executable, "-m", "pre_commit"]
HOOKED = """
repos:
  - repo: {repository}
    rev: {revision}
    hooks:
      - id: lrlint
"""
PARTS = ("lrlint", "rules", "analyzers", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")


def git(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run git in `folder` as somebody, without the settings of whoever runs the tests."""
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    environment["GIT_CONFIG_GLOBAL"] = os.devnull
    return subprocess.run(
        ["git", *who, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository with this tree as its one commit: what users name in their configuration."""
    folder = tmp_path_factory.mktemp("lrlint")
    for part in PARTS:
        if (TOP / part).is_dir():
            shutil.copytree(TOP / part, folder / part, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(TOP / part, folder)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    assert git(folder, "commit", "-qm", "lrlint").returncode == 0
    return folder


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """pre-commit's own cache, and the dependencies taken from this interpreter instead of from the network.

    The wheel of lrlint is built and installed by pip all the same.
    """
    return {
        "PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("pre-commit")),
        "PIP_NO_DEPS": "1",
        "PYTHONPATH": sysconfig.get_path("purelib"),
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project under git with one bad and one good training script, both staged."""
    shutil.copy(SCRIPTS / "bad_flat.py", tmp_path / "bad.py")
    shutil.copy(SCRIPTS / "good_flat.py", tmp_path / "good.py")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    return tmp_path


def test_try_repo_names_the_bad_file_and_not_the_good_one(
    repository: Path, project: Path, environment: dict[str, str]
) -> None:
    """`pre-commit try-repo` is how people look at a hook before they adopt it."""
    run = subprocess.run(
        [*PRE_COMMIT, "try-repo", str(repository), "lrlint", "--files", "bad.py", "good.py"],
        cwd=project, env={**os.environ, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 1
    assert "- exit code: 1" in run.stdout
    assert "bad.py:" in run.stdout
    assert "LR101 [error]" in run.stdout
    assert "good.py" not in run.stdout


def test_git_commit_is_blocked_until_the_bad_file_is_gone(
    repository: Path, project: Path, environment: dict[str, str]
) -> None:
    """The hook is installed and runs in `git commit` itself."""
    revision = git(repository, "rev-parse", "HEAD").stdout.strip()
    (project / ".pre-commit-config.yaml").write_text(HOOKED.format(repository=repository, revision=revision))
    git(project, "add", ".")
    subprocess.run([*PRE_COMMIT, "install"], cwd=project, env={**os.environ, **environment}, check=True)
    blocked = git(project, "commit", "-m", "with the bug", **environment)
    assert blocked.returncode == 1
    assert "LR101 [error]" in blocked.stdout + blocked.stderr
    assert git(project, "rev-parse", "--verify", "HEAD").returncode != 0
    git(project, "rm", "-q", "--cached", "bad.py")
    assert git(project, "commit", "-m", "without", **environment).returncode == 0
