"""Large CSV files: whichever way a part is read, in whatever parts, the points and the problems are the same."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs import parts, read_runs, regular
from lrlint.logs.parts import Part
from lrlint.logs.readers import csv
from lrlint.logs.table import Rows

Series = list[tuple[str, bytes, bytes]]
Read = tuple[Series, list[tuple[int | None, str]]]

NEVER = 1 << 60
PART = 900


@contextmanager
def sizes(part: int = PART, large: int = 60) -> Iterator[list[bool]]:
    """Parts of this size, of which those that are `large` may be read by pandas; whether each of those then was."""
    tried: list[bool] = []

    def read_regular(part: Part, layout: regular.Layout) -> list[Rows] | None:
        rows = original(part, layout)
        tried.append(rows is not None)
        return rows

    original = regular.read_regular
    with (
        patch.multiple(regular, LARGE=large, _CELLS=40, read_regular=read_regular),
        patch.object(csv, "LARGE", large),
        patch.multiple(parts, LARGE=large, _BLOCK=100, _FIRST_PART=part // 3, _PART=part),
    ):
        yield tried


def read(text: str) -> Read:
    """The series of a log, bit by bit, and its problems with their lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.csv"
        path.write_bytes(text.encode())
        problems: list[Problem] = []
        runs = list(read_runs(str(path), Settings(), problems.append))
    series = [(one.name, one.steps.tobytes(), one.values.tobytes()) for run in runs for one in run.series]
    return series, [(problem.line, problem.message) for problem in problems]


def log(count: int = 100, note: str = "") -> list[str]:
    """Rows of step, loss, a sparse validation loss, the LR, and a note where one is given."""
    return [f"{step},{step / 7!r},{'' if step % 3 else '0.5'},1e-0{step % 9}{note}" for step in range(count)]


def joined(rows: list[str], header: str = "step,loss,val_loss,lr") -> str:
    return "\n".join([header, *rows, ""])


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_wherever_a_part_ends_the_points_are_the_same(ending: str) -> None:
    """With the end of a part at every byte of two rows."""
    text = joined(log()).replace("\n", ending)
    with sizes(large=NEVER):
        whole = read(text)
    for part in range(600, 660):
        with sizes(part) as tried:
            assert read(text) == whole
        assert len(tried) > 2
        assert tried.count(False) <= 1


