"""Running the real command as users do: in a process of its own."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"
LOGS = str(FIXTURES / "logs")
LRLINT = [sys.executable, "-m", "lrlint"]
# The checkout is on the path wherever a test changes to; colour is as in a fresh shell; nothing is cached.
ENVIRONMENT = {
    **{key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")},
    "PYTHONPATH": str(FIXTURES.parent),
    "TERM": "xterm-256color",
    "XDG_CACHE_HOME": os.devnull,
}


class Run(Protocol):
    """The type of the fixture `lrlint`."""

    def __call__(
        self, *arguments: str | bytes, stdin: bytes = b"", **environment: str
    ) -> subprocess.CompletedProcess[bytes]: ...


@pytest.fixture
def lrlint() -> Run:
    """Run lrlint with arguments, standard input and additions to the environment."""

    def run(*arguments: str | bytes, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*LRLINT, *arguments], input=stdin, capture_output=True, env={**ENVIRONMENT, **environment}, check=False
        )

    return run


def on_terminal(command: list[str], environment: Mapping[str, str] = ENVIRONMENT) -> str:
    """What `command` writes where both standard output and standard error are a terminal."""
    leader, follower = pty.openpty()
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment):
        os.close(follower)
        chunks = []
        while chunk := _read(leader):
            chunks.append(chunk)
    os.close(leader)
    return b"".join(chunks).decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # Linux reports the end of a terminal whose other side is closed as an error
        return b""
