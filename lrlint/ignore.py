"""Patterns of .gitignore: which paths below a folder they cover, as git decides it.

The rules are those of https://git-scm.com/docs/gitignore: the last pattern that matches decides, `!`
takes a path back, a slash inside a pattern ties it to the folder, a slash at its end to folders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


class Patterns:
    """The patterns of one .gitignore file (or list in its notation)."""

    def __init__(self, lines: Iterable[str]) -> None:
        parsed = [pattern for line in lines if (pattern := _parse(line)) is not None]
        self._rules = parsed
        # One search over all patterns at once spares the many paths that none of them matches.
        self._any = re.compile("|".join(rule.pattern for rule, _, _ in parsed), re.DOTALL) if parsed else None

    def verdict(self, path: str, *, folder: bool) -> bool | None:
        """Whether `path`, relative with `/`, is covered; None where no pattern speaks about it."""
        if self._any is None or not self._any.fullmatch(path):
            return None
        for regex, folders_only, negated in reversed(self._rules):
            if (folder or not folders_only) and regex.fullmatch(path):
                return not negated
        return None

    def cover(self, path: str) -> bool:
        """Whether the file `path`, relative with `/`, is covered itself or lies in a folder that is."""
        parts = path.split("/")
        parents = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        return any(self.verdict(parent, folder=True) for parent in parents) or bool(self.verdict(path, folder=False))


def _parse(line: str) -> tuple[re.Pattern[str], bool, bool] | None:
    """`(regex, only folders, negated)` of one line, None for a comment, a blank or an impossible one."""
    text = re.sub(r"(?<!\\) +$", "", line.rstrip("\r\n"))
    if not text or text.startswith("#"):
        return None
    negated = text.startswith("!")
    text = text[1:] if negated else text
    folders_only = text.endswith("/")
    text = text.rstrip("/") if folders_only else text
    anywhere = "" if "/" in text else "(?:.*/)?"
    try:
        return re.compile(anywhere + _regex(text.removeprefix("/")), re.DOTALL), folders_only, negated
    except re.error:  # a range that runs backwards, `[z-a]`: it matches nothing
        return None


_TOKEN = re.compile(
    r"(?P<below>(?<![^/])\*{2,}/)|(?P<inside>(?<=/)\*{2,}$)|(?P<star>\*+)|(?P<one>\?)"
    r"|\[(?P<set>[!^]?(?:\]|\\.|[^\\\]])(?:\\.|[^\\\]])*)\]|\\(?P<escaped>.)|(?P<plain>.)",
    re.DOTALL,
)


def _regex(glob: str) -> str:
    return "".join(_translate(match) for match in _TOKEN.finditer(glob))


def _translate(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "below":
            return "(?:.*/)?"
        case "inside":
            return ".+"
        case "star":
            return "[^/]*"
        case "one":
            return "[^/]"
        case "set":
            return _character_set(match["set"])
        case _:
            return re.escape(match["escaped"] or match["plain"])


def _character_set(body: str) -> str:
    negated = body[:1] in ("!", "^")
    members = body[1:] if negated else body
    # `[`, `&&`, `~~`, `||` and escapes such as `\d` mean something to Python's sets only.
    members = re.sub(r"\\(.)|([\[\]&~|^])", lambda match: re.escape(match[1] or match[2]), members)
    return f"(?!/)[{'^' if negated else ''}{members}]"
