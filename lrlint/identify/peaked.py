"""Schedules with one summit: a warm-up followed by a decay, OneCycle, warm-up-stable-decay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from lrlint.identify import shapes
from lrlint.identify.curve import Curve, Floats
from lrlint.identify.fitting import Basis, Fit, Parameters, fit


def peaked(curve: Curve) -> Iterator[Fit | None]:
    """Every family that can draw a curve with one summit."""
    yield warmup_constant(curve)
    yield _climb(curve, "warmup_linear", _ramp, shapes.line)
    yield _climb(curve, "warmup_cosine", _ramp, shapes.half_cosine)
    yield _climb(curve, "warmup_cosine", _ramp, shapes.half_cosine, pause=curve.tick)
    yield _climb(curve, "one_cycle", _cosine_ramp, shapes.half_cosine)
    yield inverse_sqrt(curve)
    yield from warmup_stable_decay(curve)
    yield warmup_polynomial(curve)
    yield warmup_exponential(curve)


def _ramp(steps: Floats, first: float, summit: float) -> Floats:
    return shapes.progress(steps, first, summit)


def _cosine_ramp(steps: Floats, first: float, summit: float) -> Floats:
    return 1 - shapes.half_cosine(shapes.progress(steps, first, summit))


def summits(curve: Curve) -> list[float]:
    """Steps at which the warm-up may have ended: the highest sample, and where the warm-up's line meets it."""
    highest = int(np.argmax(curve.values >= curve.top * (1 - 1e-3)))
    found = [float(curve.steps[highest]), float(curve.steps[int(np.argmax(curve.values))])]
    if highest >= 1:
        a = max(0, highest - 2) if highest >= 2 else 0
        b = highest - 1 if highest >= 2 else highest
        if b > a and curve.values[b] > curve.values[a]:
            slope = (curve.values[b] - curve.values[a]) / (curve.steps[b] - curve.steps[a])
            found.append(float(curve.steps[b] + (curve.top - curve.values[b]) / slope))
        found.append(float(curve.steps[highest - 1] + curve.steps[highest]) / 2)
    found += [found[0] + curve.tick, found[0] - curve.tick]
    first, last = curve.steps[0], curve.steps[-1]
    return list(dict.fromkeys(s for s in found if first < s <= last)) or [float(curve.steps[highest])]


def _horizons(curve: Curve) -> list[float]:
    last, span = float(curve.steps[-1]), curve.span
    changed = float(curve.steps[curve.levels.first[-1]])
    return list(dict.fromkeys([changed, last, last + curve.tick, last + 0.1 * span, last + 0.4 * span, last + span]))


Ramp = Callable[[Floats, float, float], Floats]


def _climb(curve: Curve, family: str, ramp: Ramp, shape: shapes.Shape, pause: float = 0.0) -> Fit | None:
    """Climb by `ramp` to the summit (first time), hold for `pause`, fall by `shape` to the end (second time)."""
    first, last, span = curve.steps[0], curve.steps[-1], curve.span

    def basis(steps: Floats, times: Floats) -> Floats:
        down = shape(shapes.progress(steps, times[0] + pause, times[1]))
        return shapes.rise_then(ramp(steps, first, times[0]), down, steps, times[0])

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        lengths = {"warmup_steps": times[0] - first, "total_steps": times[1] - first}
        return {"start_lr": amplitudes[0], "max_lr": amplitudes[1], "eta_min": amplitudes[2], **lengths}

    starts = [[s, t] for s in summits(curve) for t in _horizons(curve)]
    lowest = first + 1e-3 * curve.interval
    return fit(family, curve, basis, starts, [lowest, first + 0.1 * span], [last, last + 5 * span], read)


