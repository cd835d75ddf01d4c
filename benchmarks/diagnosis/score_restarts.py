"""How often a restart of the LR is told from a planned one, on random curves of real schedulers.

    python -m benchmarks.diagnosis.score_restarts [--half tuning|reporting] [--count N] [--misses]

Planned: SGDR and cyclic curves, logged the imperfect way that curves.py logs them. RUN203 must stay silent. Unplanned:
every other schedule whose log lacks no rows, restarted from its first step at a random row between a quarter and three
quarters of the run, half of them in a new log file. A restart counts as one where the LR moves by a quarter of its
peak and is off from the plan by as much over a tenth of the run, and, in one file, had not reached its floor (5 % of
the peak), from where a cycle may begin again. RUN203 must name it within 2 % of the run or two rows.
"""

from __future__ import annotations

import argparse
import collections
import random
from collections.abc import Iterator

import numpy as np

from benchmarks.diagnosis.curves import LoggedCurve, curve
from benchmarks.diagnosis.score_identification import FIRST_SEED
from lrlint.examine import examine
from lrlint.findings import RunFinding
from lrlint.logs.diagnosis import Diagnosis
from lrlint.logs.run import Role, Run, Series
from lrlint.registry import load_analyzers

PLANNED = ("cosine_restarts", "cyclic")
NEVER_RESTARTED = (*PLANNED, "constant", "range_test", "plateau")
RESTARTS = [entry for entry in load_analyzers() if entry.code == "RUN203"]


def findings(steps: np.ndarray, values: np.ndarray, parts: np.ndarray) -> list[RunFinding]:
    """What RUN203 says about an LR."""
    lr = Series("lr", Role.LR, steps.astype(np.int64), values.astype(float), parts.astype(np.int32))
    return examine(Diagnosis(Run("run", "run", ("csv",), ("log.csv",), (lr,))), RESTARTS)


def restarted(logged: LoggedCurve, rng: random.Random, in_new_file: bool) -> tuple[np.ndarray, int] | None:
    """The values with the beginning of the run repeated from a random row on, and that row; None if that is no harm."""
    rows = len(logged.values)
    row = int(rows * rng.uniform(0.25, 0.75))
    since = logged.steps[row:] - logged.steps[row]
    begun = logged.steps - logged.steps[0]
    again = logged.values[np.searchsorted(begun, since, side="right") - 1]
    peak, before = logged.values.max(), logged.values[row - 1]
    off = np.abs(again - logged.values[row:]) > 0.25 * peak
    moves = abs(again[0] - before) > 0.25 * peak and (in_new_file or before > 0.05 * peak)
    if not moves or np.count_nonzero(off) < 0.1 * rows or np.ptp(np.diff(logged.steps)):
        return None
    return np.concatenate((logged.values[:row], again)), row


def outcomes(seeds: range) -> Iterator[tuple[str, bool, str]]:
    """(kind, right, what to print) of each curve."""
    for seed in seeds:
        logged, rng = curve(seed), random.Random(seed)
        one_part = np.zeros(len(logged.values))
        if logged.family in PLANNED:
            found = findings(logged.steps, logged.values, one_part)
            yield "planned", not found, f"{seed} {logged.family} ({logged.how}) {[f.message for f in found]}"
            continue
        in_new_file = rng.random() < 0.5
        made = restarted(logged, rng, in_new_file)
        if logged.family not in NEVER_RESTARTED and made is not None:
            values, row = made
            parts = one_part if not in_new_file else (np.arange(len(values)) >= row).astype(float)
            found = findings(logged.steps, values, parts)
            usual = float(np.median(np.diff(logged.steps)))
            slack = max(2 * usual, 0.02 * float(np.ptp(logged.steps)), 2.0 * logged.hold)
            near = any(abs((f.first_step or 0) - logged.steps[row]) <= slack for f in found)
            kind = "unplanned, in a new file" if in_new_file else "unplanned, in one file"
            tell = f"{seed} {logged.family} ({logged.how}) at {logged.steps[row]}: {[f.message for f in found]}"
            yield kind, near, tell


def main() -> None:
    """Score and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--half", choices=FIRST_SEED, default="tuning")
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--misses", action="store_true")
    asked = options.parse_args()
    tally: dict[str, collections.Counter[bool]] = collections.defaultdict(collections.Counter)
    for kind, right, tell in outcomes(range(FIRST_SEED[asked.half], FIRST_SEED[asked.half] + asked.count)):
        tally[kind][right] += 1
        if asked.misses and not right:
            print(kind, tell)
    for kind, counts in sorted(tally.items()):
        print(f"{kind:28}{counts[True]:6} of {counts.total():6} right")


if __name__ == "__main__":
    main()
