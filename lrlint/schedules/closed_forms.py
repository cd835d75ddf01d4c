"""The LR of every schedule as a function of the number of `scheduler.step()` calls.

The formulas are those of torch.optim.lr_scheduler's and transformers.optimization's documentation. Where
torch computes an LR from the one before, this is the value that the recurrence has in exact arithmetic.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import wraps
from math import cos, floor, pi, sqrt

from lrlint.schedules.description import Arguments, ClosedForm, NotSimulatedError, PastTheEndError

AtOneCall = Callable[[Arguments, float, int], float]


def _at_each_call(lr: AtOneCall) -> ClosedForm:
    """A closed form from `(arguments, base_lr, call) -> LR`."""

    @wraps(lr)
    def closed_form(arguments: Arguments, base_lr: float, calls: Sequence[int]) -> list[float]:
        return [lr(arguments, base_lr, call) for call in calls]

    return closed_form


def _scaling(factor: Callable[[Arguments, int], float]) -> ClosedForm:
    """A closed form from `(arguments, call) -> factor on base_lr`."""

    @wraps(factor)
    def closed_form(arguments: Arguments, base_lr: float, calls: Sequence[int]) -> list[float]:
        return [base_lr * factor(arguments, call) for call in calls]

    return closed_form


def number(arguments: Arguments, name: str) -> float:
    """A numeric argument; the first one of a list that has a value per param group."""
    value = arguments.get(name)
    if isinstance(value, (list, tuple)) and value:
        value = value[0]
    if not isinstance(value, (int, float)):
        raise NotSimulatedError(f"{name} is not a known number")
    return value


def numbers(arguments: Arguments, name: str) -> list[float]:
    """A list of numbers."""
    value = arguments.get(name)
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, (int, float)) for item in value):
        raise NotSimulatedError(f"{name} is not a known list of numbers")
    return list(value)


def period(arguments: Arguments, name: str) -> float:
    """A numeric argument that is divided by."""
    value = number(arguments, name)
    if value <= 0:
        raise NotSimulatedError(f"{name} is not positive")
    return value


def _half_cosine(start: float, end: float, progress: float) -> float:
    return end + (start - end) * (1 + cos(pi * progress)) / 2


@_scaling
def constant(arguments: Arguments, call: int) -> float:
    return 1.0


@_scaling
def constant_factor(arguments: Arguments, call: int) -> float:
    return 1.0 if call >= number(arguments, "total_iters") else number(arguments, "factor")


@_scaling
def linear(arguments: Arguments, call: int) -> float:
    start, end = number(arguments, "start_factor"), number(arguments, "end_factor")
    total = period(arguments, "total_iters")
    return start + (end - start) * min(call, total) / total


@_scaling
def polynomial(arguments: Arguments, call: int) -> float:
    total = period(arguments, "total_iters")
    return float((1 - min(call, total) / total) ** number(arguments, "power"))


@_scaling
def step(arguments: Arguments, call: int) -> float:
    return float(number(arguments, "gamma") ** (call // period(arguments, "step_size")))


@_scaling
def multistep(arguments: Arguments, call: int) -> float:
    passed = bisect_right(sorted(numbers(arguments, "milestones")), call)
    return number(arguments, "gamma") ** passed


@_scaling
def exponential(arguments: Arguments, call: int) -> float:
    return number(arguments, "gamma") ** call


@_at_each_call
def cosine(arguments: Arguments, base_lr: float, call: int) -> float:
    return _half_cosine(base_lr, number(arguments, "eta_min"), call / period(arguments, "T_max"))


@_at_each_call
def cosine_restarts(arguments: Arguments, base_lr: float, call: int) -> float:
    length, factor = period(arguments, "T_0"), period(arguments, "T_mult")
    position = float(call)
    if factor == 1:
        position %= length
    while position >= length:
        position -= length
        length *= factor
    return _half_cosine(base_lr, number(arguments, "eta_min"), position / length)


@_at_each_call
def cyclic(arguments: Arguments, base_lr: float, call: int) -> float:
    if arguments.get("scale_fn") is not None:
        raise NotSimulatedError("scale_fn is a function of the user's own")
    low, high = number(arguments, "base_lr"), number(arguments, "max_lr")
    up = period(arguments, "step_size_up")
    down = up if arguments.get("step_size_down") is None else period(arguments, "step_size_down")
    cycle = floor(call / (up + down))
    position = call - cycle * (up + down)
    height = position / up if position <= up else (up + down - position) / down
    scale = {
        "triangular": 1.0,
        "triangular2": 0.5**cycle,
        "exp_range": number(arguments, "gamma") ** call,
    }.get(str(arguments["mode"]))
    if scale is None:
        raise NotSimulatedError("mode is none of CyclicLR's")
    return low + (high - low) * height * scale


@_at_each_call
def one_cycle(arguments: Arguments, base_lr: float, call: int) -> float:
    if arguments.get("total_steps") is not None:
        total = period(arguments, "total_steps")
    else:
        total = period(arguments, "epochs") * period(arguments, "steps_per_epoch")
    if call > total:
        raise PastTheEndError(f"OneCycleLR raises ValueError at call {call}: its total_steps is {total:g}")
    top = number(arguments, "max_lr")
    initial = top / period(arguments, "div_factor")
    final = initial / period(arguments, "final_div_factor")
    warm = number(arguments, "pct_start") * total
    phases = [(warm - 1, initial, top), (total - 1, top, final)]
    if arguments["three_phase"]:
        phases = [(warm - 1, initial, top), (2 * warm - 2, top, initial), (total - 1, initial, final)]
    phase = next((i for i, (end, _, _) in enumerate(phases) if call <= end), len(phases) - 1)
    begin = phases[phase - 1][0] if phase else 0.0
    end, first, last = phases[phase]
    if end == begin:
        raise NotSimulatedError("a phase of OneCycleLR has no length: torch divides by zero")
    progress = (call - begin) / (end - begin)
    if arguments["anneal_strategy"] == "linear":
        return first + (last - first) * progress
    return _half_cosine(first, last, progress)


def _warmup(arguments: Arguments, call: int) -> float:
    """transformers' linear warm-up: 0 at the first update, 1 once the warm-up is over."""
    steps = number(arguments, "num_warmup_steps")
    return 1.0 if call >= steps else call / max(1.0, steps)


