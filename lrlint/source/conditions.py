"""What has to hold on a path through the program: the questions that are asked there, and their answers."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import combinations
from weakref import WeakValueDictionary


class Question:
    """One condition of the program. There is one object for every key, so that equal questions compare at once.

    A question whether `subject` equals something, or is among several things, names these as its `options`.
    """

    __slots__ = ("__weakref__", "key", "options", "subject")
    subject: Question | None
    options: tuple[object, ...]

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.subject, self.options = None, ()
        match key:
            case ("==", subject, constant):
                self.subject, self.options = question(subject), (constant,)
            case ("among", subject, tuple(options)):
                self.subject, self.options = question(subject), options

    def __repr__(self) -> str:
        return repr(self.key)


_asked: WeakValueDictionary[Hashable, Question] = WeakValueDictionary()


def question(key: Hashable) -> Question:
    """The question that a key stands for."""
    found = _asked.get(key)
    if found is None:
        found = _asked[key] = Question(key)
    return found


def is_setting(asked: Question) -> bool:
    """Whether the answer is the user's, and one for the whole run.

    A comparison with a text is, and what is asked of an attribute that nobody in view assigns (`args.decay`); and
    what is made of nothing but such questions.
    """
    if any(isinstance(option, str) for option in asked.options):
        return True
    match asked.subject.key if asked.subject is not None else asked.key:
        case ("and", first, second):
            return is_setting(question(first)) and is_setting(question(second))
        case ("not", inner):
            return is_setting(question(inner))
        case ("true", ("attribute", owner, _)) | ("attribute", owner, _):
            while isinstance(owner, tuple) and owner[0] == "attribute":
                owner = owner[1]
            return isinstance(owner, tuple) and owner[0] in ("object", "parameter")
    return False


Answer = tuple[Question, bool]
"""One condition of the program and the truth it has on a path."""
When = frozenset[Answer]
"""The conditions under which something holds, all of them."""
ALWAYS: When = frozenset()


def answered(key: Hashable, truth: bool) -> When:
    """That the question with this key has this answer."""
    return frozenset({(question(key), truth)})


def consistent(when: When) -> bool:
    """Whether the answers can all be given: none with its opposite, no value equal to two constants."""
    compared: dict[Question, list[Answer]] = {}
    for asked, truth in when if len(when) > 1 else ():
        if (asked, not truth) in when:
            return False
        if asked.subject is not None:
            compared.setdefault(asked.subject, []).append((asked, truth))
    return not any(_contradict(*pair) for answers in compared.values() for pair in combinations(answers, 2))


def compatible(first: When, second: When) -> bool:
    """Whether two sets of answers, each consistent, can hold together."""
    if len(first) < len(second):
        first, second = second, first
    for asked, truth in second:
        if (asked, not truth) in first:
            return False
        if asked.subject is not None:
            for other in first:
                if other[0].subject is asked.subject and _contradict((asked, truth), other):
                    return False
    return True


def _contradict(first: Answer, second: Answer) -> bool:
    """Whether two answers on the same subject exclude each other."""
    (one, is_one), (other, is_other) = first, second
    if is_one and is_other:
        return not any(option in other.options for option in one.options)
    if is_one:
        return all(option in other.options for option in one.options)
    return is_other and all(option in one.options for option in other.options)
