# ruff: noqa: E501 - the lines of logs stand as their trainers write them
"""Every text format that trainers write: what is read, under which roles, and what is said about damage."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs import Role, Run, read_runs

Column = tuple[Role, list[int], list[float]]


def read(path: Path, settings: Settings | None = None) -> tuple[list[Run], list[Problem]]:
    problems: list[Problem] = []
    return list(read_runs(str(path), settings, problems.append)), problems


def columns(folder: Path, name: str, text: str, settings: Settings | None = None) -> dict[str, Column]:
    """The series of the one run in a folder with this file, which holds no problem."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    (run,), problems = read(folder, settings)
    assert problems == []
    return {series.name: (series.role, series.steps.tolist(), series.values.tolist()) for series in run.series}


def complaints(folder: Path, name: str, text: str) -> list[tuple[int | None, bool, str]]:
    """What is said about a file named outright: line, whether anything is lost, the sentence."""
    path = folder / name
    path.write_text(text)
    return [(problem.line, problem.lost, problem.message) for problem in read(path)[1]]


def test_lightning_csv_has_sparse_rows(tmp_path: Path) -> None:
    """CSVLogger writes a row per logging call; an empty cell is no point."""
    text = "epoch,lr-AdamW,lr-AdamW-momentum,step,train_loss_step,val_loss\n,0.1,0.9,0,,\n0,,,0,2.5,\n0,,,9,,2.0\n,0.05,0.9,10,,\n"
    assert columns(tmp_path, "version_0/metrics.csv", text) == {
        "epoch": (Role.EPOCH, [0, 9], [0, 0]),
        "lr-AdamW": (Role.LR, [0, 10], [0.1, 0.05]),
        "lr-AdamW-momentum": (Role.OTHER, [0, 10], [0.9, 0.9]),
        "train_loss_step": (Role.LOSS, [0], [2.5]),
        "val_loss": (Role.VALIDATION, [9], [2.0]),
    }


def test_keras_csv_has_na_for_missing_and_any_separator(tmp_path: Path) -> None:
    """CSVLogger(separator=';') with epochs that restart on append: the rewind is kept."""
    text = "epoch;accuracy;learning_rate;loss;val_loss\n0;0.5;0.01;1.5;NA\n1;0.6;0.01;nan;1.4\n0;0.5;0.01;1.2;1.3\n"
    found = columns(tmp_path, "training.csv", text)
    assert found["val_loss"] == (Role.VALIDATION, [1, 0], [1.4, 1.3])
    role, steps, values = found["loss"]
    assert (role, steps, values[0], values[2]) == (Role.LOSS, [0, 1, 0], 1.5, 1.2)
    assert math.isnan(values[1])
    assert found["accuracy"][0] is Role.METRIC


def test_ultralytics_csv_pads_its_names(tmp_path: Path) -> None:
    """results.csv of YOLOv8: names and cells padded with spaces, three param groups kept apart."""
    text = "  epoch,  train/box_loss,   val/box_loss,  lr/pg0,  lr/pg1\n   1,   1.5,   1.7,  0.07, 0.003\n   2,   1.2,   1.6,  0.04, 0.006\n"
    assert columns(tmp_path, "results.csv", text) == {
        "epoch": (Role.EPOCH, [1, 2], [1, 2]),
        "train/box_loss": (Role.LOSS, [1, 2], [1.5, 1.2]),
        "val/box_loss": (Role.VALIDATION, [1, 2], [1.7, 1.6]),
        "lr/pg0": (Role.LR, [1, 2], [0.07, 0.04]),
        "lr/pg1": (Role.LR, [1, 2], [0.003, 0.006]),
    }


def test_a_metric_with_its_threshold_is_a_name(tmp_path: Path) -> None:
    """Colons and equals signs may stand in a header."""
    text = "epoch,train/box_loss,metrics/mAP_0.5:0.95,AP@[IoU=0.5],x/lr0\n0,1.5,0.1,0.2,0.07\n1,1.2,0.2,0.3,0.04\n"
    assert columns(tmp_path, "results.csv", text)["x/lr0"] == (Role.LR, [0, 1], [0.07, 0.04])


def test_a_header_that_comes_again_is_no_row(tmp_path: Path) -> None:
    """DeepSpeed writes the header on every restart."""
    found = columns(
        tmp_path, "Train_Samples_lr.csv", "step,Train/Samples/lr\n8,0.1\n16,0.2\nstep,Train/Samples/lr\n24,0.3\n"
    )
    assert found == {"Train/Samples/lr": (Role.LR, [8, 16, 24], [0.1, 0.2, 0.3])}


def test_batches_that_restart_every_epoch_are_laid_end_to_end(tmp_path: Path) -> None:
    """The step axis goes on where the count of batches falls back as the epoch rises."""
    text = "epoch,batch,loss\n" + "".join(f"{epoch},{batch},1.0\n" for epoch in range(3) for batch in range(4))
    assert columns(tmp_path, "log.csv", text)["loss"][1] == list(range(12))


def test_keras_prints_the_epoch_on_a_line_of_its_own(tmp_path: Path) -> None:
    """It begins the row of the line behind its progress bar."""
    line = "1875/1875 [====] - 5s 3ms/step - loss: {} - val_loss: 2.5 - learning_rate: 0.001\n"
    text = "".join(f"Epoch {epoch}/9\n{line.format(9 / epoch)}" for epoch in range(1, 10))
    assert columns(tmp_path, "out.log", text)["loss"] == (Role.LOSS, list(range(1, 10)), [9 / n for n in range(1, 10)])


def test_batches_that_are_counted_in_examples_go_on_from_epoch_to_epoch(tmp_path: Path) -> None:
    """As torch's example for MNIST prints them."""
    rows = [(epoch, seen) for epoch in (1, 2) for seen in range(0, 1920, 640)]
    text = "".join(f"Train Epoch: {epoch} [{seen}/1920 ({seen // 19}%)]\tLoss: 2.0\n" for epoch, seen in rows)
    assert columns(tmp_path, "out.log", text)["Loss"][1] == [640 * n for n in range(6)]


def test_rows_are_counted_where_no_column_counts_whole_steps(tmp_path: Path) -> None:
    """A fractional epoch is no step."""
    assert columns(tmp_path, "log.csv", "epoch,loss\n0.5,3\n1.0,2\n1.5,1\n")["loss"][1] == [0, 1, 2]


