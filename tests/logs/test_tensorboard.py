"""TensorBoard event files: every point as TensorBoard's own reader has it, and more where files are damaged."""

from __future__ import annotations

import math
import os
import random
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import torch
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from torch.utils.tensorboard import SummaryWriter

from lrlint.examine import examine
from lrlint.findings import Problem
from lrlint.logs import Role, Run, read_runs
from lrlint.logs.diagnosis import Diagnosis
from lrlint.registry import load_analyzers
from tests.logs.event_files import accumulated, age, event_file, framed, our_points, record, same, scalar, written


def read(path: Path) -> tuple[list[Run], list[Problem]]:
    problems: list[Problem] = []
    return list(read_runs(str(path), on_problem=problems.append)), problems


def read_one(path: Path) -> Run:
    (run,), problems = read(path)
    assert problems == []
    return run


def damaged(folder: Path, content: bytes) -> tuple[Run, list[Problem]]:
    """A file of this content, read as the only run of the folder."""
    folder.mkdir(exist_ok=True)
    path = folder / "events.out.tfevents.1"
    path.write_bytes(content)
    age(path)
    (run,), problems = read(folder)
    return run, problems


def steps_of(run: Run) -> list[int]:
    (series,) = run.series
    return list(series.steps.tolist())


@pytest.mark.parametrize("options", [{}, {"new_style": True}, {"double_precision": True}])
def test_scalars_of_torch_are_those_of_event_accumulator(tmp_path: Path, options: dict[str, bool]) -> None:
    """Every spelling of add_scalar, negative and huge steps, values that are no numbers, in between other things."""
    with SummaryWriter(str(tmp_path)) as writer:
        for step in [0, 1, 2, 127, 128, 16_383, 16_384, 5, 5, 2**40, -3]:
            writer.add_scalar("train/loss", 1 / (abs(step) + 1), step, **options)
            writer.add_scalar("learning_rate", 0.1 * step, step, **options)
            writer.add_histogram("weights", torch.randn(50), step)
            writer.add_image("image", torch.rand(3, 24, 24), step)
            writer.add_text("note", "some text", step)
        for value in (math.nan, math.inf, -math.inf):
            writer.add_scalar("train/loss", value, 7, **options)
    run = read_one(tmp_path)
    assert same(our_points(run), accumulated(tmp_path))
    assert [(series.name, series.role) for series in run.series] == [
        ("train/loss", Role.LOSS),
        ("learning_rate", Role.LR),
    ]


def test_thousands_of_scalars_in_random_order_are_those_of_event_accumulator(tmp_path: Path) -> None:
    """Tags of one length and of several, steps that go back, values repeated: enough for every vector path."""
    rng = random.Random(0)
    tags = [f"layer{index:02d}/grad_norm" for index in range(12)] + ["loss", "lr", "x" * 300]
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(4_000):
            writer.add_scalar(rng.choice(tags), rng.gauss(0, 1), max(0, step - rng.choice([0, 0, 0, 50])))
    age(event_file(tmp_path))
    assert same(our_points(read_one(tmp_path)), accumulated(tmp_path))


def test_hundreds_of_tags_of_one_length_are_those_of_event_accumulator(tmp_path: Path) -> None:
    """As a run logs a norm per layer: each tag comes a few times, in any order."""
    rng = random.Random(0)
    events = [scalar(step, rng.gauss(0, 1), f"layer{rng.randrange(600):03d}/norm") for step in range(200, 5_200)]
    written(tmp_path, events)
    assert same(our_points(read_one(tmp_path)), accumulated(tmp_path))


LONG = [scalar(step, 1 / step, tag) for step in range(14_000, 19_000) for tag in ("loss", "lr", "grad_norm")]
LONG_RECORDS = [record(event) for event in LONG]


def test_long_regular_runs_are_those_of_event_accumulator(tmp_path: Path) -> None:
    """Tags in turn for long enough that records are read by their period, which a longer step breaks."""
    written(tmp_path, LONG)
    run = read_one(tmp_path)
    assert [series.name for series in run.series] == ["loss", "lr", "grad_norm"]
    assert same(our_points(run), accumulated(tmp_path))


