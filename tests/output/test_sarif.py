"""SARIF: valid by the published schema, with places, fixes and problems where code scanning looks for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lrlint.findings import Problem
from lrlint.output import render
from lrlint.registry import load_analyzers, load_rules
from lrlint.reports import CheckReport, LogsReport

SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0-rtm.5.json").read_text())


def sarif_run(report: CheckReport | LogsReport) -> Any:
    """The one run of the SARIF log of a report, after validation."""
    log = json.loads(render(report, "sarif"))
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    (run,) = log["runs"]
    return run


def test_the_schema_refuses_what_is_not_sarif() -> None:
    """Otherwise the tests below would prove nothing."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SCHEMA).validate({"version": "2.1.0", "runs": [{"results": [{}]}]})


def test_a_finding_of_check(check_report: CheckReport) -> None:
    """Paths are percent-encoded, columns count code points, the fix is machine-applicable."""
    run = sarif_run(check_report)
    result = run["results"][0]
    artifact = {"uri": "my%20code/train.py"}
    region = {"startLine": 5, "startColumn": 5, "endLine": 5, "endColumn": 21}
    assert run["columnKind"] == "unicodeCodePoints"
    assert (result["ruleId"], result["level"]) == ("LR101", "error")
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
    assert result["relatedLocations"][0]["message"] == {"text": "planned here"}
    assert result["fixes"] == [
        {
            "description": {"text": "move the call into the batch loop"},
            "artifactChanges": [
                {
                    "artifactLocation": artifact,
                    "replacements": [{"deletedRegion": region, "insertedContent": {"text": "pass"}}],
                }
            ],
        }
    ]


def test_input_that_was_lost_makes_the_execution_unsuccessful(check_report: CheckReport) -> None:
    """A remark does not."""
    (invocation,) = sarif_run(check_report)["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"] == {"text": "not Python: unexpected indent"}
    assert notification["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}
    remark = CheckReport((), (Problem("empty", "no Python files in this folder", lost=False),), 0, 0, 0.0)
    assert sarif_run(remark)["invocations"][0]["executionSuccessful"] is True


def test_a_finding_of_logs(logs_report: LogsReport) -> None:
    """The run stands for the file, the steps are in the message, NaN is a string."""
    run = sarif_run(logs_report)
    (result,) = run["results"]
    assert result["message"]["text"].startswith("steps 1,200–1,250: train/loss: the loss is NaN")
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": "runs/a"}}}]
    assert result["properties"]["evidence"]["value"] == "NaN"
    place = run["invocations"][0]["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"]
    assert place["region"] == {"byteOffset": 4096}


def test_every_rule_is_described_with_its_documentation(check_report: CheckReport, logs_report: LogsReport) -> None:
    """Code scanning shows the help beside the alert."""
    for report, entries in ((check_report, load_rules()), (logs_report, load_analyzers())):
        described = {rule["id"]: rule["help"]["markdown"] for rule in sarif_run(report)["tool"]["driver"]["rules"]}
        assert described == {entry.code: entry.explanation for entry in entries}


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("./a#b/50%.py", "a%23b/50%25.py"),
        ("größe.py", "gr%C3%B6%C3%9Fe.py"),
        ("latin-\udcff.py", "latin-%FF.py"),
        ("<stdin>", "%3Cstdin%3E"),
        ("/elsewhere/x y.py", "file:///elsewhere/x%20y.py"),
        (str(Path.cwd() / "sub" / "x.py"), "sub/x.py"),
    ],
)
def test_paths_are_uri_references(path: str, uri: str) -> None:
    """Relative to the working directory where they lie below it."""
    report = CheckReport((), (Problem(path, "unreadable"),), 0, 0, 0.0)
    notification = sarif_run(report)["invocations"][0]["toolExecutionNotifications"][0]
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}