def warmup_constant(curve: Curve) -> Fit | None:
    """A linear climb, then the LR holds."""
    first = curve.steps[0]

    def basis(steps: Floats, times: Floats) -> Floats:
        up = shapes.progress(steps, first, times[0])
        return shapes.columns(1 - up, up)

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        return {"start_lr": amplitudes[0], "base_lr": amplitudes[1], "warmup_steps": times[0] - first}

    starts = [[s] for s in summits(curve)]
    return fit("warmup_constant", curve, basis, starts, [first + 1e-3 * curve.interval], [curve.steps[-1]], read)


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
        return {"max_lr": amplitudes[1], "warmup_steps": times[0] - first, "timescale": times[1]}

    found = summits(curve)
    scales = [max(found[0] - first, curve.interval), 0.03 * span, 0.2 * span]
    starts = [[s, scale] for s in found for scale in scales]
    low, high = [first + 1e-3 * curve.interval, 1e-4 * span], [curve.steps[-1], 5 * span]
    return fit("inverse_sqrt", curve, _two_sided(curve, down), starts, low, high, read)


def warmup_polynomial(curve: Curve) -> Fit | None:
    """A linear climb, then `(1 - t)^power` to a floor."""
    first, last, span = curve.steps[0], curve.steps[-1], curve.span

    def basis(steps: Floats, times: Floats) -> Floats:
        left = (1 - shapes.progress(steps, times[0], times[1])) ** times[2]
        return shapes.rise_then(shapes.progress(steps, first, times[0]), left, steps, times[0])

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        lengths = {"warmup_steps": times[0] - first, "total_steps": times[1] - first, "power": times[2]}
        return {"start_lr": amplitudes[0], "max_lr": amplitudes[1], "eta_min": amplitudes[2], **lengths}

    starts = [[s, t, p] for s in summits(curve)[:2] for t in _horizons(curve)[:4] for p in (0.5, 0.9, 2.0, 3.0)]
    low, high = [first + 1e-3 * curve.interval, first + 0.1 * span, 0.1], [last, last + 3 * span, 8.0]
    return fit("warmup_polynomial", curve, basis, starts, low, high, read)


def warmup_exponential(curve: Curve) -> Fit | None:
    """A linear climb, then exponential decay."""
    first, span = curve.steps[0], curve.span

    def down(steps: Floats, times: Floats) -> Floats:
        return np.asarray(np.exp(-times[1] * (steps - times[0]) / span))

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        gamma = float(np.exp(-times[1] * curve.tick / span))
        return {"base_lr": amplitudes[1], "warmup_steps": times[0] - first, "gamma": gamma}

    starts = [[s, rate] for s in summits(curve) for rate in (0.5, 2.0, 6.0)]
    low, high = [first + 1e-3 * curve.interval, 0.0], [curve.steps[-1], 60.0]
    return fit("exponential", curve, _two_sided(curve, down), starts, low, high, read)


def warmup_stable_decay(curve: Curve) -> Iterator[Fit | None]:
    """A linear climb, a constant LR, a decay in one of three shapes (Hu et al. 2024, Hägele et al. 2024)."""
    first, last, span = curve.steps[0], curve.steps[-1], curve.span
    top = np.flatnonzero(curve.values >= curve.top * (1 - 2e-3))
    held = float(curve.steps[top[-1]])
    if held - curve.steps[top[0]] < 0.05 * span or held >= last:
        return

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        lengths = {"decay_start": times[1] - first, "total_steps": times[2] - first}
        heights = {"max_lr": amplitudes[1], "eta_min": amplitudes[2]}
        return {"start_lr": amplitudes[0], **heights, "warmup_steps": times[0] - first, **lengths}

    for shape in (shapes.line, shapes.half_cosine, shapes.one_minus_sqrt):

        def basis(steps: Floats, times: Floats, shape: shapes.Shape = shape) -> Floats:
            left = shape(shapes.progress(steps, times[1], times[2]))
            return shapes.rise_then(shapes.progress(steps, first, times[0]), left, steps, times[0])

        begins = (held, held - 0.1 * (last - held))
        starts = [[s, b, t] for s in summits(curve) for b in begins for t in _horizons(curve)[:4]]
        low = [first + 1e-3 * curve.interval, curve.steps[top[0]], held]
        yield fit("warmup_stable_decay", curve, basis, starts, low, [held, last, last + 0.5 * span], read, fixed=1)
