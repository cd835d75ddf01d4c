"""Write what lrlint itself can tell: docs/rules.md, and the table and the examples in README.md.

`python docs/generate.py` writes, `python docs/generate.py --check` names the files that are out of date
and exits with 1.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from lrlint.check import check
from lrlint.config import Settings
from lrlint.diagnose import diagnose
from lrlint.output.rules import Explained
from lrlint.output.style import Style
from lrlint.output.text_check import check_blocks
from lrlint.output.text_logs import run_blocks
from lrlint.registry import load_analyzers, load_rules

TOP = Path(__file__).resolve().parent.parent
SCRIPT = "fixtures/scripts/horizon_too_short/bad_cosine_climbs_back.py"
RUN = "fixtures/logs/faulty/resumed_without_scheduler"


def main(arguments: list[str]) -> int:
    """Write or check both files and return the exit code."""
    os.chdir(TOP)
    files = {Path("docs/rules.md"): rules_page(), Path("README.md"): readme(Path("README.md").read_text())}
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path} is out of date: run python docs/generate.py")
        return 1 if stale else 0
    for path in stale:
        path.write_text(files[path])
    return 0


def readme(text: str) -> str:
    """The README with its generated parts renewed, each between a pair of comments."""
    parts = {
        "finding": terminal(f"lrlint check {SCRIPT}", finding()),
        "runs": terminal(f"lrlint logs {RUN}", run()),
        "rules": table(),
    }
    for name, part in parts.items():
        head, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, tail = rest.partition(f"<!-- end of {name} -->")
        text = head + begin + part + end + tail
    return text


def terminal(command: str, output: str) -> str:
    """A command and what it prints, as Markdown."""
    return f"```\n$ {command}\n{output}```\n"


def finding() -> str:
    """The finding in the first example."""
    return "\n".join(check_blocks(check([SCRIPT], Settings()), Style(color=False)))


def run() -> str:
    """The run in the second example, with its findings."""
    return "\n".join(run_blocks(diagnose([RUN], Settings()), Style(color=False)))


def table() -> str:
    """Every rule and analyzer as one Markdown table, linked to its explanation."""
    rows = [
        f"| [{entry.code}]({link(entry)}) | {entry.name} | {entry.severity.value} | {summary(entry)} |\n"
        for entry in entries()
    ]
    return "| code | name | severity | what |\n|---|---|---|---|\n" + "".join(rows)


def rules_page() -> str:
    """The explanations of all rules and analyzers on one page."""
    head = "# Rules and analyzers\n\nWritten by docs/generate.py from the docstrings in `rules/` and `analyzers/`.\n"
    return head + "".join(f"\n## {entry.code} {entry.name}\n\n{explanation(entry)}\n" for entry in entries())


def explanation(entry: Explained) -> str:
    """The docstring with its headings one level below the rule's own."""
    return f"*{entry.severity.value}*: " + re.sub(r"^## ", "### ", entry.explanation, flags=re.MULTILINE)


def summary(entry: Explained) -> str:
    """The first sentence of the docstring."""
    return " ".join(entry.explanation.partition("\n\n")[0].split()).rstrip(".")


def link(entry: Explained) -> str:
    """Where the rule's heading is, by the anchor that Markdown renderers give it."""
    return f"docs/rules.md#{entry.code}-{entry.name}".lower()


def entries() -> Iterable[Explained]:
    """The rules, then the analyzers, by code."""
    return [*load_rules(), *load_analyzers()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
