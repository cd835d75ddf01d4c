"""Break correct training scripts in each rule's way, and count what `lrlint check` finds.

    python benchmarks/mutation/mutate.py [PATH...] [--rule LR101] [--list] [--diff]

PATH: files or folders of scripts; by default the good ones of fixtures/scripts. Scripts on which lrlint is not
silent are left out and listed.
"""

from __future__ import annotations

import argparse
import difflib
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import checkpoints  # noqa: F401
import conflicts  # noqa: F401
import horizons  # noqa: F401
import libcst as cst
import metrics  # noqa: F401
import placing  # noqa: F401
from anatomy import Script
from mutators import MUTATORS, Mutator

from lrlint.check import check
from lrlint.config import Settings
from lrlint.findings import Finding, Severity
from lrlint.registry import load_rules
from lrlint.source.gate import at_stake

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "scripts"
ADVICE = {entry.code for entry in load_rules() if entry.severity is Severity.ADVICE}
FAMILIES = (
    {"LR101", "LR102", "LR103", "LR106", "LR201", "LR202", "LR203", "LR204", "LR205", "LR206", "LR207"},
    {"LR107", "LR403", "LR501"},
    {"LR301", "LR302", "LR303", "LR304", "LR508"},
    {"LR304", "LR601"},
    {"LR401", "LR402", "LR403"},
    {"LR502", "LR503"},
)
"""Rules that may speak of the same bug: a wrong count has several names, and two places where it can be put right."""


class Mutant(NamedTuple):
    """A broken script, and where it first differs from the script it was."""

    path: Path
    mutator: Mutator
    line: int
    text: str
    diff: str


class Result(NamedTuple):
    """A mutant with the findings on it."""

    mutant: Mutant
    findings: tuple[Finding, ...]

    @property
    def codes(self) -> set[str]:
        """The rules that spoke."""
        return {finding.code for finding in self.findings}

    @property
    def exact(self) -> bool:
        """Whether the mutator's rule spoke."""
        return self.mutant.mutator.rule in self.codes

    @property
    def found(self) -> bool:
        """Whether the mutator's rule or one of its family spoke."""
        return bool(self.codes & kin(self.mutant.mutator.rule))

    @property
    def others(self) -> tuple[Finding, ...]:
        """Findings of unrelated rules."""
        return tuple(one for one in self.findings if one.code not in kin(self.mutant.mutator.rule))


def kin(rule: str) -> set[str]:
    """A rule and those that may speak of the same bug."""
    return {rule}.union(*(family for family in FAMILIES if rule in family))


def scripts_in(paths: Iterable[Path]) -> Iterator[Path]:
    """Python files with a scheduler at stake; the fixtures' bad ones are left out."""
    for path in paths:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            if not file.name.startswith("bad_") and file.is_file() and at_stake(file.read_bytes()):
                yield file


def findings_on(path: Path, text: str, select: tuple[str, ...] = ()) -> tuple[Finding, ...] | None:
    """What lrlint says of a text in the place of a file, None where it could not read it."""
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        report = check(["-"], Settings(select=select), text.encode())
    finally:
        os.chdir(here)
    return report.findings if not report.problems else None


def findings_on_mutant(mutant: Mutant) -> tuple[Finding, ...]:
    """The findings of the rules that are on by default, and of the mutator's own where that is advice."""
    by_default = findings_on(mutant.path, mutant.text) or ()
    own = findings_on(mutant.path, mutant.text, (mutant.mutator.rule,)) if mutant.mutator.rule in ADVICE else ()
    return (*by_default, *(own or ()))


def mutants_of(path: Path, text: str, mutators: Iterable[Mutator]) -> Iterator[Mutant]:
    """Every mutant of a script, each a valid module that differs from it and from the others of its rule."""
    try:
        script = Script(text)
    except cst.ParserSyntaxError:
        return
    seen: set[tuple[str, str]] = set()
    for mutator in mutators:
        for rewrite in mutator.breaking(script):
            changed = cst.ensure_type(script.module.visit(rewrite), cst.Module).code
            if changed != text and (mutator.rule, changed) not in seen:
                seen.add((mutator.rule, changed))
                compile(changed, str(path), "exec", dont_inherit=True)
                yield Mutant(path, mutator, *_difference(text, changed))


