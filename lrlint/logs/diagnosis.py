"""One run as the analyzers see it: its primary series, its identified schedule, its restarts, computed once."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lrlint.findings import Confidence, RunFinding
from lrlint.identify import Identification, identify, told_by_loss
from lrlint.logs.breaks import breaks_of, by_one_writer
from lrlint.logs.range_test import RangeTest, Refusal, is_range_test, range_test
from lrlint.logs.restarts import Restart, unplanned_restarts
from lrlint.logs.run import Role, Run, Series
from lrlint.logs.spikes import Spike, humps, spikes
from lrlint.namedtuples import NamedTuple
from lrlint.order import median
from lrlint.registry import AnalyzerQuestion, Entry

if TYPE_CHECKING:
    from lrlint.crosscheck import Promise
    from lrlint.logs.expectation import Expectation, Overlay

NEGLIGIBLE = 1e-3
"""The LRs of the wasted end of a run add up to at most this part of their sum over the run."""

WASTED = 0.35
"""A wasted end is a fault from this share of the steps on."""

PLAIN_LOSSES = ("loss", "train/loss", "train_loss", "train/total_loss", "total_loss", "loss/train", "training_loss")
"""Names that mean the whole training loss, rather than one term of it."""


class NotApplicable(NamedTuple):
    """An analyzer's answer where the run lacks what it asks about; it is not the answer 'clean'."""

    reason: str


class Diagnosis:
    """What is asked of an analyzer: a run, and what was worked out about it.

    `promise` is what the code of the run says about its LR; None where no code was given, or it says nothing.
    All properties are computed on first use and kept.
    """

    def __init__(self, run: Run, promise: Promise | None = None) -> None:
        self.run = run
        self.promise = promise

    @cached_property
    def raw_lr(self) -> Series | None:
        """The LR as it was written, rewinds included, but by one writer at a time.

        Of several param groups, the group that most others follow by a common factor.
        """
        groups = [series for series in self.run.of(Role.LR) if len(series.values)]
        return by_one_writer(_leading_group(groups)) if groups else None

    @cached_property
    def lr(self) -> Series | None:
        """The LR that led to the final model: steps strictly increasing, finite values."""
        return None if self.raw_lr is None else effective(self.raw_lr)

    @cached_property
    def raw_loss(self) -> Series | None:
        """The training loss as one writer wrote it; the whole loss where its terms are logged too."""
        losses = [series for series in self.run.of(Role.LOSS) if len(series.values)]
        plain = [series for series in losses if series.name.lower() in PLAIN_LOSSES]
        series = max(plain or losses, key=lambda series: len(series.values), default=None)
        return None if series is None else by_one_writer(series)

    @cached_property
    def loss(self) -> Series | None:
        """The training loss that led to the final model, finite values only."""
        return None if self.raw_loss is None else effective(self.raw_loss)

    @cached_property
    def validation(self) -> Series | None:
        """The validation loss with the most rows, finite values only."""
        series = max(self.run.of(Role.VALIDATION), key=lambda series: len(series.values), default=None)
        return None if series is None or not len(series.values) else effective(series)

    @cached_property
    def spikes(self) -> Sequence[Spike]:
        """Spikes of the training loss, by its rows; those at a resume or a restart of the LR belong to that."""
        if self.loss is None or self.raw_loss is None or len(self.loss.steps) < 2:
            return ()
        reach = 20 * median(np.diff(self.loss.steps))
        steps, values = self.loss.steps, self.loss.values
        resumed = self.raw_loss.steps[1:][breaks_of(self.raw_loss)]
        places = np.sort(np.concatenate((resumed, [restart.step for restart in self.restarts])))
        places = np.concatenate(([-np.inf], places[places > steps[0]]))

        slow = [h for h in humps(values) if not self._lr_rises(float(steps[h.first - 1]), float(steps[h.last]))]
        sharp = spikes(values)
        slow = [h for h in slow if not any(s.first <= h.last and h.first <= s.last for s in sharp)]
        found = sorted([*sharp, *slow], key=attrgetter("first"))
        begun = steps[[spike.first for spike in found]].astype(np.float64) if found else np.zeros(0)
        since = begun - places[np.searchsorted(places, begun, side="right") - 1]
        return [spike for spike, after in zip(found, since.tolist(), strict=True) if after > reach]

    def _lr_rises(self, first: float, last: float) -> bool:
        """Whether the LR is higher at `last` than at `first`, as in a cycle or at a restart."""
        before, after = self.lr_at(first), self.lr_at(last)
        return before is not None and after is not None and after > 1.05 * before

    @cached_property
    def lr_is_wasted(self) -> bool:
        """Whether the LR adds next to nothing over the last third of the run or more."""
        return self.lr is not None and len(self.lr.values) > 1 and wasted_share(self.lr) >= WASTED

    @cached_property
    def is_range_test(self) -> bool:
        """Whether the LR was raised over orders of magnitude on purpose, to see where the loss diverges."""
        return self.schedule is not None and is_range_test(self.schedule, self.loss)

    @cached_property
    def range_test(self) -> RangeTest | Refusal:
        """What the run says as an LR range test; LR and loss are joined by their steps."""
        if self.lr is None or self.raw_loss is None:
            return Refusal("no LR and loss series")
        loss = self.raw_loss.effective()
        return range_test(np.interp(loss.steps, self.lr.steps, self.lr.values), loss.values)

    @cached_property
    def is_live(self) -> bool:
        """Whether rows were still written a moment ago, so that an unfinished schedule says nothing."""
        return time.time() < self.live_until

    @cached_property
    def live_until(self) -> float:
        """When a run that writes no more rows has ended, in seconds since 1970; long ago without wall times."""
        walls = [s.wall_times for s in self.run.series if s.wall_times is not None and len(s.wall_times) > 2]
        if not walls:
            return 0.0
        apart = [np.diff(wall) for wall in walls]
        usual = max(median(distances[~np.isnan(distances)]) for distances in apart)
        return max(float(np.nanmax(wall)) for wall in walls) + max(120.0, 10 * usual)

    def lr_at(self, step: float) -> float | None:
        """The LR at a step, from the rows around it."""
        return None if self.lr is None else float(np.interp(step, self.lr.steps, self.lr.values))

    @cached_property
    def schedule(self) -> Identification | None:
        """The schedule behind the LR, None where no LR was logged."""
        found = None if self.lr is None else identify(self.lr.steps, self.lr.values)
        for loss in (self.validation, self.loss):
            if found is not None and loss is not None and found.family != "plateau":
                found = told_by_loss(found, loss.steps.astype(np.float64), loss.values)
        return found

    @cached_property
    def epochs(self) -> float | None:
        """How many epochs the log counts, None where it counts none."""
        logged = [series.values[np.isfinite(series.values)] for series in self.run.of(Role.EPOCH)]
        epochs = max((float(np.ptp(values)) for values in logged if len(values)), default=0.0)
        whole = any(len(values) and np.all(values == np.round(values)) for values in logged)
        return epochs + whole if epochs >= 1 else None

    @cached_property
    def expectations(self) -> Sequence[Expectation]:
        """What the code promises to this run: several, where the run leaves several readings of its numbers."""
        if self.promise is None or self.lr is None or len(self.lr.steps) < 2:
            return ()
        span = float(self.lr.steps[-1] - self.lr.steps[0]) + median(np.diff(self.lr.steps))
        return self.promise.to(self.run.hyperparameters, (span, len(self.lr.steps)), self.epochs)

    @cached_property
    def overlays(self) -> Sequence[Overlay]:
        """Every way in which the logged LR is the promised curve: as planned, cut short or gone on."""
        if self.lr is None or not self.expectations:
            return ()
        from lrlint.logs.expectation import overlays

        return overlays(self.lr, self.expectations, [] if self.epochs is None else [self.epochs])

    @cached_property
    def restarts(self) -> Sequence[Restart]:
        """Places where the LR starts over although no schedule asks for it, in the order of the log."""
        if self.raw_lr is None or self.lr is None or self.schedule is None:
            return ()
        return unplanned_restarts(self.raw_lr, self.schedule)

    def restart_near(self, step: float, within: float) -> Restart | None:
        """The last unplanned restart at most `within` steps before `step`."""
        near = [restart for restart in self.restarts if 0 <= step - restart.step <= within]
        return near[-1] if near else None

    def finding(
        self,
        entry: Entry[AnalyzerQuestion],
        message: str,
        help: str,
        *,
        series: str | None = None,
        steps: tuple[float, float] | None = None,
        confidence: Confidence = Confidence.LIKELY,
        evidence: Mapping[str, object],
    ) -> RunFinding:
        """A finding of the analyzer `entry` about this run, over `steps` (first, last)."""
        first, last = (None, None) if steps is None else (int(steps[0]), int(steps[1]))
        return RunFinding(
            code=entry.code,
            name=entry.name,
            severity=entry.severity,
            confidence=confidence,
            run=self.run.name,
            series=series,
            first_step=first,
            last_step=last,
            message=message,
            help=help,
            evidence=evidence,
        )


