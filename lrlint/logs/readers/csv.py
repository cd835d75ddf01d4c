"""CSV and TSV logs: Lightning's CSVLogger, Keras' CSVLogger, Ultralytics, timm, DeepSpeed, one's own.

An empty cell (and Keras' `NA`) is a point that was not logged; `nan` is one that was. A header that comes
again, as after a restart, is passed over.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

import numpy as np

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source, failed
from lrlint.logs.roles import holds_a_log
from lrlint.logs.table import Cells, to_series

_SEPARATORS = ",;\t|"
_MISSING = frozenset(("", "na", "none", "null", "-"))
Row = list[str]


class CsvReader(Reader):
    """One run per file; a column per series."""

    format = "csv"
    rank = 5

    def named(self, name: str) -> bool:
        """Files ending in .csv or .tsv."""
        return name.lower().endswith((".csv", ".tsv"))

    def claims(self, candidate: Candidate) -> bool:
        """Whether the first line names columns that make a training log."""
        line = candidate.head.decode("utf-8-sig", "replace").split("\n", 1)[0]
        names = _cells(line, _separator(line))
        return len(names) > 1 and "\0" not in line and holds_a_log(names, candidate.settings)

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run of the file."""
        recording = Recording()
        try:
            with open(source.path, encoding="utf-8-sig", errors="replace", newline="") as file:
                text = file.read()
        except OSError as error:
            recording.problems.append(failed(source.path, error))
        else:
            _Table(source.path, text, recording.problems).read_into(recording, settings)
        yield recording


READER = CsvReader()


class _Table:
    """The text of one file on its way to columns; `problems` collects what does not fit."""

    def __init__(self, path: str, text: str, problems: list[Problem]) -> None:
        self.path = path
        self.text = text
        self.problems = problems

    def read_into(self, recording: Recording, settings: Settings) -> None:
        """Fill the recording's series."""
        header_line = self.text.split("\n", 1)[0]
        if not header_line.strip():
            self._problem("the file is empty" if not self.text.strip() else "the first line names no columns", 1)
            return
        separator = _separator(header_line)
        header = _cells(header_line, separator)
        rows = self._rows(header, separator)
        columns = self._columns(header, rows)
        if not columns:
            self._problem("no column holds numbers", 1)
            return
        recording.series += to_series(columns, len(rows), settings)

    def _rows(self, header: Row, separator: str) -> list[tuple[int, Row]]:
        """The rows as wide as the header, each with its line number."""
        reader = csv.reader(io.StringIO(self.text.replace("\0", "")), delimiter=separator)
        width = len(header)
        rows: list[tuple[int, Row]] = []
        ragged: list[int] = []
        try:
            next(reader, None)
            for row in reader:
                while len(row) > width and not row[-1].strip():
                    row.pop()
                if len(row) == width:
                    rows.append((reader.line_num, row))
                elif row:
                    ragged.append(reader.line_num)
        except csv.Error as error:
            self._problem(f"no CSV from here on: {error}", reader.line_num)
        self._drop_unfinished(rows, ragged, reader.line_num)
        if ragged:
            self._problem(f"{_count(ragged, 'row')} without the header's {width} columns left out", ragged[0])
        return [(line, row) for line, row in rows if [cell.strip() for cell in row] != header]

    def _drop_unfinished(self, rows: list[tuple[int, Row]], ragged: list[int], last: int) -> None:
        """Leave out a last line that the trainer has not finished, as far as its length shows."""
        if self.text.endswith(("\n", "\r")):
            return
        if ragged and ragged[-1] == last:
            ragged.pop()
        elif len(rows) > 1 and len(rows[-1][1][-1]) < min(len(row[-1]) for _, row in rows[:-1]):
            rows.pop()
        else:
            return
        self.problems.append(Problem(self.path, "the last line is unfinished and was left out", last, lost=False))

    def _columns(self, header: Row, rows: Sequence[tuple[int, Row]]) -> dict[str, Cells]:
        columns = {}
        for index, name in enumerate(header):
            texts = [row[index] for _, row in rows]
            try:
                values = np.array(list(map(float, texts)))
            except ValueError:
                cells = self._sparse(name, texts, rows)
            else:
                cells = Cells(np.arange(values.size), values)
            if cells.rows.size:
                columns[name or f"column {index + 1}"] = cells
        return columns

    def _sparse(self, name: str, texts: Row, rows: Sequence[tuple[int, Row]]) -> Cells:
        """The numbers of a column that holds other things too; words among many numbers are a problem."""
        numbers: list[tuple[int, float]] = []
        words: list[int] = []
        for index, text in enumerate(texts):
            number = _number(text)
            if number is not None:
                numbers.append((index, number))
            elif text.strip().lower() not in _MISSING:
                words.append(index)
        if len(words) > len(numbers):
            return Cells(np.empty(0, np.int64), np.empty(0))
        if words:
            first = words[0]
            self._problem(
                f"{_count(words, 'cell')} of column {name!r} hold no number, the first {texts[first].strip()!r}",
                rows[first][0],
            )
        return Cells(np.array([i for i, _ in numbers], np.int64), np.array([value for _, value in numbers], float))

    def _problem(self, message: str, line: int) -> None:
        self.problems.append(Problem(self.path, message, line))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _separator(line: str) -> str:
    return max(_SEPARATORS, key=line.count)


def _cells(line: str, separator: str) -> Row:
    """The cells of a line, none where it is no CSV."""
    try:
        return [cell.strip() for row in csv.reader([line.strip("\r\n")], delimiter=separator) for cell in row]
    except csv.Error:
        return []


def _count(items: Sequence[int], noun: str) -> str:
    return f"{len(items)} {noun}{'s' if len(items) > 1 else ''}"
