"""Where mutators register themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from anatomy import Script
from rewriting import Rewrite

Breaking = Callable[[Script], Iterator[Rewrite]]


class Mutator(NamedTuple):
    """One way to break a correct script: the rule that must find it, and the function that does it."""

    rule: str
    name: str
    breaking: Breaking


MUTATORS: list[Mutator] = []


def breaks(rule: str) -> Callable[[Breaking], Breaking]:
    """Register a function from a script to its rewrites, each of which plants the bug of `rule`.

    The function's docstring says what makes the mutant a true bug.
    """

    def register(breaking: Breaking) -> Breaking:
        MUTATORS.append(Mutator(rule, breaking.__name__, breaking))
        return breaking

    return register
