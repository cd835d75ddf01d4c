"""What there is to draw of a run: its LR, the schedule laid over it, its losses; thinned with the extremes kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lrlint.identify import Identification
from lrlint.logs.diagnosis import Diagnosis, effective
from lrlint.logs.run import Role, Series
from lrlint.logs.smoothing import Floats, block_medians

MOST_POINTS = 4000
"""Points of a line: more than a screen has columns, so that a zoom shows something new."""

MOST_LINES = 6
"""Param groups, and losses, that are drawn; the leading ones come first."""

LEVELS = 200
"""Stretches whose medians show the level of a noisy loss."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A line to draw: `steps` int64 and `values` float64 of shape (n,), NaN and Inf included.

    `rows` is the number of rows in the log. Where it exceeds n, the line holds the lowest, the highest and the
    first non-finite row of every stretch of the log.
    """

    name: str
    role: Role
    rows: int
    steps: NDArray[np.int64]
    values: Floats

    def thinned(self, most: int) -> Trace:
        """The same line with about `most` points at most, its extremes kept."""
        if len(self.values) <= most:
            return self
        kept = extremes(self.values, max(1, most // 2))
        return Trace(self.name, self.role, self.rows, self.steps[kept], self.values[kept])


@dataclass(frozen=True, slots=True)
class Picture:
    """The lines of one run.

    `lrs` are the LRs by param group, the leading one first, and `groups` the number of all groups; `fit` is the
    identified schedule at the steps of the leading LR. `promised` is the LR that the code promises to the whole run,
    None where no code was given or it does not say. `losses` are the training loss and the validation losses, and
    `levels` the same without their noise, None where there are too few rows for a level.
    """

    run: str
    lrs: tuple[Trace, ...]
    groups: int
    fit: Trace | None
    promised: Trace | None
    losses: tuple[Trace, ...]
    levels: tuple[Trace | None, ...]


def picture(diagnosis: Diagnosis) -> Picture:
    """The picture of a run, as far as it logged an LR and a loss."""
    leading, loss = diagnosis.raw_lr, diagnosis.raw_loss
    groups = [series for series in diagnosis.run.of(Role.LR) if len(series.values) and series is not leading]
    lrs = [trace(series) for series in ([] if leading is None else [leading, *groups])][:MOST_LINES]
    losses = [*([] if loss is None else [loss]), *diagnosis.run.of(Role.VALIDATION)][:MOST_LINES]
    return Picture(
        run=diagnosis.run.name,
        lrs=tuple(lrs),
        groups=len(groups) + (leading is not None),
        fit=_fit(diagnosis.schedule, lrs[0]) if lrs and diagnosis.schedule else None,
        promised=_promised(diagnosis, lrs[0]) if lrs else None,
        losses=tuple(trace(series) for series in losses if len(series.values)),
        levels=tuple(_level(effective(series)) for series in losses if len(series.values)),
    )


def trace(series: Series) -> Trace:
    """The rows of a series that led to the final model, as a line of at most MOST_POINTS points."""
    shown = series.effective()
    return Trace(shown.name, shown.role, len(shown.values), shown.steps, shown.values).thinned(MOST_POINTS)


def extremes(values: Floats, stretches: int) -> NDArray[np.int64]:
    """Indices, increasing, of the lowest, the highest and the first non-finite of each even stretch of `values` (n,).

    The first and the last value are among them.
    """
    size = -(-len(values) // stretches)
    rows = np.full((stretches, size), np.nan)
    rows.flat[: len(values)] = values
    finite = np.isfinite(rows)
    low = np.where(finite, rows, np.inf).argmin(axis=1)
    high = np.where(finite, rows, -np.inf).argmax(axis=1)
    lost = np.where(finite.all(axis=1), low, (~finite).argmax(axis=1))
    chosen = np.column_stack((low, high, lost)) + size * np.arange(stretches)[:, None]
    kept: NDArray[np.int64] = np.union1d(chosen[chosen < len(values)], [0, len(values) - 1])
    return kept


def _level(loss: Series) -> Trace | None:
    if len(loss.values) < 2 * LEVELS:
        return None
    medians, first = block_medians(loss.values, LEVELS)
    middle = (first + np.append(first[1:], len(loss.values))) // 2
    return Trace(f"{loss.name}, medians", loss.role, len(loss.values), loss.steps[middle], medians)


def _fit(schedule: Identification, lr: Trace) -> Trace | None:
    """The schedule at the steps of `lr`, None where it is unknown."""
    if not schedule.is_known:
        return None
    ticks = schedule.curve.steps
    tick = np.clip(np.searchsorted(ticks, lr.steps, side="right") - 1, 0, len(ticks) - 1)
    drawn = _at_ticks(schedule)
    return None if drawn is None else Trace("schedule", Role.LR, len(lr.steps), lr.steps, drawn[tick])


def _at_ticks(schedule: Identification) -> Floats | None:
    """The LR that the schedule draws at the steps of its curve; levels that share no factor draw nothing."""
    curve, base = schedule.curve, schedule.parameters.get("base_lr")
    gamma = schedule.parameters.get("gamma", schedule.parameters.get("factor"))
    if schedule.fit is not None:
        return schedule.fit.predict(curve.steps)
    if not isinstance(base, float):
        return None
    if schedule.parameters.get("step_size") == curve.tick and isinstance(gamma, float):
        return np.asarray(base * gamma ** ((curve.steps - curve.steps[0]) / curve.tick))
    level = np.searchsorted(curve.levels.first, np.arange(len(curve)), side="right") - 1
    if len(curve.levels) == 1 or isinstance(gamma, float):
        return np.asarray(base * (gamma if isinstance(gamma, float) else 1.0) ** level)
    return None


def _promised(diagnosis: Diagnosis, lr: Trace) -> Trace | None:
    """The LR of the code, planned for the run; nothing for a run that was cut off, whose end is not known."""
    planned = [one for one in diagnosis.expectations if one.planned and one.base_lr is not None]
    cut_off = diagnosis.overlays and all(one.share is None or one.share < 0.9 for one in diagnosis.overlays)
    if not planned or (cut_off and diagnosis.promise is not None and not diagnosis.promise.bugs):
        return None
    expectation = next((one.expectation for one in diagnosis.overlays if one.as_long), planned[0])
    span = float(lr.steps[-1] - lr.steps[0]) or 1.0
    calls = np.floor((lr.steps - lr.steps[0]) / span * ((expectation.planned or 1.0) - 1))
    return Trace("promised", Role.LR, len(lr.steps), lr.steps, expectation.after(calls))
