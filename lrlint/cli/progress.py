"""A progress bar for work that turns out to be slow."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rich.progress

PATIENCE = 1.0
"""Seconds of work before a bar appears."""


class Progress:
    """Called with `(done, total)`, draws a bar on standard error once the work takes longer than PATIENCE.

    Draws nothing where standard error is no terminal, and leaves nothing behind. Work in several parts has a title for
    each.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.started = time.monotonic()
        self.silent = not sys.stderr.isatty()
        self.bar: rich.progress.Progress | None = None

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int, total: int, title: str | None = None) -> None:
        if self.silent or time.monotonic() - self.started < PATIENCE:
            return
        if self.bar is None:
            self.bar = _new_bar()
            self.bar.add_task(self.title, total=total)
            self.bar.start()
        self.bar.update(self.bar.task_ids[0], description=title or self.title, completed=done, total=total)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()


def _new_bar() -> rich.progress.Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
