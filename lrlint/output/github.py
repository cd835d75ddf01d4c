"""GitHub workflow commands: one annotation per finding and problem.

The notation and its escapes: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from lrlint.findings import Finding, Problem, RunFinding, Severity
from lrlint.output.numbers import steps
from lrlint.reports import CheckReport, LogsReport

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "notice"}


def render_github(report: CheckReport | LogsReport) -> str:
    """One `::error file=…,line=…::…` line per finding, then one per problem."""
    if isinstance(report, CheckReport):
        lines = [_finding(finding) for finding in report.findings]
    else:
        lines = [_run_finding(finding) for finding in report.findings]
    lines += [_problem(problem) for problem in report.problems]
    return "".join(f"{line}\n" for line in lines)


def _finding(finding: Finding) -> str:
    place = finding.location
    properties: dict[str, object] = {"file": place.path, "line": place.line, "endLine": place.end_line}
    if place.line == place.end_line:
        # GitHub's columns are inclusive, and it ignores them on annotations of several lines.
        properties |= {"col": place.column, "endColumn": max(place.column, place.end_column - 1)}
    properties["title"] = f"{finding.code} {finding.name}"
    return _command(LEVELS[finding.severity], properties, f"{finding.message}\nhelp: {finding.help}")


def _run_finding(finding: RunFinding) -> str:
    place = "".join(f"{part}: " for part in (steps(finding.first_step, finding.last_step), finding.series) if part)
    properties: dict[str, object] = {"file": finding.run, "title": f"{finding.code} {finding.name}"}
    return _command(LEVELS[finding.severity], properties, f"{place}{finding.message}\nhelp: {finding.help}")


def _problem(problem: Problem) -> str:
    properties: dict[str, object] = {"file": problem.path}
    if problem.line is not None:
        properties["line"] = problem.line
    at = f" (at byte {problem.offset})" if problem.offset is not None else ""
    return _command("error" if problem.lost else "notice", properties, problem.message + at)


def _command(level: str, properties: dict[str, object], message: str) -> str:
    pairs = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{level} {pairs}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
