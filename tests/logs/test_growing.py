"""Columns whose length shows only when a file has been read."""

from __future__ import annotations

import numpy as np

from lrlint.logs.growing import Growing


def test_columns_keep_what_is_added_even_where_the_file_grew_beyond_what_was_expected() -> None:
    """More is there than the size at the beginning let expect: the columns move, and nothing is lost."""
    points = Growing(np.int64, np.float64)
    for start, expected in ((0, 2.0), (10, 0.7), (20, 0.4)):
        points.add([np.arange(start, start + 10), np.arange(start, start + 10) / 2], expected)
    steps, values = points.columns()
    assert steps.tolist() == list(range(30))
    assert values.tolist() == [step / 2 for step in range(30)]
