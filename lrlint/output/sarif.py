"""SARIF 2.1.0, the format of code scanning services.

The standard: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html. Paths are percent-encoded
URIs, relative to the working directory where they lie below it; columns count code points.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from lrlint import __version__
from lrlint.findings import Edit, Finding, Fix, Location, Problem, Related, RunFinding, Severity
from lrlint.output.json import finite
from lrlint.output.numbers import steps
from lrlint.registry import Entry, load_analyzers, load_rules
from lrlint.reports import CheckReport, LogsReport

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.ADVICE: "note"}

Node = dict[str, object]


def render_sarif(report: CheckReport | LogsReport) -> str:
    """One SARIF log with one run, every rule described, problems as notifications of the invocation."""
    if isinstance(report, CheckReport):
        rules = [_rule(entry) for entry in load_rules()]
        results = [_result(finding) for finding in report.findings]
    else:
        rules = [_rule(entry) for entry in load_analyzers()]
        results = [_run_result(finding) for finding in report.findings]
    run: Node = {
        "tool": {"driver": {"name": "lrlint", "version": __version__, "rules": rules}},
        "invocations": [_invocation(report.problems)],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(finite(log), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _rule(entry: Entry) -> Node:  # type: ignore[type-arg]
    return {
        "id": entry.code,
        "name": entry.name,
        "shortDescription": {"text": entry.explanation.partition("\n")[0] or entry.name},
        "help": {"text": entry.explanation or entry.name, "markdown": entry.explanation or entry.name},
        "defaultConfiguration": {"enabled": entry.severity is not Severity.ADVICE, "level": LEVELS[entry.severity]},
    }


def _result(finding: Finding) -> Node:
    result: Node = {
        "ruleId": finding.code,
        "level": LEVELS[finding.severity],
        "message": {"text": f"{finding.message}\nHelp: {finding.help}"},
        "locations": [_location(finding.location)],
        "properties": {
            "confidence": finding.confidence.value,
            "promised": finding.promised,
            "delivered": finding.delivered,
        },
    }
    if finding.related:
        result["relatedLocations"] = [_related(number, related) for number, related in enumerate(finding.related)]
    if finding.fix:
        result["fixes"] = [_fix(finding.fix)]
    return result


def _run_result(finding: RunFinding) -> Node:
    place = "".join(f"{part}: " for part in (steps(finding.first_step, finding.last_step), finding.series) if part)
    return {
        "ruleId": finding.code,
        "level": LEVELS[finding.severity],
        "message": {"text": f"{place}{finding.message}\nHelp: {finding.help}"},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(finding.run)}}],
        "properties": {
            "confidence": finding.confidence.value,
            "series": finding.series,
            "first_step": finding.first_step,
            "last_step": finding.last_step,
            "evidence": finding.evidence,
        },
    }


def _location(location: Location) -> Node:
    return {"physicalLocation": {"artifactLocation": _artifact(location.path), "region": _region(location)}}


def _region(location: Location) -> Node:
    return {
        "startLine": location.line,
        "startColumn": location.column,
        "endLine": location.end_line,
        "endColumn": location.end_column,
    }


def _related(number: int, related: Related) -> Node:
    return {"id": number, **_location(related.location), "message": {"text": related.message}}


def _fix(fix: Fix) -> Node:
    paths = dict.fromkeys(edit.location.path for edit in fix.edits)
    changes = [_change(path, [edit for edit in fix.edits if edit.location.path == path]) for path in paths]
    return {"description": {"text": fix.description}, "artifactChanges": changes}


def _change(path: str, edits: Sequence[Edit]) -> Node:
    replacements = [
        {"deletedRegion": _region(edit.location), "insertedContent": {"text": edit.replacement}} for edit in edits
    ]
    return {"artifactLocation": _artifact(path), "replacements": replacements}


def _invocation(problems: Sequence[Problem]) -> Node:
    notifications = [_notification(problem) for problem in problems]
    complete = not any(problem.lost for problem in problems)
    return {"executionSuccessful": complete, "toolExecutionNotifications": notifications}


def _notification(problem: Problem) -> Node:
    place: Node = {"artifactLocation": _artifact(problem.path)}
    if problem.line is not None:
        place["region"] = {"startLine": problem.line}
    elif problem.offset is not None:
        place["region"] = {"byteOffset": problem.offset}
    return {
        "level": "error" if problem.lost else "note",
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": place}],
    }


def _artifact(path: str) -> Node:
    """`path` as a URI reference; bytes that are no UTF-8 are percent-encoded as they are."""
    from urllib.parse import quote

    relative = os.path.relpath(path) if os.path.isabs(path) else os.path.normpath(path)
    if relative.split(os.sep, 1)[0] == os.pardir:
        return {"uri": "file://" + quote(os.fsencode(os.path.abspath(path)))}
    return {"uri": quote(os.fsencode(relative.replace(os.sep, "/")))}
