"""Curves as braille characters."""

from __future__ import annotations

import math
import sys

from lrlint.output.braille import braille, framed


def test_a_rising_line_runs_from_corner_to_corner() -> None:
    """Two dots across and four down in every character."""
    assert braille([(0, 0), (1, 1)], 2, 1, 0, 1) == ["⡠⠊"]
    assert braille([(0, 0), (1, 1)], 2, 2, 0, 1) == ["⠀⡜", "⡜⠀"]


def test_what_lies_beyond_the_scale_stands_at_its_edge() -> None:
    """A divergence does not flatten what came before."""
    line = braille([(0, 5.0), (1, 5.0)], 3, 2, 0, 1)
    assert line == ["⠉⠉⠉", "⠀⠀⠀"]


def test_the_largest_floats_there_are_have_a_distance() -> None:
    """Although no float tells it."""
    largest = sys.float_info.max
    assert braille([(0, -largest), (1, largest)], 2, 1, -largest, largest) == ["⡠⠊"]


def test_nan_is_a_gap() -> None:
    """No stroke leads over it."""
    rows = braille([(0, 0.0), (1, math.nan), (2, 0.0)], 5, 1, 0, 1)
    assert rows == ["⡀⠀⠀⠀⢀"]


def test_a_flat_curve_stands_in_the_middle_and_nothing_is_blank() -> None:
    """There is no scale to place it on."""
    assert braille([(0, 3.0), (1, 3.0)], 2, 1, 3, 3) == ["⠤⠤"]
    assert braille([], 2, 1, 0, 1) == ["⠀⠀"]


def test_a_frame_labels_both_ends_of_both_axes() -> None:
    """The numbers stand before the first and the last line and below."""
    assert framed(["ab", "cd", "ef"], 2, "0", "0.5", "1", "9") == [
        "0.5 ┤ab",
        "    ┤cd",
        "  0 ┤ef",
        "    └──",
        "     19",
    ]
