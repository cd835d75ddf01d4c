"""Fuzzes one reader, guided by coverage: `python -m benchmarks.logs.fuzz_atheris NAME FOLDER [-atheris_runs=COUNT]`.

NAME is that of a log in tests/logs/test_fuzz.py, `metrics.csv` for instance, which also is the first input; inputs
that reach new code are kept in FOLDER. Needs atheris.
"""

from __future__ import annotations

import os
import sys
import tempfile

import atheris

with atheris.instrument_imports(include=["lrlint"]):
    from lrlint.logs import read_runs
    from lrlint.logs.readers import readers

    readers()

from lrlint.findings import Problem
from tests.logs.test_fuzz import CONTENTS


def main() -> None:
    """Read whatever comes, until an input ends in an exception, a hang, or in nothing at all."""
    name, corpus, *options = sys.argv[1:]
    os.makedirs(corpus, exist_ok=True)
    with open(os.path.join(corpus, name), "wb") as file:
        file.write(CONTENTS[name])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)

        def read(data: bytes) -> None:
            with open(path, "wb") as file:
                file.write(data)
            os.utime(path, (1.7e9, 1.7e9))
            problems: list[Problem] = []
            assert list(read_runs(path, on_problem=problems.append)) or problems or not data

        atheris.Setup([sys.argv[0], corpus, "-timeout=10", f"-max_len={2 * len(CONTENTS[name])}", *options], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
