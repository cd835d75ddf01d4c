"""The runs of the bench as logs: TensorBoard event files, CSV, plain text."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams

from benchmarks.diagnosis.recipe import Recipe


def write_events(folder: Path, run: Recipe) -> None:
    """One TensorBoard event file per process."""
    for part in range(run.recorder.part + 1):
        with SummaryWriter(str(folder), filename_suffix=f".{part}") as writer:
            if run.hyperparameters:
                for summary in hparams(run.hyperparameters, {}):
                    writer.file_writer.add_summary(summary)
            for where, step, wall, values in run.recorder.rows:
                for name, value in values.items() if where == part else ():
                    writer.add_scalar(name, value, step, walltime=wall)
    for number, file in enumerate(sorted(folder.iterdir(), key=lambda path: path.suffix)):
        file.rename(folder / f"events.out.tfevents.{1_700_000_000 + number * 3600}.bench.{number}")


def write_csv(folder: Path, run: Recipe) -> None:
    """A CSV with one row per logged step; the LR with four or nine significant digits."""
    folder.mkdir(parents=True)
    digits, counted = run.rng.choice([4, 9]), _counted(run)
    with (folder / "metrics.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, [counted, "train/loss", "lr", "grad_norm", "val/loss"])
        table.writeheader()
        for _, step, _, values in run.recorder.rows:
            printed = {k: f"{v:.{digits}g}" if k == "lr" else f"{v:.6g}" for k, v in values.items()}
            table.writerow({counted: step, **printed})


def write_text(folder: Path, run: Recipe) -> None:
    """What a script prints: losses with four decimals, the LR rounded in one of three ways."""
    folder.mkdir(parents=True)
    lr, counted = _printed_lr(run), _counted(run)
    line = run.rng.choice(
        [
            "{counted} {step}/{last} | loss {loss:.4f} | lr {lr}",
            "[2023-11-14 22:13:20] INFO {counted}: {step} loss: {loss:.4f} lr: {lr} grad_norm: {norm:.3f}",
            "{counted}={step}, train_loss={loss:.4f}, lr={lr}",
        ]
    )
    last = run.recorder.rows[-1][1]
    with (folder / "train.log").open("w") as file:
        print(f"training {run.label.task} with {run.session.optimizer_name}", file=file)
        for _, step, _, values in run.recorder.rows:
            if "train/loss" in values:
                told = {"loss": values["train/loss"], "norm": values["grad_norm"], "lr": lr(values["lr"])}
                file.write(line.format(counted=counted, step=step, last=last, **told))
                file.write("\n" if "val/loss" not in values else f" val_loss: {values['val/loss']:.4f}\n")
            else:
                print(f"{counted} {step}: val_loss {values['val/loss']:.4f}", file=file)


def _counted(run: Recipe) -> str:
    return "epoch" if run.recorder.unit > 1 else "step"


def _printed_lr(run: Recipe) -> Callable[[float], str]:
    """Two or three digits after the point of 1.23e-04, or fixed decimals that leave three digits of the peak."""
    peak = max(values["lr"] for *_, values in run.recorder.rows if "lr" in values)
    decimals = next(k for k in range(3, 30) if peak * 10**k >= 500)
    shape = run.rng.choice([".2e", ".3e", f".{max(6, decimals)}f"])
    return lambda value: format(value, shape)


def write(folder: Path, run: Recipe, rng: random.Random) -> str:
    """Write the log in one of the formats that can hold the run, and return the name of the format.

    Several processes and hyperparameters are told apart in event files only.
    """
    forms: dict[str, Callable[[Path, Recipe], None]] = {"tensorboard": write_events}
    if not run.recorder.part and not run.hyperparameters:
        forms |= {"csv": write_csv, "text": write_text}
    name = rng.choice(list(forms))
    forms[name](folder, run)
    return name
