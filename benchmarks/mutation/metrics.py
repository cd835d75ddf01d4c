"""Bugs of metrics: a plateau schedule without one, with the wrong direction or cadence; others given one."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m
from anatomy import Built, Called, Script
from mutators import breaks
from placing import updating
from rewriting import Rewrite


def _plateaus(script: Script) -> Iterator[tuple[Built, Called]]:
    """ReduceLROnPlateau with its one step, where that is the only thing stepped under this name."""
    for built in script.schedulers:
        steps = script.steps_of(built)
        if built.takes_metric and len(steps) == 1 and len(steps[0].call.args) == 1:
            yield built, steps[0]


@breaks("LR301")
def metric_dropped(script: Script) -> Iterator[Rewrite]:
    """`step()` of ReduceLROnPlateau without its required argument raises TypeError."""
    for _, step in _plateaus(script):
        yield Rewrite().put(step.call, step.call.with_changes(args=[]))


@breaks("LR302")
def mode_flipped(script: Script) -> Iterator[Rewrite]:
    """The mode was right for the metric (named for a loss, an error, a score or an accuracy), and is now the other."""
    for built, step in _plateaus(script):
        mode, metric = built.argument("mode"), script.code(step.call.args[0].value).lower()
        if not any(word in metric for word in ("loss", "err", "acc", "score", "f1", "auc", "dice")):
            continue
        if mode is None:
            args = [*built.call.args, cst.Arg(cst.SimpleString('"max"'), keyword=cst.Name("mode"))]
            yield Rewrite().put(built.call, built.call.with_changes(args=args))
        elif isinstance(mode.value, cst.SimpleString):
            other = "min" if mode.value.evaluated_value == "max" else "max"
            yield Rewrite().replace(mode.value, f'"{other}"')


@breaks("LR303")
def plateau_into_the_batch_loop(script: Script) -> Iterator[Rewrite]:
    """Stepped per epoch with a patience in epochs; now for every batch, with the loss that the batch backpropagates."""
    for built, step in _plateaus(script):
        loss = _batch_loss(script)
        if loss is None or script.update is None or script.steps_per_epoch(built) is None:
            continue
        known = script.function_of(step.line) is script.function_of(script.update.line)
        if known or step.receiver.startswith("self."):
            yield Rewrite().remove(step.line).after(script.update.line, f"{step.receiver}.step({loss}.item())")


def _batch_loss(script: Script) -> str | None:
    """The name of what the batch loop calls `backward()` on."""
    found = [one.receiver for one in script.method_calls("backward") if one.receiver.isidentifier()]
    inside = script.batch_loop is not None
    return found[0] if len(found) == 1 and inside else None


@breaks("LR304")
def metric_to_a_schedule_of_epochs(script: Script) -> Iterator[Rewrite]:
    """The batch's or the epoch's loss is passed to a `step()` whose only parameter is an epoch number."""
    for built in updating(script):
        step = script.steps_per_epoch(built)
        if step is None or built.name in ("SequentialLR", "ChainedScheduler"):
            continue
        name = _loss_before(script, step.line)
        if name is not None:
            yield Rewrite().put(step.call, step.call.with_changes(args=[cst.Arg(cst.parse_expression(name))]))


def _loss_before(script: Script, line: cst.CSTNode) -> str | None:
    """A loss that is at hand where a scheduler is stepped: assigned in its block, or in the batch loop beside it."""
    block = script.block_of(line)
    for statement in reversed(block[: block.index(line)]):
        targets = m.findall(statement, m.AssignTarget(target=m.Name())) if _plain(statement) else []
        names = [script.code(cst.ensure_type(one, cst.AssignTarget).target) for one in targets]
        named = [name for name in names if "loss" in name.lower()]
        if named:
            return named[-1]
        if statement is script.batch_loop:
            loss = _batch_loss(script)
            return f"{loss}.item()" if loss is not None else None
    return None


def _plain(statement: cst.CSTNode) -> bool:
    """Whether a statement assigns in this very block, and one name at a time."""
    return isinstance(statement, cst.SimpleStatementLine) and m.matches(statement.body[0], m.Assign())
