"""CSV and TSV logs: Lightning's CSVLogger, Keras' CSVLogger, Ultralytics, timm, DeepSpeed, one's own.

An empty cell (and Keras' `NA`) is a point that was not logged; `nan` is one that was. A header that comes
again, as after a restart, is passed over. Large files are read in parts, regular ones by pandas.
"""

from __future__ import annotations

import io
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.parts import LARGE, Part, parts_of
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source, failed
from lrlint.logs.roles import PRIMARY, holds_a_log, role_of, step_column, with_tags_among
from lrlint.logs.rows import is_missing, number_of
from lrlint.logs.run import Role
from lrlint.logs.table import Cells, Rows, Table, to_series

_TABLES = (".csv", ".tsv")
_TEXTS = (".txt", ".log", ".out")
_SEPARATORS = ",;\t|"
# What makes a line of text with separators in it no header: `lr: 0.1 | loss: 2.5`, `Namespace(lr=0.1, depth=3)`.
_ASSIGNMENT = r"[^:=]+[:=]\s*['\"]?[-+.\d][^:=]*"
Row = list[str]


class CsvReader(Reader):
    """One run per file; a column per series."""

    format = "csv"
    rank = 5

    def named(self, name: str) -> bool:
        """Files ending in .csv or .tsv; texts may hold a table too."""
        return name.lower().endswith((*_TABLES, *_TEXTS))

    def claims(self, candidate: Candidate) -> bool:
        """Whether the first line names columns that make a training log; in a text, numbers must follow."""
        text = candidate.head.decode("utf-8-sig", "replace")
        # A file whose lines end with a carriage return alone is taken too, to be told of.
        line, _, rest = (text if "\n" in text else text.replace("\r", "\n")).partition("\n")
        names = _cells(line, _separator(line))
        settings = with_tags_among(names, candidate.settings)
        known = (name for name in names if role_of(name, "", settings) in PRIMARY)
        if len(names) < 2 or "\0" in line or any(re.fullmatch(_ASSIGNMENT, name) for name in known):
            return False
        if candidate.name.lower().endswith(_TEXTS) and not _is_row(rest.lstrip().partition("\n")[0], names):
            return False
        return holds_a_log(names, settings)

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run of the file."""
        recording = Recording()
        try:
            with open(source.path, "rb") as file:
                _read(file, source.path, recording, settings)
        except OSError as error:
            recording.problems.append(failed(source.path, error))
        yield recording


READER = CsvReader()


def _read(file: BinaryIO, path: str, recording: Recording, settings: Settings) -> None:
    """Fill the recording's series."""
    line = file.readline().decode("utf-8-sig", "replace")
    if not line.strip():
        sentence = "the first line names no columns" if file.read(1) else "the file is empty"
        recording.problems.append(Problem(path, sentence, 1))
        return
    if "\0" in line:
        recording.problems.append(Problem(path, "no text in UTF-8: a binary file, or one in UTF-16", 1))
        return
    if "\r" in line.rstrip("\r\n"):
        recording.problems.append(Problem(path, "lines that end with a carriage return alone are not read", 1))
        return
    parser = _Parser(path, line, recording.problems)
    recording.counter = step_column(parser.header, settings)
    table = Table()
    size = os.fstat(file.fileno()).st_size
    for (columns, count), position in _read_parts(file, size, parser):
        table.add(columns, count, 1.05 * size / position)
    columns = table.columns(parser.header)
    series = list(to_series(columns, table.count, settings)) if columns else []
    recording.series += series
    if len(parser.header) > 1 and not table.count and not recording.problems:
        recording.problems.append(Problem(path, "holds a header and no rows yet", 1, lost=False))
    elif not series:
        what = "no column but that of the steps holds numbers" if columns else "no column holds numbers"
        recording.problems.append(Problem(path, what, 1))


def _read_parts(file: BinaryIO, size: int, parser: _Parser) -> Iterator[tuple[Rows, int]]:
    """The rows of the file, many at a time, and how far into its `size` it has been read with them."""
    parts = parts_of(file)
    for part in parts:
        yield parser.parse(part), part.end
        if size - part.end >= LARGE:
            break
    else:
        return
    # Takes longer to import, with pandas and threads, than most logs take to read.
    from lrlint.logs.regular import Layout, read_ahead

    layout = Layout(parser.separator, parser.header, parser.words or set())
    for part, regular in read_ahead(parts, layout):
        pieces = [parser.parse(part)] if regular is None else parser.passed(regular)
        for number, rows in enumerate(pieces, 1):
            yield rows, part.start + part.size * number // len(pieces)