def test_settings_name_series_outright(tmp_path: Path) -> None:
    """--lr-tag, --loss-tag and --step-tag replace what the names would say."""
    settings = Settings(lr_tags=("eta",), loss_tags=("objective",), step_tag="samples")
    found = columns(
        tmp_path, "log.csv", "step,samples,eta,lr,objective,loss\n1,64,0.1,9,5,7\n2,128,0.2,9,4,7\n", settings
    )
    assert {name: role for name, (role, _, _) in found.items()} == {
        "step": Role.OTHER,
        "eta": Role.LR,
        "lr": Role.OTHER,
        "objective": Role.LOSS,
        "loss": Role.OTHER,
    }
    assert found["eta"][1] == [64, 128]


def test_csv_damage_names_the_line_and_keeps_the_rest(tmp_path: Path) -> None:
    """A row of another width is left out whole, a word among numbers alone."""
    path = tmp_path / "log.csv"
    path.write_text("step,loss,lr\n1,2,3\n2,3\n3,oops,5\n4,5,6\n")
    (run,), problems = read(path)
    assert {series.name: series.steps.tolist() for series in run.series} == {"loss": [1, 4], "lr": [1, 3, 4]}
    assert [(problem.line, problem.lost) for problem in problems] == [(3, True), (4, True)]
    assert [problem.message for problem in problems] == [
        "1 row without the header's 3 columns left out",
        "no number in 1 cell of column 'loss', the first 'oops'",
    ]


def test_a_csv_whose_lrs_or_losses_are_no_numbers_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    """As with decimal commas; a loss that is given by its kind, or another column of words, is none to read."""
    assert complaints(tmp_path, "log.csv", "step;lr;loss;x\n1;0,1;2,5;a1\n2;0,05;2,25;b2\n") == [
        (2, True, "column 'lr' left out: '0,1' is no number"),
        (2, True, "column 'loss' left out: '2,5' is no number"),
        (1, True, "no column but that of the steps holds numbers"),
    ]
    assert complaints(tmp_path, "kinds.csv", "step,lr,loss\n1,0.1,mse\n2,0.1,mse\n") == []


def test_a_tensor_that_was_printed_is_its_number(tmp_path: Path) -> None:
    """Where a trainer forgot `.item()`."""
    tensor = "tensor(2.5, device='cuda:0', grad_fn=<NllLossBackward0>)"
    logs = {
        "log.csv": f'step,lr,loss\n1,0.1,"{tensor}"\n2,0.1,tensor(2.0)\n',
        "log.jsonl": f'{{"step": 1, "lr": 0.1, "loss": "{tensor}"}}\n{{"step": 2, "lr": 0.1, "loss": "tensor(2.0)"}}\n',
        "signs.log": f"step 1 lr: 0.1 loss: {tensor}\nstep 2 lr: 0.1 loss: tensor(2.0)\n",
        "bare.log": f"step 1 lr 0.1 loss {tensor}\nstep 2 lr 0.1 loss tensor(2.0)\n",
    }
    for name, text in logs.items():
        found = columns(tmp_path / name, name, text)["loss"]
        assert found == (Role.LOSS, [1, 2], [2.5, 2.0])


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """None takes the place of another."""
    found = columns(tmp_path, "log.csv", "step,loss,loss\n1,3,5\nstep,loss,loss\n2,2,4\n")
    assert {name: values for name, (_, _, values) in found.items()} == {"loss": [3, 2], "loss 2": [5, 4]}


@pytest.mark.parametrize(
    ("name", "text", "line", "sentence"),
    [
        ("words.csv", "name,colour\na,b\n", 1, "no column holds numbers"),
        ("steps.csv", "step\n1\n2\n", 1, "no column but that of the steps holds numbers"),
        ("empty.csv", "", 1, "the file is empty"),
        ("empty.jsonl", "", None, "the file is empty"),
        ("empty.log", "", None, "the file is empty"),
        (
            "utf-16.csv",
            "\0s\0t\0e\0p\0,\0l\0r\n\0\x31\0,\0\x32\n",
            1,
            "no text in UTF-8: a binary file, or one in UTF-16",
        ),
        ("mac.csv", "step,loss\r1,2\r2,1\r", 1, "lines that end with a carriage return alone are not read"),
        ("state.txt", "hello\nworld\n", None, "no line holds an LR or a loss that lrlint recognises"),
        ("train.py", "print()\n", None, "not a training log that lrlint knows"),
        ("some.json", '{"a": 1', 1, "no JSON: Expecting ',' delimiter"),
        ("other.json", '{"a": 1}', None, "holds no rows of numbers"),
    ],
)
def test_a_file_named_outright_that_is_no_log_is_a_problem(
    tmp_path: Path, name: str, text: str, line: int | None, sentence: str
) -> None:
    """One clear line each."""
    assert complaints(tmp_path, name, text) == [(line, True, sentence)]


def test_files_that_are_no_logs_are_passed_over_below_a_folder(tmp_path: Path) -> None:
    """Data sets, configurations and requirements lie beside logs; a folder without any log is a problem."""
    (tmp_path / "labels.csv").write_text("image,label\na.png,3\n")
    (tmp_path / "config.json").write_text('{"lr": 0.1, "epochs": 10, "loss": 1}\n')
    (tmp_path / "annotations.json").write_text('[{"id": 1, "area": 2.0}, {"id": 2, "area": 3.0}]')
    (tmp_path / "requirements.txt").write_text("torch==2.0\nnumpy\n")
    (tmp_path / "args.txt").write_text("lr: 0.1\nepochs: 10\nloss: 3\n")
    runs, problems = read(tmp_path)
    assert runs == []
    assert [problem.message for problem in problems] == ["no training logs in this folder"]


def test_a_csv_that_has_just_begun_is_a_remark(tmp_path: Path) -> None:
    """Its trainer has written the header and nothing else: nothing is lost."""
    assert complaints(tmp_path, "log.csv", "step,lr,loss\n") == [(1, False, "holds a header and no rows yet")]
    assert complaints(tmp_path, "other.csv", "step,lr,loss\n1,2\n") == [
        (2, True, "1 row without the header's 3 columns left out"),
        (1, True, "no column holds numbers"),
    ]


