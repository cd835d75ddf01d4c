"""Schedules that only fall, or only rise: linear, cosine, polynomial, exponential, inverse square root."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from lrlint.identify import shapes
from lrlint.identify.curve import Curve, Floats
from lrlint.identify.fitting import Basis, Box, Fit, Parameters, Read, fit

SMALL = 0.05
"""The share of the highest LR below which its logarithm tells more of its rounding than of its decay."""
MANY, FAR = 20, float(np.log(2))
"""Of so many samples, one so far from a straight line in its logarithm shows that the decay is not exponential."""


def falling(curve: Curve) -> Iterator[Fit | None]:
    """Every family that can draw a curve that never rises."""
    yield exponential(curve)
    yield from linear(curve)
    yield from cosine(curve)
    yield from polynomial(curve)
    yield inverse_sqrt(curve)


def rising(curve: Curve) -> Iterator[Fit | None]:
    """Every family that can draw a curve that never falls."""
    rise = exponential(curve)
    yield rise._replace(family="range_test") if rise else None
    yield from linear(curve)
    yield cosine_rise(curve)


def exponential(curve: Curve) -> Fit | None:
    """`amplitude · exp(rate · (step - first))`."""
    positive = curve.values > 0
    if np.count_nonzero(positive) < 3 or curve.span == 0:
        return None
    first, span = curve.steps[0], curve.span

    def basis(steps: Floats, times: Floats) -> Floats:
        return shapes.columns(np.exp(times[0] * (steps - first) / span))

    high = curve.values > SMALL * curve.top
    told_by = high if np.count_nonzero(high) >= 3 else positive
    logs, done = np.log(curve.values[told_by]), (curve.steps[told_by] - first) / span
    rate, level = np.polyfit(done, logs, 1)
    if len(logs) >= MANY and np.any(np.abs(level + rate * done - logs) > FAR):
        return None
    starts = [[rate * factor] for factor in (0.3, 0.6, 0.85, 1.0, 1.15, 1.5, 2.5)]

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        return {"base_lr": amplitudes[0], "gamma": float(np.exp(times[0] * curve.tick / span))}

    return fit("exponential", curve, basis, Box(starts, [-60.0], [60.0]), read)


def linear(curve: Curve) -> Iterator[Fit | None]:
    """A straight line to the end, and a straight line that then holds."""
    first, last = curve.steps[0], curve.steps[-1]

    def basis(steps: Floats, times: Floats) -> Floats:
        done = shapes.progress(steps, first, times[0] if len(times) else last)
        return shapes.columns(1 - done, done)

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        end = times[0] if len(times) else last
        names = ("base_lr", "eta_min") if amplitudes[0] >= amplitudes[1] else ("start_lr", "base_lr")
        return {names[0]: amplitudes[0], names[1]: amplitudes[1], "total_iters": end - first}

    yield fit("linear", curve, basis, Box([[]], [], []), read)
    starts = [[t] for t in _ends(curve) if t < last] or [[last]]
    yield fit("linear", curve, basis, Box(starts, [first + 0.01 * curve.span], [last]), read)


def _cosine_columns(steps: Floats, times: Floats, *, origin: float) -> Floats:
    begin = times[1] if len(times) > 1 else origin
    left = shapes.half_cosine(shapes.progress(steps, begin, times[0]))
    return shapes.columns(left, 1 - left)


def cosine(curve: Curve) -> Iterator[Fit | None]:
    """A half cosine from the first sample, from one tick before it, or from a start that the log does not show."""
    first, last, span = curve.steps[0], curve.steps[-1], curve.span
    ends = [first + span * s for s in (0.15, 0.3, 0.5, 0.7, 0.85, 1.0, 1.2, 1.6, 2.5, 5)] + _ends(curve)
    low, high = first + 0.03 * span, last + 9 * span
    for origin in origins(curve):
        box = Box([[t] for t in ends], [low], [high])
        yield fit("cosine", curve, partial(_cosine_columns, origin=origin), box, read_cosine(origin))
    starts = [[t, first - s * span] for t in ends[4:] for s in (0.05, 0.2, 0.6)]
    box = Box(starts, [low, first - 2 * span], [high, first])
    yield fit("cosine", curve, partial(_cosine_columns, origin=first), box, read_cosine(first))


def read_cosine(origin: float) -> Read:
    """How the times and amplitudes of a half cosine are called; T_max counts from its start."""

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        begin = times[1] if len(times) > 1 else origin
        return {"base_lr": amplitudes[0], "eta_min": amplitudes[1], "T_max": times[0] - begin}

    return read


def polynomial(curve: Curve) -> Iterator[Fit | None]:
    """`amplitude · (1 - t)^power`, to zero or to a floor."""
    first, last, span = curve.steps[0], curve.steps[-1], curve.span

    def to_zero(steps: Floats, times: Floats) -> Floats:
        return shapes.columns(np.maximum(0.0, (times[0] - steps) / (times[0] - first)) ** times[1])

    def to_floor(steps: Floats, times: Floats) -> Floats:
        left = to_zero(steps, times)
        return np.column_stack((left, 1 - left))

    starts = [[t, p] for t in [*_ends(curve), last + 0.15 * span, last + 0.6 * span] for p in (0.5, 0.9, 1.5, 2, 3, 4)]
    low, high = [first + 0.03 * span, 0.1], [last + 3 * span, 8.0]
    for power in (0.5, 0.9, 2.0, 3.0):
        box = Box([[s[0]] for s in starts], low[:1], high[:1])
        yield fit("polynomial", curve, _with_power(to_zero, power), box, _read_polynomial(first, power))
    yield fit("polynomial", curve, to_zero, Box(starts, low, high), _read_polynomial(first))
    yield fit("polynomial", curve, to_floor, Box(starts, low, high), _read_polynomial(first))


def _with_power(basis: Basis, power: float) -> Basis:
    return lambda steps, times: basis(steps, np.append(times[:1], power))


def _read_polynomial(first: float, power: float | None = None) -> Read:
    def read(times: Floats, amplitudes: Floats) -> Parameters:
        floor = amplitudes[1] if len(amplitudes) > 1 else 0.0
        exponent = times[1] if power is None else power
        return {"base_lr": amplitudes[0], "eta_min": floor, "total_iters": times[0] - first, "power": exponent}

    return read


def inverse_sqrt(curve: Curve) -> Fit | None:
    """`amplitude / sqrt(step - origin)`, the tail of the Transformer's schedule (Vaswani et al. 2017)."""
    first, span = curve.steps[0], curve.span

    def basis(steps: Floats, times: Floats) -> Floats:
        return shapes.columns(np.sqrt((first - times[0]) / np.maximum(steps - times[0], 1e-9)))

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        return {"base_lr": amplitudes[0], "timescale": first - times[0]}

    starts = [[first - s * span] for s in (0.001, 0.01, 0.05, 0.2, 1.0)]
    return fit("inverse_sqrt", curve, basis, Box(starts, [first - 4 * span], [first - 1e-4 * span]), read)


