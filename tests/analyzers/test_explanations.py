"""Every analyzer explains itself under the same headings."""

from __future__ import annotations

import re

import pytest

from lrlint.registry import AnalyzerQuestion, Entry, load_analyzers

HEADINGS = ["What it finds", "Why it matters", "Method", "Evidence", "When it stays silent"]


@pytest.mark.parametrize("entry", load_analyzers(), ids=lambda entry: entry.code)
def test_the_explanation_has_the_fixed_headings(entry: Entry[AnalyzerQuestion]) -> None:
    """`lrlint rule RUN101` reads the same for every analyzer."""
    assert re.findall(r"^## (.+)$", entry.explanation, flags=re.MULTILINE) == HEADINGS


def test_codes_and_names_are_unique() -> None:
    """A code or a name given to --select means one analyzer."""
    entries = load_analyzers()
    assert len({entry.code for entry in entries}) == len({entry.name for entry in entries}) == len(entries)
