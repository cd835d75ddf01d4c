"""The engine of `lrlint check`: paths in, findings out. Nothing is printed, imported or run."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lrlint.config import Settings
from lrlint.discover import discover
from lrlint.findings import Claim, Finding, Problem, Severity
from lrlint.namedtuples import NamedTuple
from lrlint.progress import Progress, unwatched
from lrlint.reports import CheckReport
from lrlint.source.gate import at_stake
from lrlint.source.reading import SourceError, check_syntax, read_source

if TYPE_CHECKING:
    from lrlint.cache import Cache
    from lrlint.registry import Entry, RuleQuestion
    from lrlint.source.lookups import Lookups
    from lrlint.source.project import Project

STDIN = "<stdin>"


def check(
    paths: Sequence[str],
    settings: Settings,
    stdin: bytes | None = None,
    cache: Cache | None = None,
    jobs: int | None = 1,
    progress: Progress = unwatched,
) -> CheckReport:
    """Check files, folders and (as `-`) the text given as `stdin`. `cache` keeps what was parsed and found.

    Where there is much to parse, that is done in `jobs` processes; None stands for one on each core. `progress` is
    told of each file that was read, parsed or followed.

    Files named outright must be valid Python 3. Files found in folders are parsed only where an LR scheduler
    is at stake in them. What cannot be read or parsed is a problem of the report; the rest is checked.
    """
    begun = time.perf_counter()
    on_disk = [path for path in paths if path != "-"]
    files, problems = discover(on_disk, settings, _is_python, "Python files", gitignore=True)
    named = {os.path.abspath(path) for path in on_disk}
    sources = _Sources(problems)
    if stdin is not None:
        sources.add(STDIN, stdin, named=True)
    for done, file in enumerate(files, 1):
        sources.read(os.path.normpath(file), named=os.path.abspath(file) in named)
        progress(done, len(files), "reading files")
    findings = _findings(sources, settings, cache, jobs, progress)
    texts = {path: sources.text(path) for path in {finding.location.path for finding in findings}}
    return CheckReport(
        findings=tuple(findings),
        problems=tuple(problems),
        files=len(sources.paths),
        checked=len(sources.texts),
        seconds=time.perf_counter() - begun,
        sources=texts,
    )


def _is_python(name: str) -> bool:
    return name.endswith(".py")


class _Sources:
    """The files of one invocation: those with a scheduler at stake are kept, of the others only the names."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.texts: dict[str, bytes] = {}
        self.paths: set[str] = set()

    def read(self, path: str, *, named: bool) -> None:
        try:
            self.add(path, read_source(path), named=named)
        except SourceError as error:
            self.paths.add(path)
            self.problems.append(error.problem)

    def text(self, path: str) -> str:
        """The source of a file for excerpts; one without a scheduler may still be part of a bug."""
        data = self.texts[path] if path in self.texts else read_source(path)
        return data.decode("utf-8", "replace")

    def add(self, path: str, data: bytes, *, named: bool) -> None:
        self.paths.add(path)
        try:
            if at_stake(data):
                self.texts[path] = data
            elif named:
                check_syntax(path, data)
        except SourceError as error:
            self.problems.append(error.problem)


def _findings(
    sources: _Sources, settings: Settings, cache: Cache | None, jobs: int | None, progress: Progress
) -> list[Finding]:
    """What the rules find; from the cache, where nothing changed that they looked at."""
    if not sources.texts:
        return []
    if cache is None:
        return _answers(sources, settings, None, jobs, progress)[0]
    key = _key(sources, settings)
    kept = cache.get(key)
    if isinstance(kept, Kept) and kept.lookups.still_hold():
        sources.problems.extend(kept.problems)
        return kept.findings
    before = len(sources.problems)
    findings, lookups = _answers(sources, settings, cache, jobs, progress)
    cache.put(key, Kept(findings, sources.problems[before:], lookups))
    return findings


class Kept(NamedTuple):
    """What a run found, and what it looked at besides the files it checked."""

    findings: list[Finding]
    problems: list[Problem]
    lookups: Lookups


def _key(sources: _Sources, settings: Settings) -> bytes:
    """What the findings depend on, besides what was looked up."""
    from lrlint.cache import digest

    texts = [(path, digest(data)) for path, data in sources.texts.items()]
    return repr((os.getcwd(), settings, texts, sorted(sources.paths))).encode()


def _answers(
    sources: _Sources, settings: Settings, cache: Cache | None, jobs: int | None, progress: Progress
) -> tuple[list[Finding], Lookups]:
    """Parse, link, ask every selected rule: the findings, and what was looked up for them."""
    from lrlint.registry import load_rules, selected
    from lrlint.source.entry import programs
    from lrlint.source.facts import Facts
    from lrlint.source.project import Project

    facts = Facts(cache)
    modules = facts.of_all(sources.texts, jobs, sources.problems, progress)
    project = Project(dict(modules), facts)
    rules = [
        rule
        for rule in load_rules()
        if selected(rule.code, settings.select, settings.ignore, default=rule.severity is not Severity.ADVICE)
    ]
    found: dict[tuple[str, str, int, int], Finding] = {}
    for program in programs(project, list(modules), sources.problems, progress):
        for rule in rules:
            for claim in rule.ask(program):
                if claim.location.path in sources.paths and not _silenced(project, rule.code, claim, settings):
                    place = claim.location
                    found.setdefault((place.path, rule.code, place.line, place.column), _finding(rule, claim))
    return sorted(found.values(), key=lambda finding: (finding.location, finding.code)), facts.lookups


def _finding(rule: Entry[RuleQuestion], claim: Claim) -> Finding:
    return Finding(
        rule.code,
        rule.name,
        rule.severity,
        claim.confidence,
        claim.location,
        claim.message,
        claim.help,
        claim.promised,
        claim.delivered,
        claim.related,
        claim.fix,
        claim.curves,
    )


def _silenced(project: Project, code: str, claim: Claim, settings: Settings) -> bool:
    from lrlint.source.suppressions import silenced

    place = claim.location
    suppressions = project.at(place.path).suppressions
    for line in range(place.line, place.end_line + 1):
        if line in suppressions and silenced(suppressions[line], code):
            return True
    return any(
        code.startswith(codes) and _matches(pattern, place.path, settings)
        for pattern, codes in settings.per_file_ignores
    )


def _matches(pattern: str, path: str, settings: Settings) -> bool:
    from lrlint.ignore import Patterns

    relative = os.path.relpath(path, settings.root).replace(os.sep, "/")
    return Patterns([pattern]).cover(relative)
