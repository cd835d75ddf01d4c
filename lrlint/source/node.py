"""The base of the facts: classes with named fields that cost a tenth of a dataclass to define.

There are forty of them, and as dataclasses they took as long to import as a script takes to be followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> Any:
        """Only type checkers ask."""
        return lambda cls: cls


@dataclass_transform(eq_default=False)
class _WithFields(type):
    """Makes the annotations of a class its slots, its match arguments and the parameters of its constructor."""

    def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any]) -> _WithFields:
        fields = tuple(members.get("__annotations__", ()))
        members["__slots__"] = members["__match_args__"] = fields
        if fields:
            lines = "".join(f"\n self.{field} = {field}" for field in fields)
            exec(f"def __init__(self, {', '.join(fields)}):{lines}", {}, members)
        return super().__new__(cls, name, bases, members)


class Node(metaclass=_WithFields):
    """A node is itself and no other: it is compared and hashed by identity."""
