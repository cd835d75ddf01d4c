"""Numbers and sparklines as people read them."""

from __future__ import annotations

import math

import pytest

from lrlint.output.numbers import counted, duration, percent, short, steps
from lrlint.output.sparkline import sparkline


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (4e-07, "4e-7"),
        (1.5e-10, "1.5e-10"),
        (3e5, "3e5"),
        (0.0, "0"),
        (math.nan, "nan"),
        (9380.0, "9380"),
        (-34_000.4, "-34000"),
        (100_000.0, "1e5"),
    ],
)
def test_three_significant_digits(value: float, text: str) -> None:
    """Exponents are not padded, and step counts stay whole."""
    assert short(value) == text


@pytest.mark.parametrize(("share", "text"), [(0.0, "0 %"), (8e-19, "< 0.01 %"), (0.0123, "1.23 %")])
def test_a_fit_error_of_rounding_is_not_spelled_out(share: float, text: str) -> None:
    """1e-16 % says no more than that it is next to nothing."""
    assert percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (7_800, "2 h 10 min"),
        (3_600, "1 h"),
        (273_600, "3 d 4 h"),
        (86_405, "1 d"),
    ],
)
def test_durations_in_their_two_largest_units(seconds: float, text: str) -> None:
    """Nobody needs the seconds of a day."""
    assert duration(seconds) == text


def test_counts_and_step_ranges() -> None:
    """Thousands are grouped, one is singular, one step is no range."""
    assert [counted(1, "file"), counted(1_204, "file"), counted(0, "run")] == ["1 file", "1,204 files", "0 runs"]
    assert [steps(7, 7), steps(1_000, 2_500), steps(None, 5), steps(None, None)] == [
        "step 7",
        "steps 1,000–2,500",
        "step 5",
        "",
    ]


def points(*values: float) -> list[tuple[float, float]]:
    """Values at 0, 1, 2 …"""
    return list(enumerate(values))


@pytest.mark.parametrize(
    ("curve", "width", "line"),
    [
        (points(0, 1, 2, 3, 4, 5, 6, 7), 8, "▁▂▃▄▅▆▇█"),
        (points(0, 0, 7, 7), 2, "▁█"),
        (points(5, 5, 5), 8, "▄▄▄"),
        (points(0, math.nan, 7), 3, "▁×█"),
        (points(math.nan), 3, "×"),
        ([(0, 0), (1, 0), (100, 7)], 3, "▁ █"),
        ([], 3, ""),
    ],
    ids=["levels", "means", "flat", "nan", "only-nan", "gap", "empty"],
)
def test_sparklines(curve: list[tuple[float, float]], width: int, line: str) -> None:
    """One character per stretch of the x axis."""
    assert sparkline(curve, width) == line


def test_a_sparkline_of_the_largest_numbers_there_are() -> None:
    """Their difference and their sum are infinite."""
    assert sparkline([(0, -1.7e308), (1, 1.7e308), (2, 0.0), (3, 0.0)], 4) == "▁█▅▅"
    assert sparkline([(0, 1.7e308), (1, 1.7e308), (2, 0.0), (3, 0.0)], 2) == "█▁"


def test_two_sparklines_can_share_a_scale() -> None:
    """So that a curve that never leaves its warm-up looks flat beside the promised one."""
    assert sparkline(points(0, 1), 2, low=0, high=7) == "▁▂"
