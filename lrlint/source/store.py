"""Variables and attributes, with an undo log so that both sides of a branch can be followed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from lrlint.source.conditions import When
from lrlint.source.values import Constant, Value, choose

Key = tuple[Hashable, str]
"""`(scope or object identity, name)`."""


class Store:
    """A mapping from keys to values that remembers what was overwritten."""

    def __init__(self) -> None:
        self._values: dict[Key, Value] = {}
        self._names: dict[Hashable, set[str]] = {}
        self._log: list[tuple[Key, Value | None]] = []

    def get(self, key: Key) -> Value | None:
        return self._values.get(key)

    def set(self, key: Key, value: Value) -> None:
        self._log.append((key, self._values.get(key)))
        self._values[key] = value
        self._names.setdefault(key[0], set()).add(key[1])

    def names_of(self, owner: Hashable) -> dict[str, Value]:
        """Everything that one scope or object holds."""
        names = self._names.get(owner, ())
        return {name: self._values[(owner, name)] for name in sorted(names) if (owner, name) in self._values}

    def mark(self) -> int:
        """A point to which `take_back` can return."""
        return len(self._log)

    def overwritten(self, mark: int) -> list[tuple[Key, Value | None]]:
        """What was written since the mark, with the value that it had before."""
        return self._log[mark:]

    def take_back(self, mark: int) -> dict[Key, Value]:
        """Undo everything since the mark; what had been written comes back, last values."""
        written: dict[Key, Value] = {}
        while len(self._log) > mark:
            key, old = self._log.pop()
            if key not in written:
                written[key] = self._values[key]
            if old is None:
                del self._values[key]
            else:
                self._values[key] = old
        return written

    def keep(self, mark: int) -> None:
        """Make everything since the mark final: a module is loaded once, whichever branch needs it first."""
        del self._log[mark:]

    def write(self, written: Mapping[Key, Value]) -> None:
        """Write what `take_back` gave."""
        for key, value in written.items():
            self.set(key, value)

    def join(
        self, then: Mapping[Key, Value], then_when: When, otherwise: Mapping[Key, Value], otherwise_when: When
    ) -> None:
        """Write the outcome of two branches: each value under the conditions of its branch.

        What is the same at the end of both keeps the cases that it had; narrowed again and again
        (`if isinstance(scheduler, …)`) it would fall into more and more of them.
        """
        for key in {**then, **otherwise}:
            old = self._values.get(key)
            left, right = then.get(key, old), otherwise.get(key, old)
            if left is right and left is not None:
                self.set(key, left)
            else:
                self.set(key, choose([(then_when, left or UNBOUND), (otherwise_when, right or UNBOUND)]))


UNBOUND = Constant(None)
"""What a variable holds on a path that never assigned it."""
