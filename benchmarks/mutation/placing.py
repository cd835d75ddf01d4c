"""Bugs of place: `step()` in the wrong loop, in the wrong order, missing, doubled, or its scheduler rebuilt."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
from anatomy import Built, Called, Script
from mutators import breaks
from rewriting import Rewrite

COUNTED_IN_EPOCHS = ("StepLR", "MultiStepLR")
"""Schedules without an end whose numbers are steps; those without a `len` in them count epochs where one ends."""


def updating(script: Script) -> Iterator[Built]:
    """The schedulers that are told nothing but to step."""
    for built in script.schedulers:
        if not built.takes_metric and not any(step.call.args for step in script.steps_of(built)):
            yield built


def numbers(built: Built) -> list[cst.CSTNode]:
    """The arguments that count steps."""
    parameters = built.schedule.parameters if built.schedule is not None else ()
    given = [built.argument(parameter.name) for parameter in parameters if parameter.counts_steps]
    return [arg.value for arg in given if arg is not None]


def pieces_and(script: Script, built: Built) -> list[Built]:
    """A scheduler and the parts that it may be made of."""
    return [built, *(script.pieces if built.composite else ())]


def in_batches(script: Script, built: Built) -> bool:
    """Whether a length goes into its numbers."""
    return script.counts_batches(number for one in pieces_and(script, built) for number in numbers(one))


def in_epochs(script: Script, built: Built, epochs: cst.CSTNode) -> bool:
    """Whether its numbers are made of the same names as an epoch loop's, or are plain numbers of such a schedule."""
    loop = script.loops_of(epochs)[0] if script.loops_of(epochs) else None
    if in_batches(script, built) or not numbers(built):
        return False
    mine = {script.code(one) for number in numbers(built) for one in script.origins(number)}
    theirs = {script.code(one) for one in script.origins(loop.iter)} if isinstance(loop, cst.For) else set()
    return bool(mine & theirs) if built.has_end else built.name in COUNTED_IN_EPOCHS


@breaks("LR101")
def step_out_of_the_batch_loop(script: Script) -> Iterator[Rewrite]:
    """The schedule has an end whose number has the length of a loader in it, and now gets one step per epoch."""
    for built in updating(script):
        step = script.steps_per_batch(built)
        if step is not None and script.batch_loop is not None and in_batches(script, built):
            yield Rewrite().remove(step.line).after(script.batch_loop, script.code(step.line))


@breaks("LR103")
def step_into_the_batch_loop(script: Script) -> Iterator[Rewrite]:
    """The schedule counts epochs (the epoch loop's own number, or no length of anything) and gets B times as many."""
    for built in updating(script):
        step = script.steps_per_epoch(built)
        if step is not None and script.update is not None and in_epochs(script, built, step.line):
            yield from _moved(script, step, script.update)


def _moved(script: Script, step: Called, update: Called) -> Iterator[Rewrite]:
    """The step behind the update; handed to the update's function where that does not know the scheduler."""
    rewrite = Rewrite().remove(step.line).after(update.line, script.code(step.line))
    here, there = script.function_of(step.line), script.function_of(update.line)
    if here is there or here is script.module or step.receiver.startswith("self."):
        yield rewrite
        return
    calls = script.calls_of(there.name.value) if isinstance(there, cst.FunctionDef) else []
    if len(calls) == 1 and script.function_of(calls[0]) is here and step.receiver.isidentifier():
        name = cst.Name(step.receiver)
        params = cst.ensure_type(there, cst.FunctionDef).params
        if params.star_kwarg is None and isinstance(params.star_arg, cst.MaybeSentinel):
            added = params.with_changes(kwonly_params=[*params.kwonly_params, cst.Param(name)])
            rewrite.put(params, added)
            rewrite.put(calls[0], calls[0].with_changes(args=[*calls[0].args, cst.Arg(name, keyword=name)]))
            yield rewrite


@breaks("LR102")
def step_out_of_the_accumulation_guard(script: Script) -> Iterator[Rewrite]:
    """It stood with the optimizer's step under `if … % n …`, and is now called for every backward pass."""
    for built in updating(script):
        for step in script.steps_of(built):
            guard = script.guard_of(step.line)
            if guard is None or guard.orelse is not None or script.update is None:
                continue
            if script.update.line in script.block_of(step.line):
                yield Rewrite().remove(step.line).after(guard, script.code(step.line))


@breaks("LR104")
def step_before_the_optimizer(script: Script) -> Iterator[Rewrite]:
    """The two calls are swapped where they stood in one block: the first learning rate is never used."""
    for built in updating(script):
        step = script.steps_per_batch(built)
        if step is not None and script.update is not None and not script.guard_of(step.line):
            block = script.block_of(step.line)
            if script.update.line in block and block.index(script.update.line) < block.index(step.line):
                yield Rewrite().remove(step.line).before(script.update.line, script.code(step.line))


@breaks("LR104")
def step_at_the_start_of_the_epoch(script: Script) -> Iterator[Rewrite]:
    """The step at the end of the epoch loop's body is now its first statement, before any training."""
    for built in updating(script):
        step = script.steps_per_epoch(built)
        if step is not None and script.loops_of(step.line):
            first = script.block_of(step.line)[0]
            if first is not step.line:
                yield Rewrite().remove(step.line).before(first, script.code(step.line))


@breaks("LR105")
def step_deleted(script: Script) -> Iterator[Rewrite]:
    """Every call of its `step()` is gone, its optimizer trains, and no code outside of the file gets to see it."""
    for built in script.schedulers:
        steps = script.steps_of(built)
        if steps and script.updates and not script.escapes(built):
            rewrite = Rewrite()
            for step in steps:
                rewrite.remove(step.line)
            yield rewrite


@breaks("LR106")
def step_doubled(script: Script) -> Iterator[Rewrite]:
    """The one call stands there twice: the schedule runs at double speed."""
    for built in updating(script):
        step = script.steps_per_batch(built) or script.steps_per_epoch(built)
        if step is not None:
            yield Rewrite().after(step.line, script.code(step.line))


@breaks("LR106")
def step_doubled_at_the_end_of_the_loop(script: Script) -> Iterator[Rewrite]:
    """A second call at the end of the same loop body, with no training in between."""
    for built in updating(script):
        step = script.steps_per_epoch(built)
        if step is not None and script.loops_of(step.line):
            last = script.block_of(step.line)[-1]
            if last is not step.line and isinstance(last, cst.SimpleStatementLine):
                yield Rewrite().after(last, script.code(step.line))


@breaks("LR107")
def construction_into_the_loop(script: Script) -> Iterator[Rewrite]:
    """It was built before the epoch loop and stepped in it; now every epoch begins with a new one at step 0."""
    for built in script.schedulers:
        steps = script.steps_of(built)
        named = built.target is not None and not script.pieces and not built.argument("last_epoch")
        if not named or len(steps) != 1 or built.composite:
            continue
        loops = script.loops_of(steps[0].line)
        if not loops or script.batch_loop is None or loops[-1] is script.batch_loop:
            continue
        if loops[-1] in script.block_of(built.line) and _used_only_in(script, built, loops[-1]):
            yield Rewrite().remove(built.line).before(loops[-1].body.body[0], script.code(built.line))


def _used_only_in(script: Script, built: Built, loop: cst.CSTNode) -> bool:
    """Whether nothing before the loop needs the scheduler (to load its state, to hand it on)."""
    name = built.target or ""
    uses = [node for node in (*script.all(cst.Name), *script.all(cst.Attribute)) if script.code(node) == name]
    return all(script.inside(node, loop) or script.inside(node, built.line) for node in uses)