def _progress(arguments: Arguments, call: int) -> float:
    """The share of the steps after the warm-up that are done; more than 1 past the end."""
    warmup = number(arguments, "num_warmup_steps")
    return (call - warmup) / max(1, number(arguments, "num_training_steps") - warmup)


def _in_warmup(arguments: Arguments, call: int) -> bool:
    return call < number(arguments, "num_warmup_steps")


constant_after_warmup = _scaling(_warmup)


@_scaling
def linear_after_warmup(arguments: Arguments, call: int) -> float:
    if _in_warmup(arguments, call):
        return _warmup(arguments, call)
    return max(0.0, 1 - _progress(arguments, call))


@_scaling
def cosine_after_warmup(arguments: Arguments, call: int) -> float:
    if _in_warmup(arguments, call):
        return _warmup(arguments, call)
    return _half_cosine(1, 0, 2 * number(arguments, "num_cycles") * _progress(arguments, call))


@_scaling
def cosine_restarts_after_warmup(arguments: Arguments, call: int) -> float:
    if _in_warmup(arguments, call):
        return _warmup(arguments, call)
    progress = _progress(arguments, call)
    return 0.0 if progress >= 1 else _half_cosine(1, 0, number(arguments, "num_cycles") * progress % 1)


@_at_each_call
def polynomial_after_warmup(arguments: Arguments, base_lr: float, call: int) -> float:
    if _in_warmup(arguments, call):
        return base_lr * _warmup(arguments, call)
    end, remaining = number(arguments, "lr_end"), max(0.0, 1 - _progress(arguments, call))
    return end + (base_lr - end) * float(remaining ** number(arguments, "power"))


