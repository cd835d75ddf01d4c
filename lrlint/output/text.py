"""The text output: what people read in a terminal, an editor or the log of a CI job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lrlint.findings import Finding, Problem, RunFinding, Severity
from lrlint.output.numbers import counted, duration
from lrlint.output.style import SEVERITIES, Style, printable
from lrlint.reports import CheckReport, LogsReport


def render_text(report: CheckReport | LogsReport, *, color: bool = False, width: int = 0) -> str:
    """Findings with their pictures, then what could not be read, then one line that sums up.

    `width` is that of the terminal, 0 where there is none: plots of runs are drawn on terminals only.
    """
    style = Style(color)
    if isinstance(report, CheckReport):
        blocks = _check_blocks(report, style) if report.findings else []
    else:
        from lrlint.output.text_logs import run_blocks

        blocks = [*run_blocks(report, style, width)]
    problems = [problem_line(problem, style) + "\n" for problem in report.problems]
    blocks += ["".join(problems)] if problems else []
    return "\n".join([*blocks, summary_line(report, style)])


def summary_line(report: CheckReport | LogsReport, style: Style) -> str:
    """How much was found, looked at and not read."""
    if isinstance(report, CheckReport):
        looked_at = f"{counted(report.files, 'file')}, {report.checked:,} with a schedule"
    else:
        looked_at = f"{counted(len(report.runs), 'run')} in {counted(report.files, 'file')}"
    lost = sum(problem.lost for problem in report.problems)
    unread = f", {style(f'{lost:,} not read', 'red', 'bold')}" if lost else ""
    return f"{_verdict(report.findings, style)} ({looked_at}{unread}, {duration(report.seconds)})\n"


def _check_blocks(report: CheckReport, style: Style) -> list[str]:
    from lrlint.output.text_check import check_blocks

    return [*check_blocks(report, style)]


def problem_line(problem: Problem, style: Style) -> str:
    """One line for input that could not be read, with the place where known."""
    line = f":{problem.line}" if problem.line is not None else ""
    at = f" (at byte {problem.offset:,})" if problem.offset is not None else ""
    kind = style("not read", "red", "bold") if problem.lost else style("note", "cyan", "bold")
    return f"{style(printable(problem.path), 'bold')}{line}: {kind}: {printable(problem.message)}{at}"


def _verdict(findings: Iterable[Finding | RunFinding], style: Style) -> str:
    counts = Counter(finding.severity for finding in findings)
    if not counts:
        return style("No findings", "green", "bold")
    parts = [
        style(counted(counts[severity], severity.value) if severity is not Severity.ADVICE else _advice(counts), color)
        for severity, color in SEVERITIES.items()
        if counts[severity]
    ]
    return f"{style('Found', 'bold')} {', '.join(parts)}"


def _advice(counts: Counter[Severity]) -> str:
    return counted(counts[Severity.ADVICE], "piece") + " of advice"
