"""The engine of `lrlint compare`: which schedule won, by how much, and whether the seeds' noise bears it out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from lrlint.analyzers.oscillation import oscillation
from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs import find_sources, read_sources
from lrlint.logs.diagnosis import Diagnosis, wasted_share
from lrlint.logs.run import Role, Run, Series
from lrlint.logs.smoothing import Floats

SMOOTHED_OVER = 20
"""A level is the median of a twentieth of the rows."""

MOST_LEVELS = 400
"""Places at which the level of a loss is taken; `steps_to` is exact to a four hundredth of a longer run."""

CONFIDENCE = 0.95
SAME = 0.01
"""Parameters of identified schedules are the same where they differ by at most this part."""

_INCIDENTAL = re.compile(
    r"seed|rng|name|id|uuid|dir|path|file|folder|output|time|date|host\w*|user|rank|device|version"
)
"""Words in the names of hyperparameters that differ between repeats of one run."""

_LOWER_IS_BETTER = re.compile(r"loss|error|err|wer|cer|perplexity|ppl|mae|mse|rmse|bpb|bpc|fid", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Contender:
    """One run in a comparison.

    `best` and `final` are levels of the loss that is compared; `final` is infinite where the loss ended in NaN or Inf.
    `steps_to` and `seconds_to` count to the first level at or below the threshold, None where there is none or the
    log has no wall time. `metric_best` and `metric_final` are of the comparison's metric. `spikes` is their number in
    the training loss, `oscillates` what RUN104 says of it, `wasted` the share of the steps at a negligible LR.
    """

    run: str
    families: tuple[str, ...]
    parameters: Mapping[str, object]
    best: float
    final: float
    steps_to: int | None
    seconds_to: float | None
    metric_best: float | None
    metric_final: float | None
    spikes: int
    oscillates: bool
    wasted: float


@dataclass(frozen=True, slots=True)
class Group:
    """Repeats of one run, best first, with their mean final loss.

    `rank` counts from 1; groups that the noise between repeats does not tell apart share a rank.
    """

    rank: int
    final: float
    contenders: tuple[Contender, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Groups of repeated runs in the order of their rank.

    `loss` names what is compared, `threshold` is the level that `steps_to` refers to, `metric` a metric that all runs
    logged. `noise` is the pooled standard deviation of the final loss between repeats, with `freedom` degrees of
    freedom, None where no run was repeated. `left_out` names the runs without a loss; `names` are those of all series.
    """

    loss: str
    threshold: float
    metric: str | None
    groups: tuple[Group, ...]
    noise: float | None
    freedom: int
    left_out: tuple[str, ...]
    problems: tuple[Problem, ...]
    names: frozenset[str]


class NothingToCompareError(Exception):
    """Fewer than two runs with a common loss. The message says what was found, `problems` what could not be read."""

    def __init__(self, message: str, problems: Sequence[Problem]) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class _Entrant:
    """A run with the loss by which it is judged."""

    diagnosis: Diagnosis
    loss: Series

    @property
    def has_failed(self) -> bool:
        """Whether the training loss ended in NaN or Inf."""
        raw = self.diagnosis.raw_loss
        return raw is not None and not math.isfinite(raw.values[-1])