def test_a_row_cut_off_in_a_csv_is_left_out(tmp_path: Path) -> None:
    """A trainer killed at any byte: whole rows only, and no number that was never written."""
    lines = ["step,lr,loss\n", *(f"{step},0.{step:06d},{2 - step / 100:.6f}\n" for step in range(1, 9))]
    text = "".join(lines)
    for cut in range(len(text) - 2 * len(lines[-1]), len(text)):
        path = tmp_path / "log.csv"
        path.write_text(text[:cut])
        (run,), problems = read(path)
        whole = text[: cut + 1].count("\n") - 1
        assert {series.name: series.steps.tolist() for series in run.series} == {
            name: list(range(1, whole + 1)) for name in ("lr", "loss")
        }
        assert not any(problem.lost for problem in problems)


LARGE = [f"{step},{step / 7!r},{'' if step % 3 else '0.5'},word" for step in range(60_000)]


@pytest.mark.parametrize("odd", [None, "nan", "oops", "short"])
def test_a_large_csv_is_read_like_a_small_one(tmp_path: Path, odd: str | None) -> None:
    """Whether pandas reads a chunk or the careful way does: the same points and the same complaints."""
    rows = list(LARGE)
    if odd is not None:
        rows[50_000] = "50000" if odd == "short" else f"50000,{odd},0.5,word"
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["step,loss,val_loss,note", *rows, ""]))
    (run,), problems = read(path)
    loss, validation = run.series
    expected = {step: step / 7 for step in range(60_000)}
    if odd == "nan":
        assert math.isnan(loss.values[50_000])
    elif odd is not None:
        del expected[50_000]
        assert [(problem.line, problem.lost) for problem in problems] == [(50_002, True)]
    assert loss.steps.tolist() == list(expected)
    values = loss.values.tolist()
    assert odd == "nan" or values == pytest.approx(list(expected.values()), rel=1e-15, abs=0)
    assert validation.steps.tolist()[:3] == [0, 3, 6]


@pytest.mark.parametrize("row", ["50000,0.5,0.25,9", "50000,0.5", "", "50000,0.5,0.25,"])
@pytest.mark.parametrize("note", ["", ",word"])
def test_a_row_of_another_length_in_a_large_csv_is_no_silent_loss(tmp_path: Path, note: str, row: str) -> None:
    """Named with its line if it is too long or too short; empty lines and cells behind the last are nothing."""
    rows = [f"{step},{step / 7!r},0.25{note}" for step in range(60_000)]
    rows[50_000] = row and row + note
    path = tmp_path / "log.csv"
    path.write_text("\n".join([f"step,loss,lr{note and ',note'}", *rows, ""]))
    (run,), problems = read(path)
    fits = row.endswith(",") and not note
    assert run.series[0].steps.tolist() == [step for step in range(60_000) if fits or step != 50_000]
    assert [problem.line for problem in problems] == ([] if fits or not row else [50_002])


HISTORY = [
    {"epoch": 0.5, "learning_rate": 5e-05, "loss": 2.5, "grad_norm": 1.0, "step": 10},
    {"epoch": 1.0, "eval_loss": 2.0, "eval_runtime": 3.0, "step": 20},
    {"epoch": 1.0, "learning_rate": 0.0, "loss": math.nan, "grad_norm": math.nan, "step": 20},
]


def test_hugging_face_checkpoints_are_one_run_and_bare_nan_is_read(tmp_path: Path) -> None:
    """Every checkpoint repeats the history: the last counts."""
    for checkpoint, rows in ((5, HISTORY[:1]), (10, HISTORY[:1]), (20, HISTORY)):
        folder = tmp_path / f"checkpoint-{checkpoint}"
        folder.mkdir()
        state = {"global_step": checkpoint, "max_steps": 20, "log_history": rows}
        (folder / "trainer_state.json").write_text(json.dumps(state, indent=2))
    (run,), problems = read(tmp_path)
    assert problems == []
    assert run.path == str(tmp_path)
    assert run.hyperparameters["max_steps"] == 20
    roles = {series.name: (series.role, series.steps.tolist()) for series in run.series}
    assert roles == {
        "epoch": (Role.EPOCH, [10, 20, 20]),
        "learning_rate": (Role.LR, [10, 20]),
        "loss": (Role.LOSS, [10, 20]),
        "grad_norm": (Role.GRADIENT_NORM, [10, 20]),
        "eval_loss": (Role.VALIDATION, [20]),
        "eval_runtime": (Role.OTHER, [20]),
    }
    assert math.isnan(run.of(Role.LOSS)[0].values[-1])


def test_a_trainer_state_that_breaks_off_gives_its_whole_rows(tmp_path: Path) -> None:
    """And says so, with the line."""
    text = json.dumps({"global_step": 20, "log_history": HISTORY, "max_steps": 20}, indent=1)
    path = tmp_path / "trainer_state.json"
    path.write_text(text[: text.index('"eval_loss"') + 15])
    (run,), problems = read(path)
    assert [series.steps.tolist() for series in run.of(Role.LOSS)] == [[10]]
    assert [(problem.lost, problem.message) for problem in problems] == [
        (True, "no whole JSON: 1 rows of the history could be read")
    ]


