"""Runs with nothing wrong, under every schedule, and some that look odd and are right."""

from __future__ import annotations

import copy

import torch
from torch.optim import lr_scheduler as schedulers

from benchmarks.diagnosis.plans import fitting_schedule
from benchmarks.diagnosis.recipe import Recipe
from benchmarks.diagnosis.training import Batch

SCHEDULES = (
    "constant",
    "step",
    "multistep",
    "exponential",
    "linear",
    "polynomial",
    "cosine",
    "cosine_restarts",
    "growing_restarts",
    "cyclic",
    "one_cycle",
    "warmup_cosine",
    "warmup_linear",
    "warmup_constant",
    "warmup_stable_decay",
    "inverse_sqrt",
    "hand_written",
)


def resumed(run: Recipe) -> None:
    """Resumed from a checkpoint with everything restored; the steps after the checkpoint are logged twice."""
    run.plan("cosine", "warmup_cosine", "step")
    checkpoint = int(run.updates * run.rng.uniform(0.3, 0.6)) // run.epoch * run.epoch
    run.train(checkpoint)
    parts = (run.session.model, run.session.optimizer, run.session.scheduler)
    saved = [copy.deepcopy(part.state_dict()) for part in parts]
    run.train(max(run.updates // 20, run.epoch))
    for part, state in zip(parts, saved, strict=True):
        part.load_state_dict(state)
    run.session.step = checkpoint
    run.pending.clear()
    run.recorder.resume(600.0)
    run.train(run.updates - checkpoint)


def plateau(run: Recipe) -> None:
    """ReduceLROnPlateau, stepped with the validation loss once per epoch."""
    scheduler = schedulers.ReduceLROnPlateau(run.session.optimizer, factor=0.5, patience=3)
    for _ in range(run.updates // run.epoch):
        run.train(run.epoch)
        scheduler.step(run.session.validate())


def continued(run: Recipe) -> None:
    """The log begins late, with a model that has been trained: an earlier part was logged elsewhere."""
    make = fitting_schedule(run.rng, run.rng.choice(["cosine", "warmup_linear"]), run.ticks * 2, run.session.lr)
    run.use(make)
    run.train(run.updates)
    run.recorder.rows.clear()
    run.recorder.truth.clear()
    run.train(run.updates)


def augmented(run: Recipe) -> None:
    """The inputs carry noise that is switched off near the end, after which the loss falls at once."""
    off = int(run.updates * run.rng.uniform(0.8, 0.9))
    noise = torch.Generator().manual_seed(run.session.seed)

    def augment(step: int, batch: Batch) -> Batch:
        x, y = batch
        return (x + 0.3 * torch.randn(x.shape, generator=noise), y) if step < off and x.is_floating_point() else batch

    run.session.mangle = augment
    run.plan("cosine", "warmup_linear", "constant")
    run.train(run.updates)


ODD = (resumed, plateau, continued, augmented)
NAMES = (*SCHEDULES, *(make.__name__ for make in ODD))


def train_healthy(run: Recipe, name: str) -> None:
    """Train a run of one of NAMES."""
    odd = next((make for make in ODD if make.__name__ == name), None)
    if odd is not None:
        return odd(run)
    run.plan(name)
    run.train(run.updates)


def is_healthy(run: Recipe) -> bool:
    """Whether the model does not overfit by itself: its validation loss ends at most 10 % above its minimum.

    Both are means of three epochs, over the part of the run that is logged.
    """
    losses = [validation for _, _, validation in run.recorder.truth]
    smooth = [sum(losses[i : i + 3]) / 3 for i in range(len(losses) - 2)]
    return smooth[-1] <= 1.1 * min(smooth)
