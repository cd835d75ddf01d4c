"""Findings in source code as text: header, excerpt, counts, LR curves, help."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from lrlint.findings import Curves, Finding, Location, Related
from lrlint.output.numbers import counted, short
from lrlint.output.sparkline import sparkline
from lrlint.output.style import SEVERITIES, Style, printable
from lrlint.reports import CheckReport

SHOWN_LINES = 6
"""A finding over more lines than this is shown by its first ones."""
SHOWN_COLUMNS = 140
CURVE_WIDTH = 40


def check_blocks(report: CheckReport, style: Style) -> Iterator[str]:
    """One block of lines per finding."""
    lines = {path: _lines(source) for path, source in report.sources.items()}
    for finding in report.findings:
        yield "".join(f"{line}\n" for line in _block(finding, lines, style))


def _lines(source: str) -> list[str]:
    # str.splitlines would also split at form feeds and other marks that are no line ends to Python.
    return source.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _block(finding: Finding, lines: Mapping[str, Sequence[str]], style: Style) -> Iterator[str]:
    place = finding.location
    margin = " " * len(str(place.end_line + 1))
    code = style(finding.code, SEVERITIES[finding.severity], "bold")
    message = style(printable(finding.message), "bold")
    yield f"{_place(place, style)}: {code} [{style.severity(finding.severity)}] {message}"
    if place.path in lines:
        yield from _excerpt(finding, lines[place.path], margin, style)
    for label, text in _notes(finding, style):
        mark = style("=", "blue", "bold")
        yield f"{margin} {mark} {style(label, 'bold')}{text}"


def _place(place: Location, style: Style) -> str:
    return f"{style(printable(place.path), 'bold')}:{place.line}:{place.column}"


def _excerpt(finding: Finding, lines: Sequence[str], margin: str, style: Style) -> Iterator[str]:
    """The lines of the finding, carets below, with the line before and after where these are not blank."""
    place = finding.location
    last = min(place.end_line, place.line + SHOWN_LINES - 1)
    bar = style("|", "blue", "bold")
    yield f"{margin} {bar}"
    for number in range(max(place.line - 1, 1), min(last + 1, len(lines)) + 1):
        text = lines[number - 1]
        numbered = f"{style(str(number).rjust(len(margin)), 'blue', 'bold')} {bar}"
        if place.line <= number <= last:
            before, marked, after = _cut(text, *_columns(place, number, text))
            carets = "^" * max(_width(marked), 1)
            yield f"{numbered} {before}{marked}{after}"
            yield f"{margin} {bar} {' ' * _width(before)}{style(carets, SEVERITIES[finding.severity], 'bold')}"
        elif text.strip():
            yield f"{numbered} {''.join(_cut(text, 0, 0))}"
    yield f"{margin} {bar}"


def _columns(place: Location, number: int, text: str) -> tuple[int, int]:
    """The 0-based stretch of line `number` that belongs to the finding, without its indentation."""
    start = place.column - 1 if number == place.line else len(text) - len(text.lstrip())
    end = place.end_column - 1 if number == place.end_line else len(text.rstrip())
    return start, max(end, start + 1)


def _cut(text: str, start: int, end: int) -> tuple[str, str, str]:
    """What comes before, in and after a stretch of a line, as far as SHOWN_COLUMNS reach around its start."""
    begin = max(0, start - SHOWN_COLUMNS // 2) if len(text) > SHOWN_COLUMNS else 0
    stop = begin + SHOWN_COLUMNS
    before = ("…" if begin else "") + _shown(text[begin:start])
    after = _shown(text[end:stop]) + ("…" if stop < len(text) else "")
    return before, _shown(text[start : min(end, stop)]), after


def _shown(text: str) -> str:
    return printable(text.replace("\t", "    "))


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def _notes(finding: Finding, style: Style) -> Iterator[tuple[str, str]]:
    if finding.promised is not None:
        yield "promised:  ", printable(finding.promised)
    if finding.delivered is not None:
        yield "delivered: ", printable(finding.delivered)
    if finding.curves is not None:
        yield from _curves(finding.curves, style)
    for related in finding.related:
        yield "see ", _related(related, style)
    yield "help: ", printable(finding.help)
    if finding.fix is not None:
        yield ("fix: " if finding.fix.safe else "unsafe fix: "), printable(finding.fix.description)


def _related(related: Related, style: Style) -> str:
    return f"{_place(related.location, style)}: {printable(related.message)}"


def _curves(curves: Curves, style: Style) -> Iterator[tuple[str, str]]:
    """Both curves on one scale, each over the full width: a run is as long as it is, whatever was promised."""
    values = (*curves.promised, *curves.delivered)
    low, high = min(values, default=0.0), max(values, default=0.0)
    for label, curve, steps, color in (
        ("lr promised:  ", curves.promised, curves.promised_steps, "green"),
        ("lr delivered: ", curves.delivered, curves.delivered_steps, "red"),
    ):
        line = sparkline(list(enumerate(curve)), CURVE_WIDTH, low, high)
        yield label, f"{style(line.ljust(CURVE_WIDTH), color)}  {_ends(curve)} in {counted(steps, 'step')}"


def _ends(curve: Sequence[float]) -> str:
    """Start, peak where it is neither end, and end."""
    if not curve:
        return "nothing"
    start, peak, end = curve[0], max(curve), curve[-1]
    values = (start, end) if peak in (start, end) else (start, peak, end)
    return " → ".join(short(value) for value in values)
