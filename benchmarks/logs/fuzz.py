"""Mutates logs of every format at random and reads them: `python fuzz.py COUNT SEED`.

Stops at the first exception, hang (5 s) or silent loss of a whole record, with the seed that shows it again.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile

from lrlint.findings import Problem
from lrlint.logs import read_runs
from lrlint.logs.tfevents import framing
from lrlint.logs.tfevents.arena import read_event_files
from lrlint.logs.tfevents.eventfile import EventFile, read_event_file
from tests.logs.test_fuzz import CONTENTS, STARTS, STEPS

HANG_SECONDS = 5


def main() -> None:
    """Mutate and read until one fails or the count is reached."""
    count, first = int(sys.argv[1]), int(sys.argv[2])
    names = list(CONTENTS)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        for seed in range(first, first + count):
            rng = random.Random(seed)
            name = names[seed % len(names)]
            signal.alarm(HANG_SECONDS)
            try:
                check(os.path.join(folder, name), CONTENTS[name], rng)
            except BaseException:
                print(f"failed at seed {seed} ({name})", file=sys.stderr)
                raise
            if seed % 100_000 == 0:
                print(seed, flush=True)
    print(f"{count} mutated files read")


def check(path: str, content: bytes, rng: random.Random) -> None:
    """Mutate, read, and hold the result against what was left untouched."""
    single = rng.random() < 0.5
    for _ in range(1 if single else rng.randint(2, 6)):
        start = rng.randrange(len(content) + 1)
        end = min(len(content), start + rng.choice((0, 1, 1, 1, 2, 8, 50, 500)))
        new = rng.choice((rng.randbytes(end - start), rng.randbytes(rng.randrange(40)), bytes(end - start), b""))
        content = content[:start] + new + content[end:]
    with open(path, "wb") as file:
        file.write(content)
    os.utime(path, (1.7e9, 1.7e9))
    if "tfevents" in path:
        # Records are read by the lanes and tables in which they lie only where there are many.
        framing._FEW_REPEATED = rng.choice((16, 1 << 12))
        check_among_others(path)
    problems: list[Problem] = []
    runs = list(read_runs(path, on_problem=problems.append))
    assert runs or problems or not content, "nothing at all"
    if single and "tfevents" in path:
        found = {step for run in runs for series in run.series for step in series.steps.tolist()}
        kept = {step for step in STEPS if STARTS[step + 1] <= start or STARTS[step] >= end}
        assert found >= {step for step in kept if not STARTS[step] < start < STARTS[step + 1]}, "lost records"
        assert found <= set(STEPS), "invented records"
        assert problems or len(found) == len(STEPS) or start in STARTS, "silent loss"


def check_among_others(path: str) -> None:
    """Read the event file between two others, which it must not touch, and hold it against what it is alone."""
    others = [f"{path}.before", f"{path}.after"]
    for other in others:
        if not os.path.exists(other):
            with open(other, "wb") as file:
                file.write(CONTENTS[os.path.basename(path)])
    before, found, after = read_event_files([others[0], path, others[1]])
    for one, expected in ((before, STEPS), (after, STEPS), (found, read_event_file(path))):
        assert isinstance(one, EventFile)
        if isinstance(expected, EventFile):
            assert described(one) == described(expected), "other together than alone"
        else:
            assert one.columns["train/loss"].steps.tolist() == list(expected), "a neighbour was touched"


def described(found: EventFile) -> object:
    """All that is in the file, as bytes, so that NaN is NaN."""
    columns = {tag: [part.tobytes() for part in column] for tag, column in found.columns.items()}
    return columns, found.damage, found.unfinished


if __name__ == "__main__":
    main()
