"""Recall, precision and false alarms on folders of labelled logs.

    python -m benchmarks.diagnosis.score_runs FOLDER... [--misses] [--json FILE]

FOLDER is what runs.py wrote. A fault is found where a finding carries one of its codes, at its step to within the
tolerance of the label. A healthy run with any finding of warning level or above is a false alarm. For the precision of
an analyzer, a finding is right on a run whose label has its code, and wrong on every other run, faulty ones included.
"""

from __future__ import annotations

import argparse
import collections
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lrlint.config import Settings
from lrlint.diagnose import diagnose
from lrlint.findings import RunFinding

Label = dict[str, Any]
Tally = dict[str, collections.Counter[str]]


def names_the_fault(label: Label, finding: RunFinding) -> bool:
    """Whether a finding has the right code and place."""
    if finding.code not in label["codes"]:
        return False
    return label["step"] is None or abs((finding.first_step or 0) - label["step"]) <= label["tolerance"]


def scored(folder: Path) -> Iterator[tuple[Label, list[RunFinding]]]:
    """Every label of a folder with what is found in its run; range tests are asked for where there is one."""
    for label in map(json.loads, (folder / "labels.jsonl").read_text().splitlines()):
        settings = Settings(select=("RUN",)) if "RUN501" in label["codes"] else Settings()
        yield label, list(diagnose([str(folder / label["name"])], settings).findings)


class Score:
    """What was found, per fault and per analyzer; healthy runs are the fault 'healthy'."""

    def __init__(self) -> None:
        self.faults: Tally = collections.defaultdict(collections.Counter)
        self.analyzers: Tally = collections.defaultdict(collections.Counter)

    def add(self, label: Label, findings: list[RunFinding]) -> bool:
        """Count one run; whether it came out as it should."""
        found = any(names_the_fault(label, finding) for finding in findings)
        row = self.faults[label["fault"] or "healthy"]
        row["runs"] += 1
        row["found"] += found
        row["also"] += any(finding.code not in label["codes"] for finding in findings)
        row["several"] += len(findings) > 1
        for code in {finding.code for finding in findings}:
            self.analyzers[code]["right" if code in label["codes"] else "wrong"] += 1
            self.analyzers[code]["on healthy runs"] += not label["fault"]
        return found if label["fault"] else not findings

    def summary(self) -> dict[str, Any]:
        """The tallies as plain data."""
        return {"faults": dict(sorted(self.faults.items())), "analyzers": dict(sorted(self.analyzers.items()))}

    def report(self) -> str:
        """One line per fault, then one per analyzer."""
        healthy = self.faults.get("healthy", collections.Counter())
        faulty = [(fault, row) for fault, row in sorted(self.faults.items()) if fault != "healthy"]
        total: collections.Counter[str] = sum((row for _, row in faulty), collections.Counter())
        lines = [f"{'fault':20}{'runs':>6}{'recall':>8}{'also':>6}"]
        for fault, row in [*faulty, ("all", total)]:
            lines.append(f"{fault:20}{row['runs']:6}{row['found'] / max(1, row['runs']):8.3f}{row['also']:6}")
        lines.append(f"healthy runs with a finding: {healthy['also']} of {healthy['runs']}")
        lines.append(f"{'analyzer':20}{'right':>6}{'wrong':>8}{'precision':>11}")
        for code, row in sorted(self.analyzers.items()):
            precision = row["right"] / max(1, row["right"] + row["wrong"])
            lines.append(f"{code:20}{row['right']:6}{row['wrong']:8}{precision:11.3f}")
        return "\n".join(lines)


def main() -> None:
    """Score and print."""
    options = argparse.ArgumentParser()
    options.add_argument("folders", type=Path, nargs="+")
    options.add_argument("--misses", action="store_true", help="print what is found in runs that come out wrong")
    options.add_argument("--json", type=Path, help="write the tallies to this file, for page.py")
    asked = options.parse_args()
    score = Score()
    for label, findings in (each for folder in asked.folders for each in scored(folder)):
        right = score.add(label, findings)
        if asked.misses and not right:
            print(label["name"], *(label[key] for key in ("task", "logging", "format", "codes", "step", "tolerance")))
            for finding in findings:
                print("    ", finding.code, finding.first_step, finding.message)
    print(score.report())
    if asked.json:
        asked.json.write_text(json.dumps(score.summary(), indent=1))


if __name__ == "__main__":
    main()
