"""Schedules with one summit: a warm-up followed by a decay, OneCycle, warm-up-stable-decay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lrlint.identify import shapes
from lrlint.identify.curve import Curve, Floats
from lrlint.identify.fitting import Basis, Box, Fit, Parameters, fit
from lrlint.identify.monotone import origins
from lrlint.order import median


def peaked(curve: Curve) -> Iterator[Fit | None]:
    """Every family that can draw a curve with one summit."""
    yield warmup_constant(curve)
    yield warmup_linear(curve)
    yield warmup_linear(curve, pause=curve.tick)
    yield _climb(curve, "warmup_cosine", _ramp)
    yield _climb(curve, "warmup_cosine", _ramp, pause=curve.tick)
    yield _climb(curve, "warmup_cosine", _ramp, instead=True)
    for origin in origins(curve):
        yield _climb(curve, "one_cycle", _cosine_ramp, origin)
    yield inverse_sqrt(curve)
    yield from warmup_stable_decay(curve)
    yield warmup_polynomial(curve)
    yield warmup_exponential(curve)


def _ramp(steps: Floats, first: float, summit: float) -> Floats:
    return shapes.progress(steps, first, summit)


def _cosine_ramp(steps: Floats, first: float, summit: float) -> Floats:
    return 1 - shapes.half_cosine(shapes.progress(steps, first, summit))


def summits(curve: Curve) -> list[tuple[float, float]]:
    """Stretches between two samples in which the warm-up may have ended, `(earliest, latest)` step of each.

    A fit in which samples do not change sides between climb and decay is smooth in the step of the summit.
    """
    near = np.flatnonzero(curve.values >= curve.top * (1 - 1e-3))
    peak, last = int(np.argmax(curve.values)), len(curve) - 1
    indices = dict.fromkeys([near[0] - 1, near[0], peak - 1, peak])
    return [
        (float(curve.steps[i]) + 1e-6 * curve.interval * (i == 0), float(curve.steps[i + 1]) - 1e-6 * curve.interval)
        for i in indices
        if 0 <= i < last
    ] or [(float(curve.steps[0]) + 1e-6, float(curve.steps[-1]))]


def _boxes(curve: Curve, others: list[list[float]], low: list[float], high: list[float]) -> list[Box]:
    """A box for every stretch that may hold the summit; `others` are starts of the times after it."""
    return [Box([[(a + b) / 2, *start] for start in others], [a, *low], [b, *high]) for a, b in summits(curve)]


def _warmup(curve: Curve, times: Floats, amplitudes: Floats) -> float:
    """Steps of the warm-up: from where its line starts at zero, if that is at most two ticks before the log."""
    length = float(times[0] - curve.steps[0])
    start, peak = float(amplitudes[0]), float(amplitudes[1])
    hidden = length * start / (peak - start) if 0 < start < peak else 0.0
    return length + hidden if hidden <= 2.05 * curve.tick else length


def _horizons(curve: Curve) -> list[float]:
    last, span = float(curve.steps[-1]), curve.span
    changed = float(curve.steps[curve.levels.first[-1]])
    return list(dict.fromkeys([changed, last, last + curve.tick, last + 0.1 * span, last + 0.4 * span, last + span]))


Ramp = Callable[[Floats, float, float], Floats]


def _climb(
    curve: Curve, family: str, ramp: Ramp, origin: float | None = None, pause: float = 0.0, instead: bool = False
) -> Fit | None:
    """Climb by `ramp` from `origin` to the summit, hold for `pause`, fall by half a cosine to the end.

    With `instead`, the climb takes the place of the first part of the cosine, as in timm unless `warmup_prefix` is set:
    where it ends, the LR drops to where the cosine is by then.
    """
    first, span = curve.steps[0], curve.span
    begin = first if origin is None else origin

    def basis(steps: Floats, times: Floats) -> Floats:
        down = shapes.half_cosine(shapes.progress(steps, begin if instead else times[0] + pause, times[1]))
        return shapes.rise_then(ramp(steps, begin, times[0]), down, steps, times[0])

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        lengths = {"warmup_steps": times[0] - begin, "total_steps": times[1] - first}
        if ramp is _ramp:
            lengths["warmup_steps"] = _warmup(curve, times, amplitudes)
        return {"start_lr": amplitudes[0], "max_lr": amplitudes[1], "eta_min": amplitudes[2], **lengths}

    others = [[t] for t in _horizons(curve)]
    return fit(family, curve, basis, _boxes(curve, others, [first + 0.1 * span], [curve.steps[-1] + 5 * span]), read)


def warmup_linear(curve: Curve, pause: float = 0.0) -> Fit | None:
    """Climb in a straight line, hold for `pause`, fall in a straight line, hold if that ended before the log."""
    first, last = curve.steps[0], curve.steps[-1]

    def basis(steps: Floats, times: Floats) -> Floats:
        down = shapes.line(shapes.progress(steps, times[0] + pause, times[1]))
        return shapes.rise_then(shapes.progress(steps, first, times[0]), down, steps, times[0])

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        _, peak, end = amplitudes
        unfinished = times[1] >= last - curve.interval and end > 0
        zero = times[0] + (times[1] - times[0]) * peak / max(peak - end, 1e-300) if unfinished else times[1]
        lengths = {"warmup_steps": _warmup(curve, times, amplitudes), "total_steps": zero - first}
        return {"start_lr": amplitudes[0], "max_lr": peak, "eta_min": 0.0 if unfinished else end, **lengths}

    others = [[t] for t in _horizons(curve) if t <= last]
    return fit("warmup_linear", curve, basis, _boxes(curve, others, [first + 0.1 * curve.span], [last]), read)


def warmup_constant(curve: Curve) -> Fit | None:
    """A linear climb, then the LR holds."""
    first = curve.steps[0]

    def basis(steps: Floats, times: Floats) -> Floats:
        up = shapes.progress(steps, first, times[0])
        return shapes.columns(1 - up, up)

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        return {"start_lr": amplitudes[0], "base_lr": amplitudes[1], "warmup_steps": _warmup(curve, times, amplitudes)}

    return fit("warmup_constant", curve, basis, _boxes(curve, [[]], [], []), read)


def _two_sided(curve: Curve, down: Callable[[Floats, Floats], Floats]) -> Basis:
    """Columns for a linear climb to `times[0]` and a decay to zero that needs no amplitude of its own."""
    first = curve.steps[0]

    def basis(steps: Floats, times: Floats) -> Floats:
        up, climbing = shapes.progress(steps, first, times[0]), steps <= times[0]
        return shapes.columns(np.where(climbing, 1 - up, 0.0), np.where(climbing, up, down(steps, times)))

    return basis


def inverse_sqrt(curve: Curve) -> Fit | None:
    """A linear climb, then `sqrt(timescale / (step - summit + timescale))` (Vaswani et al. 2017)."""
    first, span = curve.steps[0], curve.span

    def down(steps: Floats, times: Floats) -> Floats:
        return np.asarray(np.sqrt(times[1] / np.maximum(steps - times[0] + times[1], 1e-9)))

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        return {"max_lr": amplitudes[1], "warmup_steps": _warmup(curve, times, amplitudes), "timescale": times[1]}

    peak = float(curve.steps[int(np.argmax(curve.values))])
    scales = [[max(peak - first, curve.interval)], [0.03 * span], [0.2 * span]]
    return fit("inverse_sqrt", curve, _two_sided(curve, down), _boxes(curve, scales, [1e-4 * span], [5 * span]), read)


def warmup_polynomial(curve: Curve) -> Fit | None:
    """A linear climb, then `(1 - t)^power` to a floor."""
    first, last, span = curve.steps[0], curve.steps[-1], curve.span

    def basis(steps: Floats, times: Floats) -> Floats:
        left = (1 - shapes.progress(steps, times[0], times[1])) ** times[2]
        return shapes.rise_then(shapes.progress(steps, first, times[0]), left, steps, times[0])

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        lengths = {
            "warmup_steps": _warmup(curve, times, amplitudes),
            "total_steps": times[1] - first,
            "power": times[2],
        }
        return {"start_lr": amplitudes[0], "max_lr": amplitudes[1], "eta_min": amplitudes[2], **lengths}

    others = [[t, p] for t in _horizons(curve)[:4] for p in (0.5, 0.9, 2.0, 3.0)]
    boxes = _boxes(curve, others, [first + 0.1 * span, 0.1], [last + 3 * span, 8.0])
    return fit("warmup_polynomial", curve, basis, boxes, read)


def warmup_exponential(curve: Curve) -> Fit | None:
    """A linear climb, then exponential decay."""
    span = curve.span

    def down(steps: Floats, times: Floats) -> Floats:
        return np.asarray(np.exp(-times[1] * (steps - times[0]) / span))

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        gamma = float(np.exp(-times[1] * curve.tick / span))
        return {"base_lr": amplitudes[1], "warmup_steps": _warmup(curve, times, amplitudes), "gamma": gamma}

    rates = [[rate] for rate in (0.5, 2.0, 6.0)]
    return fit("exponential", curve, _two_sided(curve, down), _boxes(curve, rates, [0.05], [60.0]), read)


def warmup_levels(curve: Curve, gamma: float, milestones: Sequence[float]) -> Fit | None:
    """A linear climb, then levels that fall by `gamma` at each of the `milestones`, as detectron2 draws them."""

    def down(steps: Floats, _: Floats) -> Floats:
        return np.asarray(gamma ** np.searchsorted(milestones, steps, side="right"))

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        return {"start_lr": amplitudes[0], "base_lr": amplitudes[1], "warmup_steps": _warmup(curve, times, amplitudes)}

    return fit("multistep", curve, _two_sided(curve, down), _boxes(curve, [[]], [], []), read)


def warmup_stable_decay(curve: Curve) -> Iterator[Fit | None]:
    """A linear climb, a constant LR, a decay in one of three shapes (Hu et al. 2024, Hägele et al. 2024)."""
    first, last = curve.steps[0], curve.steps[-1]
    level = median(curve.values[curve.values >= curve.top * (1 - 2e-3)])
    held = np.flatnonzero(curve.values >= level - 2 * curve.rounding.of(curve.values))
    summit = _end_of_climb(curve, int(held[0]), level)
    if curve.steps[held[-1]] - summit < 0.05 * curve.span or held[-1] == len(curve) - 1:
        return

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        lengths = {"decay_start": times[0] - first, "total_steps": times[1] - first}
        warmup = _warmup(curve, np.array([summit]), amplitudes)
        heights = {"start_lr": amplitudes[0], "max_lr": amplitudes[1], "eta_min": amplitudes[2]}
        return {**heights, "warmup_steps": warmup, **lengths}

    for shape in (shapes.line, shapes.half_cosine, shapes.one_minus_sqrt):

        def basis(steps: Floats, times: Floats, shape: shapes.Shape = shape) -> Floats:
            left = shape(shapes.progress(steps, times[0], times[1]))
            return shapes.rise_then(shapes.progress(steps, first, summit), left, steps, summit)

        boxes = [
            Box([[(a + b) / 2, t] for t in _horizons(curve)[:4]], [a, b], [b, last + 0.5 * curve.span])
            for a, b in decay_starts(curve, int(held[-1]), shape)
        ]
        yield fit("warmup_stable_decay", curve, basis, boxes, read, fixed=2)


def decay_starts(curve: Curve, held: int, shape: shapes.Shape) -> list[tuple[float, float]]:
    """Stretches in which the decay may have begun, if `held` is the last sample at the top."""
    steps = curve.steps
    found = [(float(steps[held]), float(steps[held + 1])), (float(steps[max(held - 1, 0)]), float(steps[held]))]
    if shape is shapes.half_cosine:  # it leaves the top so slowly that the first samples still look held
        found.append((float(steps[held] - 0.15 * (steps[-1] - steps[held])), float(steps[held])))
    return found


def _end_of_climb(curve: Curve, top: int, level: float) -> float:
    """The step at which the line of the warm-up reaches `level`, given the first sample `top` that is there."""
    if top == 0:
        return float(curve.steps[0])
    before = slice(max(0, top - 8), top)
    if top == 1:
        return float(curve.steps[1])
    slope, offset = np.polyfit(curve.steps[before], curve.values[before], 1)
    met = (level - offset) / slope if slope > 0 else curve.steps[top]
    return float(np.clip(met, curve.steps[top - 1], curve.steps[top]))
