"""Rules and analyzers, found by looking into their folders: one module each, nothing to register twice.

A rule is a function decorated with `rule(...)` in a module of `lrlint.rules`; the module's docstring is
its documentation. An analyzer is a function decorated with `analyzer(...)` in `lrlint.analyzers`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Generic, TypeVar

from lrlint.findings import Claim, RunFinding, Severity
from lrlint.modules import modules_of
from lrlint.node import Node

if TYPE_CHECKING:
    from lrlint.logs.diagnosis import Diagnosis, NotApplicable
    from lrlint.source.program import Program

Question = TypeVar("Question")
RuleQuestion = Callable[["Program"], Iterable[Claim]]
AnalyzerQuestion = Callable[["Diagnosis"], "Iterable[RunFinding] | NotApplicable"]


class Entry(Node, Generic[Question]):
    """A rule or an analyzer: its stable code, its name, its severity and the question it asks."""

    code: str
    name: str
    severity: Severity
    ask: Question

    @property
    def explanation(self) -> str:
        """The documentation: the docstring of the module that asks."""
        import inspect

        return inspect.cleandoc(sys.modules[self.ask.__module__].__doc__ or "")


def rule(code: str, name: str, severity: Severity) -> Callable[[RuleQuestion], Entry[RuleQuestion]]:
    """Make a static rule of a function from a Program to claims."""

    def decorate(ask: RuleQuestion) -> Entry[RuleQuestion]:
        return Entry(code, name, severity, ask)

    return decorate


def analyzer(code: str, name: str, severity: Severity) -> Callable[[AnalyzerQuestion], Entry[AnalyzerQuestion]]:
    """Make a runtime analyzer of a function from a Diagnosis to findings."""

    def decorate(ask: AnalyzerQuestion) -> Entry[AnalyzerQuestion]:
        return Entry(code, name, severity, ask)

    return decorate


def load_rules() -> list[Entry[RuleQuestion]]:
    """Every static rule, sorted by code."""
    import lrlint.rules

    return sorted(_entries(lrlint.rules), key=lambda entry: entry.code)


def load_analyzers() -> list[Entry[AnalyzerQuestion]]:
    """Every runtime analyzer, sorted by code."""
    import lrlint.analyzers

    return sorted(_entries(lrlint.analyzers), key=lambda entry: entry.code)


def selected(code: str, select: Iterable[str], ignore: Iterable[str], *, default: bool) -> bool:
    """Whether `code` is on: the longest matching prefix decides, `ignore` wins a tie.

    `default` is the answer where no prefix matches and nothing was selected explicitly.
    """
    select = tuple(select)
    chosen = max((len(prefix) for prefix in select if code.startswith(prefix)), default=-1)
    refused = max((len(prefix) for prefix in ignore if code.startswith(prefix)), default=-1)
    if chosen < 0 and refused < 0:
        return default and not select
    return chosen > refused


def _entries(package: ModuleType) -> Iterator[Entry]:  # type: ignore[type-arg]
    for module in modules_of(package):
        yield from (value for value in vars(module).values() if isinstance(value, Entry))
