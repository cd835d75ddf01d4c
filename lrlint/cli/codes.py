"""Codes as users give them: prefixes that must lead to a rule of `check` or to an analyzer of `logs`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from lrlint.cli import UserError
from lrlint.config import Settings, unknown


class Half(str, Enum):
    """One of the two jobs, by what its codes begin with."""

    CHECK = "LR"
    LOGS = "RUN"

    def owns(self, prefix: str) -> bool:
        """Whether codes that begin with `prefix` can be of this half."""
        return prefix.startswith(self.value) or self.value.startswith(prefix)

    def known(self) -> list[str]:
        """Every code of this half."""
        from lrlint.registry import load_analyzers, load_rules

        entries = load_rules() if self is Half.CHECK else load_analyzers()
        return [entry.code for entry in entries]


def checked_codes(half: Half, prefixes: tuple[str, ...], place: str) -> tuple[str, ...]:
    """`prefixes` in capitals; raises UserError, naming their place, for one that no code of `half` begins with."""
    capitals = tuple(prefix.upper() for prefix in prefixes)
    known = half.known() if capitals else []
    for prefix in capitals:
        if not any(code.startswith(prefix) for code in known):
            raise UserError(f"{place}: {_refusal(half, prefix)}")
    return capitals


def _refusal(half: Half, prefix: str) -> str:
    """Why no code of `half` begins with `prefix`: a slip of the pen, or codes of the other command."""
    for other in Half:
        if any(code.startswith(prefix) for code in other.known()):
            return f"{prefix!r} is for lrlint {other.name.lower()}, not for lrlint {half.name.lower()}"
    return unknown("code", prefix, half.known())


def codes_of(half: Half, settings: Settings, file: str) -> Settings:
    """The settings of a configuration `file`, which serves both halves, with the codes of `half` only.

    Raises UserError, naming file and key, for a code that neither half knows.
    """
    table = f"{file}: tool.lrlint"
    return settings._replace(
        select=_checked(half, settings.select, f"{table}.select"),
        ignore=_checked(half, settings.ignore, f"{table}.ignore"),
        per_file_ignores=tuple(
            (pattern, _checked(half, codes, f"{table}.per-file-ignores.{pattern}"))
            for pattern, codes in settings.per_file_ignores
        ),
    )


def _checked(half: Half, prefixes: Iterable[str], place: str) -> tuple[str, ...]:
    capitals = [prefix.upper() for prefix in prefixes]
    for prefix in capitals:
        if not any(owner.owns(prefix) for owner in Half):
            raise UserError(f"{place}: {unknown('code', prefix, [owner.value for owner in Half])}")
    return checked_codes(half, tuple(prefix for prefix in capitals if half.owns(prefix)), place)