def test_damage_in_a_long_regular_run_loses_one_record(tmp_path: Path) -> None:
    """Any byte of one of thousands of records: its header, wall time, step, tag, value or checksum."""
    rng = random.Random(0)
    offset = sum(map(len, LONG_RECORDS[:9_001]))
    kept = [event.step for event in LONG if event.summary.value[0].tag == "lr" and event.step != 17_000]
    for byte in range(len(LONG_RECORDS[9_001])):
        content = bytearray(b"".join(LONG_RECORDS))
        content[offset + byte] ^= 1 << rng.randrange(8)
        run, problems = damaged(tmp_path, bytes(content))
        assert [series.steps.size for series in run.series] == [5_000, 4_999, 5_000]
        assert run.series[1].steps.tolist() == kept
        assert [problem.offset for problem in problems] == [offset]


def test_a_long_regular_run_in_which_a_tag_comes_twice_in_a_row(tmp_path: Path) -> None:
    """The points of a tag that is logged several times per round stay in the order of the file."""
    events = [scalar(step, step + part, "loss") for step in range(200, 3_200) for part in (0.0, 0.5)]
    written(tmp_path, [each for pair in zip(events, LONG, strict=False) for each in pair])
    assert same(our_points(read_one(tmp_path)), accumulated(tmp_path))


def test_fields_in_any_order_and_steps_of_any_size(tmp_path: Path) -> None:
    """Protobuf leaves the order to the writer; a step is a varint of up to ten bytes."""
    content = b""
    for step in range(8):
        data = scalar(step, step / 2, "loss").SerializeToString()
        wall, rest = data[:9], data[9:]
        its_step, summary = (rest[:2], rest[2:]) if step else (b"", rest)
        content += framed(summary + its_step + wall) + framed(summary + wall + its_step)
    for step in (2**49 - 1, 2**56 - 1, 2**62, -5):
        content += 8 * record(scalar(step, 1.0, "loss"))
    (tmp_path / "events.out.tfevents.1").write_bytes(content)
    age(tmp_path / "events.out.tfevents.1")
    assert same(our_points(read_one(tmp_path)), accumulated(tmp_path))


def test_tf2_tensors_with_content_are_those_of_event_accumulator(tmp_path: Path) -> None:
    """tf.summary.scalar writes tensor_content with an empty shape and metadata on every event."""
    events = [Event(wall_time=1.7e9, file_version="brain.Event:2")]
    for step in range(300):
        event = Event(wall_time=1.7e9 + step, step=step)
        for tag in ("epoch_loss", "epoch_learning_rate"):
            value = event.summary.value.add(tag=tag)
            value.tensor.dtype = 1
            value.tensor.tensor_shape.SetInParent()
            value.tensor.tensor_content = np.float32(step / 7).tobytes()
            value.metadata.plugin_data.plugin_name = "scalars"
        events.append(event)
    written(tmp_path, events)
    assert same(our_points(read_one(tmp_path)), accumulated(tmp_path))


def test_tensors_that_are_no_scalars_are_left_out(tmp_path: Path) -> None:
    """A vector, and a number that belongs to another plugin, are no series."""
    event = Event(wall_time=1.7e9, step=1)
    vector = event.summary.value.add(tag="vector")
    vector.tensor.dtype = 1
    vector.tensor.tensor_shape.dim.add(size=2)
    vector.tensor.float_val.extend([1.0, 2.0])
    other = event.summary.value.add(tag="other")
    other.tensor.dtype = 1
    other.tensor.float_val.append(1.0)
    other.metadata.plugin_data.plugin_name = "pr_curves"
    event.summary.value.add(tag="loss", simple_value=2.0)
    written(tmp_path, [event])
    assert [series.name for series in read_one(tmp_path).series] == ["loss"]


def test_hyperparameters_of_the_hparams_plugin_and_of_a_json_text(tmp_path: Path) -> None:
    """add_hparams writes a run of its own; Hugging Face writes its arguments as text."""
    with SummaryWriter(str(tmp_path)) as writer:
        writer.add_hparams({"lr": 0.1, "scheduler": "cosine"}, {"hparam/loss": 0.5}, run_name=".")
        writer.add_text("args", '{"warmup_steps": 100}')
    assert read_one(tmp_path).hyperparameters == {"lr": 0.1, "scheduler": "cosine", "warmup_steps": 100}


