"""Bugs of number: horizons, warm-ups and milestones that are too short, too long or in the wrong unit."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m
from anatomy import Built, Script
from mutators import breaks
from placing import in_batches, pieces_and, updating
from rewriting import Rewrite

_LENGTH = m.Call(func=m.Name("len"))
_TIMES_LENGTH = m.BinaryOperation(operator=m.Multiply(), left=_LENGTH) | m.BinaryOperation(
    operator=m.Multiply(), right=_LENGTH
)


def _numbers_of(script: Script, built: Built, arguments: list[cst.Arg]) -> list[cst.CSTNode]:
    """The expressions that a scheduler's arguments come from, leaving out what loops and conditions use as well."""
    tests = [loop.test for loop in script.all(cst.While)] + [loop.iter for loop in script.all(cst.For)]
    tests += script.all(cst.Comparison)
    shared = {id(one) for test in tests for one in script.origins(test)}
    found = [one for arg in arguments for one in script.origins(arg.value)]
    return [one for one in found if id(one) not in shared]


def _runs_to_its_end(script: Script, built: Built) -> bool:
    """Whether the file steps it in one place, in loops that nothing but the horizon's own bound ends early."""
    steps = script.steps_of(built)
    if len(steps) != 1:
        return False
    inside = [one for one in script.all(cst.Break) if script.loops_of(steps[0].line)[-1:] == script.loops_of(one)[-1:]]
    tests = [next(above for above in script.above(one) if isinstance(above, (cst.If, cst.For))) for one in inside]
    mine = {script.code(one) for arg in built.horizon for one in script.origins(arg.value)}
    bounds = [m.findall(test.test, m.Name() | m.Attribute()) if isinstance(test, cst.If) else [] for test in tests]
    return all(any(script.code(name) in mine for name in names) for names in bounds)


@breaks("LR201")
def horizon_halved(script: Script) -> Iterator[Rewrite]:
    """The schedule ends where it is planned to, and is now planned for half of the steps that it gets."""
    for built in updating(script):
        if built.has_end and _runs_to_its_end(script, built):
            yield Rewrite().replace(built.horizon[0].value, _scaled(script, built.horizon[0].value, 0.5))


@breaks("LR202")
def horizon_doubled(script: Script) -> Iterator[Rewrite]:
    """The schedule ends where it is planned to, and is now planned for twice the steps that it gets."""
    for built in updating(script):
        if built.has_end and _runs_to_its_end(script, built):
            yield Rewrite().replace(built.horizon[0].value, _scaled(script, built.horizon[0].value, 2))


def _scaled(script: Script, value: cst.CSTNode, factor: float) -> str:
    text = script.code(value)
    if isinstance(value, cst.Integer):
        return str(int(int(text.replace("_", ""), 0) * factor))
    simple = isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript))
    text = text if simple else f"({text})"
    return f"2 * {text}" if factor > 1 else f"{text} // 2"


@breaks("LR201")
def epochs_dropped(script: Script) -> Iterator[Rewrite]:
    """`epochs * len(loader)`, right for a step per batch of every epoch, becomes `len(loader)`: one epoch's worth."""
    for built in updating(script):
        if built.has_end and script.steps_per_batch(built):
            for one in _numbers_of(script, built, built.horizon):
                if m.matches(one, _TIMES_LENGTH):
                    product = cst.ensure_type(one, cst.BinaryOperation)
                    length = product.left if m.matches(product.left, _LENGTH) else product.right
                    yield Rewrite().replace(one, script.code(length))


@breaks("LR103")
def length_dropped(script: Script) -> Iterator[Rewrite]:
    """`epochs * len(loader)`, right for a step per batch, becomes `epochs`."""
    for built in updating(script):
        if not script.steps_per_batch(built) or not built.has_end:
            continue
        for one in _numbers_of(script, built, built.horizon):
            if m.matches(one, _TIMES_LENGTH):
                product = cst.ensure_type(one, cst.BinaryOperation)
                other = product.right if m.matches(product.left, _LENGTH) else product.left
                yield Rewrite().replace(one, script.code(other))
        per_epoch, epochs = built.argument("steps_per_epoch"), built.argument("epochs")
        if per_epoch is not None and epochs is not None and built.argument("total_steps") is None:
            total = epochs.with_changes(keyword=cst.Name("total_steps"))
            args = [total if arg is epochs else arg for arg in built.call.args if arg is not per_epoch]
            yield Rewrite().put(built.call, built.call.with_changes(args=_tidy(args)))


@breaks("LR101")
def length_added(script: Script) -> Iterator[Rewrite]:
    """`T_max=epochs`, right for a step per epoch, becomes `epochs * len(loader)`."""
    for built in updating(script):
        loader = _loader(script, built)
        if built.has_end and loader and script.steps_per_epoch(built) and not in_batches(script, built):
            value = built.horizon[0].value
            simple = isinstance(value, (cst.Name, cst.Attribute, cst.Integer, cst.Subscript))
            text = script.code(value) if simple else f"({script.code(value)})"
            yield Rewrite().replace(value, f"{text} * len({loader})")


