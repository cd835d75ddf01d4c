"""Settings that a start prints over many lines: configurations of yacs, objects of JSON. They are no part of a log."""

from __future__ import annotations

import re

_YACS = r"\s*(?:[A-Z][A-Z0-9_]*:(?:\s.*)?|- .*|#.*)?"
_SECTION = r"\s*[A-Z][A-Z0-9_]*:\s*"
_JSON = r"\s*(?:\"[^\"]*\"\s*:.*|\"[^\"]*\",?|[-+.\w]+,?|[\[{]|[\]}],?)\s*"
_COUNTED = r"(?i)\s*\"(?:epoch|global_step|step|iteration|iter)\""
_WORD = r"(?i).*:\s*['\"(\[]*(?!nan\b|inf)[a-z/].*"
_FEWEST_KEYS = 8
_FEWEST_WORDS = 3


def without_dumps(lines: list[str]) -> list[str]:
    """The lines, those of settings left empty.

    Settings are a block of many lines that hold words as well as numbers. An object that names its epoch or step is a
    row of a log.
    """
    kept = list(lines)
    behind = 0
    for begin in [place for place, line in enumerate(lines) if line.rstrip().endswith((":", "{"))]:
        if begin >= behind:
            is_object = lines[begin].rstrip().endswith("{")
            behind = _end_of_object(lines, begin) if is_object else _end_of_sections(lines, begin)
            block = lines[begin:behind]
            if _holds_words(block) and (_names_no_step(block) if is_object else _has_many_keys(block)):
                kept[begin:behind] = [""] * len(block)
    return kept


def _end_of_sections(lines: list[str], begin: int) -> int:
    """Behind the last of the lines that are `KEY: value` and nothing else, the first of them a section, `SOLVER:`."""
    if not re.fullmatch(_SECTION, lines[begin]):
        return begin
    return next((n for n in range(begin, len(lines)) if not re.fullmatch(_YACS, lines[n])), len(lines))


def _end_of_object(lines: list[str], begin: int) -> int:
    """Behind the line that closes the object which the line `begin` opens, or where something else comes first."""
    depth = 1
    for place in range(begin + 1, len(lines)):
        line = lines[place].strip()
        if not re.fullmatch(_JSON, line):
            return place
        depth += line.endswith(("{", "[")) - line.startswith(("}", "]"))
        if not depth:
            return place + 1
    return len(lines)


def _has_many_keys(block: list[str]) -> bool:
    return sum(":" in line for line in block) >= _FEWEST_KEYS


def _names_no_step(block: list[str]) -> bool:
    return not any(re.match(_COUNTED, line) for line in block)


def _holds_words(block: list[str]) -> bool:
    return sum(re.fullmatch(_WORD, line) is not None for line in block) >= _FEWEST_WORDS
