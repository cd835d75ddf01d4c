"""The JSON output: the machine contract described in docs/formats.md.

Keys are added, never renamed, within a schema number. JSON has no NaN or Infinity; where a log holds
them, the strings "NaN", "Infinity" and "-Infinity" stand in evidence and parameters, so that a first
NaN can be told from a missing value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from lrlint import __version__
from lrlint.findings import Finding, Fix, Location, Problem, Related, RunFinding
from lrlint.reports import CheckReport, LogsReport, RunSummary, ScheduleSummary

SCHEMA = 1


def render_json(report: CheckReport | LogsReport) -> str:
    """One JSON object, indented, UTF-8 safe, valid whatever numbers the logs held."""
    body = _check(report) if isinstance(report, CheckReport) else _logs(report)
    return dumps(body)


def dumps(body: Mapping[str, object]) -> str:
    """`body` under the keys that every JSON output of lrlint begins with."""
    head = {"schema": SCHEMA, "tool": {"name": "lrlint", "version": __version__}}
    return json.dumps(finite({**head, **body}), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def json_line(key: str, body: Mapping[str, object]) -> str:
    """`body` under `key` and the schema number as one line, for what is written bit by bit."""
    return json.dumps(finite({"schema": SCHEMA, key: body}), ensure_ascii=False, allow_nan=False) + "\n"


def finite(value: object) -> object:
    """`value` with every non-finite float in it replaced by its name."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return value


def _check(report: CheckReport) -> dict[str, object]:
    return {
        "findings": [_finding(finding) for finding in report.findings],
        "errors": [problem_json(problem, line=problem.line) for problem in report.problems],
        "summary": {
            "files": report.files,
            "checked": report.checked,
            "findings": len(report.findings),
            "seconds": round(report.seconds, 3),
        },
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        **_location(finding.location),
        "message": finding.message,
        "help": finding.help,
        "promised": finding.promised,
        "delivered": finding.delivered,
        "related": [_related(related) for related in finding.related],
        "fix": _fix(finding.fix) if finding.fix else None,
    }


def _location(location: Location) -> dict[str, object]:
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }


def _related(related: Related) -> dict[str, object]:
    return {**_location(related.location), "message": related.message}


def _fix(fix: Fix) -> dict[str, object]:
    edits = [{**_location(edit.location), "replacement": edit.replacement} for edit in fix.edits]
    return {"description": fix.description, "safe": fix.safe, "edits": edits}


def problem_json(problem: Problem, **place: int | None) -> dict[str, object]:
    """A problem as JSON; `place` is where in its file, by the names of the contract."""
    return {"path": problem.path, **place, "message": problem.message, "lost": problem.lost}


def _logs(report: LogsReport) -> dict[str, object]:
    return {
        "runs": [_run(run) for run in report.runs],
        "findings": [run_finding_json(finding) for finding in report.findings],
        "errors": [problem_json(problem, offset=problem.offset, line=problem.line) for problem in report.problems],
        "summary": summary_of_logs(report),
    }


def summary_of_logs(report: LogsReport) -> dict[str, object]:
    """The totals of a report about runs."""
    return {
        "runs": len(report.runs),
        "files": report.files,
        "findings": len(report.findings),
        "seconds": round(report.seconds, 3),
    }


def _run(run: RunSummary) -> dict[str, object]:
    return {
        "run": run.run,
        "formats": run.formats,
        "files": run.files,
        "points": run.points,
        "first_step": run.first_step,
        "last_step": run.last_step,
        "wall_seconds": run.wall_seconds,
        "series": [series._asdict() for series in run.series],
        "schedule": _schedule(run.schedule) if run.schedule else None,
    }


def _schedule(schedule: ScheduleSummary) -> dict[str, object]:
    return {
        "families": schedule.families,
        "parameters": schedule.parameters,
        "fit_error": schedule.fit_error,
        "reason": schedule.reason,
    }


def run_finding_json(finding: RunFinding) -> dict[str, object]:
    """A finding about a run as JSON."""
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "confidence": finding.confidence.value,
        "run": finding.run,
        "series": finding.series,
        "first_step": finding.first_step,
        "last_step": finding.last_step,
        "message": finding.message,
        "help": finding.help,
        "evidence": finding.evidence,
    }
