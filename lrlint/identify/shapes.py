"""The strokes that schedules are drawn with, as functions of progress from 0 to 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lrlint.identify.curve import Floats

Shape = Callable[[Floats], Floats]
"""Progress in [0, 1] -> what is left of the height: 1 at the start, 0 at the end."""


def progress(steps: Floats, start: float, end: float) -> Floats:
    """0 before `start`, 1 after `end`, even in between."""
    return np.clip((steps - start) / max(end - start, 1e-9), 0.0, 1.0)


def line(done: Floats) -> Floats:
    """Linear decay."""
    return 1 - done


def half_cosine(done: Floats) -> Floats:
    """Half a cosine wave (Loshchilov and Hutter 2017)."""
    return 0.5 * (1 + np.cos(np.pi * done))


def one_minus_sqrt(done: Floats) -> Floats:
    """1 - sqrt(t), the cool-down of Hägele et al. 2024."""
    return 1 - np.sqrt(done)


def columns(*parts: Floats) -> Floats:
    """Basis columns side by side, shape (n, number of parts)."""
    return np.column_stack(parts)


def rise_then(up: Floats, down: Floats, steps: Floats, summit: float) -> Floats:
    """Columns whose weights are the LR at the start, at the summit and at the end.

    `up` is the progress of the climb (0 to 1), used up to step `summit`; `down` what is left of the height
    after it (1 to 0).
    """
    climbing = steps <= summit
    return columns(
        np.where(climbing, 1 - up, 0.0),
        np.where(climbing, up, down),
        np.where(climbing, 0.0, 1 - down),
    )
