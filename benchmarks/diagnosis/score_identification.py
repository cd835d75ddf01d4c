"""How often the schedule behind a logged LR curve is named, and its parameters found.

    python -m benchmarks.diagnosis.score_identification [--half tuning|reporting] [--count N] [--misses]

Seeds of the two halves are disjoint: tuning below 1,000,000, reporting from there on. A curve counts as identified
'exactly' where the most likely family is the true one, and 'up to ambiguities' where it is one that the data cannot
tell from it (docs/ lists them).
"""

from __future__ import annotations

import argparse
import collections
import statistics
import time

from benchmarks.diagnosis.curves import LoggedCurve, curve
from lrlint.identify import Identification, identify

FIRST_SEED = {"tuning": 0, "reporting": 1_000_000}


def right_parameters(truth: LoggedCurve, found: Identification) -> list[str]:
    """The parameters that are more than 2 % off (steps: and more than a tick and a row), of those both state."""
    wrong = []
    for name, expected in truth.parameters.items():
        value = found.parameters.get(name)
        if isinstance(value, float | int):
            exact = name in ("gamma", "T_mult", "power") or "lr" in name
            slack = max(0.02 * abs(expected), 0.0 if exact else truth.hold + 1.5 * found.curve.interval)
            if abs(float(value) - expected) > slack:
                wrong.append(f"{name} {value:.6g} for {expected:.6g}")
    return wrong


def main() -> None:
    """Score and print."""
    options = argparse.ArgumentParser()
    options.add_argument("--half", choices=FIRST_SEED, default="tuning")
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--misses", action="store_true")
    asked = options.parse_args()
    tally: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    seconds = []
    for seed in range(FIRST_SEED[asked.half], FIRST_SEED[asked.half] + asked.count):
        truth = curve(seed)
        started = time.process_time()
        found = identify(truth.steps, truth.values)
        seconds.append(time.process_time() - started)
        assert found is not None
        tell = f"{seed} {truth.family} ({truth.how}): {found.families} {found.fit_error} {found.reason or ''}"
        row = tally[truth.family]
        row["curves"] += 1
        row["exact"] += found.family == truth.family
        if found.family not in (truth.family, *truth.also):
            print("missed", tell) if asked.misses else None
            continue
        row["right"] += 1
        wrong = right_parameters(truth, found)
        row["parameters"] += not wrong
        if wrong and asked.misses:
            print("parameters", tell, wrong)
    report(tally, seconds)


def report(tally: dict[str, collections.Counter[str]], seconds: list[float]) -> None:
    """Print one line per family, and the sum."""
    total: collections.Counter[str] = sum(tally.values(), collections.Counter())
    print(f"{'family':22}{'curves':>8}{'exact':>8}{'right':>8}{'parameters':>12}")
    for family, row in [*sorted(tally.items()), ("all", total)]:
        exact, right = row["exact"] / row["curves"], row["right"] / row["curves"]
        parameters = row["parameters"] / max(1, row["right"])
        print(f"{family:22}{row['curves']:8}{exact:8.3f}{right:8.3f}{parameters:12.3f}")
    worst = max(seconds)
    print(f"seconds a curve: median {statistics.median(seconds):.4f}, largest {worst:.4f}")


if __name__ == "__main__":
    main()
