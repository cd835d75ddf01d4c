"""`lrlint rule`: the documentation of rules and analyzers, from the docstrings alone."""

from __future__ import annotations

import json

from lrlint.output.rules import Explained
from lrlint.registry import load_analyzers, load_rules
from tests.cli.conftest import Run

ENTRIES: list[Explained] = [*load_rules(), *load_analyzers()]


def test_all_codes_are_listed_with_name_and_severity(lrlint: Run) -> None:
    """Rules first, then analyzers, one a line."""
    lines = lrlint("rule").stdout.decode().splitlines()
    assert [line.split() for line in lines] == [[entry.code, entry.name, entry.severity.value] for entry in ENTRIES]


def test_one_is_explained_by_its_docstring(lrlint: Run) -> None:
    """Codes are found in either case of letters."""
    entry = ENTRIES[-1]
    shown = lrlint("rule", entry.code.lower()).stdout.decode()
    assert shown == f"{entry.code} {entry.name} [{entry.severity.value}]\n\n{entry.explanation}\n"


def test_programs_get_the_same_as_json(lrlint: Run) -> None:
    """With or without a code the shape is one."""
    document = json.loads(lrlint("rule", "--format", "json").stdout)
    assert [rule["code"] for rule in document["rules"]] == [entry.code for entry in ENTRIES]
    (rule,) = json.loads(lrlint("rule", "RUN101", "--format", "json").stdout)["rules"]
    assert list(rule) == ["code", "name", "severity", "explanation"]
