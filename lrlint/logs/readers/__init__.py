"""The readers of log formats, one module each. A new one is a module here with a `READER`."""

from __future__ import annotations

import sys
from functools import lru_cache

from lrlint.logs.readers.base import Reader
from lrlint.modules import modules_of


@lru_cache(maxsize=1)
def readers() -> dict[str, Reader]:
    """Every reader by its format, the most particular first: a module's `READER.rank` orders them."""
    found = [module.READER for module in modules_of(sys.modules[__name__]) if hasattr(module, "READER")]
    return {reader.format: reader for reader in sorted(found, key=lambda reader: reader.rank)}
