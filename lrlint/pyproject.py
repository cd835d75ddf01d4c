"""Which pyproject.toml is in charge."""

from __future__ import annotations

import os

MARK = b"tool.lrlint"


def nearest(start: str) -> str | None:
    """The nearest pyproject.toml at or above `start` that speaks of lrlint. Raises OSError for an unreadable one."""
    folder = os.path.abspath(start)
    while True:
        path = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(path) and MARK in _bytes(path):
            return path
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()
