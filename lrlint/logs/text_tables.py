"""Tables in a plain text: a line of names, then lines of as many cells, behind time stamps or not."""

from __future__ import annotations

import re

from lrlint.config import Settings
from lrlint.logs.roles import PRIMARY, role_of
from lrlint.logs.run import Role

_CELLS = r"\s*(?:\||\t|\s{2})\s*"
_COUNT = r"(?i)epochs?|steps?|iter|iteration"
_COUNT_BEFORE_CELLS = r"(?:epochs?|steps?|iter|iteration)(?:\s*[|\t]|\s\s)"
_NAME = r"[A-Za-z_][\w ./()%-]*"
_FEWEST_CELLS = 3

Numbers = dict[str, float]


def header_of(line: str, settings: Settings) -> list[str] | None:
    """The names of the columns, if the line holds nothing else: a count first, then an LR or a loss among others."""
    if "=" in line or ": " in line or not ("\t" in line or "  " in line or "|" in line):
        return None  # most lines of most logs, at little cost
    text = line.lower()
    if not ("epoch" in text or "step" in text or "iter" in text) or not re.search(_COUNT_BEFORE_CELLS, text):
        return None
    names = _cells(line)
    plain = len(names) >= _FEWEST_CELLS and all(re.fullmatch(_NAME, name) for name in names)
    if not plain or not re.fullmatch(_COUNT, names[0]):
        return None
    return names if any(role_of(name, "", settings) in PRIMARY for name in names[1:]) else None


def row_of(line: str, names: list[str], settings: Settings) -> tuple[Numbers, Numbers] | None:
    """The count and the values of a row below a header, None where the line is none.

    It has a cell for every name, a whole number first, and a number wherever the name says what it is.
    """
    cells = _cells(line)
    if len(cells) != len(names) or not cells[0].isdigit():
        return None
    known = [
        (name, cell)
        for name, cell in zip(names[1:], cells[1:], strict=True)
        if role_of(name, "", settings) is not Role.OTHER
    ]
    try:
        values = {name: float(cell) for name, cell in known}
    except ValueError:
        return None
    return {"epoch" if names[0].lower().startswith("epoch") else "step": float(cells[0])}, values


def _cells(line: str) -> list[str]:
    """The cells of a line that hold something; of the first its last word, for a time stamp may stand before it."""
    first, *others = [cell for cell in re.split(_CELLS, line.strip()) if cell] or [""]
    return [first.rpartition(" ")[2], *others]
