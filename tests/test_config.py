"""`[tool.lrlint]`: where it is looked for, what it may say, and how its mistakes are named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lrlint.config import ConfigError, Settings, load_settings

EVERYTHING = """
[tool.lrlint]
select = ["LR1", "RUN"]
ignore = ["LR104"]
exclude = ["old/"]
per-file-ignores = { "tests/*" = ["LR4"] }

[tool.lrlint.logs]
lr-tags = ["learning_rate"]
loss-tags = ["objective"]
step-tag = "iteration"
"""


def write(path: Path, text: str) -> Path:
    """Write `text` to `path`, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_every_key_arrives_in_the_settings(tmp_path: Path) -> None:
    """Kebab case in TOML, snake case in Python."""
    write(tmp_path / "pyproject.toml", EVERYTHING)
    assert load_settings(str(tmp_path)) == Settings(
        select=("LR1", "RUN"),
        ignore=("LR104",),
        exclude=("old/",),
        per_file_ignores=(("tests/*", ("LR4",)),),
        lr_tags=("learning_rate",),
        loss_tags=("objective",),
        step_tag="iteration",
        root=str(tmp_path),
    )


def test_the_nearest_file_with_a_section_of_ours_counts(tmp_path: Path) -> None:
    """A pyproject.toml of a sub-project that does not mention lrlint leaves the outer one in force."""
    write(tmp_path / "pyproject.toml", '[tool.lrlint]\nignore = ["LR4"]')
    write(tmp_path / "inner" / "pyproject.toml", "[project]\nname = 'x'")
    script = write(tmp_path / "inner" / "src" / "train.py", "")
    assert load_settings(str(script)) == Settings(ignore=("LR4",), root=str(tmp_path))


def test_without_a_file_the_defaults_apply(tmp_path: Path) -> None:
    """The working directory is the root then."""
    assert load_settings(str(tmp_path)) == Settings()


def test_a_file_can_be_named(tmp_path: Path) -> None:
    """Then no other is looked for."""
    write(tmp_path / "pyproject.toml", '[tool.lrlint]\nignore = ["LR4"]')
    named = write(tmp_path / "ci" / "strict.toml", '[tool.lrlint]\nselect = ["LR"]')
    assert load_settings(str(tmp_path), str(named)) == Settings(select=("LR",), root=str(tmp_path / "ci"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.lrlint]\nselct = []", "tool.lrlint: unknown key 'selct', did you mean 'select'?"),
        ("[tool.lrlint]\nlog = {}", "tool.lrlint: unknown key 'log', did you mean 'logs'?"),
        ("[tool.lrlint]\nzzz = 1", "tool.lrlint: unknown key 'zzz'"),
        ("[tool.lrlint.logs]\nlr_tags = []", "tool.lrlint.logs: unknown key 'lr_tags', did you mean 'lr-tags'?"),
        ('[tool.lrlint]\nselect = "LR1"', "tool.lrlint.select: expected a list of strings"),
        ("[tool.lrlint]\nselect = [1]", "tool.lrlint.select: expected a list of strings"),
        ("[tool.lrlint]\nper-file-ignores = []", "tool.lrlint.per-file-ignores: expected a table"),
        (
            '[tool.lrlint]\nper-file-ignores = { "a.py" = "LR1" }',
            "tool.lrlint.per-file-ignores.a.py: expected a list of strings",
        ),
        ("[tool.lrlint.logs]\nstep-tag = []", "tool.lrlint.logs.step-tag: expected a string"),
        ("[tool]\nlrlint = 3 # tool.lrlint", "tool.lrlint: expected a table"),
        ("[tool.lrlint]\nlogs = 3", "tool.lrlint.logs: expected a table"),
    ],
)
def test_mistakes_name_the_file_the_key_and_the_nearest_known_one(tmp_path: Path, text: str, message: str) -> None:
    """A misspelt key that is passed over in silence would leave a rule on, or off, unnoticed."""
    path = write(tmp_path / "pyproject.toml", text)
    with pytest.raises(ConfigError) as error:
        load_settings(str(tmp_path))
    assert str(error.value) == f"{path}: {message}"


def test_what_is_not_toml_is_said_with_its_place(tmp_path: Path) -> None:
    """As far as it can be ours: it mentions tool.lrlint."""
    path = write(tmp_path / "pyproject.toml", "[tool.lrlint]\nselect = [")
    with pytest.raises(ConfigError, match="not TOML: ") as error:
        load_settings(str(tmp_path))
    assert str(error.value).startswith(f"{path}: ")


def test_a_named_file_that_is_missing_or_not_utf8(tmp_path: Path) -> None:
    """Both are the user's to put right."""
    with pytest.raises(ConfigError, match=r"nowhere\.toml: No such file or directory"):
        load_settings(".", str(tmp_path / "nowhere.toml"))
    (tmp_path / "latin.toml").write_bytes(b"[tool.lrlint] # \xff")
    with pytest.raises(ConfigError, match=r"latin\.toml: not TOML: "):
        load_settings(".", str(tmp_path / "latin.toml"))


def test_toml_is_not_even_imported_where_no_file_speaks_of_lrlint(tmp_path: Path) -> None:
    """It would cost every start-up several milliseconds."""
    write(tmp_path / "pyproject.toml", "[project]\nname = 'x'")
    probe = "import sys, lrlint.config as c; c.load_settings('.'); print('tomllib' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.getcwd()}
    run = subprocess.run(
        [sys.executable, "-c", probe], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout == "False\n"
