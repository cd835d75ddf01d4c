"""LibCST, imported in half of its time, and parsing without its checks.

Every file that is checked anew waits for both. Nothing here assigns to a node, or makes one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any


@contextmanager
def _unfrozen() -> Iterator[None]:
    """LibCST's 175 kinds of nodes are frozen dataclasses, compared by identity.

    Freezing them takes half of the time, and dataclass generates comparisons that LibCST then replaces by its own.
    """
    full = dataclasses.dataclass

    def dataclass(cls: Any = None, /, **options: Any) -> Any:
        if cls is None:
            return partial(dataclass, **options)
        if cls.__module__.startswith("libcst."):
            options |= {"frozen": False, "eq": False, "repr": False}
        return full(cls, **options)

    dataclasses.dataclass = dataclass
    try:
        yield
    finally:
        dataclasses.dataclass = full


with _unfrozen():
    import libcst as libcst
    from libcst._nodes.internal import CodegenState as CodegenState


@contextmanager
def unvalidated() -> Iterator[None]:
    """LibCST checks every node that is made, also those that its own parser makes: up to a quarter of its time."""
    checking = libcst.CSTNode.__post_init__
    libcst.CSTNode.__post_init__ = lambda self: None  # type: ignore[method-assign]
    try:
        yield
    finally:
        libcst.CSTNode.__post_init__ = checking  # type: ignore[method-assign]
