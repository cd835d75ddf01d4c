"""How far the suggestion of an LR range test moves from seed to seed, on real training.

    python -m benchmarks.range_test.spread [SEEDS]

Small models on four tasks with two optimizers; per test the LR grows geometrically over five decades. Prints for
each the standard deviation of log10(max_lr) over the seeds, for lrlint and for what other range finders do: the
steepest descent of an exponential average (fastai, torch-lr-finder, Lightning). Needs torch and scikit-learn.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.diagnosis.training import TASKS, Session
from lrlint.logs.range_test import RangeTest, range_test

STEPS = 400
FIRST_SEED = 200
"""The method was chosen on seeds from 0 to 11, and tried on those from 100 to 109."""
FEWEST_ANSWERS = 3
"""Two answers say nothing about how far answers spread."""

LOW = {"sgd": (1e-4, 10.0), "adamw": (1e-5, 1.0)}
Floats = NDArray[np.float64]


def run(task: str, optimizer: str, seed: int, batch: int = 64, steps: int = STEPS) -> tuple[Floats, Floats]:
    """LRs and losses of one range test, each of shape (steps,), cut where the loss is no longer finite."""
    low, high = LOW[optimizer]
    session = Session(TASKS[task], optimizer, low, seed, batch)
    session.scheduler = torch.optim.lr_scheduler.ExponentialLR(session.optimizer, (high / low) ** (1 / steps))
    rows = [(lr, loss) for _, loss, lr, _ in session.train(steps)]
    return np.array([lr for lr, _ in rows]), np.array([loss for _, loss in rows])


def by_average(lrs: Floats, losses: Floats, beta: float = 0.98) -> float:
    """log10 of the LR of the steepest descent of the bias-corrected exponential average, trimmed as fastai does."""
    finite = np.isfinite(losses)
    lrs, losses = lrs[finite], losses[finite]
    average, smooth = 0.0, np.empty(len(losses))
    for number, loss in enumerate(losses, start=1):
        average = beta * average + (1 - beta) * loss
        smooth[number - 1] = average / (1 - beta**number)
        if smooth[number - 1] > 4 * smooth[:number].min():
            lrs, smooth = lrs[:number], smooth[:number]
            break
    head, tail = len(smooth) // 10, max(1, len(smooth) // 20)
    return float(np.log10(lrs[head + int(np.argmin(np.gradient(smooth[head:-tail], np.log10(lrs[head:-tail]))))]))


def main(seeds: int) -> None:
    """Print one line per task and optimizer, then the medians."""
    print(f"{'task':<12}{'optimizer':<10}{'answered':>9}{'max_lr':>10}{'sd':>7}{'claimed':>9}{'average: sd':>13}")
    spreads, averages = [], []
    for task in TASKS:
        for optimizer in ("sgd", "adamw"):
            curves = [run(task, optimizer, seed) for seed in range(FIRST_SEED, FIRST_SEED + seeds)]
            answers = [range_test(*curve) for curve in curves]
            found = [answer for answer in answers if isinstance(answer, RangeTest)]
            logs = np.log10([answer.max_lr for answer in found])
            claimed = float(np.median([answer.spread for answer in found])) if found else np.nan
            spread = float(np.std(logs)) if len(found) >= FEWEST_ANSWERS else np.nan
            average = float(np.std([by_average(*curve) for curve in curves]))
            spreads.append(spread)
            averages.append(average)
            middle = 10 ** float(np.median(logs)) if found else np.nan
            print(
                f"{task:<12}{optimizer:<10}{len(found):>5}/{seeds:<3}{middle:>10.3g}{spread:>7.3f}{claimed:>9.3f}"
                f"{average:>13.3f}"
            )
            for answer in answers:
                if not isinstance(answer, RangeTest):
                    print(f"    refused: {answer.reason}")
    middle, other = np.nanmedian(spreads), np.median(averages)
    print(f"median over tasks: {middle:.3f} against {other:.3f} of the exponential average")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
