"""What lies in a package's folder: rules, analyzers and readers are found, not listed."""

from __future__ import annotations

import importlib
import os
from types import ModuleType


def modules_of(package: ModuleType) -> list[ModuleType]:
    """The modules of a package, imported, in the order of their names.

    `pkgutil` would list them too, but importing what it needs takes as long as reading a small log.
    """
    files = sorted(file for folder in package.__path__ for file in os.listdir(folder))
    names = [file.removesuffix(".py") for file in files if file.endswith(".py") and file != "__init__.py"]
    return [importlib.import_module(f"{package.__name__}.{name}") for name in names]
