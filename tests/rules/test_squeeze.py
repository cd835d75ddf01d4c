"""The findings follow the code: silenced, imported by other names, moved into functions and other modules."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from lrlint.findings import Finding
from lrlint.registry import load_rules
from lrlint.schedules import ALL

SCRIPTS = Path(__file__).parents[2] / "fixtures" / "scripts"
CODES = {entry.code for entry in load_rules()}
EXPECTATION = re.compile(r"# error: (LR\d+) (\d+)")
CheckText = Callable[[str], "tuple[Finding, ...]"]
CheckFiles = Callable[[Mapping[str, str]], "tuple[Finding, ...]"]
Place = tuple[int, int, str]


def expected(text: str) -> list[Place]:
    """`(line, column, code)` of every expectation that a rule can meet."""
    return [
        (line, int(column), code)
        for line, content in enumerate(text.splitlines(), 1)
        for code, column in EXPECTATION.findall(content)
        if code in CODES
    ]


def places(findings: tuple[Finding, ...]) -> list[Place]:
    """The findings in the form of the expectations."""
    return [(one.location.line, one.location.column, one.code) for one in findings]


BAD = [path for path in sorted(SCRIPTS.glob("**/bad_*.py")) if expected(path.read_text())]
each_bad_script = pytest.mark.parametrize(
    "text", [path.read_text() for path in BAD], ids=[f"{path.parent.name}/{path.stem}" for path in BAD]
)


@each_bad_script
@pytest.mark.parametrize("comment", [r"# lrlint: ignore[\1]", r"# noqa: E501,\1"])
def test_a_comment_on_the_line_silences_it(text: str, comment: str, check_text: CheckText) -> None:
    """In lrlint's own form and in the one that other linters share."""
    assert check_text(EXPECTATION.sub(comment, text)) == ()


# -- imports in other spellings ----------------------------------------------------------------------------


def _spelled_from_module(package: str, name: str) -> tuple[str, str]:
    return f"import {package} as module_", f"module_.{name}"


def _spelled_from_parent(package: str, name: str) -> tuple[str, str]:
    parent, _, last = package.rpartition(".")
    return (
        (f"from {parent} import {last} as part_", f"part_.{name}") if parent else (f"import {last}", f"{last}.{name}")
    )


def _spelled_as_another(package: str, name: str) -> tuple[str, str]:
    return f"from {package} import {name} as Other{name}", f"Other{name}"


def _spelled_in_full(package: str, name: str) -> tuple[str, str]:
    return f"import {package}", f"{package}.{name}"


SPELLINGS = [_spelled_from_module, _spelled_from_parent, _spelled_as_another, _spelled_in_full]


def _imported_names(tree: ast.Module) -> dict[str, str]:
    """What the names that imports bind stand for, by their full dotted names."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                top = one.name.partition(".")[0]
                names[one.asname or top] = one.name if one.asname else top
        elif isinstance(node, ast.ImportFrom):
            names.update({one.asname or one.name: f"{node.module}.{one.name}" for one in node.names})
    return names


def _schedules_named(text: str) -> Iterator[tuple[ast.expr, str]]:
    """Every expression that names a schedule of torch or transformers, with the full name."""
    tree = ast.parse(text)
    imported = _imported_names(tree)
    known = {name for schedule in ALL for name in schedule.qualified_names}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Name, ast.Attribute)):
            first, dot, rest = ast.unparse(node).partition(".")
            full = imported.get(first, "") + dot + rest
            if full in known:
                yield node, full


def respelled(text: str, spell: Callable[[str, str], tuple[str, str]]) -> str:
    """The script with every schedule imported and named in another way; one line longer at the top."""
    lines, imports = text.splitlines(), []
    for node, full in sorted(_schedules_named(text), key=lambda item: (item[0].lineno, -item[0].col_offset)):
        package, _, name = full.rpartition(".")
        statement, spelling = spell(package, name)
        imports.append(statement)
        line = lines[node.lineno - 1]
        lines[node.lineno - 1] = line[: node.col_offset] + spelling + line[node.end_col_offset :]
    return "\n".join(["; ".join(dict.fromkeys(imports)), *lines])


@each_bad_script
@pytest.mark.parametrize("spell", SPELLINGS)
def test_the_spelling_of_an_import_changes_nothing(
    text: str, spell: Callable[[str, str], tuple[str, str]], check_text: CheckText
) -> None:
    """A class is what it is imported from, not what it is called."""
    found = places(check_text(respelled(text, spell)))
    assert [(line, code) for line, _, code in found] == [(line + 1, code) for line, _, code in expected(text)]


# -- the code moved ------------------------------------------------------------------------------------------


def indented(text: str, depth: int) -> str:
    """The script as the body of something."""
    return "".join(" " * depth + line if line.strip() else line for line in text.splitlines(keepends=True))


@each_bad_script
@pytest.mark.parametrize("call", ["main()\n", ""], ids=["called", "called by nobody in view"])
def test_a_script_may_be_a_function(text: str, call: str, check_text: CheckText) -> None:
    """Names become locals and closures."""
    moved = "def main():\n" + indented(text, 4) + call
    assert places(check_text(moved)) == [(line + 1, column + 4, code) for line, column, code in expected(text)]


@each_bad_script
def test_a_script_may_be_a_method(text: str, check_text: CheckText) -> None:
    """Of a class that the script constructs."""
    moved = "class Main:\n    def run(self):\n" + indented(text, 8) + "Main().run()\n"
    assert places(check_text(moved)) == [(line + 2, column + 8, code) for line, column, code in expected(text)]


def _stands_alone(statement: ast.stmt, names: set[str]) -> bool:
    """Whether a function or class needs no names of its module but these."""
    used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    bound = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}
    return used <= names | bound | set(dir(builtins))


def split(text: str) -> dict[str, str] | None:
    """The functions and classes in one module, the rest in another, every line where it was.

    None where the script has no function, or they need names that are not imported.
    """
    tree = ast.parse(text)
    defined = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    names = set(_imported_names(tree)) | {node.name for node in defined}
    if not defined or not all(_stands_alone(node, names) for node in defined):
        return None
    imports = {line for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom)) for line in _lines(node)}
    moved = {line for node in defined for line in _lines(node)}
    lines = dict(enumerate(text.splitlines(), 1))
    there = [content if line in imports | moved else "" for line, content in lines.items()]
    here = ["" if line in moved else content for line, content in lines.items()]
    here[min(moved) - 1] = f"from parts import {', '.join(node.name for node in defined)}"
    return {"script.py": "\n".join(here), "parts.py": "\n".join(there)}


def _lines(node: ast.stmt) -> range:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    return range(first, (node.end_lineno or first) + 1)


SPLIT = {f"{path.parent.name}/{path.stem}": split(path.read_text()) for path in BAD}


@pytest.mark.parametrize("files", [pytest.param(one, id=name) for name, one in SPLIT.items() if one is not None])
def test_functions_may_live_in_another_module(files: dict[str, str], check_files: CheckFiles) -> None:
    """A scheduler built in one file and stepped in another is one scheduler."""
    found = [(Path(one.location.path).name, *place) for one, place in _with_places(check_files(files))]
    assert found == [(name, *place) for name in sorted(files) for place in expected(files[name])]


def _with_places(findings: tuple[Finding, ...]) -> Iterator[tuple[Finding, Place]]:
    return zip(findings, places(findings), strict=True)
