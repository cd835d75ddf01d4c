"""Which files lrlint looks at: folders walked, .gitignore as git itself understands it, `exclude`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from lrlint.config import Settings
from lrlint.discover import discover
from lrlint.findings import Problem
from lrlint.ignore import Patterns


def python_files(*paths: str, settings: Settings | None = None, gitignore: bool = True) -> list[str]:
    files, _ = find(*paths, settings=settings, gitignore=gitignore)
    return files


def find(*paths: str, settings: Settings | None = None, gitignore: bool = True) -> tuple[list[str], list[Problem]]:
    return discover(
        paths, settings or Settings(), lambda name: name.endswith(".py"), "Python files", gitignore=gitignore
    )


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("")


@pytest.mark.usefixtures("tree")
class TestFolders:
    def test_wanted_files_come_in_a_stable_order_relative_to_the_working_directory(self) -> None:
        write("b.py", "a/z.py", "a/b/c.py", "a.py", "notes.txt")
        assert python_files(".") == ["a.py", "b.py", "a/z.py", "a/b/c.py"]

    def test_a_file_named_outright_is_taken_whatever_it_is_called(self) -> None:
        write("train")
        assert python_files("train") == ["train"]

    def test_a_file_named_twice_is_taken_once(self) -> None:
        write("a/b.py")
        assert python_files("a/b.py", "a", "./a/b.py") == ["a/b.py"]

    def test_folders_of_other_peoples_code_are_skipped_below_a_folder(self) -> None:
        write(".venv/pyvenv.cfg", ".venv/lib/x.py", "node_modules/x.py", "__pycache__/x.py", "mine.py")
        assert python_files(".") == ["mine.py"]

    def test_they_are_looked_into_when_named(self) -> None:
        write("env/pyvenv.cfg", "env/lib/site-packages/x.py")
        assert python_files("env/lib/site-packages") == ["env/lib/site-packages/x.py"]

    def test_links_to_folders_are_not_followed(self) -> None:
        write("real/x.py")
        os.symlink("..", "real/loop")
        assert python_files(".") == ["real/x.py"]

    def test_a_link_that_leads_nowhere_else_than_to_itself_is_a_problem(self) -> None:
        write("x.py")
        os.symlink("loop.py", "loop.py")
        os.symlink("gone", "dangling.py")
        assert find(".") == (["x.py"], [Problem("loop.py", "cannot be read: Too many levels of symbolic links")])

    def test_a_path_that_cannot_be_looked_at_is_not_called_missing(self) -> None:
        os.symlink("loop.py", "loop.py")
        assert find("loop.py") == ([], [Problem("loop.py", "cannot be read: Too many levels of symbolic links")])

    def test_a_missing_path_is_a_problem_and_the_rest_is_found(self) -> None:
        write("x.py")
        assert find("nowhere", "x.py") == (["x.py"], [Problem("nowhere", "no such file or folder")])

    def test_an_empty_folder_is_a_remark_that_loses_nothing(self) -> None:
        os.mkdir("empty")
        assert find("empty") == ([], [Problem("empty", "no Python files in this folder", lost=False)])

    @pytest.mark.skipif(os.geteuid() == 0, reason="root can look into any folder")
    def test_a_locked_folder_is_a_problem_and_the_rest_is_found(self) -> None:
        write("open/x.py", "shut/y.py")
        os.chmod("shut", 0)
        problem = Problem("shut", "cannot look into the folder: Permission denied")
        assert find(".") == (["open/x.py"], [problem])


@pytest.mark.usefixtures("tree")
class TestExclude:
    def test_an_excluded_folder_is_not_walked(self) -> None:
        write("old/x.py", "new/x.py")
        assert python_files(".", settings=Settings(exclude=("old/",))) == ["new/x.py"]

    def test_exclude_holds_for_files_named_outright_as_pre_commit_does(self) -> None:
        write("old/deep/x.py", "new/x.py")
        assert python_files("old/deep/x.py", "new/x.py", settings=Settings(exclude=("old",))) == ["new/x.py"]

    def test_patterns_are_relative_to_the_configuration_not_to_the_working_directory(
        self, tree: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write("pkg/old/x.py", "pkg/new/x.py")
        monkeypatch.chdir(tree / "pkg")
        assert python_files(".", settings=Settings(exclude=("/pkg/old",), root=str(tree))) == ["new/x.py"]


@pytest.mark.usefixtures("tree")
class TestGitignore:
    def test_nested_files_add_to_those_above_and_can_take_back(self) -> None:
        write("a/gen.py", "a/keep/gen.py", "a/keep/x.py")
        Path(".gitignore").write_text("gen.py\n")
        Path("a/keep/.gitignore").write_text("!gen.py\n/x.py\n")
        assert python_files(".") == ["a/keep/gen.py"]

    def test_files_above_the_folder_hold_inside_a_git_work_tree(self) -> None:
        write("src/gen/x.py", "src/y.py", ".git/info/exclude", "src/local.py")
        Path(".gitignore").write_text("/src/gen/\n")
        Path(".git/info/exclude").write_text("local.py\n")
        assert python_files("src") == ["src/y.py"]

    def test_files_above_the_folder_are_not_looked_for_outside_of_git(self) -> None:
        write("src/x.py")
        Path(".gitignore").write_text("*.py\n")
        assert python_files("src") == ["src/x.py"]

    def test_an_ignored_file_named_outright_is_taken(self) -> None:
        write("gen.py")
        Path(".gitignore").write_text("gen.py\n")
        assert python_files("gen.py") == ["gen.py"]

    def test_logs_are_found_although_git_ignores_them(self) -> None:
        write("runs/x.py")
        Path(".gitignore").write_text("runs/\n")
        assert python_files(".", gitignore=False) == ["runs/x.py"]


PATTERNS = [
    "*.py", "/a.py", "a/", "a", "a/b", "/a/b", "a/*", "a/**", "**/b", "**/b/", "a/**/c.py", "?.py", "[ab].py",
    "[!a].py", "[a-b]/", "\\#x.py", "#x.py", "\\!x.py", "x.py ", "x.py\\ ", "a*c.py", "**.py", "b/c.py", "[]a].py",
    "[\\a].py", "[z-a].py", "**", "*", "/*", "a/**/", "***/c.py", "[a", "x\\.py", "",
]  # fmt: skip
PATHS = ["a.py", "b.py", "x.py", "#x.py", "!x.py", "a/c.py", "a/b/c.py", "a/b/d/c.py", "b/c.py", "b/a/b/x.py", "x.py "]


@pytest.fixture(scope="module")
def work_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git work tree that holds PATHS."""
    top = tmp_path_factory.mktemp("git")
    subprocess.run(["git", "init", "-q", top], check=True)
    for path in PATHS:
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text("")
    return top


def ignored_by_git(top: Path, patterns: list[str]) -> set[str]:
    (top / ".gitignore").write_text("\n".join(patterns) + "\n")
    command = ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", "-z", "--no-index", "--stdin"]
    run = subprocess.run(command, cwd=top, input="\0".join(PATHS), capture_output=True, text=True, check=False)
    return set(filter(None, run.stdout.split("\0")))


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("taken_back", [None, "!c.py", "!/a/b"])
def test_patterns_cover_what_git_ignores(work_tree: Path, pattern: str, taken_back: str | None) -> None:
    lines = [pattern] if taken_back is None else [pattern, taken_back]
    patterns = Patterns(lines)
    assert {path for path in PATHS if patterns.cover(path)} == ignored_by_git(work_tree, lines)
