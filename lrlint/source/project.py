"""The modules of a program, found by the names under which they are imported."""

from __future__ import annotations

import os
import re

from lrlint.node import Node, anew
from lrlint.source import syntax as ir
from lrlint.source.facts import Facts
from lrlint.source.reading import SourceError

PLAIN_HELP = (
    b".backward(",
    b"zero_grad(",
    b"torch.optim",
    b"add_argument(",
    b"DataLoader(",
    b"LRScheduler",
    b"lr_sched",
)
HELP = (
    rb"ReduceLROnPlateau|LambdaLR|StepLR|get_\w+_schedule\b|[sS]ched\w*\.step\("
    rb"|optim\w*\.step\(|optim\w*\.(?:load_)?state_dict\(|optim\.[A-Z]"
)
"""What an imported module must mention to be followed; small ones (constants, configuration) always are."""
SMALL = 6_000


class Project(Node):
    """The modules in view: those that are checked, and those that they import from the folders around."""

    modules: dict[str, ir.Module]
    facts: Facts = anew(factory=Facts)
    _found: dict[tuple[str, str], ir.Module | None] = anew(factory=dict)
    _roots: dict[str, list[str]] = anew(factory=dict)
    _useless: set[str] = anew(factory=set)

    def at(self, path: str) -> ir.Module:
        """The module of a path that is in view."""
        return self.modules[path]

    def find(self, name: str, importer: str) -> ir.Module | None:
        """The module that `name` means in the file `importer`, None where it is not in view or of no help."""
        folder = os.path.dirname(importer)
        key = (folder, name)
        if key not in self._found:
            self._found[key] = self._look(name, folder)
        return self._found[key]

    def find_defined(self, package: str, wanted: str, importer: str) -> ir.Module | None:
        """The module below a package without `__init__.py` that defines `wanted`, None where there is none.

        Such a package is a checkout in part, or an `__init__.py` that is generated: what it would pass on is
        in one of its modules.
        """
        relative = package.replace(".", os.sep)
        for root in self._roots_of(os.path.dirname(importer)):
            folder = os.path.join(root, relative)
            names = self.facts.lookups.names_in(folder) if relative else None
            if names is not None:
                modules = (self._open(os.path.join(folder, name)) for name in names if name.endswith(".py"))
                return next((module for module in modules if module is not None and _defines(module, wanted)), None)
        return None

    def _look(self, name: str, folder: str) -> ir.Module | None:
        relative = name.replace(".", os.sep)
        for root in self._roots_of(folder):
            if not self._exists_in(root, name.partition(".")[0]):
                continue
            for candidate in (f"{relative}.py", os.path.join(relative, "__init__.py")):
                path = os.path.join(root, candidate)
                if self.facts.lookups.is_file(path):
                    return self._open(path)
        return None

    def _exists_in(self, root: str, name: str) -> bool:
        lookups = self.facts.lookups
        return lookups.exists(os.path.join(root, name)) or lookups.is_file(os.path.join(root, f"{name}.py"))

    def _open(self, path: str) -> ir.Module | None:
        path = os.path.normpath(path)
        if path not in self.modules and path not in self._useless:
            module = self._parsed(path)
            if module is None:
                self._useless.add(path)
            else:
                self.modules[path] = module
        return self.modules.get(path)

    def _parsed(self, path: str) -> ir.Module | None:
        data = self.facts.lookups.read(path)
        if data is None or (len(data) > SMALL and not path.endswith("__init__.py") and not _helps(data)):
            return None
        try:
            return self.facts.of(path, data)
        except SourceError:
            return None

    def _roots_of(self, folder: str) -> list[str]:
        """Where imports of a file in `folder` are looked up: the folders above, and `src` and `lib` in the last."""
        if folder not in self._roots:
            roots, current = [folder], os.path.abspath(folder)
            for _ in range(6):
                if any(
                    self.facts.lookups.exists(os.path.join(current, mark))
                    for mark in (".git", "pyproject.toml", "setup.py")
                ):
                    break
                parent = os.path.dirname(current)
                if parent == current:
                    break
                roots.append(os.path.relpath(parent) if not os.path.isabs(folder) else parent)
                current = parent
            self._roots[folder] = [*roots, *(os.path.join(roots[-1], inner) for inner in ("src", "lib"))]
        return self._roots[folder]


def _defines(module: ir.Module, name: str) -> bool:
    kinds = (ir.FunctionDefinition, ir.ClassDefinition)
    return any(isinstance(statement, kinds) and statement.name == name for statement in module.body)


def _helps(data: bytes) -> bool:
    """Whether a module mentions what makes it worth following; searching for literals is much the faster way."""
    if any(name in data for name in PLAIN_HELP):
        return True
    parts = any(part in data for part in (b"LR", b"_schedule", b".step(", b"optim."))
    return (parts or (b"optim" in data and b"state_dict(" in data)) and re.search(HELP, data) is not None
