"""Runs that are spread over several files or folders: Keras' halves in TensorBoard, DeepSpeed's file per tag."""

from __future__ import annotations

import csv
from pathlib import Path

from tensorboard.summary import Writer

from lrlint.config import Settings
from lrlint.diagnose import diagnose
from lrlint.logs import Role, Run, read_runs


def write_halves(folder: Path, *names: str) -> None:
    """What Keras' callback writes: the same tags below `train` and `validation`, the validation loss twice."""
    for name in names:
        writer = Writer(str(folder / name))
        for epoch in range(40):
            validation = abs(epoch - 12) / 40 + 0.5
            loss = validation if name == "validation" else 1 / (epoch + 1)
            writer.add_scalar("epoch_loss", loss, epoch)
            if name == "validation":
                writer.add_scalar("evaluation_loss_vs_iterations", loss, 2 * (epoch + 1))
            else:
                writer.add_scalar("epoch_learning_rate", 0.003, epoch)
        writer.close()


def names(run: Run, role: Role) -> list[str]:
    return [series.name for series in run.of(role)]


def test_keras_halves_are_one_run(tmp_path: Path) -> None:
    """So that the validation loss is seen beside the training loss; its twin over iterations is another axis."""
    write_halves(tmp_path / "logs" / "fit", "train", "validation")
    (run,) = read_runs(str(tmp_path))
    assert run.name == str(tmp_path / "logs" / "fit")
    assert [Path(file).parent.name for file in run.files] == ["train", "validation"]
    assert names(run, Role.LR) == ["train/epoch_learning_rate"]
    assert names(run, Role.LOSS) == ["train/epoch_loss"]
    assert names(run, Role.VALIDATION) == ["validation/epoch_loss"]
    assert names(run, Role.OTHER) == ["validation/evaluation_loss_vs_iterations"]
    assert [set(series.parts.tolist()) for series in run.of(Role.VALIDATION)] == [{1}]
    (finding,) = diagnose([str(tmp_path)], Settings(select=("RUN302",))).findings
    assert finding.series == "validation/epoch_loss"


def test_a_half_alone_and_folders_of_other_names_are_runs_of_their_own(tmp_path: Path) -> None:
    """A run may be called `train`; runs beside it are others."""
    write_halves(tmp_path, "train", "train2")
    runs = list(read_runs(str(tmp_path)))
    assert [Path(run.name).name for run in runs] == ["train", "train2"]
    assert [names(run, Role.LOSS) for run in runs] == [["epoch_loss"]] * 2


def write_monitor(folder: Path, start: int) -> None:
    """What DeepSpeed's monitor writes in one process: a header when it first opens a file, steps in samples."""
    folder.mkdir(parents=True, exist_ok=True)
    tags = {
        "Train/Samples/train_loss": 3.0,
        "Train/Samples/lr": 0.1,
        "Train/Samples/loss_scale": 1.0,
        "Val/my loss": 2.0,
    }
    for tag, value in tags.items():
        with (folder / (tag.replace("/", "_").replace(" ", "_") + ".csv")).open("a+", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["step", tag.split("/")[-1]])
            writer.writerows([32 * step, value / (step + 1)] for step in range(start, start + 5))


def test_deepspeed_files_of_a_folder_are_one_run(tmp_path: Path) -> None:
    """Restarts repeat the header; its configuration and other CSV files beside it are no part of it."""
    write_monitor(tmp_path / "job", 0)
    write_monitor(tmp_path / "job", 5)
    (tmp_path / "job" / "deepspeed_config.csv").write_text("key,value\r\nlr,0.1\r\n")
    (tmp_path / "job" / "mine.csv").write_text("step,loss\n1,2\n2,1\n")
    job, mine = sorted(read_runs(str(tmp_path)), key=lambda run: run.formats, reverse=True)
    assert (job.name, job.formats, len(job.files)) == (str(tmp_path / "job"), ("deepspeed",), 4)
    (lr,), (loss,), (validation,) = (job.of(role) for role in (Role.LR, Role.LOSS, Role.VALIDATION))
    assert [lr.name, loss.name, validation.name] == ["Train_Samples_lr", "Train_Samples_train_loss", "Val_my_loss"]
    assert lr.steps.tolist() == loss.steps.tolist() == [32 * step for step in range(10)]
    assert job.problems == ()
    assert [Path(job.files[part]).name for part in (lr.parts[0], loss.parts[-1])] == [
        "Train_Samples_lr.csv",
        "Train_Samples_train_loss.csv",
    ]
    assert (mine.formats, mine.name) == (("csv",), str(tmp_path / "job" / "mine.csv"))


def test_one_csv_per_loss_is_no_deepspeed_run(tmp_path: Path) -> None:
    """Files of several runs may be named by their column."""
    for name in ("first_loss.csv", "second_loss.csv"):
        (tmp_path / name).write_text("step,loss\n1,2\n2,1\n")
    assert [run.formats for run in read_runs(str(tmp_path))] == [("csv",)] * 2
