"""Work that threads do ahead of whoever takes the results: worth it for NumPy's, which lets others run meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from threading import Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def ahead(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """What the work makes of each of the items, in their order; so many are in hand at a time.

    Raises what the work raises.
    """
    in_hand: deque[_Task[Result]] = deque()
    for item in items:
        if len(in_hand) == threads:
            yield in_hand.popleft().result()
        in_hand.append(_Task(work, item))
    while in_hand:
        yield in_hand.popleft().result()


class _Task(Generic[Result]):
    """One piece of work, on a thread of its own."""

    def __init__(self, work: Callable[[Item], Result], item: Item) -> None:
        self._thread = Thread(target=self._do, args=(work, item), daemon=True)
        self._thread.start()

    def _do(self, work: Callable[[Item], Result], item: Item) -> None:
        try:
            self._result = work(item)
            self._error: BaseException | None = None
        except BaseException as error:  # it is raised again where the result is asked for
            self._error = error

    def result(self) -> Result:
        """What the work came to, when it has."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._result
