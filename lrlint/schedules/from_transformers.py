"""The schedule functions of transformers (5.23), with those of diffusers and of transformers' ancestors."""

from __future__ import annotations

from lrlint.schedules import closed_forms
from lrlint.schedules.description import ClosedForm, Parameter, PastEnd, Schedule, StepArgument, Tick, count
from lrlint.schedules.from_torch import PLATEAU_PARAMETERS

_OPTIMIZER = Parameter("optimizer")
_LAST_EPOCH = Parameter("last_epoch", -1)
_WARMUP = count("num_warmup_steps")
_TOTAL = count("num_training_steps")

_BOTH = ("transformers", "diffusers")
_ANCESTORS = ("pytorch_transformers", "transformers")
"""The packages that had the classes: transformers itself up to 2.2."""


def _per_update(
    name: str,
    family: str,
    past_end: PastEnd,
    closed_form: ClosedForm | None,
    *parameters: Parameter,
    packages: tuple[str, ...] = ("transformers",),
    horizon: str = "num_training_steps",
    warmup: str = "num_warmup_steps",
) -> Schedule:
    """A schedule made to be stepped with every update, that counts in updates, as all of this module do."""
    names = {parameter.name for parameter in parameters}
    return Schedule(
        name=name,
        qualified_names=tuple(f"{package}{module}.{name}" for package in packages for module in ("", ".optimization")),
        family=family,
        parameters=parameters,
        tick=Tick.UPDATE,
        past_end=past_end,
        horizons=((horizon,),) if horizon in names else (),
        warmup=warmup if warmup in names else None,
        closed_form=closed_form,
    )


def _on_metric(name: str, family: str, *parameters: Parameter) -> Schedule:
    """A schedule whose `step()` takes a metric."""
    return Schedule(
        name=name,
        qualified_names=(f"transformers.{name}", f"transformers.optimization.{name}"),
        family=family,
        parameters=parameters,
        tick=Tick.EPOCH,
        past_end=PastEnd.NO_END,
        step_argument=StepArgument.METRIC,
        chainable=True,
    )


