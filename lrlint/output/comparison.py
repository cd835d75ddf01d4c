"""Comparisons of runs: a table, typeset on a terminal and plain elsewhere, or JSON."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import asdict

from rich import box
from rich.console import Console
from rich.table import Table

from lrlint.compare import Comparison, Contender, Group
from lrlint.output.json import dumps, problem_json
from lrlint.output.numbers import counted, duration, short
from lrlint.output.style import Style, printable
from lrlint.output.text import problem_line
from lrlint.output.text_logs import parameters_text

UNLIMITED = 10_000
"""Columns of an output that is no terminal: nothing is cut or wrapped."""


def render_comparison(comparison: Comparison, format: str, *, color: bool = False) -> str:
    """The comparison as `text` or `json`, with a newline at its end; with `color`, for a terminal."""
    if format == "json":
        return dumps(_json(comparison))
    style = Style(color)
    problems = [problem_line(problem, style) for problem in comparison.problems]
    left_out = [f"{style(printable(run), 'bold')}: left out: no loss to compare" for run in comparison.left_out]
    return "\n".join([_table(comparison, color) + "\n".join(_remarks(comparison)), *left_out, *problems]) + "\n"


def _json(comparison: Comparison) -> dict[str, object]:
    return {
        "loss": comparison.loss,
        "threshold": comparison.threshold,
        "metric": comparison.metric,
        "noise": comparison.noise,
        "degrees_of_freedom": comparison.freedom,
        "groups": [
            {"rank": group.rank, "final": group.final, "runs": [asdict(contender) for contender in group.contenders]}
            for group in comparison.groups
        ],
        "left_out": comparison.left_out,
        "errors": [problem_json(problem, offset=problem.offset, line=problem.line) for problem in comparison.problems],
    }


def _table(comparison: Comparison, color: bool) -> str:
    table = Table(box=box.ROUNDED if color else None, pad_edge=color, header_style="bold")
    table.add_column("rank", justify="right")
    for heading in ("run", "schedule"):
        table.add_column(heading, overflow="fold")
    for heading in _headings(comparison):
        table.add_column(heading, justify="right")
    for group in comparison.groups:
        for contender in group.contenders:
            first = contender is group.contenders[0]
            table.add_row(*_row(group, contender, first=first, comparison=comparison), end_section=False)
        table.add_section()
    buffer = io.StringIO()
    console = Console(file=buffer, force_terminal=color, width=None if color else UNLIMITED, highlight=False)
    console.print(table)
    return "".join(line.rstrip() + "\n" for line in buffer.getvalue().splitlines())


def _headings(comparison: Comparison) -> Iterator[str]:
    yield from ("final", "best", f"steps to {short(comparison.threshold)}")
    if _has_walls(comparison):
        yield "time"
    if comparison.metric is not None:
        yield f"{printable(comparison.metric)}, final (best)"
    yield from ("spikes", "swings", "wasted")


def _row(group: Group, one: Contender, *, first: bool, comparison: Comparison) -> Iterator[str]:
    yield str(group.rank) if first else ""
    yield printable(one.run)
    yield _schedule(one) if first else '"'
    yield short(one.final)
    yield short(one.best)
    yield "never" if one.steps_to is None else f"{one.steps_to:,}"
    if _has_walls(comparison):
        yield "" if one.seconds_to is None else duration(one.seconds_to)
    if comparison.metric is not None:
        yield f"{_number(one.metric_final)} ({_number(one.metric_best)})"
    yield str(one.spikes)
    yield "yes" if one.oscillates else "no"
    yield f"{one.wasted:.0%}"


def _schedule(one: Contender) -> str:
    families = " or ".join(one.families) or "no LR"
    return f"{families} ({parameters_text(one.parameters)})" if one.parameters else families


def _number(value: float | None) -> str:
    return "" if value is None else short(value)


def _has_walls(comparison: Comparison) -> bool:
    return any(one.seconds_to is not None for group in comparison.groups for one in group.contenders)


def _remarks(comparison: Comparison) -> Iterator[str]:
    groups, loss = comparison.groups, printable(comparison.loss)
    yield f"Compared by {loss}: the median of the last twentieth of its rows."
    if comparison.noise is None:
        yield "No run was repeated, so nothing tells these differences from the noise between seeds."
        return
    repeats = counted(comparison.freedom, "degree") + " of freedom"
    yield f"Between repeats it varies by {short(comparison.noise)} (standard deviation, {repeats})."
    best = [group for group in groups if group.rank == 1]
    if len(best) == len(groups) > 1:
        yield "The noise does not tell these schedules apart."
    elif len(groups) > len(best):
        behind = groups[len(best)]
        yield f"The best ({short(groups[0].final)}) is ahead of rank {behind.rank} ({short(behind.final)}) at 95 %."
