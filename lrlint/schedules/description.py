"""The form in which a schedule is described once, for rules, analyzers, the simulator and the docs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Final

from lrlint.namedtuples import NamedTuple

REQUIRED: Final = ...
"""The default of a parameter that has none."""

Arguments = Mapping[str, object]
"""Constructor arguments by name: numbers, strings, lists; the children of a composite are `Child`ren."""

ClosedForm = Callable[[Arguments, float, Sequence[int]], list[float]]
"""`(arguments, base_lr, calls) -> LRs`: the LR after each number of `scheduler.step()` calls in `calls`.

`arguments` have their defaults filled in. `base_lr` is the LR that the optimizer was made with. Raises
`NotSimulatedError` where an argument is missing or of no use, `PastTheEndError` where the scheduler itself would raise.
"""


class NotSimulatedError(ValueError):
    """The LR cannot be computed from what is known; the message says what is missing."""


class PastTheEndError(ValueError):
    """The scheduler raises at this call of `step()`: it was planned for fewer."""


class PastEnd(str, Enum):
    """What further calls of `step()` do once the horizon is reached."""

    HOLDS = "holds"
    CLIMBS_BACK = "climbs back"
    RAISES = "raises"
    RESTARTS = "restarts"
    NO_END = "no end"


class Tick(str, Enum):
    """What one call of `step()` conventionally stands for: the unit of the numbers in the constructor.

    `UPDATE`: the schedule is made to be stepped with every optimizer update (OneCycleLR, CyclicLR, the
    `get_*_schedule` functions). `EPOCH`: its numbers are conventionally epochs (StepLR, ReduceLROnPlateau).
    `ANY`: both are common, only its arguments tell (CosineAnnealingLR).
    """

    UPDATE = "update"
    EPOCH = "epoch"
    ANY = "any"


class StepArgument(str, Enum):
    """What `step()` takes: nothing (or a deprecated epoch), or a metric."""

    EPOCH = "epoch"
    METRIC = "metric"


# Named tuples, because this module is on the start-up path: a dataclass costs four times as much to define.


class Parameter(NamedTuple):
    """One constructor parameter, by the name and default that the library gives it.

    `counts_steps` marks arguments that are numbers of `step()` calls (or lists of such numbers).
    """

    name: str
    default: object = REQUIRED
    counts_steps: bool = False


def count(name: str, default: object = REQUIRED) -> Parameter:
    """A parameter that is a number of `step()` calls."""
    return Parameter(name, default, counts_steps=True)


class Schedule(NamedTuple):
    """One schedule as rules, analyzers and the simulator know it.

    `name` is the class or function; `qualified_names` are all dotted names it can be imported by.
    `family` is the name in lrlint's machine contract. `horizons` are the ways to state how many calls the
    schedule spans, first match wins: each is a tuple of parameter names whose product is the horizon
    (`(("total_steps",), ("epochs", "steps_per_epoch"))`). Empty: the schedule has no end.
    `warmup` names the parameter that counts warm-up steps. `children` names the parameter that holds
    other schedulers. `closed_form` is None where the LR depends on a metric, on other schedulers or on
    opaque user code. `rises_only` marks schedules normally used as a warm-up that is shorter than the run.
    `sets_lr` names the parameter of schedules that replace the optimizer's LR by one of their own.
    `chainable` marks schedules that scale the LR which they find, so that others can act on it too; the
    rest overwrite it at every call.
    """

    name: str
    qualified_names: tuple[str, ...]
    family: str
    parameters: tuple[Parameter, ...]
    tick: Tick
    past_end: PastEnd
    horizons: tuple[tuple[str, ...], ...] = ()
    warmup: str | None = None
    children: str | None = None
    rises_only: bool = False
    step_argument: StepArgument = StepArgument.EPOCH
    closed_form: ClosedForm | None = None
    sets_lr: str | None = None
    chainable: bool = False

    def parameter_names(self) -> tuple[str, ...]:
        """Constructor parameters in positional order, the optimizer among them."""
        return tuple(parameter.name for parameter in self.parameters)

    def with_defaults(self, given: Arguments) -> dict[str, object]:
        """`given` and, for every parameter that it leaves out, the library's default if there is one."""
        defaults = {parameter.name: parameter.default for parameter in self.parameters}
        return {name: value for name, value in {**defaults, **given}.items() if value is not REQUIRED}


Child = tuple[Schedule, Arguments]
"""A scheduler inside a composite, as the values of the parameter that `Schedule.children` names."""
