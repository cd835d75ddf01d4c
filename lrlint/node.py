"""The base of what the engine is made of: classes with named fields that cost a third of a dataclass to define.

There are a hundred of them, and as dataclasses they took as long to import as a script takes to be followed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar


class _Anew:
    """A field's default that is made anew for every object. Not `init`: the constructor does not take it."""

    def __init__(self, factory: Callable[[], object], init: bool) -> None:
        self.factory = factory
        self.init = init


def anew(*, factory: Callable[[], Any], init: bool = True) -> Any:
    """A field's default that is made anew for every object; without `init` the constructor does not take it."""
    return _Anew(factory, init)


if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> Any:
        """Only type checkers ask."""
        return lambda cls: cls


@dataclass_transform(eq_default=False, field_specifiers=(anew,))
class _WithFields(type):
    """Makes the annotations of a class its slots, its match arguments and the parameters of its constructor."""

    def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any]) -> _WithFields:
        fields = tuple(members.get("__annotations__", ()))
        inherited = dict(getattr(bases[0], "_defaults", {})) if bases else {}
        defaults = inherited | {field: members.pop(field, _REQUIRED) for field in fields}
        members["__slots__"] = fields
        members["_defaults"] = defaults
        members["__match_args__"] = tuple(field for field, default in defaults.items() if _taken(default))
        if fields:
            exec(_constructor(defaults), {f"default_{field}": default for field, default in defaults.items()}, members)
        return super().__new__(cls, name, bases, members)


_REQUIRED = object()


def _taken(default: object) -> bool:
    return not isinstance(default, _Anew) or default.init


def _constructor(defaults: dict[str, object]) -> str:
    """The source of an `__init__`."""
    parameters, lines = [], []
    for field, default in defaults.items():
        if not isinstance(default, _Anew):
            parameters.append(field if default is _REQUIRED else f"{field}=default_{field}")
            lines.append(f" self.{field} = {field}")
        elif default.init:
            parameters.append(f"{field}=None")
            lines.append(f" self.{field} = default_{field}.factory() if {field} is None else {field}")
        else:
            lines.append(f" self.{field} = default_{field}.factory()")
    return f"def __init__(self, {', '.join(parameters)}):\n" + "\n".join(lines)


class Node(metaclass=_WithFields):
    """A node is itself and no other, unless its class says more: it is compared and hashed by identity."""


Kind = TypeVar("Kind", bound=Node)


def replace(node: Kind, **changes: object) -> Kind:
    """A copy of the node with other values in some fields."""
    fields: tuple[str, ...] = type(node).__match_args__
    return type(node)(**{field: getattr(node, field) for field in fields} | changes)
