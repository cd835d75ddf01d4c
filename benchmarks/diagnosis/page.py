"""The tables of docs/diagnosis.md, from what the scoring wrote.

    python -m benchmarks.diagnosis.page --reporting FILE --held-out FILE

The files are those that `score_runs --json` wrote for the reporting half and for the held-out task. The tables stand
between a pair of comments; all else on the page is kept.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from lrlint.registry import load_analyzers

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "diagnosis.md"
BEGIN, END = "<!-- scores -->\n", "<!-- end of scores -->"

Summary = dict[str, Any]

FOUND_BY = {
    "nan": "RUN101",
    "diverging": "RUN102",
    "spike": "RUN103",
    "oscillating": "RUN104",
    "lr_constant": "RUN201",
    "finished_early": "RUN202, RUN206",
    "restart": "RUN203",
    "climbs_back": "RUN204",
    "unfinished": "RUN205",
    "stepped_often": "RUN206, RUN202",
    "tail_wasted": "RUN207",
    "not_learning": "RUN301",
    "overfitting": "RUN302",
    "early_kick": "RUN303",
    "resume_gap": "RUN401",
    "range_test": "RUN501",
    "lr_too_high": "RUN101, 102, 104, 301 or 303",
}


def share(part: int, whole: int) -> str:
    """`0.95 (19/20)`, a dash where there is nothing to count."""
    return f"{part / whole:.2f} ({part}/{whole})" if whole else "–"


def faults_table(*halves: Summary) -> list[str]:
    """Recall per planted fault, and of all."""
    lines = ["| planted fault | found by | recall, reporting half | recall, held-out task |", "|---|---|---|---|"]
    for fault, codes in FOUND_BY.items():
        rows = [half["faults"].get(fault, {}) for half in halves]
        cells = [share(row.get("found", 0), row.get("runs", 0)) for row in rows]
        lines.append(f"| {fault.replace('_', ' ')} | {codes} | {' | '.join(cells)} |")
    total = [[row for fault, row in half["faults"].items() if fault != "healthy"] for half in halves]
    cells = [share(sum(row.get("found", 0) for row in rows), sum(row["runs"] for row in rows)) for rows in total]
    lines.append(f"| **all** | | {' | '.join(f'**{cell}**' for cell in cells)} |")
    healthy = [half["faults"].get("healthy", {"runs": 0}) for half in halves]
    cells = [f"{row.get('also', 0)} of {row['runs']}" for row in healthy]
    return [*lines, f"| healthy runs with a finding | | {' | '.join(cells)} |"]


def analyzers_table(*halves: Summary) -> list[str]:
    """Precision per analyzer: of the runs it speaks of, those that have the fault it names."""
    lines = ["| analyzer | precision, reporting half | precision, held-out task |", "|---|---|---|"]
    for entry in load_analyzers():
        rows = [half["analyzers"].get(entry.code, {}) for half in halves]
        cells = [share(row.get("right", 0), row.get("right", 0) + row.get("wrong", 0)) for row in rows]
        if any(rows):
            lines.append(f"| {entry.code} {entry.name} | {' | '.join(cells)} |")
    return lines


def main() -> None:
    """Renew the tables."""
    options = argparse.ArgumentParser()
    options.add_argument("--reporting", type=Path, required=True)
    options.add_argument("--held-out", type=Path, required=True)
    asked = options.parse_args()
    halves = [json.loads(path.read_text()) for path in (asked.reporting, asked.held_out)]
    tables = "\n".join([*faults_table(*halves), "", *analyzers_table(*halves), ""])
    head, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(head + BEGIN + tables + END + rest.partition(END)[2])


if __name__ == "__main__":
    main()