def test_the_sub_runs_of_add_scalars_are_runs(tmp_path: Path) -> None:
    """add_scalars('loss', {train, val}) writes two folders with one tag; the folder tells validation apart."""
    with SummaryWriter(str(tmp_path)) as writer:
        for step in range(5):
            writer.add_scalars("loss", {"train": step, "val": 2 * step}, step)
    runs, _ = read(tmp_path)
    assert [(Path(run.path).name, run.series[0].role) for run in runs] == [
        ("loss_train", Role.LOSS),
        ("loss_val", Role.VALIDATION),
    ]


def test_a_resume_is_one_run_with_nothing_purged(tmp_path: Path) -> None:
    """Files in lexicographic order, the part column telling them apart, also where the second starts a session."""
    written(tmp_path, [scalar(step, step) for step in range(10)], "events.out.tfevents.1")
    restart = Event(wall_time=1.7e9, step=5, session_log=SessionLog(status=SessionLog.START))
    written(tmp_path, [restart, *(scalar(step, -step) for step in range(5, 12))], "events.out.tfevents.2")
    run = read_one(tmp_path)
    (series,) = run.series
    assert len(run.files) == 2
    assert series.steps.tolist() == [*range(10), *range(5, 12)]
    assert series.parts.tolist() == [0] * 10 + [1] * 7
    assert same(our_points(run), accumulated(tmp_path))


def test_ranks_that_log_to_one_folder_are_one_run_and_no_resume(tmp_path: Path) -> None:
    """Nothing starts over where the next file begins; all points are kept, and a remark says what is shown."""
    with ExitStack() as stack:
        ranks = [stack.enter_context(SummaryWriter(str(tmp_path), filename_suffix=f".{rank}")) for rank in range(3)]
        for step in range(100):
            for rank, writer in enumerate(ranks):
                writer.add_scalar("lr", 0.1 - step / 1000, step, walltime=1.7e9 + step + rank / 10)
                writer.add_scalar("loss", 2 / (step + 1) + rank, step, walltime=1.7e9 + step + rank / 10)
    (run,), (problem,) = read(tmp_path)
    assert [series.steps.tolist() for series in run.series] == [3 * list(range(100))] * 2
    assert (problem.path, problem.lost) == (str(tmp_path), False)
    assert problem.message.startswith("several files were written at the same time, as by the ranks of one run")
    diagnosis = Diagnosis(run)
    assert diagnosis.raw_loss is not None
    assert diagnosis.raw_loss.parts.tolist() == [2] * 100
    assert examine(diagnosis, load_analyzers()) == []


def test_many_small_files_read_together_are_what_each_is_alone(tmp_path: Path) -> None:
    """A damaged, an empty and an unfinished file among them touch no other."""
    contents = {}
    for index in range(30):
        events = [scalar(step, index * 100 + step, tag) for step in range(60 + index) for tag in ("loss", "lr")]
        content = b"".join(map(record, events))
        if index == 7:
            content = content[:1000] + b"\xff" + content[1001:]
        elif index == 8:
            content = b""
        elif index == 9:
            content = content[:-5]
        folder = tmp_path / f"{index:02d}"
        folder.mkdir()
        (folder / "events.out.tfevents.1").write_bytes(content)
        age(folder / "events.out.tfevents.1")
        contents[str(folder)] = content
    runs, problems = read(tmp_path)
    alone = [read(Path(folder)) for folder in contents]
    assert [our_points(run) for run in runs] == [our_points(run) for found, _ in alone for run in found]
    assert problems == [problem for _, found in alone for problem in found]
    places = [(Path(problem.path).parent.name, problem.lost) for problem in problems]
    assert places == [("07", True), ("08", False), ("09", False)]


@pytest.mark.parametrize("odd", [0, 3, 40])
@pytest.mark.parametrize("swapping", [(), (7, 8)])
def test_the_files_of_a_sweep_are_what_each_is_alone(tmp_path: Path, odd: int, swapping: tuple[int, ...]) -> None:
    """Files of one size whose records lie at the same places, a few or many of them like no other.

    Steps take one byte, then two. Some files swap two of their tags, one of them from its middle on.
    """
    for index in range(12):
        events = [scalar(step, index, "t" * step) for step in range(1, odd + 1)]
        for step in range(1, 300):
            swapped = index in swapping and (index == 7 or step > 150)
            tags = ("val", "lr2", "lr") if swapped else ("lr2", "val", "lr")
            events += [scalar(step, index * 1000 + step, tag) for tag in tags]
        written(tmp_path / f"{index:02d}", events)
    runs, problems = read(tmp_path)
    assert problems == []
    assert [our_points(run) for run in runs] == [our_points(read_one(Path(run.path))) for run in runs]
    assert runs[11].series[-1].values.tolist() == list(range(11_001, 11_300))
    orders = [[series.name for series in run.series][odd:] for run in runs]
    assert orders[7] == (["val", "lr2", "lr"] if swapping else ["lr2", "val", "lr"])
    assert orders[:7] + orders[8:] == [["lr2", "val", "lr"]] * 11


