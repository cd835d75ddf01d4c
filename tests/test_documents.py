"""The documents say what the code does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from lrlint.cli.check import command as check
from lrlint.cli.compare import command as compare
from lrlint.cli.group import COMMANDS
from lrlint.cli.logs import command as logs
from lrlint.cli.range_test import command as range_test
from lrlint.config import GENERAL, LOGS
from lrlint.registry import load_analyzers, load_rules

TOP = Path(__file__).parent.parent
CODES = {entry.code for entry in load_rules()} | {entry.code for entry in load_analyzers()}


def read(name: str) -> str:
    """A document of the project."""
    return (TOP / name).read_text()


def test_what_is_generated_is_up_to_date() -> None:
    """docs/rules.md, and the table and the examples of the README."""
    command = [sys.executable, "docs/generate.py", "--check"]
    run = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")


@pytest.mark.parametrize("name", ["CHANGELOG.md", "README.md", "docs/rules.md"])
def test_every_code_is_in_the_documents_and_no_other(name: str) -> None:
    """Examples of prefixes and of what is still to come would mislead as much as a gap."""
    assert set(re.findall(r"\b(?:LR|RUN)\d{3}\b", read(name))) == CODES


def test_every_option_and_command_is_documented() -> None:
    """In docs/command-line.md."""
    text = read("docs/command-line.md")
    for command in (check, logs, compare, range_test):
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert f"`{parameter.opts[0]}" in text
    for name in COMMANDS:
        assert f"lrlint {name}" in text


def test_every_configuration_key_is_documented() -> None:
    """In the example of docs/configuration.md."""
    text = read("docs/configuration.md")
    for key in (*GENERAL, *LOGS):
        assert re.search(rf"^{key} = ", text, re.MULTILINE), key


@pytest.mark.parametrize("path", [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted((TOP / "docs").glob("*.md"))])
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    """Files exist, and so do the headings that a link names."""
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", path.read_text()):
        file, _, anchor = target.partition("#")
        assert (path.parent / file).is_file(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", (path.parent / file).read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading).replace(" ", "-").lower() for heading in headings}


def test_the_conventions_of_documents_hold_no_tabs_and_no_trailing_blanks() -> None:
    """They would show up as noise in every later change."""
    for path in [*TOP.glob("*.md"), *(TOP / "docs").glob("*.md")]:
        assert not re.search(r"\t|[ ]+$", path.read_text(), re.MULTILINE), path
