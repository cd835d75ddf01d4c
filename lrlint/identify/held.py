"""Schedules that hold a few levels: constant, step, multistep, plateau; and whether the metric caused the drops."""

from __future__ import annotations

import numpy as np

from lrlint.identify.curve import FLOAT32, Curve, Floats
from lrlint.namedtuples import NamedTuple
from lrlint.order import median


class Drops(NamedTuple):
    """A piecewise constant curve: between which steps each change fell, and the ratio of the levels around it."""

    before: Floats
    after: Floats
    ratios: Floats


def drops_of(curve: Curve) -> Drops:
    """The changes of a curve with a few held levels."""
    levels = curve.levels
    with np.errstate(all="ignore"):
        ratios = levels.values[1:] / levels.values[:-1]
    return Drops(curve.steps[levels.last[:-1]], curve.steps[levels.first[1:]], ratios)


def common_ratio(curve: Curve, drops: Drops) -> float | None:
    """The factor that all drops share (the last may be cut short by a floor), None where they differ."""
    levels = curve.levels.values
    slack = 2 * _printed_error(curve) / np.maximum(np.abs(levels[1:]), 1e-300) + 2e-3
    gamma = median(drops.ratios)
    same = np.abs(drops.ratios - gamma) <= 2 * slack * gamma + 1e-9
    return gamma if np.all(same) or (len(same) > 1 and np.all(same[:-1])) else None


def _printed_error(curve: Curve) -> float:
    """Half the last decimal that all levels are printed with, 0 where they have more than ten decimals."""
    levels = curve.levels.values
    exact = (k for k in range(4, 11) if np.all(np.abs(levels - np.round(levels, k)) <= 2 * FLOAT32 * np.abs(levels)))
    decimals = next(exact, None)
    return 0.0 if decimals is None else 0.5 * 10.0**-decimals


def even_spacing(curve: Curve, drops: Drops, begin: float) -> float | None:
    """The step size if every drop can sit at a multiple of it, with none missing at the end; else None.

    Multiples count from where the levels begin, from the `begin` of the log, or from step 0.
    """
    number = np.arange(1, len(drops.after) + 1)
    for origin in (curve.steps[0], begin, begin - curve.tick, 0.0, -1.0):
        if origin > curve.steps[0]:
            continue
        shortest = np.max((drops.before - origin) / number)
        longest = np.min((drops.after - origin) / number)
        if shortest < longest + 1e-9:
            whole = np.floor(longest + 1e-9)
            size = float(whole if whole > shortest else (shortest + longest) / 2)
            if curve.steps[-1] - drops.before[-1] <= size + curve.interval + 1:
                return size
    return None
