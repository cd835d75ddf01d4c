"""The machine contract: keys, order and values of the JSON output."""

from __future__ import annotations

import json

from lrlint import __version__
from lrlint.output import render
from lrlint.reports import CheckReport, LogsReport

TOOL = {"name": "lrlint", "version": __version__}


def test_check_prints_the_contract(check_report: CheckReport) -> None:
    """Every key of the contract, with related places and fixes as they are."""
    statement = {"path": "my code/train.py", "line": 5, "column": 5, "end_line": 5, "end_column": 21}
    planned = {"path": "my code/train.py", "line": 1, "column": 13, "end_line": 1, "end_column": 67}
    optimizer = {"path": "my code/optim.py", "line": 7, "column": 1, "end_line": 7, "end_column": 4}
    document = json.loads(render(check_report, "json"))
    assert list(document) == ["schema", "tool", "findings", "errors", "summary"]
    assert (document["schema"], document["tool"]) == (1, TOOL)
    assert document["findings"][0] == {
        "code": "LR101",
        "name": "one-cycle-per-epoch",
        "severity": "error",
        "confidence": "proven",
        **statement,
        "message": "OneCycleLR is stepped once per epoch, but planned for epochs·len(loader) steps",
        "help": "call scheduler.step() after opt.step(), once per batch",
        "promised": "epochs·len(loader)",
        "delivered": "epochs",
        "related": [{**planned, "message": "planned here"}, {**optimizer, "message": "the optimizer"}],
        "fix": {
            "description": "move the call into the batch loop",
            "safe": False,
            "edits": [{**statement, "replacement": "pass"}],
        },
    }
    assert (document["findings"][1]["promised"], document["findings"][1]["fix"]) == (None, None)
    assert document["errors"] == [
        {"path": "broken.py", "line": 7, "message": "not Python: unexpected indent", "lost": True}
    ]
    assert document["summary"] == {"files": 1204, "checked": 3, "findings": 2, "seconds": 0.123}


def test_logs_prints_the_contract(logs_report: LogsReport) -> None:
    """Every key of the contract; what a log does not hold is null."""
    document = json.loads(render(logs_report, "json"), parse_constant=lambda name: f"invalid JSON: {name}")
    assert list(document) == ["schema", "tool", "runs", "findings", "errors", "summary"]
    counted = {"points": 1251, "first_step": 0, "last_step": 1250, "diagnosed": True}
    assert document["runs"][0] == {
        "run": "runs/a",
        "formats": ["tensorboard"],
        "files": 2,
        "points": 2502,
        "first_step": 0,
        "last_step": 1250,
        "wall_seconds": 3725.0,
        "series": [
            {"name": "train/lr", "role": "lr", **counted},
            {"name": "train/loss", "role": "loss", **counted},
        ],
        "schedule": {
            "families": ["one_cycle", "cosine"],
            "parameters": {"max_lr": 0.1, "total_steps": 9380},
            "fit_error": 0.001,
            "reason": None,
        },
    }
    assert document["runs"][1]["schedule"] is None
    assert document["findings"] == [
        {
            "code": "RUN101",
            "name": "non-finite",
            "severity": "error",
            "confidence": "proven",
            "run": "runs/a",
            "series": "train/loss",
            "first_step": 1200,
            "last_step": 1250,
            "message": "the loss is NaN from step 1,200 on",
            "help": "lower the peak LR",
            "evidence": {"value": "NaN", "before": [2.5, "Infinity"], "lowest": "-Infinity"},
        }
    ]
    assert document["errors"] == [
        {
            "path": "runs/c/events.out.tfevents.1",
            "offset": 4096,
            "line": None,
            "message": "checksum of a record does not match",
            "lost": True,
        }
    ]
    assert document["summary"] == {"runs": 2, "files": 4, "findings": 1, "seconds": 12.3}
