"""The series of runs, and how they were understood."""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.output.numbers import counted, steps
from lrlint.output.style import Style, printable
from lrlint.output.text import problem_line
from lrlint.reports import LogsReport, RunSummary

ROLES = ("lr", "loss", "validation", "metric", "gradient_norm", "epoch", "other")
DIAGNOSED = "*"


def render_series(report: LogsReport, *, color: bool = False) -> str:
    """A table per run, roles in the order of ROLES, then what could not be read, then what the mark means."""
    style = Style(color)
    blocks = ["".join(f"{line}\n" for line in _table(run, style)) for run in report.runs]
    problems = [problem_line(problem, style) + "\n" for problem in report.problems]
    blocks += ["".join(problems)] if problems else []
    found = f"{counted(len(report.runs), 'run')} in {counted(report.files, 'file')}"
    return "\n".join(
        [*blocks, f"{found}; {DIAGNOSED} is taken for the LR, the loss or the validation loss of the run\n"]
    )


def _table(run: RunSummary, style: Style) -> Iterator[str]:
    yield f"{style(printable(run.run), 'bold')}: {', '.join(run.formats)}, {counted(run.files, 'file')}"
    ordered = sorted(run.series, key=lambda series: ROLES.index(series.role))
    names = [printable(series.name) for series in ordered]
    width = max(map(len, names), default=0)
    for series, name in zip(ordered, names, strict=True):
        mark = style(DIAGNOSED, "green", "bold") if series.diagnosed else " "
        points, where = counted(series.points, "point"), steps(series.first_step, series.last_step)
        yield f"  {mark} {series.role:<13} {name:<{width}} {points:>16}  {where}".rstrip()