def compare(
    paths: Sequence[str], settings: Settings, threshold: float | None = None, repeats: re.Pattern[str] | None = None
) -> Comparison:
    """Compare all runs below `paths` by their validation loss, or by the training loss where some run lacks one.

    `threshold` is the level of the loss to which steps and wall time are counted; by default the level that half
    of the runs reached. Runs whose names agree in what `repeats` captures
    (in the whole match, if it has no groups) are repeats of one run; by default those with the same identified
    schedule and the same hyperparameters but for seeds, names and paths. Raises NothingToCompareError for fewer than
    two runs with a loss.
    """
    sources, problems = find_sources(paths, settings)
    runs = list(read_sources(sources, settings))
    problems += [problem for run in runs for problem in run.problems]
    diagnoses = [Diagnosis(run) for run in runs if run.series]
    entrants, left_out = _entrants(diagnoses)
    if len(entrants) < 2:
        found = f"{len(entrants)} of {len(diagnoses)} runs have a loss to compare, two are needed"
        raise NothingToCompareError(found, problems)
    if threshold is None:
        threshold = float(np.median([_levels(entrant.loss.values)[1].min() for entrant in entrants]))
    metric = _shared_metric([entrant.diagnosis.run for entrant in entrants])
    contenders = [_contender(entrant, threshold, metric) for entrant in entrants]
    alike = _same_setup if repeats is None else _same_name(repeats)
    gathered = _gather([(e.diagnosis.run, c) for e, c in zip(entrants, contenders, strict=True)], alike)
    groups, noise, freedom = rank(gathered)
    name = entrants[0].loss.name
    names = frozenset().union(*(run.names for run in runs))
    return Comparison(name, threshold, metric, groups, noise, freedom, left_out, tuple(problems), names)


def _entrants(diagnoses: Sequence[Diagnosis]) -> tuple[list[_Entrant], tuple[str, ...]]:
    """The runs with a loss, judged by the validation loss if every one of them has it; and the names of the others."""
    judged = [diagnosis for diagnosis in diagnoses if diagnosis.loss is not None or diagnosis.validation is not None]
    by_validation = all(diagnosis.validation is not None for diagnosis in judged)
    losses = [diagnosis.validation if by_validation else diagnosis.loss for diagnosis in judged]
    entrants = [
        _Entrant(d, loss) for d, loss in zip(judged, losses, strict=True) if loss is not None and len(loss.values)
    ]
    taken = {entrant.diagnosis.run.name for entrant in entrants}
    return entrants, tuple(d.run.name for d in diagnoses if d.run.name not in taken)


