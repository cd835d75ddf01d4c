"""The wheel holds what the tree holds, under lrlint and nowhere else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
HOMES = {"lrlint": "lrlint", "rules": "lrlint/rules", "analyzers": "lrlint/analyzers"}


def files_of_the_tree() -> set[str]:
    """Everything in the three source folders, by the path that it has in the wheel."""
    return {
        f"{home}/{path.relative_to(TOP / folder).as_posix()}"
        for folder, home in HOMES.items()
        for path in (TOP / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not lies_in_link(path)
    }


def lies_in_link(path: Path) -> bool:
    """Whether `path` is reached through lrlint/rules or lrlint/analyzers, which are links in the tree."""
    return any((TOP / parent).is_symlink() for parent in path.relative_to(TOP).parents)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a clean copy of the sources: what an older build left behind must not get in."""
    copy = tmp_path_factory.mktemp("source")
    for folder in HOMES:
        shutil.copytree(TOP / folder, copy / folder, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(TOP / name, copy)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", "dist", "."]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    (path,) = (copy / "dist").glob("*.whl")
    return path


def test_the_wheel_holds_every_file_of_the_tree_and_no_other(wheel: Path) -> None:
    """A sub-package missing from the list in pyproject.toml would work from the checkout and nowhere else."""
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert names == files_of_the_tree()


def test_the_wheel_owns_one_import_name(wheel: Path) -> None:
    """`rules` and `analyzers` would clash with other projects."""
    archive = zipfile.ZipFile(wheel)
    (record,) = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
    tops = {name.split("/")[0] for name in archive.namelist()}
    assert tops == {"lrlint", record.split("/")[0]}


def test_the_licence_and_the_command_are_in_the_wheel(wheel: Path) -> None:
    """Both are read from the metadata by installers."""
    archive = zipfile.ZipFile(wheel)
    by_name = {
        name.split(".dist-info/")[-1]: archive.read(name).decode()
        for name in archive.namelist()
        if ".dist-info/" in name
    }
    assert "Apache License" in by_name["licenses/LICENSE"]
    assert "lrlint = lrlint.cli:main" in by_name["entry_points.txt"]
    assert "License-Expression: Apache-2.0" in by_name["METADATA"]