def lines(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def test_detectron2_metrics(tmp_path: Path) -> None:
    """metrics.json holds a row per line and counts iterations."""
    text = lines({"iteration": 19, "lr": 0.01, "total_loss": 2.0}, {"iteration": 39, "lr": 0.02, "total_loss": 1.5})
    assert columns(tmp_path, "metrics.json", text) == {
        "lr": (Role.LR, [19, 39], [0.01, 0.02]),
        "total_loss": (Role.LOSS, [19, 39], [2.0, 1.5]),
    }


def test_mmcv_validation_rows_repeat_the_lr_and_count_otherwise(tmp_path: Path) -> None:
    """The LR of a validation row is no point; iterations within epochs go on."""
    rows: list[dict[str, object]] = [{"env_info": "Linux", "seed": 0}]
    for epoch in (1, 2):
        rows += [
            {"mode": "train", "epoch": epoch, "iter": count, "lr": 0.1 / epoch, "loss": 1.0} for count in (50, 100)
        ]
        rows.append({"mode": "val", "epoch": epoch, "iter": 7, "lr": 0.1, "loss": 2.0})
    found = columns(tmp_path, "20240101_000000.log.json", lines(*rows))
    assert found["lr"] == (Role.LR, [50, 100, 150, 200], [0.1, 0.1, 0.05, 0.05])
    assert found["val/loss"] == (Role.VALIDATION, [100, 200], [2.0, 2.0])


def test_mmengine_validation_rows_count_epochs(tmp_path: Path) -> None:
    """Their step is an epoch; they belong to the last training step."""
    text = lines(
        {"lr": 0.1, "base_lr": 0.1, "loss": 2.0, "epoch": 1, "iter": 10, "step": 10},
        {"lr": 0.1, "base_lr": 0.1, "loss": 1.9, "epoch": 1, "iter": 20, "step": 20},
        {"coco/bbox_mAP": 0.3, "time": 0.1, "step": 1},
    )
    found = columns(tmp_path, "vis_data/scalars.json", text)
    assert found["lr"] == (Role.LR, [10, 20], [0.1, 0.1])
    assert found["base_lr"][0] is Role.OTHER
    assert found["coco/bbox_mAP"][1] == [20]


def test_fairseq_logs_objects_inside_text_with_strings(tmp_path: Path) -> None:
    """Numbers are strings, summary rows carry their prefix in every name."""
    text = (
        "2024-01-01 10:00:00 | INFO | fairseq.trainer | begin training epoch 1\n"
        '2024-01-01 10:00:01 | INFO | train_inner | {"epoch": 1, "loss": "9.5", "num_updates": "100", "lr": "1e-05", "gnorm": "2.1"}\n'
        '2024-01-01 10:00:02 | INFO | train_inner | {"epoch": 1, "loss": "9.1", "num_updates": "200", "lr": "2e-05", "gnorm": "2.0"}\n'
        '2024-01-01 10:00:03 | INFO | valid | {"epoch": 1, "valid_loss": "9.0", "valid_num_updates": "200"}\n'
    )
    found = columns(tmp_path, "train.log", text)
    assert found["lr"] == (Role.LR, [100, 200], [1e-05, 2e-05])
    assert found["gnorm"][0] is Role.GRADIENT_NORM
    assert found["valid_loss"] == (Role.VALIDATION, [200], [9.0])


def test_json_lines_of_deit_style(tmp_path: Path) -> None:
    """log.txt with a row per epoch."""
    text = lines(
        {"train_lr": 1e-6, "train_loss": 6.9, "test_loss": 6.8, "epoch": 0},
        {"train_lr": 2e-6, "train_loss": 6.7, "test_loss": 6.6, "epoch": 1},
    )
    found = columns(tmp_path, "log.txt", text)
    assert found["train_lr"] == (Role.LR, [0, 1], [1e-6, 2e-6])
    assert found["test_loss"] == (Role.VALIDATION, [0, 1], [6.8, 6.6])


def test_json_lines_of_llama_factory(tmp_path: Path) -> None:
    """Its trainer_log.jsonl counts `current_steps`, and says how many there are to be."""
    rows = [{"current_steps": 10 * n, "total_steps": 20, "loss": 2.0 / n, "learning_rate": 0.1 / n} for n in (1, 2)]
    found = columns(tmp_path, "trainer_log.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert found["learning_rate"] == (Role.LR, [10, 20], [0.1, 0.05])
    assert found["total_steps"][0] is Role.OTHER


def test_json_lines_damage(tmp_path: Path) -> None:
    """A line without its end or its beginning is lost and named; a last one without its end is a remark."""
    row = '{"step": %d, "loss": 1.5}\n'
    text = row % 1 + row % 2 + '{"step": 3, "lo\n' + 'ss": 1.5}\n' + (row % 5)[:-5]
    assert complaints(tmp_path, "log.jsonl", text) == [
        (5, False, "the last line is unfinished and was left out"),
        (3, True, "2 lines are no JSON object and left out"),
    ]


def test_json_documents_of_rows_and_of_columns(tmp_path: Path) -> None:
    """A list of rows; Keras' History.history."""
    rows = json.dumps([{"epoch": 0, "loss": 2.0}, {"epoch": 1, "loss": 1.0}], indent=1)
    assert columns(tmp_path / "rows", "history.json", rows)["loss"] == (Role.LOSS, [0, 1], [2.0, 1.0])
    history = json.dumps({"loss": [2.0, 1.0], "val_loss": [3.0, 2.0], "lr": [0.1, 0.01]}, indent=1)
    assert columns(tmp_path / "columns", "history.json", history) == {
        "loss": (Role.LOSS, [0, 1], [2.0, 1.0]),
        "val_loss": (Role.VALIDATION, [0, 1], [3.0, 2.0]),
        "lr": (Role.LR, [0, 1], [0.1, 0.01]),
    }


TEXTS = {
    "pairs": (
        "step=10, loss=2.5, lr=1e-4\nstep=20, loss=2.0, lr=9e-5\n",
        {"loss": [2.5, 2.0], "lr": [1e-4, 9e-5]},
        [10, 20],
    ),
    "blocks": (
        "[epoch: 0]\ntrain_loss: 1.35\nlr: 0.01\nIoU: ['70.2', '9.0']\n\n[epoch: 1]\ntrain_loss: 1.04\nlr: 0.009\nIoU: ['71', '9']\n",
        {"train_loss": [1.35, 1.04], "lr": [0.01, 0.009]},
        [0, 1],
    ),
    "nanogpt": (
        "iter 0: loss 4.17, time 31.5ms, mfu -100.00%\niter 10: loss 3.2, time 20ms, mfu 3.1%\n",
        {"loss": [4.17, 3.2]},
        [0, 10],
    ),
    "megatron": (
        " iteration       10/     100 | consumed samples:    80 | elapsed time per iteration (ms): 120.5 | learning rate: 1.5E-04 | lm loss: 1.08E+01 | loss scale: 1.0 | grad norm: 1.2 |\n"
        " iteration       20/     100 | consumed samples:   160 | elapsed time per iteration (ms): 119.5 | learning rate: 1.2E-04 | lm loss: 9.5E+00 | loss scale: 1.0 | grad norm: 1.1 |\n",
        {"learning rate": [1.5e-4, 1.2e-4], "lm loss": [10.8, 9.5], "grad norm": [1.2, 1.1]},
        [10, 20],
    ),
    "torchvision": (
        "Epoch: [0]  [ 0/20]  eta: 0:01:20  lr: 0.1  loss: 2.30 (2.31)  time: 0.2\nEpoch: [0]  [10/20]  eta: 0:00:40  lr: 0.1  loss: 2.10 (2.20)  time: 0.2\n"
        "Epoch: [1]  [ 0/20]  eta: 0:01:20  lr: 0.01  loss: 2.00 (2.00)  time: 0.2\nEpoch: [1]  [10/20]  eta: 0:00:40  lr: 0.01  loss: 1.90 (1.95)  time: 0.2\n",
        {"lr": [0.1, 0.1, 0.01, 0.01], "loss": [2.3, 2.1, 2.0, 1.9]},
        [0, 10, 20, 30],
    ),
    "moco": (
        "Epoch: [0][ 0/20]\tTime  0.9 ( 0.9)\tLoss 2.30e+00 (2.31e+00)\nEpoch: [0][10/20]\tTime  0.2 ( 0.3)\tLoss 2.10e+00 (2.20e+00)\n"
        "Epoch: [1][ 0/20]\tTime  0.9 ( 0.9)\tLoss 2.00e+00 (2.00e+00)\nEpoch: [1][10/20]\tTime  0.2 ( 0.3)\tLoss 1.90e+00 (1.95e+00)\n",
        {"Loss": [2.3, 2.1, 2.0, 1.9]},
        [0, 10, 20, 30],
    ),
    "brackets without totals": (
        "Epoch: [0][0]\tLoss 2.3 (2.3)\tLr: 0.1\nEpoch: [0][50]\tLoss 2.1 (2.2)\tLr: 0.1\nEpoch: [1][0]\tLoss 2.0 (2.0)\tLr: 0.01\n",
        {"Loss": [2.3, 2.1, 2.0], "Lr": [0.1, 0.1, 0.01]},
        [0, 50, 100],
    ),
    "mmengine": (
        "06/05 20:10:13 - mmengine - INFO - Epoch(train)  [1][ 50/100]  lr: 1.0e-03  time: 0.4  loss: 1.18\n"
        "06/05 20:10:33 - mmengine - INFO - Epoch(train)  [1][100/100]  lr: 2.0e-03  time: 0.4  loss: 0.62\n"
        "06/05 20:10:40 - mmengine - INFO - Epoch(val) [1][ 30/300]    eta: 0:00:09  time: 0.2\n"
        "06/05 20:10:53 - mmengine - INFO - Epoch(val) [1][300/300]    coco/bbox_mAP: 0.45\n"
        "06/05 20:11:13 - mmengine - INFO - Epoch(train)  [2][ 50/100]  lr: 2.0e-03  time: 0.4  loss: 0.52\n"
        "06/05 20:11:33 - mmengine - INFO - Epoch(train)  [2][100/100]  lr: 2.0e-04  time: 0.4  loss: 0.42\n",
        {"lr": [1e-3, 2e-3, 2e-3, 2e-4], "loss": [1.18, 0.62, 0.52, 0.42]},
        [50, 100, 150, 200],
    ),
    "mmengine by iterations": (
        "Iter(train) [  50/80000]  lr: 1.0e-02  loss: 1.18\nIter(train) [ 100/80000]  lr: 9.0e-03  loss: 0.62\n"
        "Iter(val) [500/500]    mIoU: 45.3\nIter(train) [ 150/80000]  lr: 8.0e-03  loss: 0.52\n",
        {"lr": [0.01, 0.009, 0.008], "loss": [1.18, 0.62, 0.52]},
        [50, 100, 150],
    ),
    "headings": (
        "Epoch [1]\ntrain loss: 2.5\nbest so far\n\nEPOCH 2 of 30\ntrain loss: 2.0\nthe best was epoch 1\n",
        {"train loss": [2.5, 2.0]},
        [1, 2],
    ),
    "words between name and number": (
        "Starting epoch 0 current lr is 0.001\nEpoch 0, Step 25, total used time 7.2 (s), avg loss so far is 0.11\n"
        "Epoch 0, Step 50, total used time 14.1 (s), avg loss so far is 0.09\nEpoch 0, val loss is 0.04\n"
        "Starting epoch 1 current lr is 0.0005\nEpoch 1, Step 25, total used time 21.2 (s), avg loss so far is 0.08\n"
        "Epoch 1, Step 50, total used time 28.1 (s), avg loss so far is 0.07\nEpoch 1, val loss is 0.03\n",
        {"avg loss so far": [0.11, 0.09, 0.08, 0.07]},
        [25, 50, 75, 100],
    ),
    "llm.c": (
        "s:0 tel:10.97\ns:0 trl:10.96 lr:0.000001 norm:15.37\ns:1 trl:10.81 lr:0.000002 norm:15.24\n",
        {"train loss": [10.96, 10.81], "lr": [1e-6, 2e-6], "grad norm": [15.37, 15.24]},
        [0, 1],
    ),
    "tables under a header": (
        "[2020/04/26 20:14:28] - Namespace(lr_max=0.1, epochs=200)\n"
        "[2020/04/26 20:14:33] - Epoch \t Train Time \t LR \t \t Train Loss \t Train Acc \t Test Loss\n"
        "[2020/04/26 20:50:52] - 0 \t 1645.4 \t 0.1000 \t 2.28 \t 0.15 \t 2.21\n[2020/04/26 21:27:11] - 1 \t 1646.0 \t 0.0500 \t 2.14 \t 0.19 \t \t 2.15\n",
        {"LR": [0.1, 0.05], "Train Loss": [2.28, 2.14], "Train Acc": [0.15, 0.19], "Test Loss": [2.21, 2.15]},
        [0, 1],
    ),
    "fastai": (
        "Learner(data)\nepoch     train_loss  valid_loss  accuracy  time    \n"
        "0         0.950000    0.700000    0.7500    00:31     \n1         0.550000    0.600000    0.8100    00:30     \nBetter model found at epoch 1\n",
        {"train_loss": [0.95, 0.55], "valid_loss": [0.7, 0.6], "accuracy": [0.75, 0.81]},
        [0, 1],
    ),
    "train_gpt2.py": (
        "0 val 10.9522\n0 hella 0.2463\n0 train 10.952208\n1 train 9.500000\n2 train 9.250000\n2 val 9.3000\n",
        {"train loss": [10.952208, 9.5, 9.25]},
        [0, 1, 2],
    ),
    "tables": (
        "-----\n| train/ |    |\n|    loss | 16.6 |\n|    learning_rate | 0.0003 |\n|    total_timesteps | 2048 |\n-----\n"
        "-----\n| train/ |    |\n|    loss | 12.1 |\n|    learning_rate | 0.0002 |\n|    total_timesteps | 4096 |\n-----\n",
        {"loss": [16.6, 12.1], "learning_rate": [3e-4, 2e-4]},
        [2048, 4096],
    ),
    "parts of a loss": (
        "step 100 | loss_G -2.65 | sep -2.7 | lr 1.3e-04 |\nstep 200 | loss_G -2.75 | sep -2.8 | lr 1.2e-04 |\n",
        {"loss_G": [-2.65, -2.75], "lr": [1.3e-4, 1.2e-4]},
        [100, 200],
    ),
    "fairseq": (
        "2023-01-01 10:00:00 | INFO | train_inner | epoch 001:     50 / 1000 loss=15.3, ppl=41000, wps=5.2, num_updates=50, lr=8e-05, gnorm=2.1\n"
        "2023-01-01 10:01:00 | INFO | train_inner | epoch 001:    100 / 1000 loss=11, ppl=2048, wps=5.2, num_updates=100, lr=0.00016, gnorm=1.9\n",
        {"loss": [15.3, 11.0], "lr": [8e-5, 1.6e-4], "gnorm": [2.1, 1.9]},
        [50, 100],
    ),
    "angle brackets": (
        "<epoch:  1, lr:1.000e-04> loss: 3.7e-01\n<epoch:  2, lr:5.000e-05> loss: 2.5e-01 \n",
        {"lr": [1e-4, 5e-5], "loss": [0.37, 0.25]},
        [1, 2],
    ),
    "lists of LRs": (
        "Epoch 1/9\nlr: [0.0002, 0.002]\ntrain Loss: 2.4 IoU: ['70.2', '9.0']\nEpoch 2/9\nlr: [0.0004, 0.004]\ntrain Loss: 1.7\n",
        {"lr": [2e-4, 4e-4], "train Loss": [2.4, 1.7]},
        [1, 2],
    ),
    "bars": (
        "Epoch 001/60 | ⏱️ 37.78m | LR: 0.017 | Train Acc: 0.27% | Train Loss: 6.83 | Val Loss: 6.14\n"
        "Epoch 002/60 | ⏱️ 36.63m | LR: 0.037 | Train Acc: 1.47% | Train Loss: 6.36 | Val Loss: 5.34\n",
        {"LR": [0.017, 0.037], "Train Acc": [0.27, 1.47], "Train Loss": [6.83, 6.36], "Val Loss": [6.14, 5.34]},
        [1, 2],
    ),
    "coco": (
        "epoch:0 0.171  0.342  0.154  0.099  0.211  0.213  0.184  0.315  0.334  0.168  0.375  0.440  1.38  0.08\n"
        "epoch:1 0.230  0.419  0.230  0.132  0.266  0.288  0.224  0.374  0.395  0.216  0.435  0.512  1.03  0.04\n",
        {"loss": [1.38, 1.03], "lr": [0.08, 0.04]},
        [0, 1],
    ),
    "colours and progress": (
        "Epoch 0:  50%|#####     | 5/10 [00:01<00:01, 3.1it/s, loss=2.5, lr=0.1]\rEpoch 0: 100%|##########| 10/10 [00:03<00:00, 3.1it/s, \x1b[32mloss=2.0\x1b[0m, lr=0.05]\n",
        {"loss": [2.5, 2.0], "lr": [0.1, 0.05]},
        [5, 10],
    ),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_plain_text(tmp_path: Path, kind: str) -> None:
    """The documented forms, each with its step axis."""
    text, expected, steps = TEXTS[kind]
    found = columns(tmp_path, "train.log", text)
    assert {name: found[name][2] for name in expected} == expected
    assert all(found[name][1] == steps for name in expected)
    assert all(role is not Role.OTHER or name.startswith("AR") for name, (role, _, _) in found.items())


ROWS = "Epoch 1 | loss: 2.5 | lr: 0.01\nEpoch 2 | loss: 2.0 | lr: 0.02\nEpoch 3 | loss: 1.5 | lr: 0.01\n"


@pytest.mark.parametrize(
    "settings",
    [
        "Namespace(batch_size=128, lr=0.4, lr_decay=0.1, mode='hybrid', save_dir='out')\n",
        "{'name': 'unet', 'root': '/data', 'amp': True, 'optimizer': 'sgd', 'lr': 0.4, 'loss_weight': 2}\n",
        "TRAIN:\n  device: cuda:0\n  epochs: 30\n  lr: 0.4\n  loss_alpha: 0.25\n",
        "TRAIN:\n  lr: 0.4\n  loss_alpha: 0.25\nCuda: False\n",
        "optimizer = dict(\n    lr=0.4,\n    type='SGD')\nmodel = dict(\n    loss_alpha=0.25)\n",
    ],
)
def test_settings_printed_before_the_rows_of_a_text_are_no_points(tmp_path: Path, settings: str) -> None:
    """A start prints its settings, and so does the next one that appends to the same file."""
    again = "=> no checkpoint found\n" * 60
    found = columns(tmp_path, "train.log", settings + ROWS + again + settings + ROWS)
    assert {name: values for name, (role, _, values) in found.items() if role is not Role.EPOCH} == {
        "loss": [2.5, 2.0, 1.5] * 2,
        "lr": [0.01, 0.02, 0.01] * 2,
    }


@pytest.mark.parametrize(
    "settings",
    [
        "SOLVER:\n  BASE_LR: 0.4\n  OPTIMIZER_NAME: 'Adam'\n  STEPS: [40, 70]\n\n  # GAMMA: 0.5\n  GAMMA: 0.1\n  WARMUP: linear\n"
        "MODEL:\n  NAME: resnet\n  FOCAL_LOSS_ALPHA: 0.25\n  MEAN:\n  - 103.5\n",
        'INFO - {\n  "lr": 0.4,\n  "optimizer": "adam",\n  "amp": true,\n  "sizes": [\n    1,\n    2\n  ],\n  "loss": {\n    "name": "focal"\n  }\n}\n',
    ],
)
def test_settings_over_many_lines_are_no_points_wherever_they_stand(tmp_path: Path, settings: str) -> None:
    """Configurations of yacs and objects of JSON, also right behind the rows of the run before."""
    found = columns(tmp_path, "train.log", ROWS + settings + ROWS)
    assert {name: values for name, (role, _, values) in found.items() if role is not Role.EPOCH} == {
        "loss": [2.5, 2.0, 1.5] * 2,
        "lr": [0.01, 0.02, 0.01] * 2,
    }


def test_rows_over_many_lines_are_no_settings(tmp_path: Path) -> None:
    """They hold numbers, or name their epoch."""
    upper = "".join(f"EPOCH: {n}\nTRAIN:\n  LOSS: {3 / n}\n  LR: {0.1 / n}\n  ACC: 0.5\n" for n in (1, 2, 4))
    assert columns(tmp_path / "upper", "train.log", upper)["LR"] == (Role.LR, [1, 2, 4], [0.1, 0.05, 0.025])
    rows = [{"epoch": n, "phase": "train", "model": "a", "best": True, "lr": 0.1 / n, "loss": 1.0} for n in (1, 2)]
    objects = "".join(json.dumps(row, indent=2) + "\n" for row in rows)
    assert columns(tmp_path / "objects", "train.log", objects)["lr"] == (Role.LR, [1, 2], [0.1, 0.05])


def test_the_code_of_the_trainer_at_the_head_of_a_text_is_no_log(tmp_path: Path) -> None:
    """It names LRs and losses, and counts."""
    code = "import torch\n" + "".join(
        f"def f{n}(lr: float = 0.{n}):\n    loss = {n}; step = {n}\n    return loss\n" for n in range(30)
    )
    assert columns(tmp_path, "train.log", code + "=====\n" + ROWS)["lr"][2] == [0.01, 0.02, 0.01]
    quoted = "warning: use this:\nimport torch\ndef f(x):\n    return x\n"
    assert columns(tmp_path, "train.log", ROWS + quoted + ROWS)["lr"][2] == [0.01, 0.02, 0.01] * 2


def test_values_may_stand_before_the_count_that_they_belong_to(tmp_path: Path) -> None:
    """In the first row as in all others; settings further up are none of them."""
    rows = "".join(f"lr: {0.1 / epoch}\nEpoch {epoch}: train loss: {3 / epoch}\n" for epoch in (1, 2, 4))
    found = columns(tmp_path, "train.log", "batch size: 8\nlr: 0.5\n" + rows)
    assert found["lr"] == (Role.LR, [1, 2, 4], [0.1, 0.05, 0.025])


def test_values_behind_much_other_text_are_points_all_the_same(tmp_path: Path) -> None:
    """Samples that a language model is asked for after every step stand between a count and its loss."""
    text = "".join(f"Step {step}\n" + "once upon a time\n" * 80 + f"loss: {3 - step}\n" for step in (1, 2))
    assert columns(tmp_path, "train.log", text)["loss"] == (Role.LOSS, [1, 2], [2.0, 1.0])


@pytest.mark.parametrize(
    "line",
    [
        "Test: [{}/13]\tLoss {}\n",
        "Validate: [{}/13]\tLoss {}\n",
        "INFO: Evaluation Epoch {} - Average Loss: {}\n",
        "Test {}, Loss: {}, acc: 0.5\n",
        "[eval] iter {} loss {}\n",
        "Test set {}\nTest set: Average loss: {}\n",
    ],
)
def test_a_loss_on_a_line_about_an_evaluation_is_a_validation_loss(tmp_path: Path, line: str) -> None:
    """The examples of PyTorch print both losses under one name."""
    text = "".join(f"Train Epoch: {epoch}\tLoss: {2 / epoch}\n" + line.format(0, 3 / epoch) for epoch in (1, 2))
    found = columns(tmp_path, "train.log", text)
    assert found["Loss"] == (Role.LOSS, [1, 2], [2.0, 1.0])
    (validation,) = (series for series in found.values() if series[0] is Role.VALIDATION)
    assert validation[2] == [3.0, 1.5]


def test_positions_in_epochs_are_laid_end_to_end_in_every_run_of_a_text(tmp_path: Path) -> None:
    """A second run appended to the first goes back in its epochs; the length of an epoch is the one printed."""
    rows = "".join(f"Epoch: [{epoch}][{batch}/48]\tLoss {9 - epoch}\n" for epoch in range(2) for batch in (0, 20, 40))
    assert columns(tmp_path, "train.log", rows * 2)["Loss"][1] == [0, 20, 40, 48, 68, 88] * 2


def test_an_epoch_taken_up_again_is_a_rewind_to_its_first_batch(tmp_path: Path) -> None:
    """After a crash in the second epoch, its batches come once more."""
    batches = [(0, 10), (0, 20), (1, 10), (1, 10), (1, 20), (2, 10)]
    text = "".join(f"[Epoch {epoch}][Batch {batch}], Speed: 16.1, loss={9 - epoch}\n" for epoch, batch in batches)
    assert columns(tmp_path, "train.log", text)["loss"][1] == [10, 20, 30, 30, 40, 50]


def test_a_step_that_never_goes_on_is_no_step(tmp_path: Path) -> None:
    """One row an epoch, always of its first batch."""
    text = "".join(f"Epoch[{epoch}] - Iter: [0/13]\tLoss {9 - epoch}\tLR 0.1\n" for epoch in range(3))
    assert columns(tmp_path, "train.log", text)["Loss"][1] == [0, 1, 2]


def test_rows_without_counts_of_their_own_are_numbered(tmp_path: Path) -> None:
    """A count now and then says little about the rows between."""
    text = "".join(
        f"grpo_loss is {n} and kl is 0.1\n" + (f"[step {n}] acc=0.5\n" if n % 3 == 2 else "") for n in range(9)
    )
    assert columns(tmp_path, "train.log", "step 0\n" + text)["grpo_loss"][1] == list(range(9))


def test_settings_of_starts_that_failed_number_no_rows(tmp_path: Path) -> None:
    """They hold no loss."""
    found = columns(tmp_path, "train.log", ROWS + "epochs: 30\nlr: 0.1\nout of memory\n" * 9)
    assert found["loss"] == (Role.LOSS, [1, 2, 3], [2.5, 2.0, 1.5])


def test_a_line_of_tensors_is_no_line_of_settings(tmp_path: Path) -> None:
    """Each of them says where it lies."""
    tensors = (
        "{'ratio': tensor(1.0, device='mps:0'), 'kl': tensor(0.1, device='mps:0'), 'n': tensor(3, device='mps:0'), "
    )
    text = "".join(f"Step {n}\n{tensors}'policy_loss': {2 - n}}}\n" for n in range(2))
    assert columns(tmp_path, "train.log", text)["policy_loss"][2] == [2.0, 1.0]


def test_a_bar_drawn_again_at_its_place_is_one_row(tmp_path: Path) -> None:
    """Its heading tells the epoch."""
    draw = "Training: 50%|##  | {}/4 [00:02<00:01, 1.2it/s, loss={}]\r"
    text = "".join(
        f"Epoch [{epoch}]\n" + "".join(draw.format(batch, loss) for batch in (2, 4) for loss in (7, 5 - epoch))
        for epoch in (1, 2)
    )
    assert columns(tmp_path, "train.log", text + "\n")["loss"] == (Role.LOSS, [2, 4, 6, 8], [4.0, 4.0, 3.0, 3.0])


def test_bars_that_begin_again_with_every_epoch_that_they_do_not_name_count_nothing(tmp_path: Path) -> None:
    """Their rows are numbered; a bar over the whole run gives the step, also where that was started again."""
    bars = "".join(f"[fold 0] {n % 20:03}/20:  50%|##  | {1 + n % 2}/2 [00:02<00:02, loss={9 - n}]\n" for n in range(9))
    assert columns(tmp_path / "epochs", "train.log", bars)["loss"][1] == list(range(9))
    run = "".join(f"  5%|#   | {n}/90 [00:02<00:02, loss={9 - n}]\n" for n in (10, 20, 30))
    assert columns(tmp_path / "runs", "train.log", run * 2)["loss"][1] == [10, 20, 30] * 2


def test_a_name_beside_its_count_is_something_else_without_one(tmp_path: Path) -> None:
    """A mean over the epoch or the loss of an evaluation, at a step that has its row already."""
    text = "".join(
        "".join(f"Epoch: [{epoch}] Iter: [{n}/30], lr: 0.1, Loss: {3 - epoch}\n" for n in (0, 10, 20))
        + f"Loss: 7.5, MeanIU: 0.{epoch}\nAveraged stats: lr: 0.2  Loss: 8.5\n" * (epoch == 1)
        for epoch in range(2)
    )
    found = columns(tmp_path, "train.log", text)
    assert found["Loss"] == (Role.LOSS, [0, 10, 20, 30, 40, 50], [3.0, 3.0, 3.0, 2.0, 2.0, 2.0])
    assert found["lr"][2] == [0.1] * 6


def test_a_line_that_says_how_many_epochs_there_are_to_be_is_one_of_settings(tmp_path: Path) -> None:
    """Unless it holds a loss."""
    start = "Starting training - epochs=200  bs=8  lr=1.00e-03  loss=focal_dice\n"
    assert columns(tmp_path, "train.log", (start + ROWS) * 3)["lr"][2] == [0.01, 0.02, 0.01] * 3
    rows = "".join(f"Epoch {n}\nof epochs: 3, lr: 0.1, loss: {3 - n}\n" for n in range(3))
    assert columns(tmp_path / "rows", "train.log", rows)["lr"][2] == [0.1] * 3


def test_an_lr_that_a_long_text_names_once_is_a_setting(tmp_path: Path) -> None:
    """What stands among warm-up steps as well as what stands at the head."""
    text = "step 0 warming up\nembed_lr: 0.6\n" + "".join(f"step {n}: loss: {20 - n}\n" for n in range(1, 12))
    assert set(columns(tmp_path, "train.log", text)) == {"loss"}


def test_a_list_of_lrs_holds_one_for_every_param_group(tmp_path: Path) -> None:
    """JSON keeps them apart; a column of a CSV holds the first."""
    rows = lines({"epoch": 1, "loss": 2.0, "lr": [0.1]}, {"epoch": 2, "loss": 1.5, "lr": [0.01]})
    assert columns(tmp_path / "one", "log.jsonl", rows)["lr"][2] == [0.1, 0.01]
    rows = lines({"epoch": 1, "loss": 2.0, "lr": [0.1, 1]}, {"epoch": 2, "loss": 1.5, "lr": [0.01, 0.1]})
    found = columns(tmp_path / "two", "log.jsonl", rows)
    assert {name: values for name, (role, _, values) in found.items() if role is Role.LR} == {
        "lr/0": [0.1, 0.01],
        "lr/1": [1.0, 0.1],
    }
    text = 'epoch,train_loss,lr\n0,2.0,"[2e-07, 2e-06]"\n1,1.5,"[1e-07, 1e-06]"\n'
    assert columns(tmp_path / "table", "summary.csv", text)["lr"] == (Role.LR, [0, 1], [2e-7, 1e-7])


@pytest.mark.parametrize(
    "line",
    [
        "Epoch: [ {0}/9] Iter [ 10/1487] || Time: 3.8 sec || lr: 0.0099 || Loss: {1}",
        "Namespace(lr=0.4, depth={0}, loss_weight={1}, epochs=3)\nEpoch {0} loss: {1}",
    ],
)
def test_a_text_with_separators_that_is_named_outright_is_no_csv(tmp_path: Path, line: str) -> None:
    """Its cells are names with their values."""
    path = tmp_path / "train.log"
    path.write_text("".join(line.format(epoch, 3.0 - epoch) + "\n" for epoch in range(3)))
    ((run,), problems) = read(path)
    assert (run.formats, problems) == (("text",), [])
    assert [series.values.tolist() for series in run.of(Role.LOSS)] == [[3.0, 2.0, 1.0]]


def test_a_log_that_begins_with_much_else_is_found_in_a_folder(tmp_path: Path) -> None:
    """A model of a thousand lines, and then the rows; a text without any is passed over."""
    model = "(conv): Conv2d(64, 64, kernel_size=(3, 3))\n" * 1000
    (tmp_path / "licence.txt").write_text("All rights reserved. " * 1000)
    assert columns(tmp_path, "train.log", model + ROWS * 10)["loss"][2] == [2.5, 2.0, 1.5] * 10
    assert columns(tmp_path, "train.log", model + ROWS)["loss"][2] == [2.5, 2.0, 1.5]


@pytest.mark.parametrize(
    "text",
    [
        "Learning Rate\tTrain Loss\tValid Loss\t\n0.1\t1.6\t1.7\t\n0.01\t1.2\t1.4\t\n",
        "step,lr,train_loss,val_loss\n0,0.1,1.6,1.7\n1,0.01,1.2,1.4\n",
    ],
)
def test_a_table_in_a_text_is_read_as_one(tmp_path: Path, text: str) -> None:
    """Some loggers write columns under a name that says nothing of it."""
    found = columns(tmp_path, "log.txt", text)
    assert [(role, steps, values) for role, steps, values in found.values()] == [
        (Role.LR, [0, 1], [0.1, 0.01]),
        (Role.LOSS, [0, 1], [1.6, 1.2]),
        (Role.VALIDATION, [0, 1], [1.7, 1.4]),
    ]


def test_a_text_whose_first_line_has_tabs_is_no_table(tmp_path: Path) -> None:
    """Rows of names and values may be laid out with tabs."""
    text = "".join(f"Epoch: [{epoch}][0]\tTime 0.4\tLoss {3.0 - epoch}\tLr: 0.1\n" for epoch in range(3))
    assert columns(tmp_path, "train.log", text)["Loss"][2] == [3.0, 2.0, 1.0]
