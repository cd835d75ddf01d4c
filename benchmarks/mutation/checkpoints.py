"""Bugs of resuming: the scheduler's state is not saved, not loaded, or thrown away."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from anatomy import Built, Called, Script
from mutators import breaks
from rewriting import Rewrite


def _resumed(script: Script) -> Iterator[tuple[Built, cst.DictElement, Called]]:
    """Schedulers saved beside an optimizer's state in one dictionary and loaded in one place, as the optimizer is."""
    optimizers = [one for one in script.method_calls("load_state_dict") if "opt" in one.receiver.lower()]
    for built in script.schedulers:
        loads = script.called_on(built, "load_state_dict")
        saved = [
            element
            for display in script.all(cst.Dict)
            if any(_is_state_of_an_optimizer(script, other.value) for other in display.elements)
            for element in display.elements
            if isinstance(element, cst.DictElement) and _is_state_of(script, element, loads)
        ]
        if len(loads) == 1 and len(saved) == 1 and optimizers and not _restored_otherwise(script, built):
            yield built, saved[0], loads[0]


def _is_state_of_an_optimizer(script: Script, value: cst.CSTNode) -> bool:
    return script.code(value).endswith(".state_dict()") and "opt" in script.code(value).lower()


def _is_state_of(script: Script, element: cst.DictElement, loads: list[Called]) -> bool:
    names = {one.receiver.rpartition(".")[2] for one in loads}
    return script.code(element.value).removesuffix(".state_dict()").rpartition(".")[2] in names


def _restored_otherwise(script: Script, built: Built) -> bool:
    """Whether the schedule could find its place without its state."""
    told = any(step.call.args for step in script.steps_of(built)) and not built.takes_metric
    return told or built.argument("last_epoch") is not None


@breaks("LR401")
def state_not_saved(script: Script) -> Iterator[Rewrite]:
    """The optimizer is saved and restored; the scheduler's key and its load are gone: it restarts on resume."""
    for _, element, load in _resumed(script):
        yield Rewrite().remove(element).remove(load.line)


@breaks("LR402")
def state_not_loaded(script: Script) -> Iterator[Rewrite]:
    """The scheduler's state is still saved, and loaded nowhere: it restarts on resume."""
    for _, _, load in _resumed(script):
        yield Rewrite().remove(load.line)


@breaks("LR403")
def rebuilt_after_loading(script: Script) -> Iterator[Rewrite]:
    """A new scheduler, at step 0, takes the place of the one whose state was just loaded."""
    for built, _, load in _resumed(script):
        if built.target == load.receiver and script.function_of(built.line) is script.function_of(load.line):
            yield Rewrite().after(load.line, script.code(built.line))


@breaks("LR403")
def built_after_loading(script: Script) -> Iterator[Rewrite]:
    """The scheduler is built where its state was loaded, after the optimizer's, and begins at step 0."""
    for built, _, load in _resumed(script):
        if built.target == load.receiver and load.line in _own_block_or_below(script, built):
            fallback = next((one for one in script.above(load.line) if isinstance(one, cst.If)), None)
            if fallback is not None and fallback in script.block_of(built.line):
                yield Rewrite().remove(built.line).remove(load.line).after(fallback, script.code(built.line))


def _own_block_or_below(script: Script, built: Built) -> list[cst.CSTNode]:
    """The statements of the function that builds a scheduler."""
    function = script.function_of(built.line)
    return [line for line in script.all(cst.SimpleStatementLine) if script.function_of(line) is function]
