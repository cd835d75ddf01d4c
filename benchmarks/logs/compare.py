"""Whole processes of several readers in turn over the same folder; medians, and ratios of CPU seconds to the first.

`python compare.py FOLDER ROUNDS READER...`, for instance `compare.py /tmp/regular 5 lrlint data-server`. Readers
run with the Python of LRLINT_PYTHON and PEERS_PYTHON (default: this one), so that peers may live elsewhere.
The peak memory is that of the whole process tree's largest process. None of them starts BLAS threads, which would
spin for longer than a small log is read.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from typing import NamedTuple

SCRIPT = os.path.join(os.path.dirname(__file__), "readers.py")


class Cost(NamedTuple):
    """What one process took: wall and CPU seconds, peak resident bytes, and the number it printed."""

    wall: float
    cpu: float
    peak: int
    count: str


def main() -> None:
    """Print the table."""
    folder, rounds, names = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    costs: dict[str, list[Cost]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            costs[name].append(cost(name, folder))
    base = statistics.median(one.cpu for one in costs[names[0]])
    print(
        f"{folder}, medians of {rounds}\n{'reader':18}{'points':>10}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'ratio':>8}"
    )
    for name, measured in costs.items():
        wall, cpu = (statistics.median(one[index] for one in measured) for index in (0, 1))
        peak = statistics.median(one.peak for one in measured) / 2**20
        print(f"{name:18}{measured[0].count:>10}{wall:9.3f}{cpu:9.3f}{peak:9.0f}{cpu / base:8.1f}")


def cost(name: str, folder: str) -> Cost:
    """Run one reader as a process of its own."""
    variable = "LRLINT_PYTHON" if name.startswith("lrlint") else "PEERS_PYTHON"
    python = os.environ.get(variable, sys.executable)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    receiving, sending = os.pipe()
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.dup2(sending, 1)
        os.execve(python, [python, SCRIPT, name, folder], environment)
    os.close(sending)
    with os.fdopen(receiving) as output:
        count = output.read().strip()
    _, _, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, count)


if __name__ == "__main__":
    main()