def _loader(script: Script, built: Built) -> str | None:
    """The loader of the batch loop as the scheduler's function knows it, made before the scheduler is."""
    loop = script.batch_loop
    if loop is None:
        return None
    iterable: cst.BaseExpression = loop.iter
    while isinstance(iterable, cst.Call) and script.code(iterable.func) in ("enumerate", "tqdm", "tqdm.tqdm"):
        iterable = iterable.args[0].value
    name = script.code(iterable)
    if script.function_of(loop) is not script.function_of(built.line):
        calls = [
            call for call in script.calls_in(script.module, loop) if script.function_of(call) is _home(script, built)
        ]
        here = [arg.value for call in calls for arg in call.args if script.code(arg.value).endswith("loader")]
        if not name.startswith("self."):
            name = script.code(here[0]) if len(here) == 1 else ""
    made = [one for one in script.all(cst.AssignTarget) if script.code(one.target) == name]
    if len(made) == 1 and script.function_of(made[0]) is _home(script, built):
        return name if script.nodes.index(made[0]) < script.nodes.index(built.call) else None
    parameters = _home(script, built)
    if not made and isinstance(parameters, cst.FunctionDef):
        return name if name in {one.name.value for one in parameters.params.params} else None
    return None


def _home(script: Script, built: Built) -> cst.CSTNode:
    return script.function_of(built.line)


@breaks("LR203")
def accumulation_dropped(script: Script) -> Iterator[Rewrite]:
    """The horizon was divided by the `n` of the guard `… % n` that scheduler and optimizer are stepped under."""
    for built in updating(script):
        steps = script.steps_of(built)
        guard = script.guard_of(steps[0].line) if len(steps) == 1 else None
        if guard is None or script.update is None or script.guard_of(script.update.line) is not guard:
            continue
        moduli = m.findall(guard.test, _operation(m.Modulo()))
        periods = {script.code(cst.ensure_type(one, cst.BinaryOperation).right) for one in moduli}
        for one in _numbers_of(script, built, [arg for whole in pieces_and(script, built) for arg in whole.call.args]):
            for division in m.findall(one, _operation(m.FloorDivide() | m.Divide())):
                binary = cst.ensure_type(division, cst.BinaryOperation)
                if script.code(binary.right) in periods:
                    yield Rewrite().put(binary, binary.left)


def _operation(operator: m.BaseMatcherNode) -> m.BinaryOperation:
    return m.BinaryOperation(operator=operator)  # type: ignore[arg-type]


@breaks("LR204")
def warmup_unit_dropped(script: Script) -> Iterator[Rewrite]:
    """Warm-up and horizon both had a length in them, and the warm-up has none any more."""
    for built, warmup in _warmups(script):
        if not script.counts_batches([arg.value for arg in built.horizon]):
            continue
        value = warmup.value
        if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Multiply):
            left, right = (script.counts_batches([side]) for side in (value.left, value.right))
            if left is not right:
                yield Rewrite().put(value, value.right if left else value.left)


@breaks("LR204")
def warmup_unit_added(script: Script) -> Iterator[Rewrite]:
    """Warm-up and horizon were both epochs; the warm-up is now multiplied by the length of the loader."""
    for built, warmup in _warmups(script):
        loader = _loader(script, built)
        if loader and script.steps_per_epoch(built) and not in_batches(script, built):
            yield Rewrite().replace(warmup.value, f"{script.code(warmup.value)} * len({loader})")


@breaks("LR204")
def warmup_never_over(script: Script) -> Iterator[Rewrite]:
    """The warm-up is as long as the horizon: the full learning rate is reached where the run ends."""
    for built, warmup in _warmups(script):
        yield Rewrite().replace(warmup.value, script.code(built.horizon[0].value))


def _warmups(script: Script) -> Iterator[tuple[Built, cst.Arg]]:
    """Schedules with a warm-up and a horizon of their own."""
    for built in updating(script):
        warmup = built.argument(built.schedule.warmup) if built.schedule and built.schedule.warmup else None
        if warmup is not None and built.horizon:
            yield built, warmup


@breaks("LR205")
def milestones_beyond_the_run(script: Script) -> Iterator[Rewrite]:
    """Milestones that are literals below the epoch loop's number become ten times as large: none is reached."""
    for built, listed in _milestones(script):
        step = script.steps_per_epoch(built)
        if step is None or not all(isinstance(one.value, cst.Integer) for one in listed.elements):
            continue
        loops = script.loops_of(step.line)
        numbers = [int(n.value) for loop in loops if isinstance(loop, cst.For) for n in _literals(script, loop.iter)]
        values = [int(script.code(one.value)) for one in listed.elements]
        if numbers and values and min(values) * 10 > max(numbers) >= max(values):
            yield Rewrite().replace(listed, f"[{', '.join(str(10 * value) for value in values)}]")


