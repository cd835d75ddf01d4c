"""Bugs of ownership and use: replaced optimizers, competing writers of the LR, composites, old interfaces."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m
from anatomy import Built, Called, Script
from mutators import breaks
from placing import updating
from rewriting import Rewrite

TOLD = ("SequentialLR", "ChainedScheduler", "CosineAnnealingWarmRestarts")
"""Schedules whose `step()` takes no epoch, or is meant to be given one."""


def _together(script: Script) -> Iterator[tuple[Built, Called, Built]]:
    """A scheduler with its one step in the function that builds it, and the one optimizer, built in the same block."""
    for built in script.schedulers:
        steps, optimizers = script.steps_of(built), script.optimizers
        if len(steps) != 1 or len(optimizers) != 1 or built.target is None or optimizers[0].target is None:
            continue
        near = optimizers[0].line in script.block_of(built.line)
        first = script.code(built.call.args[0].value) if built.call.args else ""
        if near and first == optimizers[0].target:
            yield built, steps[0], optimizers[0]


@breaks("LR501")
def optimizer_rebuilt(script: Script) -> Iterator[Rewrite]:
    """A new optimizer under the same name trains from now on; the scheduler sets the learning rate of the old one."""
    for built, _, optimizer in _together(script):
        later = [update for update in script.updates if update.receiver == optimizer.target]
        if later and script.function_of(later[0].line) is script.function_of(built.line):
            yield Rewrite().after(built.line, script.code(optimizer.line))


@breaks("LR502")
def second_scheduler(script: Script) -> Iterator[Rewrite]:
    """LambdaLR sets base_lr times its factor at every step, right after the other one: that has no effect any more."""
    for built, step, optimizer in _together(script):
        plain = not built.takes_metric and not step.call.args and "torch" in script.imports
        plain = plain and not script.method_calls("load_state_dict") and _always(script, built, step)
        if plain and script.function_of(step.line) is script.function_of(built.line):
            made = f"extra = torch.optim.lr_scheduler.LambdaLR({optimizer.target}, lambda n: min(1.0, (n + 1) / 5))"
            yield Rewrite().after(built.line, made).after(step.line, "extra.step()")


def _always(script: Script, built: Built, step: Called) -> bool:
    """Whether the scheduler is stepped in every epoch, or with every update of the optimizer."""
    update = script.update
    with_update = update is not None and step.line in script.block_of(update.line)
    return script.steps_per_epoch(built) is step or with_update


@breaks("LR503")
def lr_set_by_hand(script: Script) -> Iterator[Rewrite]:
    """Right after every step of the scheduler, the learning rate of all groups is set to a constant."""
    for built, step, optimizer in _together(script):
        alike = _always(script, built, step) and not built.takes_metric
        if alike and script.function_of(step.line) is script.function_of(built.line):
            write = f'for param_group in {optimizer.target}.param_groups:\n    param_group["lr"] = 1e-3\n'
            yield Rewrite().after(step.line, write)


@breaks("LR506")
def lambda_returns_lr(script: Script) -> Iterator[Rewrite]:
    """The lambda returned a factor, and now the factor times the variable that the optimizer's learning rate is."""
    for built, _, optimizer in _together(script):
        function = built.argument("lr_lambda") if built.name == "LambdaLR" else None
        lr = next((arg.value for arg in optimizer.call.args if arg.keyword and arg.keyword.value == "lr"), None)
        if function is None or not isinstance(lr, (cst.Name, cst.Attribute)):
            continue
        if isinstance(function.value, cst.Lambda):
            body = f"{script.code(lr)} * ({script.code(function.value.body)})"
            yield Rewrite().put(function.value, function.value.with_changes(body=cst.parse_expression(body)))
        elif _is_global(script, script.code(lr)):
            yield from _returns_scaled(script, script.code(function.value), script.code(lr))


def _returns_scaled(script: Script, function: str, lr: str) -> Iterator[Rewrite]:
    """Every return of the function times the learning rate."""
    found = [one for one in script.all(cst.FunctionDef) if one.name.value == function]
    returns = [one for one in m.findall(found[0], m.Return()) if len(found) == 1] if found else []
    if returns:
        rewrite = Rewrite()
        for one in returns:
            value = cst.ensure_type(one, cst.Return).value
            if value is not None:
                rewrite.replace(value, f"{lr} * ({script.code(value)})")
        yield rewrite