class _Parser:
    """The way from lines to columns; `problems` collects what does not fit."""

    def __init__(self, path: str, header_line: str, problems: list[Problem]) -> None:
        self.path = path
        self.separator = _separator(header_line)
        self.first = _cells(header_line, self.separator)
        self.header = _told_apart([name or f"column {index + 1}" for index, name in enumerate(self.first)])
        self.problems = problems
        self.line = 1
        self.words: set[str] | None = None

    def passed(self, regular: list[Rows]) -> list[Rows]:
        """The rows of a part that was read already."""
        self.line += sum(count for _, count in regular)
        return regular

    def parse(self, part: Part) -> Rows:
        """The rows of any part, with a problem for whatever does not fit."""
        rows = self._rows(b"".join(part.blocks()).decode("utf-8", "replace"))
        columns: dict[str, Cells] = {}
        words = set()
        for index, name in enumerate(self.header):
            texts = [row[index] for _, row in rows]
            try:
                values = np.array(list(map(float, texts)))
            except ValueError:
                cells = self._sparse(name, texts, rows)
            else:
                cells = Cells(None, values)
            if cells is None:
                words.add(name)
            elif cells.values.size:
                columns[name] = cells
        self.words = words if self.words is None else self.words
        return columns, len(rows)

    def _rows(self, text: str) -> list[tuple[int, Row]]:
        """The rows as wide as the header, each with its line number."""
        import csv  # as late as JSON's

        reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=self.separator)
        width = len(self.header)
        rows: list[tuple[int, Row]] = []
        ragged: list[int] = []
        before = self.line
        try:
            for row in reader:
                while len(row) > width and not row[-1].strip():
                    row.pop()
                if len(row) == width:
                    rows.append((before + reader.line_num, row))
                elif row:
                    ragged.append(before + reader.line_num)
        except csv.Error as error:
            self._problem(f"no CSV from here on: {error}", before + reader.line_num)
        self.line += reader.line_num
        if not text.endswith(("\n", "\r")):
            self._drop_unfinished(rows, ragged)
        if ragged:
            rows_lost, wanted = _counted(len(ragged), "row"), _counted(width, "column")
            self._problem(f"{rows_lost} without the header's {wanted} left out", ragged[0])
        return [(line, row) for line, row in rows if [cell.strip() for cell in row] != self.first]

    def _drop_unfinished(self, rows: list[tuple[int, Row]], ragged: list[int]) -> None:
        """Leave out a last line that the trainer has not finished, as far as its length shows."""
        if ragged and ragged[-1] == self.line:
            ragged.pop()
        elif len(rows) > 1 and len(rows[-1][1][-1]) < min(len(row[-1]) for _, row in rows[:-1]):
            rows.pop()
        else:
            return
        self.problems.append(Problem(self.path, "the last line is unfinished and was left out", self.line, lost=False))

    def _sparse(self, name: str, texts: Row, rows: Sequence[tuple[int, Row]]) -> Cells | None:
        """The numbers of a column that holds other things too; None if those are words for the most part."""
        numbers: list[tuple[int, float]] = []
        words: list[int] = []
        role = role_of(name, "", Settings())
        for index, text in enumerate(texts):
            number = number_of(_first_of_list(text) if role is Role.LR else text)
            if number is not None:
                numbers.append((index, number))
            elif not is_missing(text):
                words.append(index)
        if len(words) > len(numbers):
            self._tell_of_unread_numbers(name, role, texts[words[0]].strip(), rows[words[0]][0])
            return None
        if words:
            first = words[0]
            self._problem(
                f"no number in {_counted(len(words), 'cell')} of column {name!r}, the first {texts[first].strip()!r}",
                rows[first][0],
            )
        return Cells(np.array([i for i, _ in numbers], np.int64), np.array([value for _, value in numbers], float))

    def _tell_of_unread_numbers(self, name: str, role: Role, cell: str, line: int) -> None:
        """Say so where a column that by its name is an LR or a loss holds numbers, as it seems, in words: `2,31`."""
        if self.words is None and role in PRIMARY and any(map(str.isdigit, cell)):
            self._problem(f"column {name!r} left out: {cell!r} is no number", line)

    def _problem(self, message: str, line: int) -> None:
        self.problems.append(Problem(self.path, message, line))


def _first_of_list(cell: str) -> str:
    """The first LR of a list of them, `[0.1, 0.01]`; other cells as they are."""
    cell = cell.strip()
    return cell.strip("[]").split(",")[0] if cell.startswith("[") else cell


def _told_apart(names: Row) -> Row:
    """The names, a number put behind each that has come before: no column takes the place of another."""
    seen = Counter[str]()
    for index, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            names[index] = f"{name} {seen[name]}"
    return names


def _separator(line: str) -> str:
    return max(_SEPARATORS, key=line.count)


def _cells(line: str, separator: str) -> Row:
    """The cells of a line, none where it is no CSV."""
    import csv  # as late as JSON's

    try:
        return [cell.strip() for row in csv.reader([line.strip("\r\n")], delimiter=separator) for cell in row]
    except csv.Error:
        return []


def _is_row(line: str, names: Row) -> bool:
    """Whether a line holds a number for every name, as far as it goes."""
    cells = [cell for cell in _cells(line, _separator(line)) if cell]
    return 1 < len(cells) <= len(names) and all(number_of(cell) is not None for cell in cells)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun if count == 1 else noun + 's'}"
