"""Faults of loss and model, one function each: it prepares a run, trains it, and labels it.

Each has a `harm`, the physical criterion by which a plant counts as a fault: what it did to the losses, measured
against the twin (the same seed and draws without the fault) or against the start of the run. No analyzer has
a say in it. A plant that did too little is drawn again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch

from benchmarks.diagnosis.plans import half_cosine, warmup
from benchmarks.diagnosis.recipe import Recipe, mean
from benchmarks.diagnosis.training import Batch, Session

Plant = Callable[[Recipe], None]
Harm = Callable[[Recipe, Recipe], bool]


@dataclass(frozen=True)
class Fault:
    """A fault: how it is planted, and whether it did harm, judged by the run and its twin, or by the run `alone`.

    Without either it always does.
    """

    plant: Plant
    harm: Harm | None = None
    alone: Callable[[Recipe], bool] | None = None

    @property
    def name(self) -> str:
        return self.plant.__name__


def start_and_end(run: Recipe) -> tuple[float, float]:
    """The loss without the noise of the batches: after the first epoch, and over the last tenth of the run."""
    losses = [training for _, training, _ in run.recorder.truth]
    return losses[0], mean(losses[-max(1, len(losses) // 10) :])


def gain(run: Recipe) -> float:
    """How far the loss fell, from the first logged row to the end."""
    return mean(run.recorder.values()[:1]) - start_and_end(run)[1]


def learns_half(run: Recipe, twin: Recipe) -> bool:
    """The run gains less than half of what its twin gains, or ends in NaN."""
    return not gain(run) >= 0.5 * gain(twin)


def nan(run: Recipe) -> None:
    """One weight turns NaN."""
    at = run.moment(0.1, 0.9)

    def poison(session: Session) -> None:
        if session.step == at:
            next(session.model.parameters()).data.view(-1)[0] = math.nan

    run.session.tamper = poison
    run.plan("cosine", "constant", "step")
    run.train(run.updates)
    run.fault("RUN101", at=at)


def diverging(run: Recipe) -> None:
    """The sign of the loss is wrong from some step on."""
    at = run.moment(0.3, 0.8)
    run.session.scale = lambda step: -1.0 if step >= at else 1.0
    run.plan("constant", "step", "one_cycle")
    run.train(run.updates)
    run.fault("RUN102", "RUN101", at=at, tolerance=0.25)


def loses_twice_its_gain(run: Recipe, twin: Recipe) -> bool:
    """The last logged rows lie above the start by what the twin gained: everything is lost, and as much again."""
    logged = run.recorder.values()
    return not mean(logged[-3:]) < logged[0] + gain(twin)


def lr_too_high(run: Recipe) -> None:
    """An LR far beyond stability from the first step on."""
    factor = run.rng.uniform(60, 200)
    if run.planted:
        run.session.multiply_lr(factor)
    run.plan("constant", "cosine")
    run.train(run.updates)
    run.fault("RUN101", "RUN102", "RUN301", "RUN303", "RUN104")


def not_learning(run: Recipe) -> None:
    """The gradients do not reach the weights, the labels are not those of the inputs, or the LR is far too small."""
    why = run.rng.choice(["no gradients", "wrong labels", "LR too small"])
    labels = torch.Generator().manual_seed(run.session.seed)

    def shuffled(step: int, batch: Batch) -> Batch:
        return batch[0], batch[1][torch.randperm(len(batch[1]), generator=labels)]

    if why == "no gradients":
        run.session.scale = lambda step: 0.0
    elif why == "wrong labels":
        run.session.mangle = shuffled
    elif run.planted:
        run.session.multiply_lr(10 ** run.rng.uniform(-6, -3))
    run.plan("constant", "cosine", "warmup_linear")
    run.train(run.updates)
    run.fault("RUN301")


def learns_nothing(run: Recipe, twin: Recipe) -> bool:
    """The loss falls by less than 5 % of its start, where the twin's falls by more than 20 %."""
    start = mean(twin.recorder.values()[:1])
    return gain(run) < 0.05 * start and gain(twin) > 0.2 * start


def oscillating(run: Recipe) -> None:
    """The targets of every other stretch of the run contradict the others: the loss goes up and down with them."""
    classes = int(run.session.task.data()[1].max()) + 1
    stretch = max(int(run.updates / run.rng.uniform(8, 14)), run.epoch)

    def contradict(step: int, batch: Batch) -> Batch:
        inputs, targets = batch
        if step // stretch % 2:
            targets = -targets if targets.is_floating_point() else (targets + 1) % classes
        return inputs, targets

    run.session.mangle = contradict
    run.session.multiply_lr(run.rng.uniform(1, 3))
    run.plan("constant", "step", "linear")
    run.train(run.updates)
    run.fault("RUN104")


def swings(run: Recipe, twin: Recipe) -> bool:
    """The logged loss, averaged over a hundredth of the run, crosses a band as wide as a third of the twin's gain six
    times or more, and over its last third it has gained less than two thirds of what the twin has."""
    losses, others = _averaged(run), _averaged(twin)
    third, middle, half = len(losses) // 3, sorted(losses)[len(losses) // 2], gain(twin) / 6
    sides = [loss > middle for loss in losses if abs(loss - middle) > half]
    crossings = sum(one != other for one, other in pairwise(sides))
    gained = others[0] - mean(losses[-third:]), others[0] - mean(others[-third:])
    return crossings >= 6 and gained[0] < 2 / 3 * gained[1]


