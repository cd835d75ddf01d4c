"""Which comments silence which codes on which lines."""

from __future__ import annotations

import pytest

from lrlint.source.suppressions import silenced, suppressions_in


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# lrlint: ignore", set()),
        ("# lrlint: ignore[LR101]", {"LR101"}),
        ("# lrlint: ignore[LR101, LR2]", {"LR101", "LR2"}),
        ("# lrlint:ignore[lr101]", {"LR101"}),
        ("# noqa", set()),
        ("#noqa", set()),
        ("# NOQA", set()),
        ("# noqa: LR101", {"LR101"}),
        ("# noqa: E501,LR101", {"E501", "LR101"}),
        ("# noqa: E501 LR101", {"E501", "LR101"}),
        ("# a reason first  # noqa: LR101", {"LR101"}),
        ("# noqa: LR101  because the run is short", {"LR101"}),
    ],
)
def test_a_comment_names_its_codes(comment: str, codes: set[str]) -> None:
    """No code at all means all of them."""
    assert suppressions_in(f"x = 1\ny = 2  {comment}\n") == {2: frozenset(codes)}


@pytest.mark.parametrize("text", ["x = 1", "# nothing", "x = lrlint", "# lrlint is good", "# type: ignore[LR101]"])
def test_other_text_silences_nothing(text: str) -> None:
    """Not even a mention."""
    assert suppressions_in(text) == {}


@pytest.mark.parametrize(
    ("codes", "code", "covered"),
    [
        (set(), "LR101", True),
        ({"LR101"}, "LR101", True),
        ({"LR1"}, "LR101", True),
        ({"LR"}, "LR101", True),
        ({"E501"}, "LR101", False),
        ({"LR102"}, "LR101", False),
        ({"LR1010"}, "LR101", False),
    ],
)
def test_a_prefix_covers_the_codes_that_begin_with_it(codes: set[str], code: str, covered: bool) -> None:
    """As in --select and --ignore."""
    assert silenced(frozenset(codes), code) is covered
