"""Run trainspotter, losslint, trainproof and runmedic over logs, each by its own command line and defaults.

    PYTHON benchmarks/diagnosis/peer_tools.py FOLDER > FINDINGS

PYTHON is that of an environment with the four tools (and needs nothing of lrlint); FOLDER holds
`<run>/trainer_state.json` files, a format that all four read. One JSON line per run and tool is written:
`{"run", "tool", "findings": [[check, is it an alarm, [first step, last step] or null]]}`.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Finding = tuple[str, bool, "tuple[float, float] | None"]


def trainspotter(report: Any) -> Iterator[Finding]:
    for one in report["findings"]:
        # The steps of a sustained growth are the last quarter of the run, wherever it began.
        steps = None if "sustained growth" in one["title"] else (one["step_start"], one["step_end"])
        yield f"{one['detector']}: {one['title']}", one["severity"] != "info", steps


def losslint(report: Any) -> Iterator[Finding]:
    for one in report["findings"]:
        details = one["details"]
        steps = details.get("steps") or [step for _, step in details.get("backtracks", [])]
        steps = steps or ([details["since_step"]] if "since_step" in details else [])
        for step in steps or [None]:
            yield one["check"], one["severity"] != "info", _at(step)


def trainproof(report: Any) -> Iterator[Finding]:
    for one in report["reports"][0]["findings"]:
        if one["level"] in ("WARN", "FAIL"):
            first = re.match(r"Steps: \[(\d+)", one["evidence"])
            yield one["id"], True, _at(first and first.group(1))


def runmedic(report: Any) -> Iterator[Finding]:
    for one in report[0]["findings"]:
        steps = [] if one["step"] is None else [one["step"]]
        for line in one["evidence"]:
            if line.startswith("spike steps: "):
                steps += [float(step.replace(",", "")) for step in re.findall(r"\d[\d,]*\d|\d", line)]
        for step in steps or [None]:
            yield one["check"], one["severity"] != "info", _at(step)


def _at(step: Any) -> tuple[float, float] | None:
    return None if step is None else (float(step), float(step))


TOOLS: dict[Callable[[Any], Iterator[Finding]], list[str]] = {
    trainspotter: ["analyze", "{}", "--output", "json"],
    losslint: ["check", "{}", "--format", "json"],
    trainproof: ["epoch", "{}", "--format", "hf", "--json"],
    runmedic: ["diagnose", "{}", "--json"],
}


def output_of(tool: str, arguments: list[str]) -> str:
    """What the tool's command prints."""
    printed = io.StringIO()
    sys.argv = [tool, *arguments]
    with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
        importlib.import_module(f"{tool}.cli").main()
    return printed.getvalue()


def main() -> None:
    """Every tool on every run."""
    for path in sorted(Path(sys.argv[1]).glob("*/trainer_state.json")):
        for read, arguments in TOOLS.items():
            printed = output_of(read.__name__, [argument.format(path) for argument in arguments])
            report = json.loads(printed)
            line = {"run": path.parent.name, "tool": read.__name__, "findings": list(read(report))}
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