def _difference(text: str, changed: str) -> tuple[int, str, str]:
    """The first line that differs, the changed text, and the difference in the form of `diff -u0`."""
    lines, others = text.splitlines(), changed.splitlines()
    line = next((n for n, (a, b) in enumerate(zip(lines, others, strict=False), 1) if a != b), len(lines))
    diff = list(difflib.unified_diff(lines, others, lineterm="", n=0))[2:]
    return line, changed, "\n".join(diff)


def run(paths: Iterable[Path], mutators: list[Mutator]) -> tuple[list[Result], list[Path], list[tuple[Path, set[str]]]]:
    """The results on all mutants, the scripts that lrlint is silent on, and those that it is not with its findings."""
    results: list[Result] = []
    silent: list[Path] = []
    loud: list[tuple[Path, set[str]]] = []
    for path in scripts_in(paths):
        text = path.read_bytes().decode("utf-8", "replace")
        findings = findings_on(path, text)
        if findings is None:
            continue
        if findings:
            loud.append((path, {one.code for one in findings}))
            continue
        silent.append(path)
        results.extend(Result(mutant, findings_on_mutant(mutant)) for mutant in mutants_of(path, text, mutators))
    return results, silent, loud


def table(results: list[Result]) -> str:
    """Markdown: one row for every rule that exists or has mutants."""
    rules = {entry.code: entry for entry in load_rules()}
    by_rule: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_rule[result.mutant.mutator.rule].append(result)
    lines = [
        "| rule | severity | mutants | by this rule | by its family | missed | recall | other findings |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]
    for code in sorted({*rules, *by_rule}):
        of_rule = by_rule[code]
        exact, found = (sum(getattr(one, name) for one in of_rule) for name in ("exact", "found"))
        severity = rules[code].severity.value if code in rules else "–"
        recall = f"{found / len(of_rule):.2f}" if of_rule else "–"
        other = sum(bool(one.others) for one in of_rule)
        missed = len(of_rule) - found
        lines.append(f"| {code} | {severity} | {len(of_rule)} | {exact} | {found} | {missed} | {recall} | {other} |")
    return "\n".join(lines)


def by_mutator(results: list[Result]) -> str:
    """Markdown: one row for every mutator, whose docstring says what it does."""
    total, found = Counter[str](), Counter[str]()
    for result in results:
        total[result.mutant.mutator.name] += 1
        found[result.mutant.mutator.name] += result.found
    lines = ["| rule | mutator | mutants | found |", "|---|---|--:|--:|"]
    rows = (f"| {one.rule} | {one.name} | {total[one.name]} | {found[one.name]} |" for one in sorted(MUTATORS))
    return "\n".join([*lines, *rows])


def list_misses(results: list[Result], diffs: bool) -> None:
    """Print every missed mutant and every finding of an unrelated rule."""
    for result in results:
        mutant = result.mutant
        place = f"{os.path.relpath(mutant.path)}:{mutant.line} {mutant.mutator.rule} {mutant.mutator.name}"
        if not result.found:
            print(f"missed {place}")
        for finding in result.others:
            print(f"other  {place}: {finding.code} at {finding.location.line}: {finding.message}")
        if diffs and (not result.found or result.others):
            print(mutant.diff)


def main() -> None:
    """Run and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("paths", nargs="*", type=Path, default=[FIXTURES])
    options.add_argument("--rule", help="only mutators of this rule")
    options.add_argument("--list", action="store_true", help="print what was missed, and findings of unrelated rules")
    options.add_argument("--diff", action="store_true", help="with --list: what was changed")
    asked = options.parse_args()
    mutators = [one for one in MUTATORS if asked.rule in (None, one.rule)]
    results, silent, loud = run([path.resolve() for path in asked.paths], mutators)
    if asked.list:
        list_misses(results, asked.diff)
    for path, codes in loud:
        print(f"not silent on {os.path.relpath(path)}: {', '.join(sorted(codes))}")
    print(f"{len(silent)} scripts that lrlint is silent on, {len(loud)} that it is not; {len(results)} mutants\n")
    print(table(results), by_mutator(results), sep="\n\n")


if __name__ == "__main__":
    main()
