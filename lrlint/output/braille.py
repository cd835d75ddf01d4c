"""Curves as a few lines of braille characters: two by four dots in each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a braille character, by row and column (Unicode, U+2800 and on)."""

Point = tuple[float, float]


def braille(
    points: Sequence[Point], width: int, height: int, low: float, high: float, span: tuple[float, float] | None = None
) -> list[str]:
    """`(x, y)` points as `height` lines of `width` characters, joined by strokes.

    `span` is what the lines cover of the x axis, by default from the first point to the last. Points above `high` and
    below `low` stand at the edge; one that is not finite leaves a gap.
    """
    cells = [[0x2800] * width for _ in range(height)]
    left, right = span or (min((x for x, _ in points), default=0.0), max((x for x, _ in points), default=0.0))
    before: tuple[int, int] | None = None
    for x, y in points:
        if not math.isfinite(y):
            before = None
            continue
        across = (x - left) / (right - left) if right > left else 0.5
        # Halves, because the largest floats may lie further apart than a float can tell.
        down = 1 - (min(max(y, low), high) / 2 - low / 2) / (high / 2 - low / 2) if high > low else 0.5
        here = round(across * (2 * width - 1)), round(down * (4 * height - 1))
        for column, row in _stroke(before or here, here):
            cells[row // 4][column // 2] |= DOTS[row % 4][column % 2]
        before = here
    return ["".join(map(chr, line)) for line in cells]


def _stroke(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
    for step in range(length + 1):
        yield tuple(round(a + (b - a) * step / length) for a, b in zip(start, end, strict=True))  # type: ignore[misc]


def framed(lines: Sequence[str], width: int, low: str, high: str, left: str, right: str) -> list[str]:
    """A plot with the ends of its axes: `high` and `low` before its first and last line, `left` and `right` below.

    `lines` may be coloured; `width` is the number of their visible characters.
    """
    margin = max(len(low), len(high))
    labels = [high, *[""] * (len(lines) - 2), low]
    body = [f"{label:>{margin}} ┤{line}" for label, line in zip(labels, lines, strict=True)]
    return [*body, f"{'':{margin}} └{'─' * width}", f"{'':{margin}}  {left}{right:>{max(width - len(left), 1)}}"]
