"""A promised LR curve laid over a logged one, whatever the log counts its steps in."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lrlint.identify.curve import guess_rounding
from lrlint.logs.run import Series
from lrlint.logs.smoothing import Floats
from lrlint.namedtuples import NamedTuple
from lrlint.order import each_once, median
from lrlint.schedules import NotSimulatedError, PastTheEndError, Schedule, simulate

MOST_ROWS = 160
"""Rows of the log that are compared."""

FEW_ROWS = 60
"""Rows by which numbers of calls are told apart before all are compared."""

TOLERANCE = 0.02
"""How far a logged LR may be from the promised one, as a part of the highest."""

AGREEING = 0.97
"""The share of the rows that must be so close."""

SAME = 1.07
"""Numbers of calls that differ by less are taken to be the same: last epochs are cut short, warm-ups off by one."""

MOST_CALLS = 10_000_000


class Expectation(NamedTuple):
    """A schedule with its numbers. `planned` and `delivered` are calls of `step()`, None where not known.

    `base_lr` is None where the optimizer's LR is not known, `ends` tells whether the schedule has an end, `epochs` how
    many the run is to have, and `certain` that no number in it is a mere default.
    """

    schedule: Schedule
    arguments: Mapping[str, object]
    base_lr: float | None
    planned: float | None
    delivered: float | None
    ends: bool
    epochs: float | None
    certain: bool

    @property
    def delivers_less(self) -> bool:
        """Whether fewer calls come than were planned, or nobody knows how many."""
        return self.delivered is None or self.delivered * SAME < (self.planned or 0.0)

    @property
    def can_be_simulated(self) -> bool:
        """Whether the arguments alone decide on the LR."""
        try:
            self._simulated(np.asarray([0]))
        except (NotSimulatedError, ArithmeticError):
            return False
        return True

    def after(self, calls: Floats) -> Floats:
        """The LR after each number of calls (n,), NaN where the scheduler raises. Raises NotSimulatedError."""
        whole = calls.astype(np.int64)
        try:
            return self._simulated(whole)
        except PastTheEndError:
            lasting = bisect_left(range(int(whole.max())), True, key=self._raises)
            lrs = np.full(len(whole), np.nan)
            lrs[whole < lasting] = self._simulated(whole[whole < lasting])
            return lrs

    def _raises(self, call: int) -> bool:
        try:
            self._simulated(np.asarray([call]))
        except PastTheEndError:
            return True
        return False

    def _simulated(self, calls: NDArray[np.int64]) -> Floats:
        base_lr = 1.0 if self.base_lr is None else self.base_lr
        return np.asarray(simulate(self.schedule, self.arguments, base_lr, calls.tolist()))


class Overlay(NamedTuple):
    """The logged LR is `scale` times the one of `expectation`, with `calls` of `step()` from `origin` to its end.

    `slack` is the part of the run by which its end is uncertain, because not every step was logged.
    """

    expectation: Expectation
    calls: float
    scale: float
    origin: float
    slack: float

    @property
    def as_high(self) -> bool:
        """Whether the LR is as high as promised."""
        return 1 / SAME < self.scale < SAME

    @property
    def as_long(self) -> bool:
        """Whether as many calls were made as planned."""
        return self.share is None or 1 / SAME - self.slack <= self.share <= SAME + self.slack

    @property
    def as_planned(self) -> bool:
        """Whether the run did what was promised."""
        return self.as_long and self.as_high

    @property
    def share(self) -> float | None:
        """The calls made over the calls planned, None for a schedule that plans for no number."""
        return self.calls / self.expectation.planned if self.expectation.planned else None


class Rows:
    """The rows of an LR that are compared: `times` from 0 to 1 and `values`, both (n,)."""

    def __init__(self, lr: Series, origin: float) -> None:
        interval = median(np.diff(lr.steps))
        self.span = float(lr.steps[-1]) - origin + interval
        chosen = each_once(np.linspace(0, len(lr.steps) - 1, MOST_ROWS).round().astype(int))
        self.times = np.asarray((lr.steps[chosen] - origin) / self.span, np.float64)
        self.values = lr.values[chosen]
        self.stride = 1 + len(chosen) // FEW_ROWS
        self.slack = 2 * interval / self.span
        self.top = max(float(np.max(np.abs(self.values))), 1e-300)
        self.tolerance = TOLERANCE * self.top + 2 * guess_rounding(self.values).of(self.values)

    def misfit(self, expectation: Expectation, calls: float) -> tuple[float, float]:
        """How far the curve over so many calls is from the rows on average, and the scale at which it is so close."""
        expected = expectation.after(np.floor(calls * self.times[:: self.stride]))
        values = self.values[:: self.stride]
        square = float(expected @ expected)
        if not np.isfinite(square) or not square > 0:
            return np.inf, 1.0
        scale = float(expected @ values) / square
        return float(np.mean(np.abs(values - scale * expected))) / self.top, scale

    def agree(self, expectation: Expectation, calls: float, scale: float) -> bool:
        """Whether the rows lie on the curve, give or take the calls beside them."""
        near = np.floor(calls * self.times) + np.arange(-1, 3)[:, None]
        expected = scale * expectation.after(np.maximum(near, 0).ravel()).reshape(near.shape)
        if np.isnan(expected).all(axis=0).any():
            return False
        low, high = np.nanmin(expected, axis=0), np.nanmax(expected, axis=0)
        close = (self.values >= low - self.tolerance) & (self.values <= high + self.tolerance)
        return bool(np.mean(close) >= AGREEING)


def overlays(lr: Series, expectations: Sequence[Expectation], counts: Iterable[float]) -> list[Overlay]:
    """Every way found in which the log is a promised curve, as planned, cut short or gone on.

    `counts` are numbers of calls to try besides those of the expectations: steps, epochs of the log.
    """
    found: list[Overlay] = []
    for origin in sorted({0.0, float(lr.steps[0])}, reverse=True):
        rows = Rows(lr, origin)
        for expectation in expectations:
            tried = {*counts, rows.span, float(len(lr.steps))}
            agreeing = _overlays(rows, expectation, tried)
            found += [Overlay(expectation, *one, origin, rows.slack) for one in agreeing]
            if any(one.as_planned for one in found):
                return found
    return found


def _overlays(rows: Rows, expectation: Expectation, counts: Iterable[float]) -> list[tuple[float, float]]:
    """Numbers of calls, each with its scale, over which the curve agrees with the rows."""
    planned = expectation.planned
    likely = [planned, expectation.delivered, expectation.epochs, *counts]
    tried = [count for count in likely if count is not None and 1 <= count <= MOST_CALLS]
    tried += list(np.geomspace(0.01 * planned, 3 * planned, 100) if planned else np.geomspace(1, 1e6, 140))
    try:
        ranked = sorted((rows.misfit(expectation, calls)[0], calls) for calls in tried)
        best = [_refined(rows, expectation, calls) for _, calls in ranked[:4]]
        whole = [planned] if planned else []
        pairs = [
            (calls, scale)
            for calls in [*whole, *tried[:6], *best]
            for scale in (1.0, rows.misfit(expectation, calls)[1])
        ]
        return [(calls, scale) for calls, scale in pairs if rows.agree(expectation, calls, scale)]
    except (NotSimulatedError, ArithmeticError):
        return []


def _refined(rows: Rows, expectation: Expectation, calls: float) -> float:
    """The number of calls near `calls` that fits best, by a narrowing search."""
    width = 0.05
    for _ in range(6):
        around = [calls * (1 - width), calls, calls * (1 + width)]
        calls = min(around, key=lambda one: rows.misfit(expectation, one)[0])
        width /= 2
    return calls
