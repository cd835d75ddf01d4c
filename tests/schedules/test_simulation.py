"""The simulated LR equals, step for step, the one that torch's and transformers' own schedulers set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
import transformers.optimization
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler
from torch.optim.lr_scheduler import LRScheduler

from lrlint.schedules import ALL, NotSimulatedError, PastEnd, PastTheEndError, Schedule, by_qualified_name, simulate

Keywords = dict[str, Any]

BASE_LR = st.floats(1e-6, 10)
STEPS = st.integers(1, 60)
CALLS = st.integers(0, 200)
FACTOR = st.floats(0.01, 1)
GAMMA = st.floats(0.5, 1)


def warmup_and_total(**others: st.SearchStrategy[Any]) -> st.SearchStrategy[Keywords]:
    """A warm-up that is shorter than the training."""
    return st.tuples(st.integers(0, 30), STEPS, st.fixed_dictionaries(others)).map(
        lambda drawn: {"num_warmup_steps": drawn[0], "num_training_steps": drawn[0] + drawn[1], **drawn[2]}
    )


def stages(**others: st.SearchStrategy[Any]) -> st.SearchStrategy[Keywords]:
    """The stages of a warm-up, stable, decay schedule, given as a total or as three lengths."""
    lengths = st.tuples(st.integers(0, 20), st.integers(0, 20), STEPS, st.booleans(), st.fixed_dictionaries(others))
    return lengths.map(
        lambda drawn: {
            "num_warmup_steps": drawn[0],
            "num_decay_steps": drawn[2],
            **({"num_stable_steps": drawn[1]} if drawn[3] else {"num_training_steps": sum(drawn[:3])}),
            **drawn[4],
        }
    )


SHAPES = st.sampled_from(["linear", "cosine", "1-sqrt"])

ARGUMENTS: dict[str, st.SearchStrategy[Keywords]] = {
    "ConstantLR": st.fixed_dictionaries({"factor": FACTOR, "total_iters": STEPS}),
    "LinearLR": st.fixed_dictionaries({"start_factor": FACTOR, "end_factor": st.floats(0, 1), "total_iters": STEPS}),
    "PolynomialLR": st.fixed_dictionaries({"total_iters": STEPS, "power": st.floats(0.5, 3)}),
    "StepLR": st.fixed_dictionaries({"step_size": STEPS, "gamma": GAMMA}),
    "MultiStepLR": st.fixed_dictionaries({"milestones": st.lists(STEPS, max_size=4), "gamma": GAMMA}),
    "ExponentialLR": st.fixed_dictionaries({"gamma": GAMMA}),
    "CosineAnnealingLR": st.fixed_dictionaries({"T_max": STEPS, "eta_min": st.floats(0, 1e-6)}),
    "CosineAnnealingWarmRestarts": st.fixed_dictionaries(
        {"T_0": STEPS, "T_mult": st.integers(1, 3), "eta_min": st.floats(0, 1e-6)}
    ),
    "CyclicLR": st.fixed_dictionaries(
        {
            "base_lr": st.floats(1e-4, 1e-2),
            "max_lr": st.floats(1e-2, 1),
            "step_size_up": STEPS,
            "step_size_down": st.none() | STEPS,
            "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]),
            "gamma": GAMMA,
        }
    ),
    "get_constant_schedule": st.just({}),
    "get_constant_schedule_with_warmup": st.fixed_dictionaries({"num_warmup_steps": st.integers(0, 30)}),
    "get_linear_schedule_with_warmup": warmup_and_total(),
    "get_cosine_schedule_with_warmup": warmup_and_total(num_cycles=st.floats(0.1, 3)),
    "get_cosine_with_hard_restarts_schedule_with_warmup": warmup_and_total(num_cycles=st.integers(1, 4)),
    "get_polynomial_decay_schedule_with_warmup": warmup_and_total(
        lr_end=st.floats(1e-9, 9e-7), power=st.floats(0.5, 3)
    ),
    "get_cosine_with_min_lr_schedule_with_warmup": warmup_and_total(min_lr=st.floats(0, 1e-6)),
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate": warmup_and_total(
        min_lr_rate=st.floats(0, 1), warmup_lr_rate=st.none() | st.floats(0, 1)
    ),
    "get_inverse_sqrt_schedule": st.fixed_dictionaries(
        {"num_warmup_steps": st.integers(0, 30), "timescale": st.none() | STEPS}
    ),
    "get_wsd_schedule": stages(warmup_type=SHAPES, decay_type=SHAPES, min_lr_ratio=st.floats(0, 1)),
}

LONG: dict[str, Keywords] = {
    "ConstantLR": {"total_iters": 2000},
    "LinearLR": {"total_iters": 3000},
    "PolynomialLR": {"total_iters": 3000, "power": 0.9},
    "StepLR": {"step_size": 70, "gamma": 0.97},
    "MultiStepLR": {"milestones": [1000, 2500, 2500]},
    "ExponentialLR": {"gamma": 0.999},
    "CosineAnnealingLR": {"T_max": 2500, "eta_min": 1e-5},
    "CosineAnnealingWarmRestarts": {"T_0": 150, "T_mult": 2},
    "CyclicLR": {"base_lr": 1e-3, "max_lr": 0.1},
    "OneCycleLR": {"max_lr": 0.1, "total_steps": 6000},
}


def schedule_named(name: str) -> Schedule:
    found = by_qualified_name(f"torch.optim.lr_scheduler.{name}") or by_qualified_name(f"transformers.{name}")
    assert found is not None
    return found


def constructor(name: str) -> Callable[..., LRScheduler]:
    """torch's class or transformers' function of that name."""
    made: Callable[..., LRScheduler] = getattr(lr_scheduler, name, None) or getattr(transformers.optimization, name)
    return made


def real_lrs(make: Callable[[torch.optim.Optimizer], LRScheduler], base_lr: float, calls: int) -> list[float]:
    """The LR that the real scheduler sets: before its first call of `step()`, then after each."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base_lr, momentum=0.9)
    scheduler = make(optimizer)
    optimizer.step()
    lrs = [optimizer.param_groups[0]["lr"]]
    for _ in range(calls):
        scheduler.step()
        lrs.append(optimizer.param_groups[0]["lr"])
    return lrs


