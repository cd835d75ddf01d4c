"""The readers of log formats, one module each. A new one is a module here with a `READER`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from lrlint.logs.readers.base import Reader


@lru_cache(maxsize=1)
def readers() -> dict[str, Reader]:
    """Every reader by its format, the most particular first: a module's `READER.rank` orders them."""
    modules = [importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__)]
    found = [module.READER for module in modules if hasattr(module, "READER")]
    return {reader.format: reader for reader in sorted(found, key=lambda reader: reader.rank)}
