"""`lrlint rule`."""

from __future__ import annotations

from collections.abc import Sequence

import click

from lrlint.cli.emit import wants_color, write_out
from lrlint.config import unknown
from lrlint.output.rules import Explained, render_rules_json, render_rules_text


@click.command("rule", short_help="Explain a rule or an analyzer, or list them all.")
@click.argument("code", required=False)
@click.option("--format", type=click.Choice(("text", "json")), default="text", show_default=True, help="Output format.")
def command(code: str | None, format: str) -> int:
    """Explain the rule or analyzer CODE; without one, list them all."""
    entries = _chosen(code)
    if format == "json":
        write_out(render_rules_json(entries), machine=True)
    else:
        write_out(render_rules_text(entries, explain=code is not None, color=wants_color()))
    return 0


def _chosen(code: str | None) -> Sequence[Explained]:
    from lrlint.registry import load_analyzers, load_rules

    entries: list[Explained] = [*load_rules(), *load_analyzers()]
    if code is None:
        return entries
    chosen = [entry for entry in entries if entry.code == code.upper()]
    if not chosen:
        raise click.UsageError(unknown("code", code.upper(), [entry.code for entry in entries]))
    return chosen
