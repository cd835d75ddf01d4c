"""Mutated logs of every format: each ends in data or in a message, whole records are never lost in silence."""

from __future__ import annotations

import random
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlint.findings import Problem
from lrlint.logs import Run, read_runs
from tests.logs.event_files import age, record, scalar
from tests.logs.test_stores import RECORDS, offline_run

STEPS = range(200)
EVENTS = [record(scalar(step, step / 7)) for step in STEPS]
EVENT_FILE = b"".join(EVENTS)
STARTS = [sum(map(len, EVENTS[:index])) for index in range(len(EVENTS) + 1)]

CONTENTS = {
    "events.out.tfevents.1": EVENT_FILE,
    "metrics.csv": b"step,lr,loss\n" + b"".join(b"%d,0.1,%d.5\n" % (step, step) for step in STEPS),
    "metrics.jsonl": b"".join(b'{"step": %d, "lr": 0.1, "loss": %d.5}\n' % (step, step) for step in STEPS),
    "history.json": b"[" + b",".join(b'{"epoch": %d, "loss": %d.5}' % (step, step) for step in STEPS) + b"]",
    "trainer_state.json": b'{"log_history": ['
    + b",".join(b'{"step": %d, "loss": %d.5, "learning_rate": 0.1}' % (step, step) for step in STEPS)
    + b'], "max_steps": 200}',
    "train.log": b"".join(b"step %d: loss %d.5, lr: 0.1\n" % (step, step) for step in STEPS),
    "run-a.wandb": offline_run(RECORDS[:100]),
}


def read(name: str, content: bytes) -> tuple[list[Run], list[Problem]]:
    """The file of this name and content, named outright and old."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        age(path)
        problems: list[Problem] = []
        return list(read_runs(str(path), on_problem=problems.append)), problems


@st.composite
def mutations(draw: st.DrawFn, size: int) -> tuple[int, int, bytes]:
    """A range of the file, possibly empty, and what stands in its place."""
    start = draw(st.integers(0, size))
    end = min(size, start + draw(st.sampled_from([0, 1, 1, 2, 12, 100, 3000])))
    return start, end, draw(st.one_of(st.binary(max_size=60), st.just(bytes(end - start)), st.just(b"")))


@given(mutations(len(EVENT_FILE)))
@settings(max_examples=300, deadline=None)
def test_of_a_mutated_event_file_only_the_records_touched_are_lost(mutation: tuple[int, int, bytes]) -> None:
    """Whatever bytes stand where others stood: the records before and behind are read, and a loss is said."""
    start, end, replacement = mutation
    runs, problems = read("events.out.tfevents.1", EVENT_FILE[:start] + replacement + EVENT_FILE[end:])
    read_steps = {step for run in runs for series in run.series for step in series.steps.tolist()}
    untouched = {step for step, (at, after) in enumerate(pairwise(STARTS)) if after <= start or at >= end}
    assert untouched - {step for step in untouched if STARTS[step] < start < STARTS[step + 1]} <= read_steps
    assert read_steps <= set(STEPS)
    assert problems or len(read_steps) == len(STEPS) or start in STARTS


@pytest.mark.parametrize("name", CONTENTS)
@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_mutated_log_ends_in_data_or_in_a_message(name: str, data: st.DataObject) -> None:
    """Never in an exception, and never in nothing at all."""
    content = CONTENTS[name]
    for _ in range(data.draw(st.integers(1, 3))):
        start, end, replacement = data.draw(mutations(len(content)))
        content = content[:start] + replacement + content[end:]
    runs, problems = read(name, content)
    assert runs or problems or not content
    assert all(problem.path.endswith(name) and problem.message for problem in problems)


@pytest.mark.parametrize("name", CONTENTS)
def test_noise_under_any_name_is_a_problem(name: str) -> None:
    """Random bytes, zeros, and a text that goes on without a line's end."""
    for content in (random.Random(0).randbytes(3000), bytes(3000), b"a" * 100_000, b"[" * 5000, b'{"a":' * 5000):
        runs, problems = read(name, content)
        assert runs == []
        assert any(problem.lost for problem in problems)