def test_damage_in_a_tag_that_a_later_window_holds_once(tmp_path: Path) -> None:
    """The tag is known from the first window; in the second its only record has a wrong tag, and only that is lost."""
    records = [record(scalar(step, step / 3)) for step in range(200, 30_200)]
    for place in (2_000, 7_000):
        records[place] = record(scalar(place, 0.5, "valid/loss"))
    offset = sum(map(len, records[:7_000]))
    content = bytearray(b"".join(records))
    content[offset + content[offset:].index(b"valid")] ^= 0x01
    run, problems = damaged(tmp_path, bytes(content))
    assert [(series.name, series.steps.size) for series in run.series] == [("train/loss", 29_998), ("valid/loss", 1)]
    assert [problem.offset for problem in problems] == [offset]


@pytest.mark.parametrize("sizes", [(30, 34), (32, 32), (63, 1), (16, 16, 15, 17)])
def test_small_files_of_64_records_in_all(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    """As many as are walked to see whether lengths repeat."""
    for index, size in enumerate(sizes):
        written(tmp_path / f"{index}", [scalar(step, step, "loss" + "s" * index) for step in range(1, size + 1)])
    runs, problems = read(tmp_path)
    assert problems == []
    assert [steps_of(run) for run in runs] == [list(range(1, size + 1)) for size in sizes]


@pytest.mark.parametrize("size", [300, 300_000])
def test_scalars_before_an_image_in_one_summary_are_read(tmp_path: Path, size: int) -> None:
    """As TensorFlow 1's merge_all writes them; the image may be larger than a window."""
    events = [scalar(step, step / 2, "loss") for step in range(12)]
    for event in events:
        event.summary.value.add(tag="image").image.encoded_image_string = random.Random(0).randbytes(size)
    written(tmp_path, events)
    assert same(our_points(read_one(tmp_path)), accumulated(tmp_path))


def test_damage_in_long_scalars_is_told(tmp_path: Path) -> None:
    """A scalar with a long description, whichever byte is wrong, also one that makes it look like something else."""
    events = [scalar(step, step / 2, "loss") for step in range(1, 9)]
    for event in events:
        event.summary.value[0].metadata.summary_description = "x" * 530
    records = [record(event) for event in events]
    for byte in range(12, len(records[0]), 7):
        spoilt = bytearray(records[4])
        spoilt[byte] ^= 0x10
        run, problems = damaged(tmp_path, b"".join([*records[:4], spoilt, *records[5:]]))
        assert steps_of(run) == [1, 2, 3, 4, 6, 7, 8]
        assert [problem.offset for problem in problems] == [sum(map(len, records[:4]))]


def test_a_wrong_length_that_spans_the_next_record_loses_one(tmp_path: Path) -> None:
    """The chains land where they should; the record within is found all the same."""
    rng = random.Random(3)
    records = [record(scalar(step, step / 3, "t" * rng.randrange(4, 9))) for step in range(1, 3_001)]
    spoilt = bytearray(records[1_500])
    spoilt[:8] = (len(records[1_500]) - 16 + len(records[1_501])).to_bytes(8, "little")
    run, problems = damaged(tmp_path, b"".join([*records[:1_500], spoilt, *records[1_501:]]))
    steps = sorted(step for series in run.series for step in series.steps.tolist())
    assert steps == [step for step in range(1, 3_001) if step != 1_501]
    assert [problem.offset for problem in problems] == [sum(map(len, records[:1_500]))]


@pytest.mark.parametrize("byte", range(12))
def test_a_bad_header_among_records_of_many_lengths_loses_one(tmp_path: Path, byte: int) -> None:
    """These are followed from many places at once; the lower half of a length is enough to go on."""
    rng = random.Random(byte)
    records = [record(scalar(step, step / 3, "t" * rng.randrange(4, 9))) for step in range(1, 3_001)]
    spoilt = bytearray(records[1_500])
    spoilt[byte] ^= 0x01
    run, problems = damaged(tmp_path, b"".join([*records[:1_500], spoilt, *records[1_501:]]))
    steps = sorted(step for series in run.series for step in series.steps.tolist())
    assert steps == [step for step in range(1, 3_001) if step != 1_501]
    assert [problem.offset for problem in problems] == [sum(map(len, records[:1_500]))]


def test_damage_in_the_files_of_a_sweep_touches_one_record_of_one_file(tmp_path: Path) -> None:
    """Any byte of one record: the other files are read as tables all the same, and the loss is that file's."""
    rng = random.Random(0)
    records = [record(scalar(step, step / 7, tag)) for step in range(1, 100) for tag in ("loss", "lr")]
    whole, offset = b"".join(records), sum(map(len, records[:101]))
    for byte in range(len(records[101])):
        content = bytearray(whole)
        content[offset + byte] ^= 1 << rng.randrange(8)
        for index in range(5):
            folder = tmp_path / f"{index}"
            folder.mkdir(exist_ok=True)
            (folder / "events.out.tfevents.1").write_bytes(content if index == 3 else whole)
            age(folder / "events.out.tfevents.1")
        runs, problems = read(tmp_path)
        points = [[series.steps.size for series in run.series] for run in runs]
        assert points == [[99, 99], [99, 99], [99, 99], [99, 98], [99, 99]]
        assert [(Path(problem.path).parent.name, problem.offset) for problem in problems] == [("3", offset)]


RECORDS = [record(scalar(step, step / 3)) for step in range(1000)]
WHOLE = b"".join(RECORDS)
OFFSETS = np.cumsum([0, *map(len, RECORDS)]).tolist()


def test_a_flipped_byte_loses_its_record_and_names_the_offset(tmp_path: Path) -> None:
    """TensorBoard loses everything behind it in silence, or takes a wrong value."""
    at = OFFSETS[500] + 20
    content = bytearray(WHOLE)
    content[at] ^= 0x10
    run, problems = damaged(tmp_path, bytes(content))
    assert steps_of(run) == [step for step in range(1000) if step != 500]
    assert [(problem.offset, problem.lost) for problem in problems] == [(OFFSETS[500], True)]


@pytest.mark.parametrize("byte", range(12))
def test_a_bad_header_loses_its_record_and_names_the_range(tmp_path: Path, byte: int) -> None:
    """Whichever byte of the length or of its checksum is wrong."""
    content = bytearray(WHOLE)
    content[OFFSETS[500] + byte] ^= 0x01
    run, problems = damaged(tmp_path, bytes(content))
    assert steps_of(run) == [step for step in range(1000) if step != 500]
    (problem,) = problems
    assert problem.offset == OFFSETS[500]
    assert f"up to byte {OFFSETS[501]}" in problem.message


def test_garbage_between_records_loses_no_record(tmp_path: Path) -> None:
    """777 bytes that are no record: all points are kept, and the range is named."""
    garbage = random.Random(1).randbytes(777)
    run, problems = damaged(tmp_path, WHOLE[: OFFSETS[500]] + garbage + WHOLE[OFFSETS[500] :])
    assert steps_of(run) == list(range(1000))
    (problem,) = problems
    assert problem.offset == OFFSETS[500]
    assert "777 bytes lost" in problem.message


def test_a_hole_of_zeros_loses_the_records_that_it_touches(tmp_path: Path) -> None:
    """What a crash of the machine leaves: 2 kB of zeros in the middle."""
    start, end = OFFSETS[300] + 10, OFFSETS[300] + 10 + 2048
    run, problems = damaged(tmp_path, WHOLE[:start] + bytes(2048) + WHOLE[end:])
    touched = [step for step in range(1000) if OFFSETS[step] < end and OFFSETS[step + 1] > start]
    assert steps_of(run) == [step for step in range(1000) if step not in touched]
    assert problems[0].offset == OFFSETS[300]
    assert f"up to byte {OFFSETS[touched[-1] + 1]}" in problems[-1].message


def test_a_file_cut_at_any_byte_reads_up_to_its_last_whole_record(tmp_path: Path) -> None:
    """Nothing is lost, so it is a remark; and no remark at all while the trainer may still be writing."""
    for cut in range(OFFSETS[997], OFFSETS[1000]):
        run, problems = damaged(tmp_path, WHOLE[:cut])
        whole = max(index for index, offset in enumerate(OFFSETS) if offset <= cut)
        remark = [(OFFSETS[whole], False)] if cut > OFFSETS[whole] else []
        assert steps_of(run) == list(range(whole))
        assert [(problem.offset, problem.lost) for problem in problems] == remark
        os.utime(tmp_path / "events.out.tfevents.1")
        assert read(tmp_path)[1] == []


def test_a_record_longer_than_a_window_is_passed_over_or_read(tmp_path: Path) -> None:
    """An image and an event of 5,000 values, each larger than the first window, between two scalars."""
    image, crowd = Event(wall_time=1.7e9, step=1), Event(wall_time=1.7e9, step=2)
    image.summary.value.add(tag="image").image.encoded_image_string = random.Random(0).randbytes(200_000)
    for index in range(5_000):
        crowd.summary.value.add(tag=f"neuron{index}", simple_value=index)
    written(tmp_path, [scalar(0, 1.0), image, crowd, scalar(3, 2.0)])
    run = read_one(tmp_path)
    assert len(run.series) == 5_001
    assert run.series[0].values.tolist() == [1.0, 2.0]
    assert run.series[-1].values.tolist() == [4_999.0]


def test_a_file_without_a_byte_is_a_remark(tmp_path: Path) -> None:
    """A trainer that has just begun, or ended at once: nothing is lost, whatever lies beside the file."""
    (tmp_path / "events.out.tfevents.2").touch()
    runs, (problem,) = read(tmp_path)
    assert runs == []
    assert (problem.path, problem.lost) == (str(tmp_path / "events.out.tfevents.2"), False)
    assert problem.message == "the file is empty: nothing has been written yet"
    written(tmp_path, [scalar(0, 1.0), scalar(1, 0.5)])
    (run,), problems = read(tmp_path)
    assert (steps_of(run), problems) == ([0, 1], [problem])


def test_a_run_without_scalars_is_a_remark(tmp_path: Path) -> None:
    """As of a trainer that has written its first record and no more, or one that logs pictures only."""
    written(tmp_path, [Event(wall_time=1.7e9, file_version="brain.Event:2")])
    runs, problems = read(tmp_path)
    assert (runs, problems) == ([], [Problem(str(tmp_path), "no scalars have been logged", lost=False)])


def test_a_file_that_is_no_event_file_is_one_problem(tmp_path: Path) -> None:
    """Its name says that it is one; not a record of it can be found."""
    (tmp_path / "events.out.tfevents.1").write_bytes(random.Random(0).randbytes(5000))
    runs, problems = read(tmp_path)
    assert runs == []
    assert [(problem.offset, problem.lost) for problem in problems] == [(0, True)]


def test_effective_series_drop_what_a_rewind_overwrote(tmp_path: Path) -> None:
    """The rule of TensorBoard's server: a point drops the earlier ones at its step or later."""
    written(tmp_path, [scalar(step, index) for index, step in enumerate([0, 1, 2, 3, 4, 2, 3, 3, 9, 5])])
    shown = read_one(tmp_path).series[0].effective()
    assert shown.steps.tolist() == [0, 1, 2, 3, 5]
    assert shown.values.tolist() == [0, 1, 5, 7, 9]


def test_frame_puts_series_side_by_side_by_step(tmp_path: Path) -> None:
    """An int64 index of steps, a float64 column per series, NaN where a series has no point."""
    written(tmp_path, [scalar(0, 1.0), scalar(1, 2.0), scalar(1, 0.5, "lr"), scalar(0, 3.0)])
    frame = read_one(tmp_path).frame()
    assert frame.index.name == "step"
    assert frame.index.tolist() == [0, 1]
    assert frame["train/loss"].tolist()[0] == 3.0
    assert math.isnan(frame["train/loss"].tolist()[1])
    assert frame["lr"].tolist()[1] == 0.5
    assert set(map(str, frame.dtypes)) == {"float64"}


def test_an_event_file_in_the_working_directory_is_read_by_its_bare_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path without a folder; the tags have no folder before them either."""
    (tmp_path / "events.out.tfevents.1").write_bytes(record(scalar(0, 2.0)) + record(scalar(1, 1.0)))
    monkeypatch.chdir(tmp_path)
    run = read_one(Path("events.out.tfevents.1"))
    assert (run.name, [series.name for series in run.series], steps_of(run)) == (".", ["train/loss"], [0, 1])
