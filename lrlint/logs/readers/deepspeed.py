"""DeepSpeed's CSV monitor: a file per tag in a folder, `step` and the tag's last word as the header.

`Train/Samples/lr` is logged to `Train_Samples_lr.csv` under the header `step,lr`, which comes again with every restart;
steps count samples. What the user's own calls of the monitor log beside it belongs to the same run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from lrlint.config import Settings
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source
from lrlint.logs.readers.csv import READER as CSV

_ENGINE = "Train_Samples_"
"""How the names of the files begin that DeepSpeed's engine writes."""
_SUFFIX = ".csv"


class DeepSpeedReader(Reader):
    """The folder is the run; a series per file, named like it."""

    format = "deepspeed"
    rank = 4

    def named(self, name: str) -> bool:
        """Files ending in .csv."""
        return name.endswith(_SUFFIX)

    def claims(self, candidate: Candidate) -> bool:
        """Whether the header fits the file's name, and DeepSpeed's engine wrote to the folder."""
        header = candidate.head.decode("utf-8", "replace").split("\n", 1)[0].strip().split(",")
        stem = candidate.name[: -len(_SUFFIX)]
        if len(header) != 2 or header[0] != "step" or not f"_{stem}".endswith(f"_{header[1].replace(' ', '_')}"):
            return False
        try:
            beside = os.listdir(os.path.dirname(candidate.path) or ".")
        except OSError:
            return False
        return any(name.startswith(_ENGINE) for name in beside)

    def run_of(self, path: str) -> str:
        """The folder that holds the file."""
        return os.path.dirname(path) or "."

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run of the folder."""
        import numpy as np

        recording = Recording()
        for part, path in enumerate(source.files):
            name = os.path.basename(path)[: -len(_SUFFIX)]
            for one in CSV.read(Source(CSV.format, path, (path,)), settings):
                recording.problems += one.problems
                recording.counter = recording.counter or one.counter
                recording.series += [
                    series._replace(name=name, parts=np.full(series.steps.size, part, np.int32))
                    for series in one.series
                ]
        yield recording


READER = DeepSpeedReader()
