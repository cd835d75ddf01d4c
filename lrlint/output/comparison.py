"""Comparisons of runs: a table, typeset on a terminal and plain elsewhere, or JSON."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lrlint.compare import Comparison, Contender
from lrlint.output.json import dumps, problem_json
from lrlint.output.numbers import counted, duration, short
from lrlint.output.style import Style, printable
from lrlint.output.text import problem_line
from lrlint.output.text_logs import parameters_text

UNLIMITED = 10_000
"""Columns of an output that is no terminal: nothing is cut or wrapped."""

WIDEST = 120
"""Columns of a typeset table at most."""


def render_comparison(comparison: Comparison, format: str, *, color: bool = False) -> str:
    """The comparison as `text` or `json`, with a newline at its end; with `color`, for a terminal."""
    if format == "json":
        return dumps(_json(comparison))
    style = Style(color)
    problems = [problem_line(problem, style) for problem in comparison.problems]
    left_out = [f"{style(printable(run), 'bold')}: left out: no loss to compare" for run in comparison.left_out]
    table = _typeset(comparison) if color else _table(comparison)
    return "\n".join([table + "\n".join(_remarks(comparison)), *left_out, *problems]) + "\n"


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


def _table(comparison: Comparison) -> str:
    """A line per run, as wide as it has to be."""
    table = Table(box=None, pad_edge=False)
    table.add_column("rank", justify="right")
    for heading in ("run", "schedule"):
        table.add_column(heading)
    for heading in _headings(comparison):
        table.add_column(heading, justify="right")
    for group in comparison.groups:
        for contender in group.contenders:
            rank, schedule = (str(group.rank), _schedule(contender)) if contender is group.contenders[0] else ("", '"')
            table.add_row(rank, printable(contender.run), schedule, *_numbers(contender, comparison))
    return _rendered([table], Console(file=io.StringIO(), width=UNLIMITED, highlight=False))


def _typeset(comparison: Comparison) -> str:
    """For a terminal: the rank and the schedule of each group in a line above its runs, which fold where they must."""
    console = Console(file=io.StringIO(), force_terminal=True, highlight=False)
    width = min(console.width, WIDEST)
    runs = [contender for group in comparison.groups for contender in group.contenders]
    folder, file = _shared([one.run for one in runs])
    columns = list(zip(_headings(comparison), *(_numbers(one, comparison) for one in runs), strict=True))
    where = [f"below {printable(folder)}"] * bool(folder) + [f"in {printable(file)}"] * bool(file)
    parts: list[Table | Text] = [Text(", ".join(where), style="dim")] if where else []

    def table(*, header: bool = False) -> Table:
        made = Table(box=None, pad_edge=False, width=width, show_header=header, header_style="bold")
        made.add_column("run", ratio=1, overflow="fold")
        for heading, *cells in columns:
            made.add_column(heading, justify="right", width=max(map(len, [*cells, *heading.split()])))
        return made

    parts.append(table(header=True))
    for group in comparison.groups:
        heading = f"{group.rank}  {_schedule(group.contenders[0])}"
        parts.append(Text(heading, style="bold cyan" if group.rank == 1 else "cyan"))
        of_group = table()
        for contender in group.contenders:
            name = contender.run[len(folder) : len(contender.run) - len(file)].strip(os.sep)
            of_group.add_row(Text(f"   {printable(name)}"), *_numbers(contender, comparison))
        parts.append(of_group)
    return _rendered(parts, console)


def _shared(runs: Sequence[str]) -> tuple[str, str]:
    """The folder that all runs are below and the file name that all end with; empty where they share none."""
    names = {os.path.basename(run) for run in runs}
    file = names.pop() if len(names) == 1 and len(set(runs)) > 1 else ""
    above = [os.path.dirname(os.path.dirname(run) if file else run) for run in runs]
    return os.path.commonpath(above) if len(set(map(os.path.isabs, above))) == 1 else "", file


def _rendered(parts: Iterable[Table | Text], console: Console) -> str:
    with console.capture() as capture:
        for part in parts:
            console.print(part)
    return "".join(line.rstrip() + "\n" for line in capture.get().splitlines())


def _headings(comparison: Comparison) -> Iterator[str]:
    yield from ("final", "best", f"steps to {short(comparison.threshold)}")
    if _has_walls(comparison):
        yield "time"
    if comparison.metric is not None:
        yield f"{printable(comparison.metric)}, final (best)"
    yield from ("spikes", "swings", "wasted")


def _numbers(one: Contender, comparison: Comparison) -> Iterator[str]:
    """A cell for each of the headings."""
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