def cosine_rise(curve: Curve) -> Fit | None:
    """The climb of OneCycleLR, or the part of it that was run."""
    first, last, span = curve.steps[0], curve.steps[-1], curve.span

    def basis(steps: Floats, times: Floats) -> Floats:
        left = shapes.half_cosine(shapes.progress(steps, first, times[0]))
        return shapes.columns(left, 1 - left)

    starts = [[first + span * s] for s in (0.3, 0.6, 0.9, 1.0, 1.2, 2, 5, 15)]

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        return {"base_lr": amplitudes[0], "max_lr": amplitudes[1], "warmup_steps": times[0] - first}

    return fit("one_cycle", curve, basis, Box(starts, [first + 0.05 * span], [last + 50 * span]), read)


def origins(curve: Curve) -> list[float]:
    """Steps at which the schedule may have begun: the first sample, a tick before it, step 0 if that is near."""
    first = float(curve.steps[0])
    candidates = [first, first - curve.tick]
    if 0 < first <= 0.1 * curve.steps[-1]:
        candidates += [0.0, -curve.tick]
    return list(dict.fromkeys(candidates))


def _ends(curve: Curve) -> list[float]:
    """Steps at which the schedule may have ended: the last change of the LR, the last sample, one tick more."""
    last = float(curve.steps[-1])
    changed = float(curve.steps[curve.levels.first[-1]])
    return list(dict.fromkeys([changed, last, last + curve.tick]))
