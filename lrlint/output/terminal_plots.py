"""LR and loss of a run side by side as braille plots, with the findings marked below."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lrlint.findings import RunFinding
from lrlint.output.braille import Point, braille, framed
from lrlint.output.numbers import short
from lrlint.output.style import SEVERITIES, Style
from lrlint.reports import RunSummary

HEIGHT = 7
NARROWEST, WIDEST = 24, 64
COLORS = {"lr": "green", "loss": "yellow"}
GAP = "   "
WIDE = 50.0
"""A loss that spans so many times its lowest value is drawn over a log scale."""


def run_plots(run: RunSummary, findings: Sequence[RunFinding], width: int, style: Style) -> list[str]:
    """The lines of the plots, at most `width` characters wide; none where there is no room or nothing to draw."""
    curves = [(name, points) for name, points in (("lr", run.lr), ("loss", run.loss)) if len(points) > 1]
    if run.first_step is None or run.last_step is None or not curves:
        return []
    frame = 12  # the labels of the vertical axis, at their widest
    room = min((width - 2) // len(curves) - frame - len(GAP), WIDEST)
    if room < NARROWEST:
        return []
    span = (run.first_step, run.last_step)
    blocks = [
        _block(name, points, span, room, style) + _marks(findings, span, room, _margin(points), style)
        for name, points in curves
    ]
    tallest = max(len(block) for block in blocks)
    padded = [block + [_blank(block)] * (tallest - len(block)) for block in blocks]
    return [GAP.join(lines).rstrip() for lines in zip(*padded, strict=True)]


def _blank(block: Sequence[str]) -> str:
    return " " * len(block[HEIGHT + 1])  # the axis: it is as wide as the block, and never coloured


def _ends(points: Sequence[Point]) -> tuple[float, float]:
    heights = [y for _, y in points if math.isfinite(y)] or [0.0]
    return min(heights), max(heights)


def _margin(points: Sequence[Point]) -> int:
    """The columns before the curve: the longer label and the axis."""
    return 2 + max(len(short(end)) for end in _ends(points))


def _block(name: str, points: Sequence[Point], span: tuple[int, int], width: int, style: Style) -> list[str]:
    low, high = _ends(points)
    labels = short(low), short(high), f"{span[0]:,}", f"{span[1]:,}"
    title = " " * _margin(points) + name
    if name == "loss" and low > 0 and high > WIDE * low:
        title += ", log scale"
        points = [(x, math.log10(y) if math.isfinite(y) else y) for x, y in points]
        low, high = math.log10(low), math.log10(high)
    curve = braille(points, width, HEIGHT, low, high, span)
    frame = framed([style(line, COLORS[name]) for line in curve], width, *labels)
    return [title.ljust(len(frame[HEIGHT])), *frame]


def _marks(findings: Sequence[RunFinding], span: tuple[int, int], width: int, margin: int, style: Style) -> list[str]:
    """An arrow with its code below the first step of each finding, in as many lines as they need."""
    rows: list[list[tuple[int, RunFinding]]] = []
    placed = [(finding.first_step, finding) for finding in findings if finding.first_step is not None]
    for step, finding in sorted(placed, key=lambda pair: pair[0]):
        part = (step - span[0]) / max(span[1] - span[0], 1)
        column = round(min(max(part, 0.0), 1.0) * (width - 1))
        taken = len(finding.code) + 2
        begin = min(column, width - taken)
        row = next((row for row in rows if row[-1][0] + taken <= begin), None)
        if row is None:
            rows.append([(column, finding)])
        else:
            row.append((column, finding))
    return [_mark_line(row, width, margin, style) for row in rows]


def _mark_line(row: Sequence[tuple[int, RunFinding]], width: int, margin: int, style: Style) -> str:
    line, used = " " * margin, 0
    for column, finding in row:
        mark = "▲" + finding.code
        if column + len(mark) > width:
            column, mark = width - len(mark), finding.code + "▲"
        line += " " * (column - used) + style(mark, SEVERITIES[finding.severity])
        used = column + len(mark)
    return line + " " * (width - used)