def effective(series: Series) -> Series:
    """The finite rows of the series that led to the final model: what a resume rewound is left out."""
    kept = series.effective()
    finite = np.isfinite(kept.values)
    return kept if finite.all() else kept.only(finite)


def wasted_from(lr: Series) -> int:
    """The index from which the LRs add up to at most a thousandth of their sum over the run."""
    widths = np.diff(lr.steps, append=lr.steps[-1] + 1).astype(np.float64)
    left = np.cumsum((lr.values * widths)[::-1])[::-1]
    small = left <= NEGLIGIBLE * left[0]
    return int(np.argmax(small)) if small[-1] else len(left) - 1


def wasted_share(lr: Series) -> float:
    """The share of the steps from `wasted_from` on."""
    return float(lr.steps[-1] - lr.steps[wasted_from(lr)]) / max(1.0, float(lr.steps[-1] - lr.steps[0]))


def _leading_group(groups: Sequence[Series]) -> Series:
    """The param group with the most groups of the same shape, the first of them by name; a moving one if any."""
    shapes = [_shape(series) for series in groups]
    followers = [sum(_alike(shape, other) for other in shapes) for shape in shapes]
    moving = [bool(shape.size and np.ptp(shape) > 1e-9) for shape in shapes]
    best = max(range(len(groups)), key=lambda i: (moving[i], followers[i], len(groups[i].values), -i))
    return groups[best]


def _shape(series: Series) -> NDArray[np.float64]:
    finite = series.values[np.isfinite(series.values)]
    top = np.max(np.abs(finite), initial=0.0)
    return finite / top if top else finite


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return len(one) == len(other) and bool(np.allclose(one, other, rtol=1e-3, atol=1e-4))
