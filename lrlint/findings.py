"""The vocabulary of every result: what was found, where, how bad and how sure.

Both halves speak it. The static half returns `Finding`s (a place in source code), the runtime half
returns `RunFinding`s (a stretch of a run), and both return `Problem`s for input they could not read.
Everything here is frozen and picklable, and needs nothing but the standard library. (Named tuples, because
start-up pays five times as much for dataclasses.)
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from lrlint.namedtuples import NamedTuple


class Severity(str, Enum):
    """How bad the finding is if it is true."""

    ERROR = "error"
    WARNING = "warning"
    ADVICE = "advice"


class Confidence(str, Enum):
    """How sure lrlint is: `proven` by bindings and counts, or `likely`, with a name as a hint."""

    PROVEN = "proven"
    LIKELY = "likely"


class Location(NamedTuple):
    """A stretch of a source file. Lines and columns are 1-based; the end column is exclusive.

    Columns count code points, as editors do.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int


class Related(NamedTuple):
    """Another place that takes part in a finding, with what it contributes."""

    location: Location
    message: str


class Edit(NamedTuple):
    """Replace the text at `location` by `replacement`."""

    location: Location
    replacement: str


class Fix(NamedTuple):
    """A change that removes a finding. A `safe` fix keeps what the program does."""

    description: str
    edits: tuple[Edit, ...]
    safe: bool


class Curves(NamedTuple):
    """The LR curve that the code promises beside the one that it delivers.

    `promised` and `delivered` hold the LR of the first param group before each call of
    `scheduler.step()`, evenly thinned to at most a few hundred values; `promised_steps` and
    `delivered_steps` are the full numbers of calls.
    """

    promised: tuple[float, ...]
    delivered: tuple[float, ...]
    promised_steps: int
    delivered_steps: int


class Finding(NamedTuple):
    """One bug in source code, at the place where the fix goes.

    `promised` and `delivered` are step counts in the symbols of the code (`epochs·len(loader)`),
    None where the rule does not count.
    """

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    location: Location
    message: str
    help: str
    promised: str | None = None
    delivered: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    curves: Curves | None = None


class Claim(NamedTuple):
    """What a static rule says; the engine makes a `Finding` of it with the rule's code, name and severity."""

    location: Location
    message: str
    help: str
    confidence: Confidence = Confidence.PROVEN
    promised: str | None = None
    delivered: str | None = None
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    curves: Curves | None = None


class RunFinding(NamedTuple):
    """One fault of a run, over the steps in which it shows.

    `evidence` maps short names to plain JSON values (numbers, strings, lists of them).
    """

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    run: str
    series: str | None
    first_step: int | None
    last_step: int | None
    message: str
    help: str
    evidence: Mapping[str, object] = {}


class Problem(NamedTuple):
    """Input that could not be read, or not to its end.

    `line` (source code, text logs) or `offset` in bytes (binary logs) say where. `lost` tells whether
    anything went unread because of it: it decides between exit code 2 and a mere remark.
    """

    path: str
    message: str
    line: int | None = None
    offset: int | None = None
    lost: bool = True
