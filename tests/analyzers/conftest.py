"""Runs built by hand, and analyzers asked of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from lrlint.examine import examine
from lrlint.findings import RunFinding
from lrlint.logs.diagnosis import Diagnosis
from lrlint.logs.run import Role, Run, Series
from lrlint.registry import load_analyzers

Values = Sequence[float] | np.ndarray[Any, Any]
MakeRun = Callable[..., Run]
Ask = Callable[[str, Run], list[RunFinding]]


def series(
    name: str,
    role: Role,
    values: Values,
    steps: Values | None = None,
    parts: Values | None = None,
    walls: Values | None = None,
) -> Series:
    """A series, by default at the steps 0, 1, 2, … of one file."""
    count = len(values)
    return Series(
        name,
        role,
        np.asarray(range(count) if steps is None else steps, np.int64),
        np.asarray(values, np.float64),
        np.asarray(np.zeros(count) if parts is None else parts, np.int32),
        None if walls is None else np.asarray(walls, np.float64),
    )


@pytest.fixture
def make_run() -> MakeRun:
    """`make_run(lr=…, loss=…, validation=…, metric=…, gradient_norm=…, hyperparameters=…, **columns)`."""

    def make(hyperparameters: dict[str, object] | None = None, **columns: Any) -> Run:
        shared = {name: columns.pop(name) for name in ("steps", "parts", "walls") if name in columns}
        made = [series(role, Role(role), values, **shared) for role, values in columns.items()]
        return Run("run", "run", ("csv",), ("log.csv",), tuple(made), hyperparameters or {})

    return make


@pytest.fixture
def ask() -> Ask:
    """`ask(code, run)`: the findings of one analyzer, or of all for the code 'RUN'."""

    def findings(code: str, run: Run) -> list[RunFinding]:
        return examine(Diagnosis(run), [entry for entry in load_analyzers() if entry.code.startswith(code)])

    return findings
