"""The counts that lrlint prints are those that the running script has: its own variables, its own loops."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import Any

import pytest

from lrlint.check import check
from lrlint.config import Settings
from tests.scripts.execution import SCRIPTS, executed
from tests.scripts.ground_truth import TRUTHS

# What is judged is a part of the run or of the schedule: the piece behind a warm-up, what a composite adds up to.
OF_A_PIECE = {"sequential_horizon/bad_cosine_counts_warmup.py", "sequential_horizon/bad_milestone.py"}


@cache
def printed(script: str) -> tuple[str | None, str | None]:
    """Promised and delivered as the finding in a script states them."""
    report = check([str(SCRIPTS / script)], Settings())
    counts = [(finding.promised, finding.delivered) for finding in report.findings]
    return counts[0] if counts else (None, None)


COUNTED = [script for script in TRUTHS if printed(script) != (None, None) and script not in OF_A_PIECE]


@contextmanager
def variables_of(script: str) -> Iterator[dict[str, Any]]:
    """Every variable that the script's module and functions hold while it runs, by name."""
    path, found = str(SCRIPTS / script), dict[str, Any]()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "return" and frame.f_code.co_filename == path:
            found.update(frame.f_locals)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(before)


def worth(text: str, variables: dict[str, Any]) -> object:
    """The number that a printed count is in the running script; where it divides, up to the script's rounding."""
    expression = re.sub(r"\^", "**", text.replace("·", "*"))
    number = eval(expression, {}, variables)
    return pytest.approx(number, rel=0.05) if "/" in text else number


@pytest.mark.parametrize("script", COUNTED)
def test_printed_counts_are_the_counts_of_the_run(script: str) -> None:
    """`EPOCHS·len(loader)`, with the script's EPOCHS and loader, is the number of calls that torch counted."""
    executed.cache_clear()
    with variables_of(script) as variables:
        executed(script)
    truth, (promised, delivered) = TRUTHS[script], printed(script)
    if promised is not None:
        assert worth(promised, variables) == truth.promised
    if delivered is not None:
        assert worth(delivered, variables) == truth.delivered


def test_all_findings_that_count_are_held_against_a_run() -> None:
    """The list above is not empty by accident."""
    assert len(COUNTED) >= 20
