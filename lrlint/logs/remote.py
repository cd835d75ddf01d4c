"""Logs far away (s3://, gs://, hf:// and whatever else fsspec knows): copied to this machine, then read as any other.

Needs fsspec and the package of the store. Copies last as long as the process and are made anew only when the
store says that a file has changed.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from lrlint.findings import Problem


def copied(url: str, chosen: Callable[[Sequence[str]], Sequence[str]]) -> tuple[str | None, list[Problem]]:
    """Copy the file at `url`, or those that are `chosen` of the files below it: where the copy is, and what went wrong.

    The copy is None where there is nothing to read.
    """
    try:
        import fsspec  # type: ignore[import-untyped]
    except ImportError:
        return None, [Problem(url, "reading from a store needs fsspec: pip install 'lrlint[remote]'")]
    try:
        store, root = fsspec.core.url_to_fs(url)
        if not store.exists(root):
            return None, [Problem(url, "no such file or folder")]
        files = [root] if store.isfile(root) else chosen(store.find(root))
    except Exception as error:  # every store raises errors of its own
        return None, [Problem(url, f"cannot be reached: {_sentence(error)}")]
    target = os.path.join(_copies(), _file_name(url))
    problems = [problem for file in files if (problem := _copy(store, file, root, target, url)) is not None]
    if not files:
        os.makedirs(target, exist_ok=True)
    return target if os.path.exists(target) else None, problems


def _copy(store: Any, file: str, root: str, target: str, url: str) -> Problem | None:
    """Copy one file unless the copy is of what the store still holds."""
    inside = file[len(root) :].lstrip("/")
    local = os.path.join(target, *inside.split("/")) if inside else target
    try:
        version = str(store.ukey(file))
        if _versions.get(local) != version or not os.path.exists(local):
            os.makedirs(os.path.dirname(local), exist_ok=True)
            store.get_file(file, local)
            _versions[local] = version
    except Exception as error:  # every store raises errors of its own
        return Problem(f"{url.rstrip('/')}/{inside}" if inside else url, f"cannot be read: {_sentence(error)}")
    return None


_versions: dict[str, str] = {}


@lru_cache(maxsize=1)
def _copies() -> str:
    folder = tempfile.mkdtemp(prefix="lrlint-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _file_name(url: str) -> str:
    """A path that keeps the URL's last part, which may tell the format, and is of its own for every URL."""
    place, _, name = url.rstrip("/").rpartition("/")
    return os.path.join("".join(c if c.isalnum() else "_" for c in place), name)


def _sentence(error: Exception) -> str:
    return str(error).split("\n")[0] or type(error).__name__
