"""Order statistics: exactly NumPy's."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from lrlint.order import each_once, median, row_medians

FLOATS = st.floats(width=64, allow_nan=False, min_value=-1e300, max_value=1e300)


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=FLOATS))
def test_medians_and_distinct_values_are_those_of_numpy(rows: np.typing.NDArray[np.float64]) -> None:
    """Bit for bit, for odd and even numbers of values and for repeated ones."""
    assert row_medians(rows).tolist() == np.median(rows, axis=1).tolist()
    assert median(rows) == np.median(rows)
    assert each_once(rows).tolist() == np.unique(rows).tolist()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("values", [[], [1.0, np.nan, 2.0], [np.inf, -np.inf], [3], [1, 2], [np.inf, 1.0, np.inf]])
def test_odd_values_are_as_in_numpy(values: list[float]) -> None:
    """Nothing at all, NaN, infinities, whole numbers."""
    assert repr(median(values)) == repr(float(np.median(values)))


def test_they_do_not_import_masked_arrays() -> None:
    """Which is what they are for."""
    code = "import sys; from lrlint.order import *; median([1, 2]); each_once([1, 1]); print('numpy.ma' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
