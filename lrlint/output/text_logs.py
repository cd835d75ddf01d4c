"""Runs and their findings as text: a line for the run, one for its schedule, then the findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lrlint.findings import RunFinding
from lrlint.output.numbers import counted, duration, percent, short, steps
from lrlint.output.sparkline import sparkline
from lrlint.output.style import SEVERITIES, Style, printable
from lrlint.reports import LogsReport, RunSummary, ScheduleSummary

CURVE_WIDTH = 20


def run_blocks(report: LogsReport, style: Style, width: int = 0) -> Iterator[str]:
    """One block of lines per run, in the order of the report; the findings of a run under it.

    A run with findings, or a lone one, is drawn if a terminal of `width` columns has room for it.
    """
    for run in report.runs:
        lines = [_summary(run, style)]
        if run.schedule is not None:
            lines.append(f"  schedule: {_schedule(run.schedule)}")
        findings = [finding for finding in report.findings if finding.run == run.run]
        if width and (findings or len(report.runs) == 1):
            from lrlint.output.terminal_plots import run_plots

            lines += [f"  {line}" for line in run_plots(run, findings, width, style)]
        for finding in findings:
            lines += finding_lines(finding, style)
        yield "".join(f"{line}\n" for line in lines)


def _summary(run: RunSummary, style: Style) -> str:
    parts = [steps(run.first_step, run.last_step) or counted(run.points, "point")]
    if run.wall_seconds is not None:
        parts.append(duration(run.wall_seconds))
    if run.lr_low is not None and run.lr_high is not None:
        parts.append(_curve("lr", span(run.lr_low, run.lr_high), run.lr, "green", style))
    if run.loss_start is not None and run.loss_best is not None and run.loss_last is not None:
        course = f"{short(run.loss_start)} → {short(run.loss_last)}, best {short(run.loss_best)}"
        parts.append(_curve("loss", course, run.loss, "yellow", style))
    return f"{style(printable(run.run), 'bold')}: {' · '.join(parts)}"


def span(low: float, high: float) -> str:
    """The lowest and the highest of a series, one number where it never moved."""
    return short(low) if low == high else f"{short(low)} – {short(high)}"


def _curve(label: str, words: str, points: tuple[tuple[int, float], ...], color: str, style: Style) -> str:
    line = sparkline(points, CURVE_WIDTH)
    return f"{label} {words}" + (f" {style(line, color)}" if line else "")


def _schedule(schedule: ScheduleSummary) -> str:
    text = " or ".join(printable(family) for family in schedule.families) or "unknown"
    if schedule.parameters:
        text += f" ({parameters_text(schedule.parameters)})"
    if schedule.fit_error is not None and schedule.families != ("unknown",):
        text += f", fit error {percent(schedule.fit_error)}"
    return text + (f": {printable(schedule.reason)}" if schedule.reason else "")


def parameters_text(parameters: Mapping[str, object]) -> str:
    """`max_lr=0.1, milestones=[30, 60]`."""
    return ", ".join(f"{name}={_value(value)}" for name, value in parameters.items())


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(item) for item in value)}]"
    return short(value) if isinstance(value, float) else printable(str(value))


def finding_lines(finding: RunFinding, style: Style) -> list[str]:
    """What was found and where, and what to do about it."""
    code = style(finding.code, SEVERITIES[finding.severity], "bold")
    place = ", ".join(part for part in (finding.series, steps(finding.first_step, finding.last_step)) if part)
    where = f" {printable(place)}:" if place else ""
    message = style(printable(finding.message), "bold")
    return [
        f"  {code} [{style.severity(finding.severity)}]{where} {message}",
        f"    {style('help:', 'bold')} {printable(finding.help)}",
    ]
