"""Recall and false alarms on a folder of labelled logs.

    python benchmarks/diagnosis/score_runs.py FOLDER... [--misses]

FOLDER is what runs.py wrote. A fault is found where a finding carries one of its codes, at its step to within the
tolerance of the label. A healthy run with any finding of warning level or above is a false alarm; so is a finding on
a faulty run that names another fault ('also').
"""

from __future__ import annotations

import argparse
import collections
import json
from pathlib import Path

from lrlint.config import Settings
from lrlint.diagnose import diagnose
from lrlint.findings import RunFinding


def names_the_fault(label: dict, finding: RunFinding) -> bool:
    """Whether a finding has the right code and place."""
    if finding.code not in label["codes"]:
        return False
    return label["step"] is None or abs((finding.first_step or 0) - label["step"]) <= label["tolerance"]


def score(folder: Path, misses: bool) -> dict[str, collections.Counter[str]]:
    """Count, per fault and for 'healthy', the runs, those found or falsely alarmed, and wrong additional findings."""
    tally: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for label in map(json.loads, (folder / "labels.jsonl").read_text().splitlines()):
        settings = Settings(select=("RUN",)) if "RUN501" in label["codes"] else Settings()
        findings = diagnose([str(folder / label["name"])], settings).findings
        right = [finding for finding in findings if names_the_fault(label, finding)]
        row = tally[label["fault"] or "healthy"]
        row["runs"] += 1
        row["found"] += bool(right)
        row["also"] += any(finding.code not in label["codes"] for finding in findings)
        if misses and (bool(label["fault"]) != bool(right) or (not label["fault"] and findings)):
            print(label["name"], label["task"], label["codes"], label["step"])
            for finding in findings:
                print("    ", finding.code, finding.first_step, finding.message)
    return tally


def main() -> None:
    """Score and print."""
    options = argparse.ArgumentParser()
    options.add_argument("folders", type=Path, nargs="+")
    options.add_argument("--misses", action="store_true")
    asked = options.parse_args()
    total: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for folder in asked.folders:
        for fault, row in score(folder, asked.misses).items():
            total[fault] += row
    healthy = total.pop("healthy", collections.Counter())
    faulty: collections.Counter[str] = sum(total.values(), collections.Counter())
    print(f"{'fault':20}{'runs':>6}{'recall':>8}{'also':>6}")
    for fault, row in [*sorted(total.items()), ("all", faulty)]:
        print(f"{fault:20}{row['runs']:6}{row['found'] / max(1, row['runs']):8.3f}{row['also']:6}")
    print(f"healthy runs with a finding: {healthy['also']} of {healthy['runs']}")


if __name__ == "__main__":
    main()
