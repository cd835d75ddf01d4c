"""Colour, and text that is safe to show on a terminal."""

from __future__ import annotations

from lrlint.findings import Severity

RESET = "\x1b[0m"
CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
SEVERITIES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.ADVICE: "cyan"}


class Style:
    """Puts ANSI colours around text, or leaves it alone."""

    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, text: str, *names: str) -> str:
        """`text` in the colours and weights `names`, keys of CODES."""
        if not (self.color and text):
            return text
        return f"\x1b[{';'.join(CODES[name] for name in names)}m{text}{RESET}"

    def severity(self, severity: Severity) -> str:
        """The name of a severity in its colour."""
        return self(severity.value, SEVERITIES[severity], "bold")


def printable(text: str) -> str:
    """`text` with control characters spelled out: paths, tags and sources are not ours to trust."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char == "\xa0" else char.encode("unicode_escape").decode() for char in text
    )
