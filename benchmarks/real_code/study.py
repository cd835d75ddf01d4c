"""Findings of `lrlint check` on a folder of checkouts, beside the verdicts published in docs/real-code.md.

`python study.py FOLDER [OPTIONS OF lrlint check...]`: every folder in FOLDER is one repository, named owner__name.
Prints each finding with its verdict (`unread` where it has none), then the findings per repository and per rule.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VERDICTS = Path(__file__).parents[2] / "docs" / "real-code.md"
ROW = re.compile(
    r"\| \[?(?P<repository>[\w.-]+/[\w.-]+)[^|]*\| `(?P<place>[^`]+)` \| (?P<code>LR\d+) \| (?P<verdict>\w+) "
)

Key = tuple[str, str, str]
"""Repository, `path:line`, code."""


def main() -> None:
    """Check every repository and print what was found."""
    folder, *options = sys.argv[1:]
    verdicts = dict(published(VERDICTS.read_text("utf-8")))
    files, per_repository, per_rule = 0, Counter[str](), Counter[tuple[str, str]]()
    for checkout in sorted(path for path in Path(folder).iterdir() if path.is_dir()):
        report = checked(checkout, options)
        files += report["summary"]["files"]
        for key in findings(checkout, report):
            verdict = verdicts.get(key, "unread")
            print(*key, verdict)
            per_repository[key[0]] += 1
            per_rule[key[2], verdict] += 1
        for error in report["errors"]:
            print(error["path"], error["line"] or "", "not read:", error["message"])
    print(f"\n{files} files, {sum(per_repository.values())} findings in {len(per_repository)} repositories")
    for repository, count in per_repository.most_common():
        print(count, repository)
    for (code, verdict), count in sorted(per_rule.items()):
        print(count, code, verdict)


def published(text: str) -> Iterator[tuple[Key, str]]:
    """The verdicts of the document's tables."""
    for row in ROW.finditer(text):
        yield (row["repository"], row["place"], row["code"]), row["verdict"]


def checked(checkout: Path, options: list[str]) -> dict[str, Any]:
    """The JSON report on one repository. Raises ValueError if lrlint did not write one."""
    command = [sys.executable, "-m", "lrlint", "check", "--format", "json", *options, "."]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise ValueError(f"{checkout}: no report, exit code {done.returncode}: {done.stderr.strip()}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def findings(checkout: Path, report: dict[str, Any]) -> Iterator[Key]:
    """What identifies each finding."""
    repository = checkout.name.replace("__", "/", 1)
    for finding in report["findings"]:
        yield repository, f"{finding['path']}:{finding['line']}", finding["code"]


if __name__ == "__main__":
    main()
