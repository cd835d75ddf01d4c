"""Which modules belong together: those that reach each other through imports are one program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lrlint.source import syntax as ir
from lrlint.source.loading import absolute_name
from lrlint.source.project import Project


def components(project: Project, modules: Mapping[str, ir.Module]) -> list[list[str]]:
    """The paths of `modules` in groups, in order; modules of one group import each other, however indirectly."""
    leader = {path: path for path in modules}

    def find(path: str) -> str:
        while leader[path] != path:
            leader[path] = leader[leader[path]]
            path = leader[path]
        return path

    reached: dict[str, frozenset[str]] = {}
    for path in modules:
        for other in _reach(project, path, modules, reached):
            leader[find(other)] = find(path)
    groups: dict[str, list[str]] = {}
    for path in modules:
        groups.setdefault(find(path), []).append(path)
    return list(groups.values())


def _reach(
    project: Project, path: str, modules: Mapping[str, ir.Module], reached: dict[str, frozenset[str]]
) -> frozenset[str]:
    """The modules of interest that `path` imports, directly or through modules that are not."""
    if path in reached:
        return reached[path]
    reached[path] = frozenset()
    found: set[str] = set()
    for imported in _imports(project, project.at(path)):
        if imported in modules:
            found.add(imported)
        else:
            found |= _reach(project, imported, modules, reached)
    reached[path] = frozenset(found)
    return reached[path]


def _imports(project: Project, module: ir.Module) -> Iterator[str]:
    for statement in _statements(module.body):
        names: tuple[str, ...] = ()
        if isinstance(statement, ir.Import):
            names = (statement.module,)
        elif isinstance(statement, ir.ImportFrom):
            source = absolute_name(module, statement)
            names = (source, f"{source}.{statement.name}")
        for name in names:
            found = project.find(name, module.path)
            if found is not None:
                yield found.path


def _statements(body: Iterable[ir.Statement]) -> Iterator[ir.Statement]:
    for statement in body:
        yield statement
        match statement:
            case ir.FunctionDefinition() | ir.ClassDefinition() | ir.With() | ir.For() | ir.While():
                yield from _statements(statement.body)
            case ir.If():
                yield from _statements(statement.body)
                yield from _statements(statement.otherwise)
            case ir.Try():
                yield from _statements(statement.body)
                for handler in statement.handlers:
                    yield from _statements(handler)
