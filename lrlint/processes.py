"""Processes of this machine, for work that is worth more than starting them.

Counting the cores must not import what starts processes, which takes longer than reading a run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from multiprocessing.process import BaseProcess


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

    served = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if served else "spawn")
    context.set_forkserver_preload(list(modules))
    others = set(multiprocessing.active_children())
    executor = ProcessPoolExecutor(size, context, initializer=_prepare)
    try:
        with _interrupts_held_back():
            _start_all(executor, size, others)
        yield executor
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.kill()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _start_all(executor: Executor, size: int, others: Set[BaseProcess]) -> None:
    """Start the `size` processes of the executor; `others` are the children that this process has besides.

    The executor would start a process only when there is work for it. One that Ctrl-C caught half started would be
    known to nobody, and fail with a traceback once this process is gone.
    """
    import multiprocessing
    from concurrent.futures import BrokenExecutor

    with suppress(BrokenExecutor):  # a process has died already, as whoever submits work will be told
        while len(set(multiprocessing.active_children()) - others) < size:
            executor.submit(os.getpid)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Ctrl-C waits until all processes have been started, and never reaches the server that forks."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which lets them through when it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
