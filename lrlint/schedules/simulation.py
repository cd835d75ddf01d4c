"""The LR that a schedule gives, computed without torch: closed forms, and composites made of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from lrlint.schedules.closed_forms import number, numbers
from lrlint.schedules.description import Arguments, Child, ClosedForm, NotSimulatedError, Schedule


def simulate(schedule: Schedule, arguments: Arguments, base_lr: float, calls: Sequence[int]) -> list[float]:
    """The LR of the first param group after each number of `step()` calls in `calls`.

    `arguments` may leave out what has a default. `base_lr` is the LR that the optimizer was made with.
    Takes as long as `calls` is, except for ChainedScheduler, which has to walk up to the last of them.

    Raises `NotSimulatedError` for schedules driven by a metric or by user code and for arguments that are not
    known numbers; `PastTheEndError` where torch's own scheduler would raise.
    """
    filled = schedule.with_defaults(arguments)
    if schedule.children is None:
        return _closed_form(schedule)(filled, base_lr, calls)
    children = _children(schedule, filled)
    if "milestones" in filled:
        return _in_sequence(children, numbers(filled, "milestones"), base_lr, calls)
    return _chained(children, base_lr, calls)


def _closed_form(schedule: Schedule) -> ClosedForm:
    if schedule.closed_form is None:
        raise NotSimulatedError(f"the LR of {schedule.name} depends on more than its arguments")
    return schedule.closed_form


def _children(composite: Schedule, arguments: Arguments) -> list[Child]:
    """The schedulers inside a composite, defaults filled in.

    Nested composites, and children that replace the optimizer's LR when they are made, are left out of
    account on purpose: what torch does with them hangs on the order of construction.
    """
    values = arguments.get(str(composite.children))
    if not isinstance(values, (list, tuple)) or not values:
        raise NotSimulatedError(f"the schedulers inside {composite.name} are not known")
    children = []
    for value in values:
        if not (isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], Schedule)):
            raise NotSimulatedError(f"a scheduler inside {composite.name} is not known")
        schedule, given = value
        if schedule.children or schedule.sets_lr:
            raise NotSimulatedError(f"{schedule.name} inside {composite.name} is not simulated")
        children.append((schedule, schedule.with_defaults(given)))
    return children


def _in_sequence(
    children: Sequence[Child], milestones: Sequence[float], base_lr: float, calls: Sequence[int]
) -> list[float]:
    """SequentialLR: each child starts at its own call 0 at its milestone, from `base_lr`."""
    if len(milestones) != len(children) - 1:
        raise NotSimulatedError(f"SequentialLR of {len(children)} schedulers has {len(milestones)} milestones")
    lrs = []
    for call in calls:
        active = bisect_right(milestones, call)
        start = int(milestones[active - 1]) if active else 0
        schedule, arguments = children[active]
        lrs.extend(_closed_form(schedule)(arguments, base_lr, [call - start]))
    return lrs


def _chained(children: Sequence[Child], base_lr: float, calls: Sequence[int]) -> list[float]:
    """ChainedScheduler: every child moves the LR that the one before it left.

    A chainable schedule has a shape, its course from 1 to its floor at 0. It scales the distance of the LR
    from its floor as the shape goes, and adds where the shape stands at 0 (a cosine at its T_max).
    """
    walk = range(max(calls, default=-1) + 1)
    courses = [_course(schedule, arguments, base_lr, walk) for schedule, arguments in children]
    lr, lrs = base_lr, []
    for call in walk:
        for (schedule, arguments), course in zip(children, courses, strict=True):
            if not schedule.chainable:
                lr = course[call]
                continue
            before, after = course[call - 1] if call else 1.0, course[call]
            floor = _floor(arguments)
            lr = floor + (lr - floor) * after / before if before else lr + (base_lr - floor) * after
        lrs.append(lr)
    return [lrs[call] for call in calls]


def _course(schedule: Schedule, arguments: Arguments, base_lr: float, walk: Sequence[int]) -> list[float]:
    """The shape of a chainable schedule; the LR of any other."""
    if schedule.chainable:
        return _closed_form(schedule)({**arguments, "eta_min": 0.0}, 1.0, walk)
    return _closed_form(schedule)(arguments, base_lr, walk)


def _floor(arguments: Arguments) -> float:
    return number(arguments, "eta_min") if "eta_min" in arguments else 0.0
