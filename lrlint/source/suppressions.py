"""Comments that silence findings: `# lrlint: ignore[LR101]` and `# noqa: LR101`."""

from __future__ import annotations

import re

_COMMENT = (
    r"(?i)#\s*(?:lrlint:\s*ignore(?:\[(?P<codes>[^\]]*)\])?|noqa(?::\s*(?P<noqa>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?)"
)
EVERYTHING: frozenset[str] = frozenset()
"""Silences every code."""


def suppressions_in(text: str) -> dict[int, frozenset[str]]:
    """The codes silenced on each line that has such a comment; the empty set silences all of them."""
    found: dict[int, frozenset[str]] = {}
    if "lrlint" not in text and "noqa" not in text.lower():
        return found
    for number, line in enumerate(text.splitlines(), 1):
        for match in re.finditer(_COMMENT, line):
            codes = match.group("codes") or match.group("noqa")
            found[number] = frozenset(re.findall(r"[A-Z]+[0-9]*", codes.upper())) if codes else EVERYTHING
    return found


def silenced(codes: frozenset[str], code: str) -> bool:
    """Whether a suppression comment with these codes (or prefixes of codes) covers `code`."""
    return not codes or any(code.startswith(prefix) for prefix in codes)
