"""Source files as facts: read, gated, parsed, and found by the names under which they are imported."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from lrlint.findings import Problem
from lrlint.source import syntax as ir
from lrlint.source.suppressions import suppressions_in

AT_STAKE = re.compile(
    rb"lr_scheduler|LRScheduler|LR_Scheduler|lr_sched|ReduceLROnPlateau|OneCycleLR|CosineAnnealing|LambdaLR|StepLR"
    rb"|get_(?:linear|cosine|constant|polynomial|inverse|wsd|reduce)\w*schedule|get_scheduler\b"
    rb"|[sS]ched\w*\s*\.\s*step\s*\([^,\n]*\)"
)
"""What a file must mention for an LR scheduler to be at stake in it."""
MENTIONS = (b"ched", b"LR")
"""A cheap test before `AT_STAKE`: a literal search is fifty times faster than a pattern."""
HELPS = re.compile(
    rb"lr_sched|LRScheduler|ReduceLROnPlateau|LambdaLR|StepLR|_schedule\b|[sS]ched\w*\.step\(|\.backward\(|zero_grad\("
    rb"|optim\w*\.step\(|optim\w*\.(?:load_)?state_dict\(|optim\.[A-Z]|torch\.optim|add_argument\(|DataLoader\("
)
"""What an imported module must mention to be followed; small ones (constants, configuration) always are."""
SMALL = 6_000
_LONG_LINE = re.compile(r"[^\r\n]{1000}")
MOST_NESTED = 200
"""How deep expressions may be nested; LibCST's parser takes quadratic time and memory for it, and may crash."""
_OLD_ASYNC = re.compile(r"\basync(?=\s*=[^=])")
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")


class SourceError(Exception):
    """A file that cannot be followed; `problem` says why and where."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_source(path: str) -> bytes:
    """The bytes of a source file. Raises SourceError where it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise SourceError(Problem(path, f"cannot be read: {error.strerror}")) from error


def at_stake(data: bytes) -> bool:
    """Whether an LR scheduler may be built, stepped or saved in this file."""
    return any(mention in data for mention in MENTIONS) and AT_STAKE.search(data) is not None


def check_syntax(path: str, data: bytes) -> None:
    """Raise SourceError, with the line, for bytes that are not Python 3."""
    if b"\0" in data:
        raise SourceError(Problem(path, "not Python: a binary file"))
    try:
        compile(_spelled_for_today(decode(path, data)), path, "exec", flags=0x400, dont_inherit=True)
    except SyntaxError as error:
        raise SourceError(Problem(path, f"not valid Python 3: {error.msg}", error.lineno)) from error
    except (RecursionError, MemoryError) as error:
        raise SourceError(Problem(path, "nested too deeply to follow")) from error
    except (ValueError, OverflowError) as error:
        raise SourceError(Problem(path, f"not valid Python 3: {error}")) from error


def _check_nesting(path: str, text: str) -> None:
    """Raise SourceError for code that is nested too deeply to be worth a try."""
    import ast

    level: list[ast.AST] = [ast.parse(text)]
    for _ in range(MOST_NESTED):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if level:
        raise SourceError(Problem(path, "nested too deeply to follow"))


def decode(path: str, data: bytes) -> str:
    """The text of a source file, by its coding line or as UTF-8. Raises SourceError."""
    encoding = "utf-8-sig"
    for first in data.split(b"\n", 2)[:2]:
        match = _CODING.match(first)
        if match is not None:
            encoding = match.group(1).decode("ascii")
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8"):
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(Problem(path, f"not valid {encoding} text: {error.reason}", line)) from error
    except LookupError as error:
        raise SourceError(Problem(path, f"unknown encoding {encoding!r}")) from error


def facts_of(path: str, data: bytes) -> ir.Module:
    """The facts of a module. Raises SourceError where it is not Python 3."""
    import libcst as cst

    from lrlint.source.lower import Lowering

    if b"\0" in data:
        raise SourceError(Problem(path, "not Python: a binary file"))
    text = _spelled_for_today(decode(path, data))
    if _LONG_LINE.search(text) is not None:
        check_syntax(path, data)
        _check_nesting(path, text)
    try:
        module = cst.parse_module(text)
        body = Lowering(module).statements(module.body)
    except cst.ParserSyntaxError as error:
        check_syntax(path, data)
        raise SourceError(Problem(path, f"not valid Python 3: {error.message}", error.raw_line)) from error
    except RecursionError as error:
        raise SourceError(Problem(path, "nested too deeply to follow")) from error
    name, package = module_name(path)
    return ir.Module(path, name, package, body, suppressions_in(text))


def _spelled_for_today(text: str) -> str:
    """Until Python 3.7 `async` was a name like any other, and old training code passes `cuda(async=True)`."""
    return _OLD_ASYNC.sub("asynk", text) if "async" in text else text


def module_name(path: str) -> tuple[str, str]:
    """The dotted name of a file and of the package it is in, by the `__init__.py` files around it."""
    folder, file = os.path.split(os.path.abspath(path))
    stem = file.rpartition(".")[0] or file
    parts: list[str] = []
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, parent = os.path.split(folder)
        parts.insert(0, parent)
    package = ".".join(parts)
    if stem == "__init__":
        return package or os.path.basename(folder), package
    return ".".join([*parts, stem]), package


@dataclass(slots=True)
class Project:
    """The modules in view: those that are checked, and those that they import from the folders around."""

    modules: dict[str, ir.Module]
    _found: dict[tuple[str, str], ir.Module | None]
    _roots: dict[str, list[str]]

    @staticmethod
    def of(modules: dict[str, ir.Module]) -> Project:
        """A project with these modules already parsed, by path."""
        return Project(modules, {}, {})

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

    def _look(self, name: str, folder: str) -> ir.Module | None:
        relative = name.replace(".", os.sep)
        for root in self._roots_of(folder):
            if not _exists_in(root, name.partition(".")[0]):
                continue
            for candidate in (f"{relative}.py", os.path.join(relative, "__init__.py")):
                path = os.path.join(root, candidate)
                if os.path.isfile(path):
                    return self._open(path)
        return None

    def _open(self, path: str) -> ir.Module | None:
        path = os.path.normpath(path)
        if path not in self.modules:
            try:
                data = read_source(path)
                if len(data) > SMALL and not path.endswith("__init__.py") and HELPS.search(data) is None:
                    return None
                self.modules[path] = facts_of(path, data)
            except SourceError:
                return None
        return self.modules[path]

    def _roots_of(self, folder: str) -> list[str]:
        """Where imports of a file in `folder` are looked up: its package's root, and the folders above."""
        if folder not in self._roots:
            roots, current = [folder], os.path.abspath(folder)
            for _ in range(6):
                if any(os.path.exists(os.path.join(current, mark)) for mark in (".git", "pyproject.toml", "setup.py")):
                    break
                parent = os.path.dirname(current)
                if parent == current:
                    break
                roots.append(os.path.relpath(parent) if not os.path.isabs(folder) else parent)
                current = parent
            self._roots[folder] = [*roots, *(os.path.join(root, "src") for root in roots[-1:])]
        return self._roots[folder]


def _exists_in(root: str, name: str) -> bool:
    return os.path.exists(os.path.join(root, name)) or os.path.isfile(os.path.join(root, f"{name}.py"))
