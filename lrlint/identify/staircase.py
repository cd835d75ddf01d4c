"""How many steps one tick lasts: a schedule stepped per epoch holds each value for the steps of an epoch.

Each change of the LR happened between two samples. Counting ticks from change to change and laying a straight
line through the counts gives the steps per tick; it is accepted only where every change then falls between the
two samples that enclose it.
"""

from __future__ import annotations

import numpy as np

from lrlint.identify.curve import Curve, Floats

FEWEST_CHANGES = 5


def per_tick(curve: Curve) -> Curve:
    """The curve with one value per tick where it is a staircase of even ticks, else `curve` itself."""
    lattice = find_lattice(curve)
    if lattice is None:
        return curve
    length, phase = lattice
    levels = curve.levels
    first = np.ceil((curve.steps[levels.first] - phase) / length - 1 + 1e-6)
    last = np.floor((curve.steps[levels.last] - phase) / length + 1e-6)
    first = np.floor((curve.steps[levels.first] - phase) / length + 1e-6)
    last = np.maximum(first, last)
    counts = (last - first + 1).astype(int)
    ticks = np.repeat(first, counts) + _count_up(counts)
    ticks, index = np.unique(ticks, return_index=True)
    values = np.repeat(levels.values, counts)[index]
    return Curve(phase + ticks * length, values, curve.rounding, length)


def find_lattice(curve: Curve) -> tuple[float, float] | None:
    """Steps per tick and the step at which one tick begins, or None where the changes are not evenly spaced."""
    levels = curve.levels
    if len(levels) <= FEWEST_CHANGES or len(levels) > 0.8 * len(curve) or curve.is_coarse:
        return None
    before, after = curve.steps[levels.last[:-1]], curve.steps[levels.first[1:]]
    middles, slack = (before + after) / 2, (after - before) / 2
    gaps = np.diff(middles)
    length = float(np.median(gaps[gaps <= 1.5 * np.median(gaps)]))
    for _ in range(6):
        counts = np.concatenate(([0.0], np.cumsum(np.maximum(1.0, np.round(gaps / length)))))
        phase, slope = _line(counts, middles, slack)
        if abs(slope - length) < 1e-9 * length:
            break
        length = slope
    misfit = np.abs(phase + counts * length - middles) - slack
    if length < 2 or np.mean(misfit > 0.02 * length) > 0.05 or np.median(slack) > 0.75 * length:
        return None
    return _snap(length, phase, counts, before, after)


def _line(counts: Floats, middles: Floats, slack: Floats) -> tuple[float, float]:
    """Intercept and slope of the weighted line through the changes; sharp changes count more."""
    weights = 1 / (slack + 0.25)
    design = np.column_stack((np.ones_like(counts), counts)) * weights[:, None]
    (phase, slope), *_ = np.linalg.lstsq(design, middles * weights, rcond=None)
    return float(phase), float(slope)


def _snap(length: float, phase: float, counts: Floats, before: Floats, after: Floats) -> tuple[float, float]:
    """The whole number of steps nearest to `length`, and a phase, that put every change between its samples."""
    for candidate in sorted({round(length), int(length), int(length) + 1}, key=lambda c: abs(c - length)):
        earliest, latest = np.max(before - counts * candidate), np.min(after - counts * candidate)
        if earliest < latest:
            return float(candidate), float(min(latest, np.floor(earliest) + 1))
    return length, phase


def _count_up(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Floats:
    """0, 1, … counts[0]-1, 0, 1, … counts[1]-1, and so on."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1], dtype=np.float64) - np.repeat(ends - counts, counts)
