"""Settings that a start prints over many lines: configurations of yacs, objects of JSON. They are no part of a log."""

from __future__ import annotations

import re
from collections.abc import Iterator

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
    for begin, end in (*_yacs_blocks(lines), *_json_blocks(lines)):
        kept[begin:end] = [""] * (end - begin)
    return kept


def _yacs_blocks(lines: list[str]) -> Iterator[tuple[int, int]]:
    """From where to where lines are `KEY: value` and nothing else, in sections, `SOLVER:`."""
    begin = 0
    while begin < len(lines):
        if not (lines[begin].rstrip().endswith(":") and re.fullmatch(_SECTION, lines[begin])):
            begin += 1
            continue
        end = next((n for n in range(begin, len(lines)) if not re.fullmatch(_YACS, lines[n])), len(lines))
        if sum(":" in line for line in lines[begin:end]) >= _FEWEST_KEYS and _holds_words(lines[begin:end]):
            yield begin, end
        begin = end


def _json_blocks(lines: list[str]) -> Iterator[tuple[int, int]]:
    """From where to where lines are one object of JSON, written with a name a line."""
    begin = 0
    while begin < len(lines):
        end = _end_of_object(lines, begin) if lines[begin].rstrip().endswith("{") else begin
        block = lines[begin:end]
        if _holds_words(block) and not any(re.match(_COUNTED, line) for line in block):
            yield begin, end
        begin = max(end, begin + 1)


def _end_of_object(lines: list[str], begin: int) -> int:
    """Behind the line that closes the object which the line `begin` opens; `begin` where something else comes first."""
    depth = 1
    for place in range(begin + 1, len(lines)):
        line = lines[place].strip()
        depth += line.endswith(("{", "[")) - line.startswith(("}", "]"))
        if not depth:
            return place + 1
        if not re.fullmatch(_JSON, line):
            break
    return begin


def _holds_words(block: list[str]) -> bool:
    return sum(re.fullmatch(_WORD, line) is not None for line in block) >= _FEWEST_WORDS
