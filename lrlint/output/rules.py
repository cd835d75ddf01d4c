"""What `lrlint rule` shows: explanations of rules and analyzers, or the list of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from lrlint.findings import Severity
from lrlint.output.json import dumps
from lrlint.output.style import SEVERITIES, Style

WIDTH = 100
"""Columns of prose on a terminal, however wide it is."""


class Explained(Protocol):
    """What this output needs of a registry entry."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def explanation(self) -> str: ...


def render_rules_json(entries: Sequence[Explained]) -> str:
    """The entries with their explanations as one JSON object."""
    rules = [
        {"code": entry.code, "name": entry.name, "severity": entry.severity.value, "explanation": entry.explanation}
        for entry in entries
    ]
    return dumps({"rules": rules})


def render_rules_text(entries: Sequence[Explained], *, explain: bool, color: bool) -> str:
    """The explanations in full where `explain` says so, else one line per entry."""
    style = Style(color)
    if explain:
        return "\n".join(_explanation(entry, style) for entry in entries)
    return "".join(f"{line}\n" for line in _table(entries, style))


def _explanation(entry: Explained, style: Style) -> str:
    head = f"{style(entry.code, SEVERITIES[entry.severity], 'bold')} {style(entry.name, 'bold')}"
    text = _typeset(entry.explanation) if style.color else f"{entry.explanation}\n"
    return f"{head} [{style.severity(entry.severity)}]\n\n{text}"


def _typeset(markdown: str) -> str:
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console(force_terminal=True)
    with console.capture() as capture:
        console.print(Markdown(markdown), width=min(console.width, WIDTH))
    return capture.get()


def _table(entries: Sequence[Explained], style: Style) -> Iterator[str]:
    widest_code = max((len(entry.code) for entry in entries), default=0)
    widest_name = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        code = style(entry.code.ljust(widest_code), SEVERITIES[entry.severity], "bold")
        yield f"{code}  {entry.name.ljust(widest_name)}  {style.severity(entry.severity)}"
