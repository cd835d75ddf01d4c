"""Source lines with underlines and what is said about them, as compilers show them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from lrlint.findings import Location
from lrlint.namedtuples import NamedTuple
from lrlint.output.style import Style, printable

SHOWN_LINES = 6
"""A statement over more lines than this is shown by its first ones."""
SHOWN_COLUMNS = 140


class Mark(NamedTuple):
    """An underline: below which stretch, of which character and colour, with which words beside it."""

    location: Location
    char: str
    color: str
    message: str = ""


def excerpt(marks: Sequence[Mark], lines: Sequence[str], margin: str, style: Style) -> Iterator[str]:
    """The lines of the first mark with the line before and after them, and the first line of each other mark.

    Blank neighbours are left out, and `...` stands for a gap. Line numbers stand in a `margin` of blanks.
    """
    first, last = marks[0].location.line, _last_line(marks[0])
    around = [number for number in (first - 1, last + 1) if 1 <= number <= len(lines) and lines[number - 1].strip()]
    numbers = sorted({*range(first, last + 1), *around, *(mark.location.line for mark in marks)})
    bar = style("|", "blue", "bold")
    yield f"{margin} {bar}"
    for before, number in zip([numbers[0] - 1, *numbers], numbers, strict=False):
        if number > before + 1:
            yield style("...", "blue", "bold")
        here = [mark for mark in marks if _reaches(mark, number, marks[0])]
        shown, *underlines = _annotated(lines[number - 1], number, here, style)
        yield f"{style(str(number).rjust(len(margin)), 'blue', 'bold')} {bar} {shown}"
        yield from (f"{margin} {bar} {underline}" for underline in underlines)
    yield f"{margin} {bar}"


def _last_line(mark: Mark) -> int:
    return min(mark.location.end_line, mark.location.line + SHOWN_LINES - 1)


def _reaches(mark: Mark, number: int, main: Mark) -> bool:
    last = _last_line(mark) if mark is main else mark.location.line
    return mark.location.line <= number <= last


def _annotated(text: str, number: int, marks: Sequence[Mark], style: Style) -> Iterator[str]:
    """A line cut to SHOWN_COLUMNS around its marks, then an underline for each of them."""
    stretches = [_columns(mark.location, number, text) for mark in marks]
    leftmost = min((start for start, _ in stretches), default=0)
    begin = max(0, leftmost - SHOWN_COLUMNS // 2) if len(text) > SHOWN_COLUMNS else 0
    stop = begin + SHOWN_COLUMNS
    dots = "…" if begin else ""
    yield dots + _shown(text[begin:stop]) + ("…" if stop < len(text) else "")
    for mark, (start, end) in zip(marks, stretches, strict=True):
        space = " " * _width(dots + _shown(text[begin : min(start, stop)]))
        line = mark.char * max(_width(_shown(text[start : min(end, stop)])), 1)
        words = f" {printable(mark.message)}" if mark.message else ""
        yield space + style(line + words, mark.color, "bold")


def _columns(place: Location, number: int, text: str) -> tuple[int, int]:
    """The 0-based stretch of line `number` that belongs to `place`, without its indentation."""
    start = place.column - 1 if number == place.line else len(text) - len(text.lstrip())
    end = place.end_column - 1 if number == place.end_line else len(text.rstrip())
    return start, max(end, start + 1)


def _shown(text: str) -> str:
    return printable(text.replace("\t", "    "))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
