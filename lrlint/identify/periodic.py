"""Schedules that come back: warm restarts, triangular cycles, and a cosine that climbs back past its T_max."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import numpy as np

from lrlint.identify import shapes
from lrlint.identify.curve import Curve, Floats
from lrlint.identify.fitting import Basis, Box, Fit, Parameters, fit
from lrlint.identify.monotone import origins
from lrlint.order import median

GROWTHS = (1, 2, 3)
"""Values of T_mult that are tried."""


def reflected_cosine(curve: Curve) -> Iterator[Fit | None]:
    """CosineAnnealingLR run past T_max: it is a full wave, and climbs back to its base LR."""
    first, span = curve.steps[0], curve.span
    lowest = max(span / 60, 3 * curve.interval)
    starts = [[t] for t in np.geomspace(lowest, span * 1.5, 120)]
    for origin in origins(curve):

        def basis(steps: Floats, times: Floats, origin: float = origin) -> Floats:
            left = shapes.half_cosine((steps - origin) / times[0])
            return shapes.columns(left, 1 - left)

        yield fit("cosine", curve, basis, Box(starts, [lowest / 2], [3 * span]), _read_cosine)

    def shifted(steps: Floats, times: Floats) -> Floats:
        left = shapes.half_cosine((steps - times[1]) / times[0])
        return shapes.columns(left, 1 - left)

    both = [[t, first - s * t] for t in np.geomspace(lowest, span * 1.5, 60) for s in (0.1, 0.3)]
    yield fit("cosine", curve, shifted, Box(both, [lowest / 2, first - 0.5 * span], [3 * span, first]), _read_cosine)


def _read_cosine(times: Floats, amplitudes: Floats) -> Parameters:
    return {"base_lr": amplitudes[0], "eta_min": amplitudes[1], "T_max": times[0]}


def cosine_restarts(curve: Curve, jumps: list[int]) -> Iterator[Fit | None]:
    """SGDR (Loshchilov and Hutter 2017): half cosines, each `T_mult` times as long as the one before.

    `jumps` are the indices of the first sample after each restart. A linear warm-up may come before the first
    cycle.
    """
    summit = int(np.argmax(curve.values[: jumps[0]]))
    for growth in GROWTHS:
        for origin in _cycle_origins(curve, summit):
            basis = _warm_cycles(curve, origin, growth) if summit else _cycles(origin, growth)
            read = partial(_read_restarts, growth=growth, restarts=len(jumps))
            boxes = [Box([[t]], [t], [t]) for t in first_cycles(curve, jumps, growth, origin)]
            yield fit("cosine_restarts", curve, basis, boxes, read, growth > 1)


def _cycle_origins(curve: Curve, summit: int) -> list[float]:
    """Steps at which the first cycle may have begun."""
    if summit == 0:
        return origins(curve)
    before, after = curve.steps[summit - 1], curve.steps[min(summit + 1, len(curve) - 1)]
    whole = np.arange(before, after + 0.5, curve.tick)
    return [float(step) for step in (whole if len(whole) <= 6 else np.linspace(before, after, 6))]


def _cycles(origin: float, growth: int) -> Basis:
    def basis(steps: Floats, times: Floats) -> Floats:
        left = shapes.half_cosine(cycle_progress(steps - origin, times[0], growth))
        return shapes.columns(left, 1 - left)

    return basis


def _warm_cycles(curve: Curve, origin: float, growth: int) -> Basis:
    def basis(steps: Floats, times: Floats) -> Floats:
        left = shapes.half_cosine(cycle_progress(steps - origin, times[0], growth))
        up, climbing = shapes.progress(steps, curve.steps[0], origin), steps < origin
        start, floor = np.where(climbing, 1 - up, 0.0), np.where(climbing, 0.0, 1 - left)
        return shapes.columns(np.where(climbing, up, left), start, floor)

    return basis


def _read_restarts(times: Floats, amplitudes: Floats, growth: int, restarts: int) -> Parameters:
    heights = {"base_lr": amplitudes[0], "eta_min": amplitudes[-1]}
    return {**heights, "T_0": times[0], "T_mult": growth, "restarts": restarts}


def cycle_progress(since: Floats, first_cycle: float, growth: int) -> Floats:
    """Progress from 0 to 1 within the current cycle, at `since` steps after the start."""
    cycles = np.maximum(since, 0.0) / first_cycle
    if growth == 1:
        return np.asarray((cycles + 1e-9) % 1.0)
    number = np.floor(np.log1p(cycles * (growth - 1)) / np.log(growth) + 1e-9)
    begun = (growth**number - 1) / (growth - 1)
    return np.asarray(np.clip((cycles - begun) / growth**number, 0.0, 1.0))


def first_cycles(curve: Curve, jumps: list[int], growth: int, origin: float) -> list[float]:
    """Candidate lengths of the first cycle: whole ticks first, that put each restart between its two samples."""
    number = np.arange(1, len(jumps) + 1)
    unit = number if growth == 1 else (growth**number - 1) / (growth - 1)
    shortest = np.max((curve.steps[np.array(jumps) - 1] - origin) / unit)
    longest = np.min((curve.steps[np.array(jumps)] - origin) / unit)
    if shortest >= longest:
        middle = median((curve.steps[np.array(jumps)] - origin) / unit)
        return [middle]
    ticks = np.arange(np.floor(shortest / curve.tick) + 1, np.floor(longest / curve.tick + 1e-9) + 1) * curve.tick
    return [float(t) for t in (*ticks[:40], *np.linspace(shortest, longest, 9)[1:])]


def cyclic(curve: Curve, turns: list[int]) -> Iterator[Fit | None]:
    """CyclicLR (Smith 2017) in its three modes: triangular, triangular2, exp_range.

    `turns` are the indices of the turning points, the first of them a maximum. Times: half-cycles up, whole
    cycle, start of the first cycle, and for exp_range the decay over the run.
    """
    first, span = float(curve.steps[0]), curve.span
    starts = [[up, whole, origin] for up, whole in _cycle_lengths(curve, turns) for origin in origins(curve)[:2]]
    if not starts:
        return
    low = [0.3 * min(s[0] for s in starts), 0.6 * min(s[1] for s in starts), first - 0.2 * span]
    high = [2 * max(s[0] for s in starts), 2 * max(s[1] for s in starts), first + 0.05 * span]

    def read(times: Floats, amplitudes: Floats) -> Parameters:
        lengths = {"step_size_up": times[0], "step_size_down": times[1] - times[0]}
        decay = {"gamma": float(np.exp(-times[3] * curve.tick / span))} if len(times) > 3 else {}
        return {"base_lr": amplitudes[0], "max_lr": amplitudes[0] + amplitudes[1], **lengths, **decay}

    for halving in (False, True):

        def basis(steps: Floats, times: Floats, halving: bool = halving) -> Floats:
            wave, number = triangle(steps - times[2], times[0], times[1])
            return shapes.columns(np.ones_like(steps), wave / 2.0**number if halving else wave)

        yield fit("cyclic", curve, basis, Box(starts, low, high), read, halving)

    def decaying(steps: Floats, times: Floats) -> Floats:
        wave, _ = triangle(steps - times[2], times[0], times[1])
        return shapes.columns(np.ones_like(steps), wave * np.exp(-times[3] * (steps - times[2]) / span))

    with_decay = [[*s, d] for s in starts for d in (0.5, 1.5, 3.0)]
    yield fit("cyclic", curve, decaying, Box(with_decay, [*low, 0.0], [*high, 30.0]), read)


def triangle(since: Floats, up: float, whole: float) -> tuple[Floats, Floats]:
    """Height from 0 to 1 of a triangular wave, and the number of the cycle."""
    cycles = since / whole
    number = np.floor(cycles + 1e-9)
    place, summit = cycles - number, min(max(up / whole, 1e-6), 1 - 1e-6)
    return np.where(place <= summit, place / summit, (1 - place) / (1 - summit)), np.maximum(number, 0.0)


def _cycle_lengths(curve: Curve, turns: list[int]) -> list[tuple[float, float]]:
    """Guesses of (half-cycle up, whole cycle) from where the straight flanks meet."""
    corners = _corners(curve, turns)
    if not corners:
        return []
    up = corners[0] - curve.steps[0]
    guesses = [(up, 2 * up)]
    if len(corners) > 1:
        guesses.append((up, corners[1] - curve.steps[0]))
    if len(corners) > 2:
        guesses.append((corners[2] - corners[1], corners[2] - corners[0]))
        whole = median(np.array(corners[2:]) - np.array(corners[:-2]))
        guesses += [(up, whole), (up + curve.tick, whole)]
    return [(float(u), float(w)) for u, w in guesses if 0 < u < w]


def _corners(curve: Curve, turns: list[int]) -> list[float]:
    """The steps at which neighbouring flanks, taken as straight lines, meet."""
    ends = [0, *turns, len(curve) - 1]
    flanks = []
    for a, b in pairwise(ends):
        a, b = (a + 1, b - 1) if b - a >= 4 else (a, b)
        flanks.append(np.polyfit(curve.steps[a : b + 1], curve.values[a : b + 1], 1) if b > a else None)
    corners = []
    for turn, left, right in zip(turns, flanks[:-1], flanks[1:], strict=True):
        meet = float(curve.steps[turn])
        if left is not None and right is not None and left[0] * right[0] < 0:
            met = float((right[1] - left[1]) / (left[0] - right[0]))
            meet = met if abs(met - meet) <= 2 * curve.interval else meet
        corners.append(meet)
    return corners