def _averaged(run: Recipe) -> list[float]:
    logged = run.recorder.values()
    size = max(1, len(logged) // 100)
    return [mean(logged[i : i + size]) for i in range(0, len(logged), size)]


def overfitting(run: Recipe) -> None:
    """Few rows of data, a part of them with wrong labels, for long."""
    wrong = run.rng.uniform(0.3, 0.8)

    def mix(targets: torch.Tensor) -> torch.Tensor:
        cut = int(len(targets) * wrong)
        return torch.cat((targets[:cut].roll(1, 0), targets[cut:]))

    run.session.rows, run.session.batch, run.session.relabel = run.rng.randint(20, 60), 32, mix
    run.session.multiply_lr(run.rng.uniform(1, 3))
    run.plan("constant", "cosine", "warmup_constant", "warmup_linear")
    run.train(run.updates)
    run.fault("RUN302")


def generalises_worse(run: Recipe) -> bool:
    """The validation loss over the last tenth lies above its lowest tenth by a quarter of that or of what was gained
    until then, the lowest is over by three quarters of the run, and the training loss falls by a tenth after it."""
    truth = run.recorder.truth
    size = max(2, len(truth) // 10)
    levels = [mean([v for _, _, v in truth[i : i + size]]) for i in range(len(truth) - size + 1)]
    lowest = levels.index(min(levels))
    then, end = truth[lowest + size // 2][1], mean([t for _, t, _ in truth[-size:]])
    rise, gained = levels[-1] - levels[lowest], truth[0][2] - levels[lowest]
    worse = rise > 0.25 * levels[lowest] or (rise > 0.25 * gained and rise > 0.1 * levels[lowest])
    return worse and lowest < 0.75 * len(levels) and end < 0.9 * then


def kick(at: int, size: float) -> Callable[[Session], None]:
    """Throw the weights about before update `at`, as one bad update does."""

    def throw(session: Session) -> None:
        if session.step == at:
            with torch.no_grad():
                for parameter in session.model.parameters():
                    parameter.add_(torch.randn_like(parameter) * size * parameter.abs().mean())

    return throw


def spike(run: Recipe) -> None:
    """A kick or a bad batch that the model gets over; stronger with every draw."""
    at, size = run.moment(0.35, 0.9) // run.row * run.row, run.rng.uniform(0.8, 1.2) * 1.6 ** (run.label.draws % 6)
    if run.rng.random() < 0.5:
        run.session.tamper = kick(at, size)
    else:
        run.session.mangle = bad_batches(at, run.rng.choice([1, 2, 4]), 2 * size)
    run.plan("constant", "cosine", "warmup_linear")
    run.train(run.updates)
    run.fault("RUN103", at=at)


def bad_batches(at: int, length: int, size: float) -> Callable[[int, Batch], Batch]:
    """From update `at` on, so many batches are far from the data: inputs magnified, or targets mixed up."""

    def spoil(step: int, batch: Batch) -> Batch:
        inputs, targets = batch
        if not at <= step < at + length:
            return batch
        return (inputs * size, targets) if inputs.is_floating_point() else (inputs, targets.roll(1, 0))

    return spoil


def stands_out(run: Recipe, twin: Recipe) -> bool:
    """A logged row after the plant is higher than any that the twin logs in a tenth of the run around it, by a third
    of what the twin gains; the run comes back: it ends with 70 % of that gain."""
    at, reach = (run.label.step or 0) * run.recorder.unit, run.updates // 20
    after = run.recorder.values(first=at - run.row, last=at + max(20, 2 * run.row))
    usual = max(twin.recorder.values(first=at - reach, last=at + reach))
    return max(after) > usual + gain(twin) / 3 and gain(run) > 0.7 * gain(twin)


def early_kick(run: Recipe) -> None:
    """The weights are thrown about while the LR still rises; stronger with every draw."""
    length = int(0.2 * run.updates)
    at = int(run.rng.uniform(0.4, 0.9) * length) // run.row * run.row
    run.session.tamper = kick(at, run.rng.uniform(2, 3) * 1.6 ** (run.label.draws % 6))
    run.use(warmup(max(2, length // run.session.tick), run.ticks, half_cosine))
    run.train(run.updates)
    run.fault("RUN303", at=at)


def overshoots(run: Recipe, twin: Recipe) -> bool:
    """A logged row after the plant lies above all that the twin logs by half of its start, and the run comes back."""
    at = (run.label.step or 0) * run.recorder.unit
    after = run.recorder.values(first=at - run.row, last=at + max(20, 2 * run.row))
    return max(after) > 1.5 * max(twin.recorder.values()) and gain(run) > 0.7 * gain(twin)


def resume_gap(run: Recipe) -> None:
    """Steps are skipped by the resumed process, or its model starts anew."""
    at = run.moment(0.3, 0.7) // run.epoch * run.epoch
    run.plan("constant")
    run.train(at)
    run.recorder.resume(1800.0)
    if run.rng.random() < 0.5:
        run.session.step += run.updates // 4
    elif run.planted:
        torch.manual_seed(run.session.seed + 1)
        run.session.model.load_state_dict(run.session.task.model().state_dict())
    run.train(run.updates - at)
    run.fault("RUN401", at=at)


def leaps(run: Recipe, twin: Recipe) -> bool:
    """Steps are missing, or a logged row after the resume is above the twin's by half of its gain until then."""
    at = (run.label.step or 0) * run.recorder.unit
    if run.session.step > run.updates:
        return True
    before, after = twin.recorder.values(last=at - 1), run.recorder.values(first=at)
    return after[0] > before[-1] + 0.5 * (before[0] - before[-1])
