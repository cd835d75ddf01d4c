"""What the analyzers cost on long runs, nasty ones too, and whether the cost is linear in the rows.

    python -m benchmarks.diagnosis.cost [ROWS]

Prints the seconds of processor time beyond reading for runs of a tenth of ROWS and of ROWS (by default a million) rows
of loss, validation loss and LR, each the fastest of two, and how many times as long ten times the rows take.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lrlint.examine import examine, summarise
from lrlint.logs.diagnosis import Diagnosis
from lrlint.logs.run import Role, Run, Series
from lrlint.registry import load_analyzers

Floats = NDArray[np.float64]
Columns = dict[str, Floats]
"""`loss` and `lr`, and where they are not the plain ones `steps` and `parts`, each (n,)."""

CHANCE = np.random.default_rng(0)


def falling(n: int) -> Floats:
    return np.asarray(0.3 + 2 * np.exp(-6 * np.arange(n) / n))


def cosine(n: int, cycles: int = 1) -> Floats:
    return np.asarray(0.05 * (1 + np.cos(np.pi * (np.arange(n) * cycles / n % 1))))


def noisy(noise: Callable[[int], Floats]) -> Callable[[int], Columns]:
    return lambda n: {"loss": falling(n) + 0.05 * noise(n), "lr": cosine(n)}


def holes(n: int) -> Columns:
    loss = falling(n)
    loss[CHANCE.random(n) < 0.3] = np.nan
    return {"loss": loss, "lr": cosine(n)}


def with_lr(lr: Callable[[int], Floats]) -> Callable[[int], Columns]:
    return lambda n: {"loss": falling(n) + 0.05 * CHANCE.normal(size=n), "lr": lr(n)}


def rewound(n: int) -> Columns:
    """Ten thousand times back to step 0."""
    return {**with_lr(cosine)(n), "steps": np.arange(n) % max(2, n // 10_000)}


def many_files(n: int) -> Columns:
    """Ten thousand files, the schedule begun anew in each."""
    return {**with_lr(lambda n: cosine(n, 10_000))(n), "parts": np.arange(n) // max(2, n // 10_000)}


CASES: dict[str, Callable[[int], Columns]] = {
    "normal noise": noisy(lambda n: CHANCE.normal(size=n)),
    "cubed normal noise": noisy(lambda n: CHANCE.normal(size=n) ** 3),
    "cubic tails": noisy(lambda n: CHANCE.pareto(3, n)),
    "no mean at all": noisy(lambda n: np.abs(CHANCE.standard_cauchy(n))),
    "NaN in 30 % of the rows": holes,
    "constant": lambda n: {"loss": np.ones(n), "lr": np.full(n, 0.1)},
    "alternating loss": lambda n: {"loss": 1.0 + np.arange(n) % 2, "lr": cosine(n)},
    "alternating LR": with_lr(lambda n: 0.01 + 0.09 * (np.arange(n) % 2)),
    "random LR": with_lr(lambda n: CHANCE.random(n)),
    "random walks": lambda n: {"loss": CHANCE.normal(size=n).cumsum(), "lr": np.abs(CHANCE.normal(size=n).cumsum())},
    "10,000 stairs": with_lr(lambda n: 0.1 * 0.9995 ** (np.arange(n) // max(2, n // 10_000))),
    "10,000 warm restarts": with_lr(lambda n: cosine(n, 10_000)),
    "10,000 rewinds": rewound,
    "10,000 files": many_files,
    "all rows at one step": lambda n: {**with_lr(cosine)(n), "steps": np.zeros(n)},
    "steps that fall": lambda n: {**with_lr(cosine)(n), "steps": np.arange(n)[::-1]},
}


def run_of(columns: Columns) -> Run:
    """A run with a loss, the same as validation loss, and an LR; a wall clock of 20 rows a second."""
    n = len(columns["loss"])
    steps = np.asarray(columns.get("steps", np.arange(n)), np.int64)
    parts, walls = np.asarray(columns.get("parts", np.zeros(n)), np.int32), 1.7e9 + 0.05 * np.arange(n)
    named = {"loss": Role.LOSS, "lr": Role.LR, "val_loss": Role.VALIDATION}
    values = {**columns, "val_loss": columns["loss"] + 0.1}
    series = tuple(Series(name, role, steps, values[name], parts, walls) for name, role in named.items())
    return Run("run", "run", ("csv",), ("log.csv",), series)


def seconds(run: Run) -> tuple[float, int]:
    """How long all analyzers and the summary take, the faster of two, and how many findings there are."""
    analyzers, taken, found = load_analyzers(), [], 0
    for _ in range(2):
        began = time.process_time()
        diagnosis = Diagnosis(run)
        found = len(examine(diagnosis, analyzers))
        summarise(diagnosis)
        taken.append(time.process_time() - began)
    return min(taken), found


def main(rows: int) -> None:
    """Print one line per case."""
    print(f"{'case':26}{rows // 10:>12,}{rows:>12,}{'ratio':>8}{'findings':>10}")
    for name, columns in CASES.items():
        short, _ = seconds(run_of(columns(rows // 10)))
        long, found = seconds(run_of(columns(rows)))
        print(f"{name:26}{short:11.2f}s{long:11.2f}s{long / short:8.1f}{found:10}", flush=True)


if __name__ == "__main__":
    np.seterr(all="ignore")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
