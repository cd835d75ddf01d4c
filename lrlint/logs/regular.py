"""Large parts of CSV files that are regular, read by pandas: two at a time, since its parser lets other threads run.

A part is regular where every row has as many cells as the header, and a column holds numbers and empty cells
only, or is one of those known to hold words. In any doubt it is not, and then it is not read here. Only logs that
are large import this.
"""

from __future__ import annotations

import io
import math
from collections import deque
from collections.abc import Iterable, Iterator, Set
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrlint.logs.parts import LARGE, Part
from lrlint.logs.rows import is_word
from lrlint.logs.table import Cells, Rows
from lrlint.namedtuples import NamedTuple

_THREADS = 2
# Cells that pandas reads at a time: so few that they stay in the processor's cache.
_CELLS = 300_000
# glibc gives memory back to the system, which makes it dear to have again, until something larger was freed once.
_KEPT = 30 << 20
# Quotes, NUL, and the letters without which there is no `nan`: single bytes, because those are found fastest.
_CAREFUL = (b'"', b"\0", b"n", b"N")
# The letters without which there is no `true` or `False`.
_TRUTH = (b"u", b"U", b"l", b"L")
_NEWLINE = ord("\n")


class Layout(NamedTuple):
    """What the rows of a file look like; `words` are the columns that hold other things than numbers."""

    separator: str
    header: list[str]
    words: Set[str]


def read_ahead(parts: Iterable[Part], layout: Layout) -> Iterator[tuple[Part, list[Rows] | None]]:
    """Each part, in order, with its rows, some at a time, or None where it is not regular.

    The next parts are already being read while a part is made use of.
    """
    np.empty(_KEPT, np.uint8)
    with ThreadPoolExecutor(_THREADS) as pool:
        ahead: deque[tuple[Part, Future[list[Rows] | None]]] = deque()
        for part in parts:
            ahead.append((part, pool.submit(read_regular, part, layout)))
            if len(ahead) > _THREADS:
                part, reading = ahead.popleft()
                yield part, reading.result()
        for part, reading in ahead:
            yield part, reading.result()


def read_regular(part: Part, layout: Layout) -> list[Rows] | None:
    """The rows of a part that is large and regular, some at a time, None where it is not."""
    names = [name for name in layout.header if name not in layout.words]
    if part.size < LARGE or not names:
        return None
    text = _Text(part, layout.separator)
    rows: list[Rows] = []
    full, doubtful = names[-1] == layout.header[-1], False
    try:
        for columns in _columns(text, layout, names):
            cells = [_present(values) for values in columns]
            full = full and cells[-1].rows is None
            doubtful = doubtful or any(map(_may_be_truth, cells))
            rows.append((dict(zip(names, cells, strict=True)), columns[0].size))
    except ValueError:
        return None
    count = sum(size for _, size in rows)
    # pandas fills up rows that are too short, and cuts those that are too long where columns are left out. With as
    # many separators as there should be, and no short rows, there are no long ones.
    if text.separators != count * (len(layout.header) - 1) or not (full or _even(part, layout, count)):
        return None
    if not all(_holds_words(line, layout) for line in (text.first, text.last)):
        return None
    if not text.finished or (doubtful and any(letter in block for block in part.blocks() for letter in _TRUTH)):
        return None
    return rows


def _holds_words(line: bytes, layout: Layout) -> bool:
    """Whether a row still has words where the first rows of the file had them, and no numbers by now."""
    cells = line.decode("utf-8", "replace").rstrip("\r").split(layout.separator)
    return all(is_word(cell) for name, cell in zip(layout.header, cells, strict=False) if name in layout.words)


def _columns(text: _Text, layout: Layout, names: list[str]) -> Iterator[list[NDArray[np.float64]]]:
    """The columns (rows,) of these names, some rows at a time: NaN for an empty cell, ValueError for other things."""
    with pd.read_csv(
        text,
        sep=layout.separator,
        header=None,
        names=layout.header,
        usecols=names if layout.words else None,
        dtype=dict.fromkeys(names, np.float64),
        na_values=[""],
        keep_default_na=False,
        skip_blank_lines=False,
        low_memory=False,
        chunksize=max(1, _CELLS // len(layout.header)),
        float_precision=_precision(),
    ) as frames:
        for frame in frames:
            yield [frame[name].to_numpy() for name in names]


@lru_cache(maxsize=1)
def _precision() -> Literal["round_trip"] | None:
    """How pandas reads numbers as Python does; what older versions do by default misses some in the last place."""
    numbers = [repr(1e-3 * math.sin(index)) for index in range(1, 100)]
    found = pd.read_csv(io.StringIO("\n".join(numbers)), header=None, dtype=np.float64)[0].tolist()
    return None if found == list(map(float, numbers)) else "round_trip"


class _Text(io.RawIOBase):
    """A part as a file that is looked at while pandas reads it; ValueError where it takes a careful look."""

    def __init__(self, part: Part, separator: str) -> None:
        self.separators = 0
        self.first = b""
        self._last_block = b""
        self._blocks = part.blocks()
        self._separator = ord(separator)

    @property
    def finished(self) -> bool:
        """Whether the last line that was read has an end."""
        return self._last_block.endswith(b"\n")

    @property
    def last(self) -> bytes:
        """The last line that was read, without its end."""
        return self._last_block.removesuffix(b"\n").rpartition(b"\n")[2]

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next block, whatever its size."""
        block = next(self._blocks, b"")
        if any(byte in block for byte in _CAREFUL):
            raise ValueError("takes a careful look")
        if block:
            self.first = self.first or block.partition(b"\n")[0]
            self._last_block = block
            self.separators += int(np.count_nonzero(np.frombuffer(block, np.uint8) == self._separator))
        return block


def _present(values: NDArray[np.float64]) -> Cells:
    """The cells of a column (rows,) in which NaN is an empty cell."""
    empty = np.isnan(values)
    return Cells(np.flatnonzero(~empty), values[~empty]) if empty.any() else Cells(None, values)


def _may_be_truth(cells: Cells) -> bool:
    """Whether pandas may have taken words for numbers, as it does where a column holds only `True` and `False`."""
    values = cells.values
    return values.size > 0 and values[0] in (0, 1) and bool(np.all((values == 0) | (values == 1)))


def _even(part: Part, layout: Layout, count: int) -> bool:
    """Whether the lines, `count` with the right number of separators in all, have the same number each."""
    width = len(layout.header)
    text = (np.frombuffer(block, np.uint8) for block in part.blocks())
    marks = np.concatenate([block[(block == ord(layout.separator)) | (block == _NEWLINE)] for block in text])
    return marks.size == count * width and bool(np.all(marks[width - 1 :: width] == _NEWLINE))
