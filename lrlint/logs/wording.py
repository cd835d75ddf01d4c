"""How numbers stand in messages."""

from __future__ import annotations


def number(value: float) -> str:
    """Three significant digits, without a needless exponent: 0.1, 2.5e-05, 1440."""
    text = f"{value:.3g}"
    return str(round(value)) if "e+" in text and abs(value) < 1e6 else text


def count(value: float) -> str:
    """A whole number with thousands separated: 9,380."""
    return f"{round(value):,}"


def share(part: float) -> str:
    """A part of one in whole per cent."""
    return f"{part:.0%}"


def span(steps: float) -> str:
    """A number of steps in words: 1 step, 9,380 steps."""
    return "1 step" if round(steps) == 1 else f"{count(steps)} steps"