def _is_global(script: Script, name: str) -> bool:
    targets = [one for one in script.all(cst.AssignTarget) if script.code(one.target) == name]
    return any(script.function_of(one) is script.module for one in targets)


@breaks("LR507")
def optimizer_without_momentum(script: Script) -> Iterator[Rewrite]:
    """OneCycleLR and CyclicLR cycle the momentum by default, and raise ValueError on Adagrad, which has none."""
    for built in script.schedulers:
        optimizers = script.optimizers
        cycles = built.name in ("OneCycleLR", "CyclicLR") and built.argument("cycle_momentum") is None
        if cycles and len(optimizers) == 1 and optimizers[0].name != "Adagrad" and not _starred(built):
            call = optimizers[0].call
            kept = [arg for arg in call.args if arg.keyword is None or arg.keyword.value in ("lr", "weight_decay")]
            args = [*kept[:-1], kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]
            name = cst.parse_expression("torch.optim.Adagrad")
            if "torch" in script.imports and not _starred(optimizers[0]):
                yield Rewrite().put(call, call.with_changes(func=name, args=args))


@breaks("LR507")
def momentum_cycled_after_all(script: Script) -> Iterator[Rewrite]:
    """`cycle_momentum=False` was what kept an optimizer without momentum from raising ValueError."""
    for built in script.schedulers:
        given = built.argument("cycle_momentum")
        names = {one.name for one in script.optimizers}
        if given is not None and names and names <= {"Adagrad", "Adadelta", "Rprop"}:
            kept = [arg for arg in built.call.args if arg is not given]
            args = [*kept[:-1], kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]
            yield Rewrite().put(built.call, built.call.with_changes(args=args))


def _starred(built: Built) -> bool:
    return any(arg.star for arg in built.call.args)


@breaks("LR508")
def plateau_chained(script: Script) -> Iterator[Rewrite]:
    """ChainedScheduler steps its parts without an argument; ReduceLROnPlateau then raises TypeError."""
    for built in script.schedulers:
        steps = script.steps_of(built)
        if built.takes_metric and len(steps) == 1 and "torch" in script.imports and built.call.args:
            chained = f"torch.optim.lr_scheduler.ChainedScheduler([{script.code(built.call)}])"
            rewrite = Rewrite().replace(built.call, chained)
            yield rewrite.put(steps[0].call, steps[0].call.with_changes(args=[]))


@breaks("LR601")
def get_lr_for_the_current_lr(script: Script) -> Iterator[Rewrite]:
    """`get_last_lr()` is read for the current learning rate; `get_lr()` computes another one and warns."""
    for attribute in script.all(cst.Attribute):
        if attribute.attr.value == "get_last_lr" and _is_scheduler(script, attribute.value):
            yield Rewrite().put(attribute, attribute.with_changes(attr=cst.Name("get_lr")))


def _is_scheduler(script: Script, receiver: cst.CSTNode) -> bool:
    """Whether a name is that of a scheduler of torch which keeps torch's own `get_lr`."""
    return script.code(receiver) in {built.target for built in script.schedulers if built.name[:4] != "get_"}


@breaks("LR601")
def epoch_passed(script: Script) -> Iterator[Rewrite]:
    """The epoch loop's own variable is passed to `step()`: deprecated, and it takes the closed form."""
    for built in updating(script):
        step = script.steps_per_epoch(built)
        loops = script.loops_of(step.line) if step is not None else []
        if step is not None and loops and isinstance(loops[0], cst.For) and built.name not in TOLD:
            counted = m.matches(loops[0].iter, m.Call(func=m.Name("range")))
            if counted and isinstance(loops[0].target, cst.Name) and loops[0].target.value != "_":
                yield Rewrite().put(step.call, step.call.with_changes(args=[cst.Arg(loops[0].target)]))


@breaks("LR602")
def verbose_given(script: Script) -> Iterator[Rewrite]:
    """`verbose` was deprecated in torch 2.2 and is gone: TypeError on a current one."""
    for built in script.schedulers:
        if built.name[:4] != "get_" and not _starred(built) and built.argument("verbose") is None:
            args = [*built.call.args, cst.Arg(cst.Name("True"), keyword=cst.Name("verbose"))]
            yield Rewrite().put(built.call, built.call.with_changes(args=args))
