"""Processes of this machine, for work that is worth more than starting them.

Counting the cores must not import what starts processes, which takes longer than reading a run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def processes(size: int, modules: Sequence[str]) -> Iterator[Executor]:
    """So many processes, which end with this one, and at once where the work is broken off.

    They are forked from a server without threads, which has the `modules` imported: this process may be drawing a
    progress bar in one.
    """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    context.set_forkserver_preload(list(modules))
    executor = ProcessPoolExecutor(size, context, initializer=_prepare)
    others = set(multiprocessing.active_children())
    try:
        yield executor
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _prepare() -> None:
    """In a new process: leave Ctrl-C to the parent, and do not outlive it."""
    import signal
    import threading

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