def close_to(lrs: list[float], tolerance: float = 1e-9) -> Any:
    return pytest.approx(lrs, rel=tolerance, abs=tolerance * max(lrs))


def agrees(name: str, keywords: Mapping[str, Any], base_lr: float, calls: int, tolerance: float = 1e-9) -> bool:
    expected = real_lrs(lambda optimizer: constructor(name)(optimizer, **keywords), base_lr, calls)
    return bool(simulate(schedule_named(name), keywords, base_lr, range(calls + 1)) == close_to(expected, tolerance))


@pytest.mark.parametrize("name", ARGUMENTS)
def test_every_call_as_the_library_does(name: str) -> None:
    """Whatever the parameters: every LR up to the horizon and past it is the library's."""

    @settings(max_examples=40, deadline=None)
    @given(keywords=ARGUMENTS[name], base_lr=BASE_LR, calls=CALLS)
    def every_call(keywords: Keywords, base_lr: float, calls: int) -> None:
        assert agrees(name, keywords, base_lr, calls)

    every_call()


@settings(max_examples=80, deadline=None)
@given(
    total=st.integers(4, 200),
    by_epochs=st.booleans(),
    keywords=st.fixed_dictionaries(
        {
            "max_lr": st.floats(1e-4, 1),
            "pct_start": st.floats(0.3, 0.45),
            "anneal_strategy": st.sampled_from(["cos", "linear"]),
            "div_factor": st.floats(1, 100),
            "final_div_factor": st.floats(1, 1e5),
            "three_phase": st.booleans(),
        }
    ),
)
def test_one_cycle_as_torch_does(total: int, by_epochs: bool, keywords: Keywords) -> None:
    """OneCycleLR, its total given either way, up to the last call that torch allows."""
    horizon = {"epochs": 2, "steps_per_epoch": total} if by_epochs else {"total_steps": total}
    assert agrees("OneCycleLR", {**horizon, **keywords}, 0.5, 2 * total if by_epochs else total)


def test_one_cycle_past_its_end_raises() -> None:
    """One call more than torch allows: torch raises, and so does the simulation, saying where."""
    keywords: Keywords = {"max_lr": 0.1, "total_steps": 10}
    with pytest.raises(ValueError, match="Tried to step 11 times"):
        real_lrs(lambda optimizer: lr_scheduler.OneCycleLR(optimizer, **keywords), 0.1, 11)
    with pytest.raises(PastTheEndError, match="at call 11: its total_steps is 10"):
        simulate(schedule_named("OneCycleLR"), keywords, 0.1, [11])


@pytest.mark.parametrize("name", LONG)
def test_thousands_of_calls(name: str) -> None:
    """torch's step-by-step recurrences stay with the closed form for a long run, but for their own rounding.

    The cosine amplifies the rounding of the few tiny LRs at its T_max when it climbs back.
    """
    assert agrees(name, LONG[name], 0.1, 6000, tolerance=1e-7 if name == "CosineAnnealingLR" else 1e-9)


