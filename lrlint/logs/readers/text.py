"""Plain text: lines of `name: number` and `name=number`, blocks of them, nanoGPT, Megatron, progress bars.

What is recognised, and nothing else:

* a pair: a name of up to four words, a colon, an equals sign or `is`, a number that a space, a comma, a bar, a
  bracket, `>` or a percent sign ends (`lr: 1e-4`, `Train Loss: 0.31 |`, `'loss': 2.3`), of a list of LRs the first;
* `loss 2.31`, `lr 1e-4` and the like without a sign, as nanoGPT prints them; rows of a table, `| loss | 2.31 |`, and
  those below a line of names that begins with a count;
* a count: epoch, step, iteration and so on with a whole number (`Epoch 001/60`, `[epoch: 3]`, `iter 40:`), the
  second bracket of `Epoch: [3][ 40/500]`, `Epoch(train) [3][ 40/500]` and `Epoch: 3 [640/60000 (1%)]`, and the
  position of a progress bar; batches of a validation (`Epoch(val) [3][60/60]`) count nothing;
* `epoch:N` followed by the twelve COCO figures, the mean loss and the LR, as detection recipes write them, and the
  lines of llm.c.

A count begins a row, and so does a name that the row has already; lines without either add to the row. What mostly
stands beside a count, and comes without one where the row has it already, is left out. Only series with a known role
are kept. Settings are no log, though they name LRs and losses: `Namespace(lr=0.1, …)` and other lines full of words
and truth values, configurations of yacs and objects of JSON over many lines, the code of the trainer, what stands
before the first count, and what bears the same names far behind the last row, where a run was started again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.dumps import without_dumps
from lrlint.logs.lines import Line, telling
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source, failed, open_text
from lrlint.logs.roles import PRIMARY, role_of, with_tags_among
from lrlint.logs.rows import columns_of, fill_columns
from lrlint.logs.run import Role
from lrlint.logs.table import Cells
from lrlint.logs.text_tables import Numbers

_FAR = 50
"""Lines without a count or a value after which settings may have come again."""
_MANY_ROWS = 10
_MOST_BARS = 3
"""A bar over a whole run begins again where the run does; one that does so this often counts batches of epochs."""
_CODE = r"\s*(?:def \w+\(|class \w+\b.*:\s*$|import \w|from [\w.]+ import |return\b|elif .*:\s*$|@\w)"
_SNIPPET = 20
"""Lines of Python that a warning or a traceback may quote."""
_ESCAPE = r"\x1b\[[0-9;]*[A-Za-z]"


class TextReader(Reader):
    """One run per file. The last format to be asked."""

    format = "text"
    rank = 9

    def named(self, name: str) -> bool:
        """Files ending in .txt, .log or .out."""
        return name.lower().endswith((".txt", ".log", ".out"))

    def claims(self, candidate: Candidate) -> bool:
        """Whether the first lines hold at least two rows with a count and with an LR or a loss.

        Where a model or settings are printed first, so may lines from the middle or the end of the file.
        """
        return b"\0" not in candidate.head and any(
            _holds_rows(part.decode("utf-8", "replace"), candidate.settings) for part in candidate.passages()
        )

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run of the file."""
        recording = Recording()
        try:
            with open_text(source.path) as file:
                text = file.read()
        except OSError as error:
            recording.problems.append(failed(source.path, error))
        else:
            settings = with_tags_among(text, settings)
            rows = _stepped(_rows(_lines(_finished(source.path, text, recording.problems)), settings), settings)
            columns = _without_settings(columns_of(rows), len(rows), settings)
            fill_columns(recording, columns, len(rows), settings)
            if not recording.series:
                sentence = "no line holds an LR or a loss that lrlint recognises" if text else "the file is empty"
                recording.problems.append(Problem(source.path, sentence))
        yield recording


READER = TextReader()