_CONSTANT = _per_update(
    "get_constant_schedule",
    "constant",
    PastEnd.NO_END,
    closed_forms.constant,
    _OPTIMIZER,
    _LAST_EPOCH,
    packages=_BOTH,
)
_CONSTANT_WITH_WARMUP = _per_update(
    "get_constant_schedule_with_warmup",
    "warmup_constant",
    PastEnd.NO_END,
    closed_forms.constant_after_warmup,
    _OPTIMIZER,
    _WARMUP,
    _LAST_EPOCH,
    packages=_BOTH,
)
_LINEAR = _per_update(
    "get_linear_schedule_with_warmup",
    "warmup_linear",
    PastEnd.HOLDS,
    closed_forms.linear_after_warmup,
    _OPTIMIZER,
    _WARMUP,
    _TOTAL,
    _LAST_EPOCH,
    packages=_BOTH,
)
_COSINE = _per_update(
    "get_cosine_schedule_with_warmup",
    "warmup_cosine",
    PastEnd.CLIMBS_BACK,
    closed_forms.cosine_after_warmup,
    _OPTIMIZER,
    _WARMUP,
    _TOTAL,
    Parameter("num_cycles", 0.5),
    _LAST_EPOCH,
    packages=_BOTH,
)
_COSINE_WITH_RESTARTS = _per_update(
    "get_cosine_with_hard_restarts_schedule_with_warmup",
    "cosine_restarts",
    PastEnd.HOLDS,
    closed_forms.cosine_restarts_after_warmup,
    _OPTIMIZER,
    _WARMUP,
    _TOTAL,
    Parameter("num_cycles", 1),
    _LAST_EPOCH,
    packages=_BOTH,
)
_POLYNOMIAL = _per_update(
    "get_polynomial_decay_schedule_with_warmup",
    "warmup_polynomial",
    PastEnd.HOLDS,
    closed_forms.polynomial_after_warmup,
    _OPTIMIZER,
    _WARMUP,
    _TOTAL,
    Parameter("lr_end", 1e-7),
    Parameter("power", 1.0),
    _LAST_EPOCH,
    packages=_BOTH,
)
_COSINE_WITH_MIN_LR = _per_update(
    "get_cosine_with_min_lr_schedule_with_warmup",
    "warmup_cosine",
    PastEnd.CLIMBS_BACK,
    closed_forms.cosine_to_min_lr_after_warmup,
    _OPTIMIZER,
    _WARMUP,
    _TOTAL,
    Parameter("num_cycles", 0.5),
    _LAST_EPOCH,
    Parameter("min_lr", None),
    Parameter("min_lr_rate", None),
)
_COSINE_WARMUP_WITH_MIN_LR = _per_update(
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate",
    "warmup_cosine",
    PastEnd.CLIMBS_BACK,
    closed_forms.cosine_to_min_lr_after_warmup_rate,
    *_COSINE_WITH_MIN_LR.parameters,
    Parameter("warmup_lr_rate", None),
)
_INVERSE_SQRT = _per_update(
    "get_inverse_sqrt_schedule",
    "inverse_sqrt",
    PastEnd.NO_END,
    closed_forms.inverse_sqrt_after_warmup,
    _OPTIMIZER,
    _WARMUP,
    count("timescale", None),
    _LAST_EPOCH,
)
_WARMUP_STABLE_DECAY = _per_update(
    "get_wsd_schedule",
    "warmup_stable_decay",
    PastEnd.HOLDS,
    closed_forms.warmup_stable_decay,
    _OPTIMIZER,
    _WARMUP,
    count("num_decay_steps"),
    count("num_training_steps", None),
    count("num_stable_steps", None),
    Parameter("warmup_type", "linear"),
    Parameter("decay_type", "cosine"),
    Parameter("min_lr_ratio", 0),
    Parameter("num_cycles", 0.5),
    _LAST_EPOCH,
)
_ADAFACTOR = _per_update(
    "get_adafactor_schedule", "unknown", PastEnd.NO_END, None, _OPTIMIZER, Parameter("initial_lr", 0.0)
)
_PIECEWISE_CONSTANT = _per_update(
    "get_piecewise_constant_schedule",
    "multistep",
    PastEnd.NO_END,
    None,
    _OPTIMIZER,
    Parameter("step_rules"),
    _LAST_EPOCH,
    packages=("diffusers",),
)
_REDUCE_ON_PLATEAU = _on_metric("get_reduce_on_plateau_schedule", "plateau", *PLATEAU_PARAMETERS)
_GREEDY_PARAMETERS = (
    _OPTIMIZER,
    Parameter("mode", "min"),
    Parameter("factor", 0.95),
    count("patience", 10),
    Parameter("threshold", 1e-6),
    Parameter("threshold_mode", "abs"),
    count("cooldown", 0),
    count("warmup", 0),
    Parameter("min_lr", 1e-3),
    Parameter("max_lr", 1.0),
    Parameter("eps", 1e-8),
    Parameter("verbose", False),
    Parameter("smooth", False),
    count("window_size", 50),
    count("reset_start", 500),
)
_GREEDY = _on_metric("get_greedy_schedule", "unknown", *_GREEDY_PARAMETERS)
_GREEDY_LR = _on_metric("GreedyLR", "unknown", *_GREEDY_PARAMETERS)

