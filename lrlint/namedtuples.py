"""typing's NamedTuple at a fifth of its cost: what stands in annotations is not compiled and looked at.

There are fifty of them on the way to a report, which took as long to define as a small log takes to be read.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import NamedTuple as NamedTuple
else:

    class _FromAnnotations(type):
        """Makes a named tuple of a class, its fields those that are annotated."""

        def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any]) -> type:
            fields = members.get("__annotations__", ())
            defaults = [members[field] for field in fields if field in members]
            made = namedtuple(name, fields, defaults=defaults, module=members["__module__"])
            for member, value in members.items():
                if member not in fields:
                    setattr(made, member, value)
            return made

    NamedTuple = type.__new__(_FromAnnotations, "NamedTuple", (), {})