def _without_settings(columns: dict[str, Cells], count: int, settings: Settings) -> dict[str, Cells]:
    """The columns without LRs that a log of many rows names once: those are settings."""
    if count < _MANY_ROWS:
        return columns
    return {
        name: cells
        for name, cells in columns.items()
        if cells.values.size > 1 or role_of(name, "", settings) is not Role.LR or name in settings.lr_tags
    }


def _finished(path: str, text: str, problems: list[Problem]) -> str:
    """The text without a last line that is cut off inside a number, as far as that shows."""
    whole, newline, last = text.rpartition("\n")
    before = whole.rpartition("\n")[2]
    if last and newline and before and len(last) < len(before) and _shape(before).startswith(_shape(last)):
        line = text.count("\n") + 1
        problems.append(Problem(path, "the last line is unfinished and was left out", line, lost=False))
        return whole
    return text


def _shape(line: str) -> str:
    return re.sub(r"\d", "0", line)


def _lines(text: str) -> list[str]:
    """The lines of a text without settings, behind the code, if it begins with that of its trainer."""
    lines = without_dumps(re.sub(_ESCAPE, "", text).replace("\r", "\n").split("\n"))
    if "import " not in text:
        return lines
    code = [place for place, line in enumerate(lines) if re.match(_CODE, line)]
    return lines[code[-1] + 1 :] if len(code) > _SNIPPET else lines


def _rows(lines: Iterable[str], settings: Settings) -> list[Numbers]:
    """The rows of the log: counts under `epoch`, `step` and `position`, series under their names."""
    said = list(_of_the_log(list(telling(lines, settings)), settings))
    return list(_gathered(said, _beside_counts(said)))


def _beside_counts(lines: Iterable[Line]) -> set[str]:
    """The names that stand beside a count at least twice as often as without one."""
    counted = Counter(name for line in lines if line.counts for name in line.values)
    uncounted = Counter(name for line in lines if not line.counts for name in line.values)
    return {name for name, times in counted.items() if times >= 2 * uncounted[name]}


def _gathered(lines: Iterable[Line], counted: Collection[str]) -> Iterator[Numbers]:
    """Lines put together to rows. Of a progress bar that is drawn again at its place, the last drawing counts.

    What bears a `counted` name of the row once more, and no count, is something else: the mean of the epoch, a loss of
    the validation.
    """
    row: Numbers = {}
    drawn = False
    for line in lines:
        if not line.counts and not row.keys().isdisjoint(line.values):
            values = {name: value for name, value in line.values.items() if name not in row or name not in counted}
            line = line._replace(values=values)
        if _begins_row(line, row):
            if drawn and line.drawn and _redraws(line, row):
                row = {name: row[name] for name in row.keys() & {"epoch"}}
            else:
                yield row
                row = {}
            drawn = line.drawn
        row |= line.counts
        row |= line.values
        drawn = drawn or line.drawn
    if row:
        yield row


def _begins_row(line: Line, row: Numbers) -> bool:
    if "epoch" in line.counts and "epoch" not in row and not row.keys().isdisjoint(("step", "position")):
        return True
    names = (*line.counts, *line.values) if line.counts else (*line.values,)
    return any(name in row for name in names)


def _redraws(line: Line, row: Numbers) -> bool:
    same_place = all(row.get(name, count) == count for name, count in line.counts.items())
    return same_place and row.keys() <= {"epoch", *line.counts, *line.values}


def _stepped(rows: Sequence[Numbers], settings: Settings) -> list[Numbers]:
    """The rows with steps that go on: their own, or positions within epochs laid end to end.

    Rows are numbered where most that hold a loss have no count of their own. Where all bear the same step, epochs
    count.
    """
    rows = [row for row in rows if not row.keys() <= {"step", "of", "bar"}]
    losses = [row for row in rows if any(role_of(name, "", settings) is Role.LOSS for name in row)]
    uncounted = sum(row.keys().isdisjoint(("epoch", "step")) for row in losses)
    within = "position" if any("position" in row for row in rows) else "step"
    counted = [row for row in rows if within in row and "epoch" in row]
    numbered = len(losses) < 2 * uncounted < 2 * len(losses) or _is_drawn_anew([row for row in losses if "bar" in row])
    if numbered and settings.step_tag is None:
        rows = [{**row, "step": float(number)} for number, row in enumerate(rows)]
    elif within == "position" or _restarts_with_epochs(counted):
        _lay_end_to_end(rows, counted, within)
    steps, epochs = ({row[name] for row in rows if name in row} for name in ("step", "epoch"))
    unused = {"position", "of", "bar"} | ({"step"} if len(steps) == 1 < len(epochs) else set())
    return [{name: number for name, number in row.items() if name not in unused} for row in rows]