def _min_lr_rate(arguments: Arguments, base_lr: float) -> float:
    if arguments.get("min_lr") is not None:
        return number(arguments, "min_lr") / base_lr
    return number(arguments, "min_lr_rate")


@_at_each_call
def cosine_to_min_lr_after_warmup(arguments: Arguments, base_lr: float, call: int) -> float:
    if _in_warmup(arguments, call):
        return base_lr * _warmup(arguments, call)
    floor_rate = _min_lr_rate(arguments, base_lr)
    turns = 2 * number(arguments, "num_cycles") * _progress(arguments, call)
    return base_lr * max(0.0, _half_cosine(1, floor_rate, turns))


@_at_each_call
def cosine_to_min_lr_after_warmup_rate(arguments: Arguments, base_lr: float, call: int) -> float:
    """Its warm-up and its cosine are one call ahead of the other schedules': the first LR is not 0."""
    warmup = number(arguments, "num_warmup_steps")
    if call >= warmup:
        floor_rate = _min_lr_rate(arguments, base_lr)
        progress = (call + 1 - warmup) / max(1, number(arguments, "num_training_steps") - warmup)
        return base_lr * max(0.0, _half_cosine(1, floor_rate, 2 * number(arguments, "num_cycles") * progress))
    if arguments.get("warmup_lr_rate") is None:
        return base_lr * (call + 1) / max(1, warmup)
    first = number(arguments, "warmup_lr_rate")
    return base_lr * (first + (1 - first) * call / max(1, warmup - 1))


@_scaling
def inverse_sqrt_after_warmup(arguments: Arguments, call: int) -> float:
    if _in_warmup(arguments, call):
        return _warmup(arguments, call)
    warmup = number(arguments, "num_warmup_steps")
    timescale = (warmup or 10_000) if arguments.get("timescale") is None else period(arguments, "timescale")
    return sqrt(timescale / (call - warmup + timescale))


def _ease(kind: object, progress: float, num_cycles: float) -> float:
    """The shape of WSD's decay from 1 at `progress` 0 to 0 at 1."""
    if kind == "linear":
        return 1 - progress
    if kind == "1-sqrt":
        return 1 - sqrt(progress)
    if kind == "cosine":
        return _half_cosine(1, 0, 2 * num_cycles * progress)
    raise NotSimulatedError(f"{kind!r} is no shape of get_wsd_schedule")


@_scaling
def warmup_stable_decay(arguments: Arguments, call: int) -> float:
    warmup, decay = number(arguments, "num_warmup_steps"), number(arguments, "num_decay_steps")
    low = number(arguments, "min_lr_ratio")
    if arguments.get("num_stable_steps") is not None:
        stable = number(arguments, "num_stable_steps")
    else:
        stable = number(arguments, "num_training_steps") - warmup - decay
    if call < warmup:
        return low + (1 - low) * _ease(arguments["warmup_type"], 1 - call / warmup, 0.5)
    if call < warmup + stable:
        return 1.0
    if call >= warmup + stable + decay:
        return low
    progress = (call - warmup - stable) / decay
    return max(0.0, low + (1 - low) * _ease(arguments["decay_type"], progress, number(arguments, "num_cycles")))


def renamed(closed_form: ClosedForm, **old_names: str) -> ClosedForm:
    """`closed_form` for a schedule that calls its parameters otherwise: `new name=old name`."""

    def with_old_names(arguments: Arguments, base_lr: float, calls: Sequence[int]) -> list[float]:
        translated = {**arguments, **{new: arguments.get(old) for new, old in old_names.items()}}
        return closed_form(translated, base_lr, calls)

    return with_old_names
