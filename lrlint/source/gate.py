"""The gate: whether an LR scheduler may be at stake in a file.

Most files go no further than this. It imports nothing until a literal search, fifty times faster than a
pattern, has found something.
"""

from __future__ import annotations

NOTEBOOK = ".ipynb"
AT_STAKE = (
    rb"lr_scheduler|LRScheduler|LR_Scheduler|lr_sched|ReduceLROnPlateau|OneCycleLR|CosineAnnealing|LambdaLR|StepLR"
    rb"|get_(?:linear|cosine|constant|polynomial|inverse|wsd|reduce)\w*schedule|get_scheduler\b"
    rb"|[sS]ched\w*\s*[._]\s*step\s*\([^,\n]*\)"
)
"""What a file must mention for an LR scheduler to be at stake in it."""
SHORT_NAMES = (b"ReduceLROnPlateau", b"OneCycleLR", b"LambdaLR", b"StepLR")
"""Those of `AT_STAKE` that do not say 'sched'."""
DRIVEN = rb"\.(?:update|adjust|decay|step)_(?:learning_rate|lr)\("
"""A call of a method that steps the scheduler which its object holds."""


def at_stake(data: bytes) -> bool:
    """Whether an LR scheduler may be built, stepped or saved in this file."""
    named = b"sched" in data or b"Sched" in data or (b"LR" in data and any(name in data for name in SHORT_NAMES))
    driven = b"_learning_rate(" in data or b"_lr(" in data
    if not (named or driven):
        return False
    import re

    return bool((named and re.search(AT_STAKE, data)) or (driven and re.search(DRIVEN, data)))


def parse_quietly(data: bytes | str, path: str) -> object:
    """What `ast.parse` gives, without warnings about the code (`"\\d"`): those are for its author's Python."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return compile(data, path, "exec", flags=_ONLY_AST, dont_inherit=True)


_ONLY_AST = 0x400
"""`ast.PyCF_ONLY_AST`, without importing ast."""
