"""Findings in source code as text: header, excerpt, counts, LR curves, help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lrlint.findings import Curves, Finding, Location
from lrlint.output.excerpt import Mark, excerpt
from lrlint.output.numbers import counted, short
from lrlint.output.sparkline import sparkline
from lrlint.output.style import SEVERITIES, Style, printable
from lrlint.reports import CheckReport

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
    margin = " " * len(str(len(lines.get(place.path, ()))))
    code = style(finding.code, SEVERITIES[finding.severity], "bold")
    message = style(printable(finding.message), "bold")
    yield f"{_place(place, style)}: {code} [{style.severity(finding.severity)}] {message}"
    if place.path in lines:
        yield from excerpt(_marks(finding), lines[place.path], margin, style)
    for label, text in _notes(finding, style):
        yield f"{margin} {style('=', 'blue', 'bold')} {style(label, 'bold')}{text}"


def _place(place: Location, style: Style) -> str:
    return f"{style(printable(place.path), 'bold')}:{place.line}:{place.column}"


def _marks(finding: Finding) -> list[Mark]:
    """Carets below the finding, dashes below the related places in the same file."""
    related = [
        Mark(other.location, "-", "blue", other.message)
        for other in finding.related
        if other.location.path == finding.location.path
    ]
    return [Mark(finding.location, "^", SEVERITIES[finding.severity]), *related]


def _notes(finding: Finding, style: Style) -> Iterator[tuple[str, str]]:
    if finding.promised is not None:
        yield "promised:  ", printable(finding.promised)
    if finding.delivered is not None:
        yield "delivered: ", printable(finding.delivered)
    if finding.curves is not None:
        yield from _curves(finding.curves, style)
    for related in finding.related:
        if related.location.path != finding.location.path:
            yield "see ", f"{_place(related.location, style)}: {printable(related.message)}"
    yield "help: ", printable(finding.help)
    if finding.fix is not None:
        yield ("fix: " if finding.fix.safe else "unsafe fix: "), printable(finding.fix.description)


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
