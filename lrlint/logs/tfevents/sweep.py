"""Files of one size whose records lie at the same places, as the runs of a sweep leave them behind."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lrlint.logs.protobuf import Buffer
from lrlint.logs.tfevents.framing import Frames, Stop, walked
from lrlint.logs.tfevents.lanes import (
    FRAME_BYTES,
    HEADER_BYTES,
    Lane,
    Places,
    always_and_ever,
    lanes_of,
    repetition,
)

# As many records are looked at to see whether their lengths repeat.
_LOOKED_AT = 64
# More records than this that stand alone are rather gathered by their lengths.
_FEW_ALONE = 16


class Sweep:
    """Frames the files of a sweep by the first of them, and remembers that one for those to come."""

    def __init__(self) -> None:
        self._learn(b"")

    def frame(self, data: Buffer, bounds: Places) -> Frames | None:
        """The records of the files that lie one after the other in `data`, None where they are no sweep.

        `bounds` (files + 1,) are where the files begin, the first at 0, and where the last one ends.
        """
        sizes = np.diff(bounds)
        if (sizes != sizes[0]).any() or not self._knows(data[: bounds[1]]):
            return None
        table = np.frombuffer(data, np.uint8, bounds[-1]).reshape(sizes.size, -1)
        always, ever = always_and_ever(table)
        if (always ^ ever)[self._header_places].any():
            return None
        lanes: list[Lane] = []
        for begin, period, rows in self._stretches:
            starts, lengths = (column[begin : begin + period] for column in (self._first.starts, self._first.lengths))
            stride = int(lengths.sum()) + period * FRAME_BYTES
            stretch = slice(int(starts[0]), int(starts[0]) + rows * stride)
            varying = np.bitwise_and.reduce(always[stretch].reshape(rows, stride), axis=0)
            varying ^= np.bitwise_or.reduce(ever[stretch].reshape(rows, stride), axis=0)
            lanes += lanes_of(starts, lengths, (sizes.size, rows), (int(sizes[0]), stride), varying)
        starts = (bounds[:-1, None] + self._first.starts[self._others]).ravel()
        lengths = np.tile(self._first.lengths[self._others], sizes.size)
        return Frames(starts, lengths, int(bounds[-1]), Stop.END, tuple(lanes))

    def _knows(self, file: Buffer) -> bool:
        """Whether the file is made of whole records, which are known then."""
        content = np.frombuffer(file, np.uint8)
        if content.size != self._first.end or (content[self._header_places] != self._headers).any():
            self._learn(file)
        return self._first.stop is Stop.END and self._first.starts.size > 0

    def _learn(self, file: Buffer) -> None:
        """Take the file as the first of a sweep: its records, and the places and bytes (n, 12) of their headers.

        Records make stretches; the others (n,) stand alone. Where these are few, each is a stretch of its own.
        """
        self._first = walked(file, 0, len(file))
        self._header_places = self._first.starts[:, None] + np.arange(HEADER_BYTES)
        self._headers = np.frombuffer(file, np.uint8)[self._header_places]
        self._stretches = list(_stretches(self._first.lengths))
        self._others = np.ones(self._first.starts.size, bool)
        for begin, period, rows in self._stretches:
            self._others[begin : begin + rows * period] = False
        alone = np.flatnonzero(self._others).tolist()
        if len(alone) <= _FEW_ALONE:
            self._stretches += [(begin, 1, 1) for begin in alone]
            self._others[alone] = False


def _stretches(lengths: Places) -> Iterator[tuple[int, int, int]]:
    """Where lengths (n,) repeat over and over: the first record, after how many they repeat, and how often."""
    at = 0
    while at < lengths.size:
        begin, period = repetition(lengths[at : at + _LOOKED_AT])
        begin += at
        if not period:
            at += _LOOKED_AT
            continue
        same = lengths[begin + period :] == lengths[begin:-period]
        rows = 1 + (same.size if same.all() else int(np.argmin(same))) // period
        yield begin, period, rows
        at = begin + rows * period