NUMBERS = st.floats().map(repr) | st.integers(-(2**70), 2**70).map(str) | st.sampled_from(["-0", " 5 ", "+1", "1e400"])
ODD = ["oops", "True", "False", "NA", "nan", '"1"', "1_000", "٣", "-", " ", "1\0", "1\r2", ".", "0x1", ""]
CELLS = st.one_of(NUMBERS, NUMBERS, NUMBERS, st.just(""), st.sampled_from(ODD))
KINDS = st.sampled_from([NUMBERS, NUMBERS | st.just(""), st.just(""), st.sampled_from(["a", "val"]), st.just("True")])


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Columns of numbers, empty cells or words for the most part, in which a few rows are odd."""
    kinds = [st.integers(0, 99).map(str), *draw(st.lists(KINDS, min_size=1, max_size=3))]
    pool = draw(st.lists(st.tuples(*kinds).map(list), min_size=1, max_size=12))
    rows = [list(pool[index % len(pool)]) for index in range(draw(st.integers(1, 120)))]
    for _ in range(draw(st.integers(0, 3))):
        rows[draw(st.integers(0, len(rows) - 1))] = draw(st.lists(CELLS, max_size=len(kinds) + 2))
    header = ["step", "loss", "lr", "note"][: len(kinds)]
    separator, ending = draw(st.sampled_from(",;\t|")), draw(st.sampled_from(["\n", "\r\n"]))
    text = ending.join(separator.join(row) for row in [header, *rows])
    return text + draw(st.sampled_from([ending, ending, ""]))


@given(tables())
@settings(max_examples=200, deadline=None)
def test_pandas_and_the_careful_way_agree(text: str) -> None:
    """On every bit of every point, and on every problem and its line, wherever a part may be read either way."""
    with sizes() as tried, patch.object(regular, "_columns", side_effect=ValueError):
        careful = read(text)
    assert not any(tried)
    with sizes():
        assert read(text) == careful


@pytest.mark.parametrize("odd", ["oops", "nan", "1_000", '"1"', "7,7", ""])
def test_an_odd_part_between_regular_ones_is_read_carefully_and_counts_its_lines(odd: str) -> None:
    """It alone; problems in it and behind it name the right line."""
    rows = log(200)
    rows[100] = f"100,{odd},0.5,1e-3"
    rows[180] = "180"
    with sizes() as tried:
        (loss, *_), problems = read(joined(rows))
    assert tried.count(False) == (1 if odd == "" else 2)
    lost = {"oops": [(102, "no number in 1 cell of column 'loss', the first 'oops'")]}
    lost["7,7"] = [(102, "1 row without the header's 4 columns left out")]
    assert problems == [*lost.get(odd, []), (182, "1 row without the header's 4 columns left out")]
    assert len(loss[1]) == 8 * (199 - (odd in ("oops", "7,7", "")))


@pytest.mark.parametrize("position", [*range(40, 90)])
@pytest.mark.parametrize("note", ["", ",word"])
def test_a_long_row_does_not_make_up_for_a_short_one(note: str, position: int) -> None:
    """Also where it is the first of a part; pandas would take all of it, or cut it."""
    rows = log(100, note)
    rows[position] += ",8"
    rows[position + 1] = f"{position + 1},0.5" if note else f"{position + 1},0.5,0.25"
    with sizes():
        (loss, *_), problems = read(joined(rows, f"step,loss,val_loss,lr{note and ',note'}"))
    assert len(loss[1]) == 8 * 98
    assert problems[0][0] == position + 2


def test_rows_that_are_all_too_long_are_no_shifted_columns() -> None:
    """pandas would take the first column for an index."""
    rows = [row + (",9" if step > 30 else "") for step, row in enumerate(log())]
    with sizes():
        (loss, *_), problems = read(joined(rows))
    assert len(loss[1]) == 8 * 31
    assert sum(int(message.split()[0]) for _, message in problems) == 69


def test_words_for_truth_are_no_numbers() -> None:
    """pandas would make ones and zeros of them where a column holds nothing else."""
    rows = [f"{step},{step / 7!r},{'True' if step > 50 else ''}" for step in range(100)]
    with sizes(large=NEVER):
        careful = read(joined(rows, "step,loss,best"))
    with sizes():
        assert read(joined(rows, "step,loss,best")) == careful
    assert [name for name, _, _ in careful[0]] == ["loss"]


def test_a_column_that_begins_with_words_and_goes_on_with_numbers() -> None:
    """What the first rows are is not what all rows are: the numbers are read, and the words told, as in a small log."""
    rows = [f"{step},{step / 7!r},{'warm' if step < 20 else step}" for step in range(200)]
    text = joined(rows, "step,loss,val_loss")
    with sizes(large=NEVER):
        carefully = read(text)
    with sizes():
        found = read(text)
    assert found == carefully
    assert [(name, len(steps) // 8) for name, steps, _ in found[0]] == [("loss", 200), ("val_loss", 180)]


@pytest.mark.parametrize("cut", range(1, 20))
def test_a_large_log_that_is_being_written_ends_in_its_last_whole_row(cut: int) -> None:
    """The number that was to end its last line is never shown short."""
    rows = [f"{step},{step}.123456" for step in range(100, 200)]
    text = "\n".join(["step,loss", *rows])
    with sizes(large=300) as tried:
        (loss,), problems = read(text[:-cut])
    assert True in tried
    upto = text[: len(text) - cut + 1]
    assert len(loss[1]) == 8 * (upto.count("\n") - 1)
    complete = "\n" in upto[-2:]
    assert [message for _, message in problems] == ["the last line is unfinished and was left out"] * (not complete)


def test_a_small_log_needs_neither_pandas_nor_threads(tmp_path: Path) -> None:
    """Both take longer to import than it takes to read."""
    (tmp_path / "log.csv").write_text(joined(log(20_000)))
    code = "import sys; from lrlint import read_runs; list(read_runs('log.csv')); "
    code += "print([name for name in ('pandas', 'threading', 'concurrent.futures') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
