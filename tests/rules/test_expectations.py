"""Every script in fixtures/scripts has the findings that its comments expect, and no others.

`# error: LR101 5` expects LR101 at column 5 of that line. Every other line is a test for false alarms.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lrlint.check import check
from lrlint.config import Settings
from lrlint.registry import load_rules

SCRIPTS = Path(__file__).parents[2] / "fixtures" / "scripts"
PATHS = sorted(SCRIPTS.glob("**/*.py"))
RULES = load_rules()
CODES = {entry.code for entry in RULES}


def expected(path: Path) -> list[tuple[int, int, str]]:
    """`(line, column, code)` of every expectation in a script that a rule can meet."""
    return [
        (line, int(column), code)
        for line, text in enumerate(path.read_text().splitlines(), 1)
        for comment in re.findall(r"# error: (.*)", text)
        for code, column in re.findall(r"(LR\d+) (\d+)", comment)
        if code in CODES
    ]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_script_has_exactly_the_findings_that_it_expects(path: Path) -> None:
    """Code, line and column."""
    report = check([str(path)], Settings(select=("LR",)))
    assert not report.problems
    found = [(finding.location.line, finding.location.column, finding.code) for finding in report.findings]
    assert found == expected(path)


def test_scripts_checked_together_have_the_same_findings() -> None:
    """What stands in one script says nothing about another."""
    report = check([str(SCRIPTS)], Settings(select=("LR",)))
    found = [(Path(f.location.path), f.location.line, f.location.column, f.code) for f in report.findings]
    assert not report.problems
    assert found == [(path, *one) for path in PATHS for one in expected(path)]


@pytest.mark.parametrize("entry", RULES, ids=lambda entry: entry.code)
def test_every_rule_has_a_script_with_its_bug_and_one_without(entry: object) -> None:
    """In the folder of its name."""
    name = getattr(entry, "name", "").replace("-", "_")
    bad, good = list(SCRIPTS.glob(f"{name}/bad_*.py")), list(SCRIPTS.glob(f"{name}/good_*.py"))
    assert good
    assert {code for path in bad for _, _, code in expected(path)} >= {getattr(entry, "code", "")}