@breaks("LR205")
def milestones_in_batches(script: Script) -> Iterator[Rewrite]:
    """Milestones in epochs, stepped per epoch, are now multiplied by the length of the loader: none is reached."""
    for built, listed in _milestones(script):
        loader = _loader(script, built)
        if loader and script.steps_per_epoch(built) and not in_batches(script, built):
            values = [f"{script.code(one.value)} * len({loader})" for one in listed.elements]
            yield Rewrite().replace(listed, f"[{', '.join(values)}]")


def _milestones(script: Script) -> Iterator[tuple[Built, cst.List]]:
    for built in updating(script):
        given = built.argument("milestones") if built.name == "MultiStepLR" else None
        if given is not None and isinstance(given.value, cst.List):
            yield built, given.value


def _literals(script: Script, node: cst.CSTNode) -> list[cst.Integer]:
    """Every integer that a number may come from."""
    found = [one for origin in script.origins(node) for one in m.findall(origin, m.Integer())]
    return [cst.ensure_type(one, cst.Integer) for one in found]


@breaks("LR206")
def last_piece_planned_for_the_whole_run(script: Script) -> Iterator[Rewrite]:
    """`T_max=total - warmup` of SequentialLR's last piece becomes `total`, while the milestone stays."""
    for one in script.pieces:
        whole = [built for built in script.schedulers if built.name == "SequentialLR"]
        if len(whole) == 1 and one.has_end:
            value = one.horizon[0].value
            if isinstance(value, cst.BinaryOperation) and isinstance(value.operator, cst.Subtract):
                yield Rewrite().put(value, value.left)


@breaks("LR206")
def milestone_doubled(script: Script) -> Iterator[Rewrite]:
    """The last piece, planned for `total - warmup`, now begins at `2 * warmup`: its end is never reached."""
    for built in updating(script):
        given = built.argument("milestones") if built.name == "SequentialLR" else None
        subtracts = any(
            m.matches(one.horizon[0].value, m.BinaryOperation(operator=m.Subtract()))
            for one in script.pieces
            if one.has_end
        )
        if given is not None and isinstance(given.value, cst.List) and len(given.value.elements) == 1 and subtracts:
            value = given.value.elements[0].value
            yield Rewrite().replace(value, _scaled(script, value, 2))


@breaks("LR207")
def gamma_that_leaves_nothing(script: Script) -> Iterator[Rewrite]:
    """In a loop of at least 40 known steps per drop of 1, gamma becomes 0.5: 0.5 ** 40 is 1e-12."""
    for built in updating(script):
        gamma, steps = built.argument("gamma"), script.steps_of(built)
        if built.name != "ExponentialLR" or gamma is None or len(steps) != 1:
            continue
        if _known_steps(script, steps[0].line) >= 40 and _innermost_trains(script, steps[0].line):
            yield Rewrite().replace(gamma.value, "0.5")


@breaks("LR207")
def step_size_that_leaves_nothing(script: Script) -> Iterator[Rewrite]:
    """In a loop of at least 400 known updates, StepLR with gamma ≤ 0.5 drops with every 10th: 0.5 ** 40 is 1e-12."""
    for built in updating(script):
        size, gamma, steps = built.argument("step_size"), built.argument("gamma"), script.steps_of(built)
        if built.name != "StepLR" or size is None or len(steps) != 1:
            continue
        enough = _known_steps(script, steps[0].line) >= 400 and _innermost_trains(script, steps[0].line)
        if enough and (gamma is None or float(script.code(gamma.value)) <= 0.5):
            yield Rewrite().replace(size.value, "10")


def _known_steps(script: Script, line: cst.CSTNode) -> int:
    """How often a statement runs: the product of the numbers of the ranges around it, 0 where one is not known."""
    product = 1
    for loop in script.loops_of(line):
        bounds = [] if isinstance(loop, cst.While) else [arg.value for arg in _range_arguments(loop)]
        values = [_value(script, bound) for bound in bounds]
        if not values or any(value is None for value in values):
            return 0
        known = [value for value in values if value is not None]
        product *= len(range(*known))
    return product


def _range_arguments(loop: cst.For) -> list[cst.Arg]:
    return list(cst.ensure_type(loop.iter, cst.Call).args) if m.matches(loop.iter, m.Call(func=m.Name("range"))) else []


def _value(script: Script, node: cst.CSTNode) -> int | None:
    """The integer that an expression is, or that the one assignment of its name gives."""
    origins = script.origins(node)
    return int(script.code(origins[-1]), 0) if len(origins) <= 2 and isinstance(origins[-1], cst.Integer) else None


def _innermost_trains(script: Script, line: cst.CSTNode) -> bool:
    """Whether the innermost loop around a step takes an optimizer step too: it is not stepped per epoch."""
    loop = script.loops_of(line)[0]
    return any(script.loops_of(update.line)[:1] == [loop] for update in script.updates)


def _tidy(args: list[cst.Arg]) -> list[cst.Arg]:
    """Arguments without a comma after the last."""
    return [*args[:-1], args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)]
