"""A run about to be trained: its session, how it is logged, and what is known about it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from benchmarks.diagnosis.plans import MakeSchedule, fitting_schedule
from benchmarks.diagnosis.training import Session, Update

START = 1_700_000_000.0
SECONDS_PER_STEP = 0.05

Row = dict[str, float]


@dataclass
class Label:
    """What a run is: `codes` are the analyzers that name its fault, empty for a healthy run.

    `step` and `tolerance` are in the unit of the log's step axis: updates, or epochs.
    """

    name: str
    task: str
    fault: str | None
    logging: str
    format: str = ""
    codes: tuple[str, ...] = ()
    step: int | None = None
    tolerance: int | None = None
    draws: int = 1


@dataclass
class Recorder:
    """Rows as a training loop logs them: every nth update, or (`every` None) the means of each epoch.

    `unit` is the number of updates that the step axis counts as one. A new part begins where a process was
    restarted. `truth` holds the loss without the noise of the batches, (update, training, validation), once per epoch.
    """

    every: int | None
    unit: int = 1
    rows: list[tuple[int, int, float, Row]] = field(default_factory=list)
    truth: list[tuple[int, float, float]] = field(default_factory=list)
    part: int = 0
    pause: float = 0.0

    def add(self, update: int, **values: float) -> None:
        wall = START + self.pause + update * SECONDS_PER_STEP
        self.rows.append((self.part, update // self.unit, wall, values))

    def resume(self, seconds: float) -> None:
        """The process ended and another one goes on."""
        self.part += 1
        self.pause += seconds

    def values(self, name: str = "train/loss", first: float = 0, last: float = float("inf")) -> list[float]:
        """The logged values of a series between two updates."""
        return [row[name] for _, step, _, row in self.rows if name in row and first <= step * self.unit <= last]


@dataclass
class Recipe:
    """A run about to be trained.

    Where `planted` is False, the run is the twin of a faulty one: the same seed and the same draws, without the fault.
    """

    rng: random.Random
    session: Session
    updates: int
    epoch: int
    recorder: Recorder
    label: Label
    planted: bool = True
    hyperparameters: dict[str, str | float] = field(default_factory=dict)
    pending: list[Update] = field(default_factory=list)

    @property
    def ticks(self) -> int:
        """Steps of the scheduler in the whole run."""
        return self.updates // self.session.tick

    def plan(self, *names: str) -> None:
        """Use a schedule that fits the run, one of these names."""
        self.use(fitting_schedule(self.rng, self.rng.choice(names), self.ticks, self.session.lr))

    def use(self, make: MakeSchedule) -> None:
        self.session.scheduler = make(self.session.optimizer)

    def restart_schedule(self, make: MakeSchedule) -> None:
        """Build the schedule anew, as a resume without its state does."""
        for group in self.session.optimizer.param_groups:
            group["lr"] = self.session.lr
            group.pop("initial_lr", None)
        self.use(make)

    def moment(self, low: float, high: float) -> int:
        """An update between two parts of the run, the first of a tick of the scheduler."""
        tick = self.session.tick
        return int(self.updates * self.rng.uniform(low, high)) // tick * tick

    def train(self, updates: int) -> None:
        """Train so many updates; the validation loss is logged once per epoch."""
        recorder = self.recorder
        for update in self.session.train(updates):
            step, loss, lr, norm = update
            ends = (step + 1) % self.epoch == 0
            if recorder.every is None:
                self.pending.append(update)
            elif step % recorder.every == 0:
                recorder.add(step, **{"train/loss": loss, "lr": lr, "grad_norm": norm})
            if ends:
                self._end_epoch(step)

    def _end_epoch(self, step: int) -> None:
        validation = self.session.validate()
        self.recorder.truth.append((step, self.session.evaluate(), validation))
        row = {"val/loss": validation}
        if self.pending:
            losses, norms = [u[1] for u in self.pending], [u[3] for u in self.pending]
            row |= {"train/loss": mean(losses), "lr": self.pending[-1][2], "grad_norm": mean(norms)}
            self.pending.clear()
        self.recorder.add(step, **row)

    def fault(self, *codes: str, at: int | None = None, tolerance: float = 0.05) -> None:
        """State which analyzers name the fault and at which update it was planted."""
        unit = self.recorder.unit
        self.label.codes, self.label.step = codes, None if at is None else at // unit
        self.label.tolerance = None if at is None else max(20, int(tolerance * self.updates), 2 * self.row) // unit

    @property
    def row(self) -> int:
        """Updates from one logged row to the next."""
        return self.recorder.every or self.epoch


def mean(values: list[float]) -> float:
    return sum(values) / max(1, len(values))
