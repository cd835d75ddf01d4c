"""The LR curve that the code promises and the one that it delivers, where the numbers are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lrlint.findings import Curves
from lrlint.optimizers import optimizer_by_qualified_name
from lrlint.schedules import NotSimulatedError, PastTheEndError, Schedule, simulate
from lrlint.source.use import Use
from lrlint.source.values import Constant, Items, Number, Opaque, Optimizer, Scheduler, Value, cases_of

MOST_POINTS = 200
"""How many values a curve is thinned to."""
MOST_STEPS = 10_000_000
"""Runs longer than this are not drawn: their numbers are no run's."""
UNKNOWN = object()
"""Stands for an argument whose value is not known."""
_NO_MATTER = ("optimizer", "last_epoch", "verbose", "cycle_momentum", "base_momentum", "max_momentum")


def curves_of(use: Use, promised: float | None, delivered: float | None) -> Curves | None:
    """Both curves over so many calls of `step()`, None where a number or the schedule's form is not known."""
    if use.schedule is None or promised is None or delivered is None:
        return None
    steps = round(promised), round(delivered)
    base_lr = base_lr_of(use)
    if base_lr is None or not all(0 < count <= MOST_STEPS for count in steps):
        return None
    arguments = numbers_of(use.scheduler.arguments)
    if UNKNOWN in arguments.values() or "open" in use.scheduler.flags:
        return None
    try:
        curves = [_thinned(use.schedule, arguments, base_lr, count) for count in steps]
    except (NotSimulatedError, ArithmeticError):
        return None
    return Curves(curves[0], curves[1], *steps)


def _thinned(schedule: Schedule, arguments: Mapping[str, object], base_lr: float, steps: int) -> tuple[float, ...]:
    """The LR before each of `steps` calls, thinned evenly; it ends where the scheduler raises."""
    points = min(steps, MOST_POINTS)
    calls = [i * (steps - 1) // max(points - 1, 1) for i in range(points)]
    try:
        return tuple(simulate(schedule, arguments, base_lr, calls))
    except PastTheEndError:
        lasting = [call for call in calls if not _raises(schedule, arguments, base_lr, call)]
        return tuple(simulate(schedule, arguments, base_lr, lasting))


def _raises(schedule: Schedule, arguments: Mapping[str, object], base_lr: float, call: int) -> bool:
    try:
        simulate(schedule, arguments, base_lr, [call])
    except PastTheEndError:
        return True
    return False


Worth = Callable[[Number | Opaque], float | None]
"""What a number of the program is worth, None where that is not known."""


def by_default(value: Number | Opaque) -> float | None:
    """What the code says, or the default of an option."""
    return value.count.value() if isinstance(value, Number) else value.number


def base_lr_of(use: Use, worth: Worth = by_default) -> float | None:
    """The LR that its optimizer is made with: the argument, or the default of its class."""
    if len(use.optimizers) != 1 or not isinstance(use.optimizers[0], Optimizer):
        return None
    optimizer = use.optimizers[0]
    given = optimizer.arguments.get("lr")
    if given is not None:
        number = plain(given, worth)
        return float(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else None
    known = optimizer_by_qualified_name(f"torch.optim.{optimizer.kind}")
    return known.lr if known is not None else None


def numbers_of(arguments: Mapping[str, Value], worth: Worth = by_default) -> dict[str, object]:
    """The arguments that shape the LR, as the simulator takes them."""
    return {name: plain(value, worth) for name, value in arguments.items() if name not in _NO_MATTER}


def plain(value: Value, worth: Worth = by_default) -> object:
    """A value as Python has it: a number, a literal, a list."""
    if len(cases_of(value)) > 1:
        return UNKNOWN
    match value:
        case Number() | Opaque():
            number = worth(value)
            return UNKNOWN if number is None else number
        case Constant(value=literal):
            return literal
        case Items(elements=elements):
            return [plain(element, worth) for element in elements]
        case Scheduler(schedule=schedule, arguments=arguments) if schedule is not None:
            return schedule, numbers_of(arguments, worth)
        case _:
            return UNKNOWN


def in_numbers(curves: Curves | None) -> str:
    """What the LR does, as the end of a message; empty where that is not known or no different."""
    if curves is None or not curves.promised or not curves.delivered:
        return ""
    promised, delivered = curves.promised[-1], curves.delivered[-1]
    if abs(promised - delivered) <= 0.01 * max(abs(promised), abs(delivered)):
        return ""
    text = f"; `lr` ends at {delivered:.2g} instead of {promised:.2g}"
    if curves.delivered_steps < curves.promised_steps:
        text += f": {curves.delivered_steps:,} of {curves.promised_steps:,} steps were taken"
    return text
