"""A rule's docstring is its documentation: fixed headings, and snippets that hold what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import getmodule

import pytest

from lrlint.findings import Finding
from lrlint.registry import Entry, RuleQuestion, load_rules

HEADINGS = ["What it finds", "Why it matters", "Example", "Instead", "Fix safety", "When it stays silent"]
RULES = load_rules()
each_rule = pytest.mark.parametrize("entry", RULES, ids=lambda entry: entry.code)


def section(entry: Entry[RuleQuestion], heading: str) -> str:
    """The text under one heading."""
    parts = re.split(r"^## (.+)$", entry.explanation, flags=re.MULTILINE)
    return parts[parts.index(heading) + 1].strip()


def snippets(entry: Entry[RuleQuestion], heading: str) -> list[str]:
    """The code blocks under one heading."""
    return re.findall(r"^```python\n(.*?)^```$", section(entry, heading), flags=re.MULTILINE | re.DOTALL)


@each_rule
def test_the_explanation_has_the_fixed_headings_and_something_under_each(entry: Entry[RuleQuestion]) -> None:
    """`lrlint rule LR101` reads the same for every rule."""
    assert re.findall(r"^## (.+)$", entry.explanation, flags=re.MULTILINE) == HEADINGS
    assert all(section(entry, heading) for heading in HEADINGS)


@each_rule
def test_the_example_is_found_by_this_rule_alone(
    entry: Entry[RuleQuestion], check_text: Callable[[str], tuple[Finding, ...]]
) -> None:
    """Every code block under 'Example' has the bug, and no other."""
    examples = snippets(entry, "Example")
    assert examples
    for example in examples:
        assert {finding.code for finding in check_text(example)} == {entry.code}


@each_rule
def test_what_it_says_to_do_instead_is_silent(
    entry: Entry[RuleQuestion], check_text: Callable[[str], tuple[Finding, ...]]
) -> None:
    """Every code block under 'Instead' is free of all bugs that lrlint knows."""
    better = snippets(entry, "Instead")
    assert better
    for example in better:
        assert check_text(example) == ()


@each_rule
def test_a_rule_lives_in_the_module_of_its_name(entry: Entry[RuleQuestion]) -> None:
    """One module each, named by what it finds."""
    module = getmodule(entry.ask)
    assert module is not None
    assert module.__name__ == f"lrlint.rules.{entry.name.replace('-', '_')}"
    assert entry.ask.__name__ == entry.name.replace("-", "_")


def test_codes_and_names_are_unique() -> None:
    """A code or a name given to --select means one rule."""
    assert len({entry.code for entry in RULES}) == len({entry.name for entry in RULES}) == len(RULES)