def test_one_lr_per_param_group_takes_the_first() -> None:
    """Arguments with a value for each param group stand for their first."""
    one_cycle = schedule_named("OneCycleLR")
    listed = simulate(one_cycle, {"max_lr": [0.1, 0.2], "total_steps": 10}, 0.1, range(10))
    assert listed == simulate(one_cycle, {"max_lr": 0.1, "total_steps": 10}, 0.1, range(10))


CHAINABLE = ["ConstantLR", "LinearLR", "StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "PolynomialLR"]
OVERWRITING = ["CosineAnnealingWarmRestarts"]


def drawn_child(names: list[str]) -> st.SearchStrategy[tuple[str, Keywords]]:
    return st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), ARGUMENTS[name]))


@settings(max_examples=80, deadline=None)
@given(
    drawn=st.lists(st.tuples(drawn_child(CHAINABLE + OVERWRITING), st.integers(1, 40)), min_size=1, max_size=4),
    base_lr=BASE_LR,
    calls=CALLS,
)
def test_sequential_as_torch_does(drawn: list[tuple[tuple[str, Keywords], int]], base_lr: float, calls: int) -> None:
    """SequentialLR: every child begins anew at its milestone."""
    children = [child for child, _ in drawn]
    milestones = [sum(length for _, length in drawn[: n + 1]) for n in range(len(drawn) - 1)]

    def make(optimizer: torch.optim.Optimizer) -> LRScheduler:
        made = [constructor(name)(optimizer, **keywords) for name, keywords in children]
        return lr_scheduler.SequentialLR(optimizer, made, milestones)

    described = [(schedule_named(name), keywords) for name, keywords in children]
    simulated = simulate(
        schedule_named("SequentialLR"),
        {"schedulers": described, "milestones": milestones},
        base_lr,
        range(calls + 1),
    )
    assert simulated == close_to(real_lrs(make, base_lr, calls), 1e-7)


@settings(max_examples=80, deadline=None)
@given(children=st.lists(drawn_child(CHAINABLE), min_size=1, max_size=3), base_lr=BASE_LR, calls=CALLS)
def test_chained_as_torch_does(children: list[tuple[str, Keywords]], base_lr: float, calls: int) -> None:
    """ChainedScheduler: every child moves the LR that it finds."""

    def make(optimizer: torch.optim.Optimizer) -> LRScheduler:
        return lr_scheduler.ChainedScheduler([constructor(name)(optimizer, **keywords) for name, keywords in children])

    described = [(schedule_named(name), keywords) for name, keywords in children]
    simulated = simulate(schedule_named("ChainedScheduler"), {"schedulers": described}, base_lr, range(calls + 1))
    assert simulated == close_to(real_lrs(make, base_lr, calls), 1e-7)


def test_chained_with_one_that_overwrites() -> None:
    """In a chain, a scheduler that overwrites the LR undoes what the ones before it did."""

    def make(optimizer: torch.optim.Optimizer) -> LRScheduler:
        children = [
            lr_scheduler.ExponentialLR(optimizer, 0.9),
            lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 7),
            lr_scheduler.StepLR(optimizer, 5, 0.5),
        ]
        return lr_scheduler.ChainedScheduler(children)

    described = [
        (schedule_named("ExponentialLR"), {"gamma": 0.9}),
        (schedule_named("CosineAnnealingWarmRestarts"), {"T_0": 7}),
        (schedule_named("StepLR"), {"step_size": 5, "gamma": 0.5}),
    ]
    simulated = simulate(schedule_named("ChainedScheduler"), {"schedulers": described}, 0.1, range(31))
    assert simulated == close_to(real_lrs(make, 0.1, 30))


@pytest.mark.parametrize(
    ("name", "arguments", "reason"),
    [
        ("ReduceLROnPlateau", {}, "depends on more than its arguments"),
        ("LambdaLR", {"lr_lambda": "schedule"}, "depends on more than its arguments"),
        ("CosineAnnealingLR", {}, "T_max is not a known number"),
        ("CosineAnnealingLR", {"T_max": 0}, "T_max is not positive"),
        ("MultiStepLR", {"milestones": "args.steps"}, "milestones is not a known list of numbers"),
        ("CyclicLR", {"base_lr": 1, "max_lr": 2, "scale_fn": "f"}, "scale_fn"),
        ("SequentialLR", {"milestones": [5], "schedulers": None}, "are not known"),
        ("ChainedScheduler", {"schedulers": [None]}, "a scheduler inside ChainedScheduler is not known"),
    ],
)
def test_what_cannot_be_known(name: str, arguments: Keywords, reason: str) -> None:
    """What hangs on a metric, on user code or on an unknown value is refused with the reason, not guessed."""
    with pytest.raises(NotSimulatedError, match=reason):
        simulate(schedule_named(name), arguments, 0.1, range(3))