def _levels(values: Floats) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], Floats]:
    """Indices into `values` (n,), and the median of the twentieth of all rows that ends at each."""
    reach = max(1, len(values) // SMOOTHED_OVER)
    at = np.unique(np.linspace(reach - 1, len(values) - 1, MOST_LEVELS).astype(np.int64))
    return at, np.array([np.median(values[i - reach + 1 : i + 1]) for i in at.tolist()])


def _contender(entrant: _Entrant, threshold: float, metric: str | None) -> Contender:
    diagnosis, loss = entrant.diagnosis, entrant.loss
    at, levels = _levels(loss.values)
    reached = at[levels <= threshold]
    schedule, lr, walls = diagnosis.schedule, diagnosis.lr, loss.wall_times
    metric_best, metric_final = _metric(diagnosis.run, metric)
    return Contender(
        run=diagnosis.run.name,
        families=schedule.families if schedule else (),
        parameters=schedule.parameters if schedule else {},
        best=float(levels.min()),
        final=math.inf if entrant.has_failed else float(levels[-1]),
        steps_to=int(loss.steps[reached[0]]) if len(reached) else None,
        seconds_to=float(walls[reached[0]]) - _start(diagnosis.run) if walls is not None and len(reached) else None,
        metric_best=metric_best,
        metric_final=metric_final,
        spikes=len(diagnosis.spikes),
        oscillates=isinstance(answer := oscillation.ask(diagnosis), list) and bool(answer),
        wasted=wasted_share(lr) if lr is not None and len(lr.values) > 1 else 0.0,
    )


def _start(run: Run) -> float:
    """The wall time of the run's first row."""
    return min(float(np.nanmin(series.wall_times)) for series in run.series if series.wall_times is not None)


def _shared_metric(runs: Sequence[Run]) -> str | None:
    """The first metric, in the order of the first run, that every run logged."""
    shared = reduce(set.intersection, ({series.name for series in run.of(Role.METRIC)} for run in runs))
    return next((series.name for series in runs[0].of(Role.METRIC) if series.name in shared), None)


def _metric(run: Run, name: str | None) -> tuple[float | None, float | None]:
    values = next((series.effective().values for series in run.of(Role.METRIC) if series.name == name), np.empty(0))
    values = values[np.isfinite(values)]
    if name is None or not len(values):
        return None, None
    best = values.min() if _LOWER_IS_BETTER.search(name) else values.max()
    return float(best), float(values[-1])


_Pair = tuple[Run, Contender]


def _gather(pairs: Sequence[_Pair], alike: Callable[[_Pair, _Pair], bool]) -> list[list[Contender]]:
    """The contenders in groups: each joins the first group whose first run it is a repeat of."""
    groups: list[list[_Pair]] = []
    for pair in pairs:
        group = next((group for group in groups if alike(group[0], pair)), None)
        if group is None:
            groups.append([pair])
        else:
            group.append(pair)
    return [[contender for _, contender in group] for group in groups]


def _same_name(repeats: re.Pattern[str]) -> Callable[[_Pair, _Pair], bool]:
    def alike(one: _Pair, other: _Pair) -> bool:
        here, there = repeats.search(one[0].name), repeats.search(other[0].name)
        if here is None or there is None:
            return False
        return here.groups() == there.groups() if repeats.groups else here[0] == there[0]

    return alike


def _same_setup(one: _Pair, other: _Pair) -> bool:
    """Whether two runs have the same schedule and the same hyperparameters but for what differs between repeats.

    The milestones of ReduceLROnPlateau follow the metric and are no part of the schedule. Runs whose schedule is not
    known are repeats of nothing.
    """
    (run, here), (other_run, there) = one, other
    if here.families[:1] != there.families[:1] or here.families in ((), ("unknown",)):
        return False
    follows_metric = "plateau" in here.families
    names = here.parameters.keys() | there.parameters.keys()
    if not all(
        _about_equal(here.parameters.get(name), there.parameters.get(name))
        for name in names
        if not (follows_metric and name == "milestones")
    ):
        return False
    return _setup(run) == _setup(other_run)


def _setup(run: Run) -> dict[str, str]:
    words = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
    return {
        name: str(value)
        for name, value in run.hyperparameters.items()
        if not any(_INCIDENTAL.fullmatch(word.lower()) for word in words.findall(name))
    }


def _about_equal(one: object, other: object) -> bool:
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_about_equal, one, other))
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=SAME, abs_tol=1e-9)
    return one == other


def rank(gathered: Sequence[Sequence[Contender]]) -> tuple[tuple[Group, ...], float | None, int]:
    """Groups by their mean final loss with their ranks, the noise between repeats and its degrees of freedom.

    A group shares the rank of the one before it unless it is worse than the first group of that rank by Student's t
    test with the pooled variance at 95 %. Without repeats there is no noise to go by, and every difference counts.
    """
    noise, freedom = _pooled_noise(gathered)
    means = [float(np.mean([contender.final for contender in group])) for group in gathered]
    ordered = sorted(zip(means, gathered, strict=True), key=lambda pair: pair[0])
    least = 0.0 if noise is None else noise * _quantile(freedom)
    (lead, leader), place = ordered[0], 1
    groups: list[Group] = []
    for number, (mean, group) in enumerate(ordered, start=1):
        if mean - lead > least * math.sqrt(1 / len(leader) + 1 / len(group)):
            lead, leader, place = mean, group, number
        groups.append(Group(place, mean, tuple(sorted(group, key=lambda contender: contender.final))))
    return tuple(groups), noise, freedom


def _pooled_noise(gathered: Sequence[Sequence[Contender]]) -> tuple[float | None, int]:
    finite = [[c.final for c in group if math.isfinite(c.final)] for group in gathered]
    freedom = sum(len(finals) - 1 for finals in finite if finals)
    if not freedom:
        return None, 0
    squares = sum(float(np.sum((np.asarray(finals) - np.mean(finals)) ** 2)) for finals in finite if finals)
    return math.sqrt(squares / freedom), freedom


def _quantile(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + CONFIDENCE / 2))
