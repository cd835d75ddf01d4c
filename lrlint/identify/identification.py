"""Which schedule drew a logged LR curve: the question `identify` answers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from lrlint.identify import held, monotone, peaked, periodic
from lrlint.identify.curve import Curve, Floats, thin
from lrlint.identify.fitting import Fit, Parameters
from lrlint.identify.staircase import per_tick
from lrlint.identify.turns import jumps_up, turning_points
from lrlint.namedtuples import NamedTuple

POOR_FIT = 0.015
"""A fit is poor where it misses the curve by more than this part of its highest LR (beyond its rounding)."""

EXACT = 2e-5
"""A fit is exact where it misses no value by more than its rounding and this part of the highest LR."""

LRS = ("base_lr", "start_lr", "max_lr", "eta_min")
"""The parameters that are LRs themselves."""

NOTHING = 1e-7
"""An LR is nothing from this part of the highest LR down: so far do fits of float32 miss."""

AS_GOOD = 10.0
"""Families whose BIC is within this of the best fit the data as well (Kass and Raftery 1995: 'very strong')."""

FEW_LEVELS = 6
MOST_LEVELS = 12
"""Step schedules make few levels; more of them by one factor are an exponential decay in stairs."""

SLOW_DECAY = 0.8
"""ExponentialLR per epoch rather than StepLR from this factor on: a step schedule drops by more."""


class Identification(NamedTuple):
    """The answer. `families` are those that fit equally well, most likely first; ('unknown',) where none fits.

    `curve` is the curve that was fitted, one point per tick; `fit` the fitted model, None for held levels and
    unknown curves; `jumps` the steps at which the LR jumps up; `reason` says why the family is unknown or
    ambiguous.
    """

    families: tuple[str, ...]
    parameters: Mapping[str, object]
    fit_error: float | None
    curve: Curve
    fit: Fit | None = None
    jumps: tuple[float, ...] = ()
    reason: str | None = None

    @property
    def family(self) -> str:
        """The most likely family."""
        return self.families[0]

    @property
    def horizon(self) -> float | None:
        """The step at which a decay with an end is over, None for schedules that have none."""
        for length in ("total_steps", "total_iters", "T_max"):
            found = self.parameters.get(length)
            if isinstance(found, float) and self.family not in ("constant", "cosine_restarts"):
                return float(self.curve.steps[0]) + found
        return None

    @property
    def is_known(self) -> bool:
        """Whether any family fits."""
        return self.family != "unknown"


def identify(steps: NDArray[np.int64] | Floats, values: Floats) -> Identification | None:
    """The schedule behind an LR logged as `values` (n,) at `steps` (n,); None where no value is finite."""
    curve = Curve.of(steps, values)
    if not len(curve):
        return None
    if len(curve.levels) <= FEW_LEVELS or _is_held(curve, MOST_LEVELS):
        answer = _held_levels(curve)
        if answer is not None:
            return answer
    ticks = per_tick(curve)
    if ticks is not curve and len(ticks.levels) > 2:
        geometric = _geometric_stairs(ticks)
        if geometric is not None:
            return geometric
    found = _levels_behind_warmup(ticks) or _smooth(ticks)
    return found if found.is_known or not _is_held(curve) else _held_levels(curve) or found


def _is_held(curve: Curve, most_levels: float = math.inf) -> bool:
    """Whether the LR only falls, by one factor, and holds most levels for several rows."""
    levels = curve.levels
    falls = bool(np.all(np.diff(levels.values) < 0)) and levels.values[-1] >= 0
    held_long = 2 * len(levels) <= len(curve) and len(levels) <= most_levels and not curve.is_coarse
    return falls and held_long and held.common_ratio(curve, held.drops_of(curve)) is not None


def _held_levels(curve: Curve, begin: float | None = None) -> Identification | None:
    """Constant, step, multistep or plateau; None where the levels tell another story.

    `begin` is the first step of the log, where that is not the first one of the curve.
    """
    levels = curve.levels
    if len(levels) == 1:
        return Identification(("constant",), {"base_lr": float(levels.values[0])}, 0.0, curve)
    drops = held.drops_of(curve)
    base = {"base_lr": float(levels.values[0])}
    if len(levels) == 2 and drops.ratios[0] > 1:
        return None if len(curve) < 3 else _late_start(curve, drops)
    if not np.all(drops.ratios < 1) or np.mean(levels.last == levels.first) > 0.5:
        return None
    gamma = held.common_ratio(curve, drops)
    milestones = [float(step) for step in drops.after]
    if gamma is None:
        reason = "the drops do not share a factor"
        return Identification(("multistep",), {**base, "milestones": milestones}, 0.0, curve, reason=reason)
    size = held.even_spacing(curve, drops, float(curve.steps[0]) if begin is None else begin)
    several = {**base, "gamma": gamma, "milestones": milestones}
    if size is not None and len(levels) > 2:
        found = {**base, "gamma": gamma, "step_size": size}
        if gamma >= SLOW_DECAY and len(levels) >= 10:
            reason = "ExponentialLR stepped once per tick is StepLR with that step size"
            return Identification(("exponential", "step"), found, 0.0, curve, reason=reason)
        reason = "evenly spaced drops can be StepLR or MultiStepLR"
        return Identification(("step", "multistep", "plateau"), found, 0.0, curve, reason=reason)
    reason = "drops by one factor can be MultiStepLR or, driven by a metric, ReduceLROnPlateau"
    families = ("multistep", "plateau", "step") if len(levels) == 2 else ("multistep", "plateau")
    return Identification(families, several, 0.0, curve, reason=reason)


def _late_start(curve: Curve, drops: held.Drops) -> Identification:
    """Two levels, the second higher: ConstantLR as a warm-up."""
    found = {"base_lr": float(curve.levels.values[1]), "factor": 1 / float(drops.ratios[0])}
    found["total_iters"] = float(drops.after[0] - curve.steps[0])
    return Identification(("constant",), found, 0.0, curve)


def _levels_behind_warmup(curve: Curve) -> Identification | None:
    """Step, multistep or plateau behind a linear warm-up; None where the curve tells another story."""
    summit = int(curve.levels.first[np.argmax(curve.levels.values)])
    rest = curve.behind(summit)
    if not summit or not 1 < len(rest.levels) <= MOST_LEVELS:
        return None
    if len(rest.levels) == 2 and rest.levels.first[-1] == len(rest) - 1:
        return None  # one drop in the last row alone may be how a decay begins
    levels = _held_levels(rest, float(curve.steps[0]))
    gamma = levels.parameters.get("gamma") if levels else None
    if levels is None or not isinstance(gamma, float):
        return None
    points = thin(curve)
    fit = peaked.warmup_levels(points, gamma, held.drops_of(rest).after.tolist())
    if fit is None or (error := _error(fit, points)) > POOR_FIT:
        return None
    parameters = {**levels.parameters, **_plain(fit.parameters, points)}
    return levels._replace(parameters=parameters, fit_error=error, curve=curve, fit=fit)


def _geometric_stairs(ticks: Curve) -> Identification | None:
    """A staircase whose levels share one factor: StepLR, or ExponentialLR stepped per epoch."""
    if np.any(ticks.values <= 0) or len(ticks) < 4:
        return None
    logs, number = np.log(ticks.values), ticks.steps / ticks.tick
    rate = float((logs[-1] - logs[0]) / (number[-1] - number[0]))
    misfit = np.abs(logs - logs[0] - rate * (number - number[0]))
    if rate >= 0 or np.mean(misfit > 2 * ticks.rounding.of(ticks.values) / ticks.values + 1e-3) > 0.1:
        return None
    gamma = float(np.exp(rate))
    families = ("exponential", "step") if gamma >= SLOW_DECAY and len(ticks) >= 10 else ("step", "exponential")
    found = {"base_lr": float(ticks.values[0]), "gamma": gamma, "step_size": ticks.tick}
    reason = "ExponentialLR stepped once per tick is StepLR with that step size"
    return Identification(families, found, 0.0, ticks, reason=reason)


def _smooth(curve: Curve) -> Identification:
    points = thin(curve)
    jumps = jumps_up(points)
    fits = _fits(points, jumps)
    best = min(fits, key=lambda f: f.bic(len(points)), default=None)
    where = tuple(float(points.steps[j]) for j in jumps)
    if best is None:
        return Identification(("unknown",), {}, None, curve, jumps=where, reason="no schedule has this shape")
    error = _error(best, points)
    if error > POOR_FIT:
        reason = f"the closest schedule ({best.family}) misses the curve by {error:.1%} of its highest LR"
        return Identification(("unknown",), {}, error, curve, best, where, reason)
    families = _ranked(fits, best, len(points))
    return Identification(families, _plain(best.parameters, points), error, curve, best, where)


def _error(fit: Fit, curve: Curve) -> float:
    """The most by which the fit misses a value, beyond its rounding, as a part of the highest LR."""
    deviations = np.abs(fit.predict(curve.steps) - curve.values) - curve.rounding.of(curve.values)
    return max(0.0, float(np.max(deviations))) / curve.top


def _fits(curve: Curve, jumps: list[int]) -> list[Fit]:
    """The families in order of plausibility, up to the first that leaves nothing to explain."""
    fits: list[Fit] = []
    for found in _candidates(curve, jumps):
        if found is not None and found.amplitudes[0] > -0.02 * curve.top:
            fits.append(found)
            if _is_exact(found, curve):
                break
    return fits


def _is_exact(fit: Fit, curve: Curve) -> bool:
    """Whether every value is explained to within its rounding."""
    deviations = np.abs(fit.predict(curve.steps) - curve.values)
    return bool(np.all(deviations <= 1.1 * curve.rounding.of(curve.values) + EXACT * curve.top))


def _candidates(curve: Curve, jumps: list[int]) -> Iterable[Fit | None]:
    turns = turning_points(curve)
    if jumps:
        yield from periodic.cosine_restarts(curve, jumps)
        return
    if not turns:
        if curve.values[-1] > curve.values[0]:
            yield from monotone.rising(curve)
            yield from peaked.peaked(curve)
        else:
            yield from monotone.falling(curve)
            yield from peaked.warmup_stable_decay(curve)
        return
    starts_up = curve.values[turns[0]] > curve.values[0]
    if len(turns) == 1 and starts_up:
        yield from peaked.peaked(curve)
    if starts_up:
        yield from periodic.cyclic(curve, turns)
    yield from periodic.reflected_cosine(curve)


def _ranked(fits: list[Fit], best: Fit, points: int) -> tuple[str, ...]:
    """The families that fit as well as the best one, best first."""
    limit = best.bic(points) + AS_GOOD
    if best.family in ("linear", "polynomial") and abs(best.parameters.get("power", 1.0) - 1) < 0.02:
        return ("linear", "warmup_constant" if "start_lr" in best.parameters else "polynomial")
    if best.family == "warmup_linear":  # a triangle: OneCycleLR with linear annealing draws it too
        return ("warmup_linear", "one_cycle")
    as_good = sorted((f for f in fits if f.bic(points) <= limit), key=lambda f: (f.unknowns, _is_odd(f), f.bic(points)))
    return tuple(dict.fromkeys(f.family for f in as_good))


def _is_odd(fit: Fit) -> bool:
    """OneCycle with a climb of a few rows is more likely a warm-up, whose shape so few rows do not show."""
    return fit.family == "one_cycle" and fit.parameters["warmup_steps"] < 0.08 * fit.parameters.get("total_steps", 0.0)


def _plain(parameters: Parameters, curve: Curve) -> dict[str, object]:
    """The parameters; an LR that the log cannot tell from nothing is 0."""
    least = NOTHING * curve.top + float(curve.rounding.of(np.zeros(1))[0])
    return {name: 0.0 if name in LRS and abs(value) <= least else float(value) for name, value in parameters.items()}