def test_children_with_an_lr_of_their_own() -> None:
    """A composite of OneCycleLR is refused: the LR hangs on which child is constructed first."""
    children = [(schedule_named("OneCycleLR"), {"max_lr": 0.1, "total_steps": 10})]
    with pytest.raises(NotSimulatedError, match="OneCycleLR inside ChainedScheduler"):
        simulate(schedule_named("ChainedScheduler"), {"schedulers": children}, 0.1, range(3))


def test_milestones_that_do_not_match_the_children() -> None:
    """torch refuses a SequentialLR with too many milestones, and so does the simulation."""
    arguments = {"schedulers": [(schedule_named("ExponentialLR"), {"gamma": 0.9})], "milestones": [5]}
    with pytest.raises(NotSimulatedError, match="1 schedulers has 1 milestones"):
        simulate(schedule_named("SequentialLR"), arguments, 0.1, range(3))


HORIZON = 40
AT_HORIZON: dict[str, Keywords] = {
    "ConstantLR": {"total_iters": HORIZON},
    "CosineAnnealingLR": {"T_max": HORIZON},
    "LinearLR": {"total_iters": HORIZON},
    "OneCycleLR": {"max_lr": 0.1, "total_steps": HORIZON},
    "PolynomialLR": {"total_iters": HORIZON},
    "get_linear_schedule_with_warmup": {"num_warmup_steps": 4, "num_training_steps": HORIZON},
    "get_cosine_schedule_with_warmup": {"num_warmup_steps": 4, "num_training_steps": HORIZON},
    "get_cosine_with_hard_restarts_schedule_with_warmup": {"num_warmup_steps": 4, "num_training_steps": HORIZON},
    "get_polynomial_decay_schedule_with_warmup": {"num_warmup_steps": 4, "num_training_steps": HORIZON},
    "get_cosine_with_min_lr_schedule_with_warmup": {
        "num_warmup_steps": 4,
        "num_training_steps": HORIZON,
        "min_lr": 1e-3,
    },
    "get_cosine_with_min_lr_schedule_with_warmup_lr_rate": {
        "num_warmup_steps": 4,
        "num_training_steps": HORIZON,
        "min_lr": 1e-3,
    },
    "get_wsd_schedule": {"num_warmup_steps": 4, "num_decay_steps": 10, "num_training_steps": HORIZON},
}


def behaviour_past(name: str, keywords: Keywords) -> PastEnd:
    """What the real scheduler does in as many calls again as its horizon."""
    try:
        lrs = real_lrs(lambda optimizer: constructor(name)(optimizer, **keywords), 0.1, 2 * HORIZON)
    except ValueError:
        return PastEnd.RAISES
    after = lrs[HORIZON:]
    return PastEnd.HOLDS if max(after) == pytest.approx(min(after)) else PastEnd.CLIMBS_BACK


@pytest.mark.parametrize("name", AT_HORIZON)
def test_what_happens_past_the_end(name: str) -> None:
    """The described behaviour past the horizon is what the real scheduler does."""
    assert schedule_named(name).past_end is behaviour_past(name, AT_HORIZON[name])


def test_every_horizon_is_tried() -> None:
    """No schedule with a horizon is left out of the test above, but for those that `get_scheduler` picks."""
    with_horizon = {schedule.name for schedule in ALL if schedule.horizons and schedule.closed_form}
    ancestors = {"WarmupLinearSchedule", "WarmupCosineSchedule", "WarmupCosineWithHardRestartsSchedule"}
    assert with_horizon - ancestors == set(AT_HORIZON)


def test_the_ancestors_are_todays_schedules() -> None:
    """WarmupLinearSchedule and its like are today's functions under the names they had up to transformers 2.2."""
    for old, new in [
        ("ConstantLRSchedule", "get_constant_schedule"),
        ("WarmupConstantSchedule", "get_constant_schedule_with_warmup"),
        ("WarmupLinearSchedule", "get_linear_schedule_with_warmup"),
        ("WarmupCosineSchedule", "get_cosine_schedule_with_warmup"),
        ("WarmupCosineWithHardRestartsSchedule", "get_cosine_with_hard_restarts_schedule_with_warmup"),
    ]:
        schedule = by_qualified_name(f"pytorch_transformers.{old}")
        assert schedule is not None
        assert schedule is by_qualified_name(f"transformers.{old}")
        lrs = simulate(schedule, {"warmup_steps": 5, "t_total": 20}, 0.1, range(30))
        today = {"num_warmup_steps": 5, "num_training_steps": 20}
        assert lrs == simulate(schedule_named(new), today, 0.1, range(30))
