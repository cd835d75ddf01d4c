"""Fixes: what they leave is valid, without the finding, with all comments, and needs no second fix."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Callable
from pathlib import Path

import pytest

from lrlint.check import check
from lrlint.config import Settings
from lrlint.findings import Edit, Finding

SCRIPTS = Path(__file__).parents[2] / "fixtures" / "scripts"
FIXABLE = [
    path for path in sorted(SCRIPTS.glob("**/*.py")) if any(f.fix for f in check([str(path)], Settings()).findings)
]


def applied(text: str, edits: list[Edit]) -> str:
    """The text with its edits made, the last one first."""
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda edit: edit.location, reverse=True):
        at = edit.location
        assert at.line == at.end_line
        line = lines[at.line - 1]
        lines[at.line - 1] = line[: at.column - 1] + edit.replacement + line[at.end_column - 1 :]
    return "".join(lines)


def fixed(text: str, findings: tuple[Finding, ...]) -> str:
    """The text with every safe fix applied."""
    return applied(text, [edit for one in findings if one.fix and one.fix.safe for edit in one.fix.edits])


def comments(text: str) -> list[str]:
    """Every comment in the text."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


@pytest.mark.parametrize("path", FIXABLE, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_fix_removes_its_finding_and_nothing_else(
    path: Path, check_text: Callable[[str], tuple[Finding, ...]]
) -> None:
    """And a second run finds nothing more to fix."""
    text = path.read_text()
    after = fixed(text, check_text(text))
    ast.parse(after)
    assert comments(after) == comments(text)
    assert check_text(after) == ()
    assert fixed(after, check_text(after)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("print(s.get_lr())", "print(s.get_last_lr())"),
        ("lr = s.get_lr()[0]  # now", "lr = s.get_last_lr()[0]  # now"),
        ("log(a=s.get_lr(), b=s.get_lr())", "log(a=s.get_last_lr(), b=s.get_last_lr())"),
        ('print(f"é {s.get_lr()}")', 'print(f"é {s.get_last_lr()}")'),
    ],
)
def test_get_lr_becomes_get_last_lr(before: str, after: str, check_text: Callable[[str], tuple[Finding, ...]]) -> None:
    """Wherever it stands in its line."""
    text = "import torch\ns = torch.optim.lr_scheduler.StepLR(o, 30)\n"
    text += "for e in range(90):\n    o.step()\n    s.step()\n    {}\n"
    found = check_text(text.format(before))
    assert {one.code for one in found} == {"LR601"}
    assert fixed(text.format(before), found) == text.format(after)


def test_there_is_something_to_fix() -> None:
    """The list of scripts above is not empty by accident."""
    assert FIXABLE
