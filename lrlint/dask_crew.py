"""Runs read by the workers of a Dask cluster. Needs the package distributed; files are where the workers see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lrlint import __version__
from lrlint.crew import Crew, CrewError

if TYPE_CHECKING:
    from distributed import Client

SECONDS = 5
"""For which a scheduler may keep silent."""


def dask_crew(url: str) -> Crew:
    """The workers of the cluster whose scheduler is at `dask://host:port`. Raises CrewError."""
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise CrewError("a Dask cluster needs distributed: pip install 'lrlint[dask]'") from error
    address = re.fullmatch(r"dask://([^/]+:\d+)/?", url)
    if address is None:
        raise CrewError(f"{url}: not the address of a Dask scheduler, dask://host:port")
    try:
        client = Client(f"tcp://{address[1]}", timeout=SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CrewError(f"{url}: cannot be reached: {error}") from error
    size = sum(client.nthreads().values())
    if not size:
        raise CrewError(f"{url}: has no workers")
    _insist_on_this_version(client, url)
    # A scheduler that is lost cancels what it was asked for.
    return Crew(lambda: _executor(client, url), size, (KilledWorker, CancelledError))


@contextmanager
def _executor(client: Client, url: str) -> Iterator[Executor]:
    """An executor; what it has not done when it is closed is cancelled."""
    if client.status != "running":
        raise CrewError(f"{url}: the connection was lost")
    # Reports depend on files and on the time, so that equal tasks have no equal results.
    executor: Executor = client.get_executor(pure=False)
    try:
        yield executor
    finally:
        executor.shutdown(wait=False)


def _insist_on_this_version(client: Client, url: str) -> None:
    try:
        versions = set(client.run(_version).values())
    except Exception as error:
        raise CrewError(f"{url}: lrlint cannot be imported on its workers: {error}") from error
    if versions != {__version__}:
        raise CrewError(f"{url}: its workers have lrlint {', '.join(sorted(versions))}, not {__version__}")


def _version() -> str:
    return __version__