def _is_drawn_anew(bars: Sequence[Numbers]) -> bool:
    """Whether progress bars, whose rows name no epoch, begin again and again, as one for every epoch does."""
    falls = sum(after["step"] < before["step"] for before, after in pairwise(bars) if "epoch" not in after)
    return falls >= _MOST_BARS


def _restarts_with_epochs(counted: Sequence[Numbers]) -> bool:
    """Whether the step falls back wherever the epoch changes; it may do so within an epoch that was taken up again."""
    falls = [after["step"] < before["step"] for before, after in pairwise(counted) if after["epoch"] != before["epoch"]]
    return bool(falls) and all(falls)


def _lay_end_to_end(rows: Sequence[Numbers], counted: Sequence[Numbers], within: str) -> None:
    """Turn positions into steps; a row that only begins an epoch gets the first step of it."""
    places = [row[within] for row in counted]
    apart = min((after - before for before, after in pairwise(places) if after > before), default=1)
    length = max((row["of"] for row in rows if "of" in row), default=max(places) - min(places) + apart)
    origin = min(1.0, *(row["epoch"] for row in counted))
    epoch = None
    for row in rows:
        if within in row and "epoch" in row:
            row["step"] = row[within] + (row["epoch"] - origin) * length
        elif row.get("epoch", epoch) != epoch:
            row["step"] = min(places) + (row["epoch"] - origin) * length
        epoch = row.get("epoch", epoch)


def _of_the_log(lines: Sequence[Line], settings: Settings) -> Iterator[Line]:
    """The lines without the settings: values before the first count, and those of their names far behind a row.

    Values may stand before the count that they belong to. Then they do so throughout, at the same distance.
    """
    counted = [bool(line.counts) or settings.step_tag in line.values for line in lines]
    first = next((index for index, is_counted in enumerate(counted) if is_counted), 0)
    begin = first - 1 if first and _lead_to_counts(lines, counted, first - 1) else first
    names = {name for line in lines[:begin] for name in line.values}
    last = lines[begin].place if lines else 0
    for line in lines[begin:]:
        if not line.counts and line.place - last > _FAR and not names.isdisjoint(line.values):
            line = line._replace(values={name: value for name, value in line.values.items() if name not in names})
        if line.counts or line.values:
            last = line.place
            yield line


def _lead_to_counts(lines: Sequence[Line], counted: Sequence[bool], index: int) -> bool:
    """Whether a line without a count belongs to the next one: before most such counts stands a line of its names."""
    leading, count = lines[index], lines[index + 1]
    if not leading.values.keys().isdisjoint(count.values):
        return False
    alike = [later for later in range(index + 2, len(lines)) if lines[later].counts.keys() == count.counts.keys()]
    led = [
        not counted[later - 1]
        and lines[later - 1].values.keys() == leading.values.keys()
        and lines[later].place - lines[later - 1].place == count.place - leading.place
        for later in alike
    ]
    return 2 * sum(led) > len(led)


def _holds_rows(passage: str, settings: Settings) -> bool:
    """Whether a passage holds at least two rows of a log."""
    settings = with_tags_among(passage, settings)
    return sum(_is_log_row(row, settings) for row in _rows(_lines(passage), settings)) >= 2


def _is_log_row(row: Numbers, settings: Settings) -> bool:
    return not row.keys().isdisjoint(("epoch", "step", settings.step_tag)) and any(
        role_of(name, "", settings) in PRIMARY for name in row
    )
