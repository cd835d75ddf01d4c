"""Large text files in parts of whole lines, read whenever and by whichever thread they are wanted."""

from __future__ import annotations

import os
from _thread import LockType, allocate_lock
from collections.abc import Iterator
from typing import BinaryIO

_FIRST_PART = 1 << 17
_PART = 1 << 24
# Memory of this size is used again and again, where that of a whole part would be new to the process every time.
_BLOCK = 1 << 18
# With less than this, importing pandas takes longer than reading the careful way.
LARGE = 1 << 20


class Part:
    """Whole lines of a file, from `start` to `end`, read whenever and by whichever thread they are wanted."""

    def __init__(self, file: BinaryIO, lock: LockType, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.size = end - start
        self._file = file
        self._lock = lock

    def blocks(self) -> Iterator[bytes]:
        """The bytes, some at a time."""
        for at in range(self.start, self.end, _BLOCK):
            with self._lock:
                self._file.seek(at)
                block = self._file.read(min(_BLOCK, self.end - at))
            yield block


def parts_of(file: BinaryIO) -> Iterator[Part]:
    """The rest of the file in parts of whole lines."""
    # threading takes longer to import than a small log takes to read.
    lock = allocate_lock()
    start, size = file.tell(), _FIRST_PART
    while True:
        with lock:
            end = _behind_line(file, start + size)
            if end - start >= LARGE and not _is_finished(file, end):
                # How long the last line should be takes a careful look, which is quick in a part that is small.
                end = _behind_line(file, end - _FIRST_PART)
        if end <= start:
            return
        yield Part(file, lock, start, end)
        start, size = end, _PART


def _behind_line(file: BinaryIO, position: int) -> int:
    """Where the line ends that this position is in; the end of the file, where it comes first."""
    file.seek(position)
    file.readline()
    return min(file.tell(), file.seek(0, os.SEEK_END))


def _is_finished(file: BinaryIO, end: int) -> bool:
    file.seek(end - 1)
    return file.read(1) == b"\n"
