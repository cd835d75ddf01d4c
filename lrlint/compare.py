"""The engine of `lrlint compare`: which schedule won, by how much, and whether the seeds' noise bears it out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lrlint.analyzers.oscillation import MOST_TURNS, slow_turns
from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs import find_sources, read_source
from lrlint.logs.diagnosis import Diagnosis, wasted_share
from lrlint.logs.run import Series
from lrlint.logs.smoothing import Floats

SMOOTHED_OVER = 20
"""The final loss is the median of the last twentieth of the rows."""

CLEARLY_APART = 2.0
"""Two groups differ where their means are so many standard errors apart (about 95 %)."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One run in a comparison.

    `best` and `final` are levels of the loss that is compared; `steps_to` and `seconds_to` the steps and the wall time
    until it first reached the threshold, None where it never did; `spikes` their number; `oscillates` whether the loss
    swung without settling; `wasted` the share of the steps at a negligible LR. `rank` counts from 1; groups that the
    noise does not tell apart share a rank.
    """

    run: str
    families: tuple[str, ...]
    parameters: Mapping[str, object]
    best: float
    final: float
    steps_to: int | None
    seconds_to: float | None
    spikes: int
    oscillates: bool
    wasted: float
    group: int = 0
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs in the order of their rank.

    `loss` names what is compared, `threshold` is the level that `steps_to` refers to, `noise` the pooled standard
    deviation of the final loss between runs of one schedule, None where no schedule was run twice.
    """

    loss: str
    threshold: float
    contenders: tuple[Contender, ...]
    noise: float | None
    problems: tuple[Problem, ...]


class NothingToCompareError(Exception):
    """Fewer than two runs with a common loss. The message says what was found."""


def compare(paths: Sequence[str], settings: Settings, threshold: float | None = None) -> Comparison:
    """Compare all runs below `paths` by their validation loss, or by the training loss where some run lacks one.

    `threshold` is the level of the loss to which steps and wall time are counted; by default the best level of the
    worst run, which all runs reached. Raises NothingToCompareError for fewer than two runs with a loss.
    """
    sources, problems = find_sources(paths, settings)
    runs = [run for source in sources for run in read_source(source, settings)]
    problems += [problem for run in runs for problem in run.problems]
    diagnoses = [Diagnosis(run) for run in runs if run.series]
    judged = [(diagnosis, _judged(diagnosis, diagnoses)) for diagnosis in diagnoses]
    with_loss = [(diagnosis, loss) for diagnosis, loss in judged if loss is not None and len(loss.values) > 1]
    if len(with_loss) < 2:
        raise NothingToCompareError(f"{len(with_loss)} of {len(diagnoses)} runs have a loss, two are needed")
    if threshold is None:
        threshold = max(float(_levels(loss.values).min()) for _, loss in with_loss)
    contenders = [_contender(diagnosis, loss, threshold) for diagnosis, loss in with_loss]
    ranked, noise = rank(contenders)
    return Comparison(with_loss[0][1].name, threshold, tuple(ranked), noise, tuple(problems))


def _judged(diagnosis: Diagnosis, everyone: Sequence[Diagnosis]) -> Series | None:
    """The loss by which a run is judged: validation if every run has it."""
    if all(other.validation is not None for other in everyone):
        return diagnosis.validation
    return diagnosis.loss


def _levels(values: Floats) -> Floats:
    """The loss without its noise: running medians over a twentieth of the rows; shape (n,)."""
    reach = max(1, len(values) // SMOOTHED_OVER)
    padded = np.concatenate((np.full(reach - 1, values[0]), values))
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, reach), axis=1))


def _contender(diagnosis: Diagnosis, loss: Series, threshold: float) -> Contender:
    levels, schedule, lr = _levels(loss.values), diagnosis.schedule, diagnosis.lr
    reached = np.flatnonzero(levels <= threshold)
    walls = loss.wall_times
    training = diagnosis.loss
    oscillates = training is not None and len(training.values) >= 40 and slow_turns(training.values)[0] > MOST_TURNS
    return Contender(
        run=diagnosis.run.name,
        families=schedule.families if schedule else (),
        parameters=schedule.parameters if schedule else {},
        best=float(levels.min()),
        final=float(levels[-1]),
        steps_to=int(loss.steps[reached[0]]) if len(reached) else None,
        seconds_to=float(walls[reached[0]] - walls[0]) if walls is not None and len(reached) else None,
        spikes=len(diagnosis.spikes),
        oscillates=oscillates,
        wasted=wasted_share(lr) if lr is not None and len(lr.values) else 0.0,
    )


def rank(contenders: Sequence[Contender]) -> tuple[list[Contender], float | None]:
    """The contenders with their groups and ranks, best first, and the noise between runs of one schedule.

    Runs of one schedule (family and parameters to three digits) are a group. Groups are ordered by the mean of their
    final losses; a group shares the rank of the one before it unless it is two standard errors worse than the first
    group of that rank. Without repeated runs there is no noise to go by, and every difference counts.
    """
    groups: dict[tuple[object, ...], list[Contender]] = defaultdict(list)
    for contender in contenders:
        groups[_schedule_key(contender)].append(contender)
    noise = _pooled_noise([[c.final for c in group] for group in groups.values()])
    ordered = sorted(groups.values(), key=lambda group: float(np.mean([c.final for c in group])))
    ranked: list[Contender] = []
    leader, place = ordered[0], 1
    for number, group in enumerate(ordered):
        if number and _apart(leader, group, noise):
            leader, place = group, number + 1
        best_first = sorted(group, key=lambda contender: contender.final)
        ranked += [replace(contender, group=number, rank=place) for contender in best_first]
    return ranked, noise


def _schedule_key(contender: Contender) -> tuple[object, ...]:
    parameters = (f"{n}={v:.3g}" if isinstance(v, float) else f"{n}={v}" for n, v in contender.parameters.items())
    return (contender.families[:1], *parameters)


def _pooled_noise(groups: Sequence[Sequence[float]]) -> float | None:
    repeated = [np.asarray(group) for group in groups if len(group) > 1]
    if not repeated:
        return None
    squares = sum(float(np.sum((group - group.mean()) ** 2)) for group in repeated)
    return math.sqrt(squares / sum(len(group) - 1 for group in repeated))


def _apart(leader: Sequence[Contender], group: Sequence[Contender], noise: float | None) -> bool:
    distance = float(np.mean([c.final for c in group]) - np.mean([c.final for c in leader]))
    if noise is None:
        return distance > 0
    return distance > CLEARLY_APART * noise * math.sqrt(1 / len(leader) + 1 / len(group))