_GET_SCHEDULER = _per_update(
    "get_scheduler",
    "unknown",
    PastEnd.HOLDS,
    None,
    Parameter("name"),
    _OPTIMIZER,
    count("num_warmup_steps", None),
    count("num_training_steps", None),
    Parameter("scheduler_specific_kwargs", None),
)
_GET_SCHEDULER_OF_DIFFUSERS = _per_update(
    "get_scheduler",
    "unknown",
    PastEnd.HOLDS,
    None,
    Parameter("name"),
    _OPTIMIZER,
    Parameter("step_rules", None),
    count("num_warmup_steps", None),
    count("num_training_steps", None),
    Parameter("num_cycles", 1),
    Parameter("power", 1.0),
    _LAST_EPOCH,
    packages=("diffusers",),
)
_OLD_CONSTANT = _per_update(
    "ConstantLRSchedule",
    "constant",
    PastEnd.NO_END,
    closed_forms.constant,
    _OPTIMIZER,
    _LAST_EPOCH,
    packages=_ANCESTORS,
)
_OLD_WARMUP_CONSTANT = _per_update(
    "WarmupConstantSchedule",
    "warmup_constant",
    PastEnd.NO_END,
    closed_forms.renamed(closed_forms.constant_after_warmup, num_warmup_steps="warmup_steps"),
    _OPTIMIZER,
    count("warmup_steps"),
    _LAST_EPOCH,
    packages=_ANCESTORS,
    warmup="warmup_steps",
)
_OLD_WARMUP_LINEAR = _per_update(
    "WarmupLinearSchedule",
    "warmup_linear",
    PastEnd.HOLDS,
    closed_forms.renamed(
        closed_forms.linear_after_warmup, num_warmup_steps="warmup_steps", num_training_steps="t_total"
    ),
    _OPTIMIZER,
    count("warmup_steps"),
    count("t_total"),
    _LAST_EPOCH,
    packages=_ANCESTORS,
    horizon="t_total",
    warmup="warmup_steps",
)
_OLD_WARMUP_COSINE = _per_update(
    "WarmupCosineSchedule",
    "warmup_cosine",
    PastEnd.CLIMBS_BACK,
    closed_forms.renamed(
        closed_forms.cosine_after_warmup,
        num_warmup_steps="warmup_steps",
        num_training_steps="t_total",
        num_cycles="cycles",
    ),
    _OPTIMIZER,
    count("warmup_steps"),
    count("t_total"),
    Parameter("cycles", 0.5),
    _LAST_EPOCH,
    packages=_ANCESTORS,
    horizon="t_total",
    warmup="warmup_steps",
)
_OLD_WARMUP_COSINE_WITH_RESTARTS = _per_update(
    "WarmupCosineWithHardRestartsSchedule",
    "cosine_restarts",
    PastEnd.HOLDS,
    closed_forms.renamed(
        closed_forms.cosine_restarts_after_warmup,
        num_warmup_steps="warmup_steps",
        num_training_steps="t_total",
        num_cycles="cycles",
    ),
    _OPTIMIZER,
    count("warmup_steps"),
    count("t_total"),
    Parameter("cycles", 1.0),
    _LAST_EPOCH,
    packages=_ANCESTORS,
    horizon="t_total",
    warmup="warmup_steps",
)

BY_SCHEDULER_TYPE = {
    "linear": _LINEAR,
    "cosine": _COSINE,
    "cosine_with_restarts": _COSINE_WITH_RESTARTS,
    "polynomial": _POLYNOMIAL,
    "constant": _CONSTANT,
    "constant_with_warmup": _CONSTANT_WITH_WARMUP,
    "inverse_sqrt": _INVERSE_SQRT,
    "reduce_lr_on_plateau": _REDUCE_ON_PLATEAU,
    "cosine_with_min_lr": _COSINE_WITH_MIN_LR,
    "cosine_warmup_with_min_lr": _COSINE_WARMUP_WITH_MIN_LR,
    "warmup_stable_decay": _WARMUP_STABLE_DECAY,
    "greedy": _GREEDY,
    "piecewise_constant": _PIECEWISE_CONSTANT,
}
"""The schedule behind each value of `SchedulerType`, the first argument of `get_scheduler`."""

TRANSFORMERS = (
    *BY_SCHEDULER_TYPE.values(),
    _ADAFACTOR,
    _GREEDY_LR,
    _GET_SCHEDULER,
    _GET_SCHEDULER_OF_DIFFUSERS,
    _OLD_CONSTANT,
    _OLD_WARMUP_CONSTANT,
    _OLD_WARMUP_LINEAR,
    _OLD_WARMUP_COSINE,
    _OLD_WARMUP_COSINE_WITH_RESTARTS,
)
