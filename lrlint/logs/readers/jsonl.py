"""One JSON object a line: detectron2, mmcv, MMEngine, fairseq, DeiT-style logs, one's own.

Lines may carry text before the object (fairseq). Validation rows are told from training rows where their
trainer mixes them up: mmcv repeats the LR in them, MMEngine counts their steps in epochs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers.base import HEAD_BYTES, Candidate, Reader, Recording, Source, failed, open_text
from lrlint.logs.roles import holds_a_log
from lrlint.logs.rows import Row, fill, number_of

_SUFFIXES = (".jsonl", ".ndjson", ".json", ".log", ".txt", ".out")
_FAIRSEQ_STEPS = ("train_num_updates", "valid_num_updates")


class JsonLinesReader(Reader):
    """One run per file; a key per series."""

    format = "jsonl"
    rank = 2

    def named(self, name: str) -> bool:
        """Any file of text may hold such lines."""
        return name.lower().endswith(_SUFFIXES)

    def claims(self, candidate: Candidate) -> bool:
        """Whether two of the first lines (one, if they are long) are objects with what a training log holds."""
        head = candidate.head
        if b"{" not in head or b"\0" in head:
            return False
        objects = [_object(line) for line in head.decode("utf-8", "replace").splitlines()]
        logs = [row for row in objects if row and holds_a_log(_numeric(row), candidate.settings)]
        return len(logs) >= (1 if len(head) == HEAD_BYTES else 2)

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run of the file."""
        recording = Recording()
        try:
            with open_text(source.path) as file:
                text = file.read()
        except OSError as error:
            recording.problems.append(failed(source.path, error))
        else:
            rows = _understood(_rows(source.path, text, recording.problems))
            fill(recording, rows, settings)
        yield recording


READER = JsonLinesReader()


def _rows(path: str, text: str, problems: list[Problem]) -> list[Row]:
    """The objects of the lines; a last line that is not whole is a remark, others are problems."""
    rows: list[Row] = []
    broken: list[int] = []
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        row = _object(line)
        if row is not None:
            rows.append(row)
        elif "{" in line or "\0" in line or line.rstrip().endswith("}"):
            broken.append(number)
    if broken and broken[-1] == len(lines):
        broken.pop()
        problems.append(Problem(path, "the last line is unfinished and was left out", len(lines), lost=False))
    if broken and rows:
        count = f"{len(broken)} lines are" if len(broken) > 1 else "1 line is"
        problems.append(Problem(path, f"{count} no JSON object and left out", broken[0]))
    if not rows:
        problems.append(Problem(path, "no line holds a JSON object" if text else "the file is empty"))
    return rows


def _object(line: str) -> Row | None:
    """The object that the line is, or that follows the last bar of a fairseq line."""
    start = line.find("{")
    if start < 0 or (start > 0 and not line[:start].rstrip().endswith("|") and line[:start].strip()):
        return None
    import json  # takes longer than to read a small log of another format, so does every import like it

    try:
        found = json.loads(line[start:])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _numeric(row: Row) -> list[str]:
    return [name for name, value in row.items() if number_of(value) is not None]


def _understood(rows: Sequence[Row]) -> list[Row]:
    """The rows as their trainers mean them."""
    counts_both = any("iter" in row and "step" in row for row in rows)
    return [_fairseq(_mmengine(_mmcv(row), counts_both)) for row in rows]


def _mmcv(row: Row) -> Row:
    """A validation row without the training row's LR and inner iteration, its figures marked as validation."""
    if row.get("mode") != "val":
        return row
    kept = {name: value for name, value in row.items() if name not in ("lr", "iter", "mode")}
    return {name if name == "epoch" else f"val/{name}": value for name, value in kept.items()}


def _mmengine(row: Row, counts_both: bool) -> Row:
    """A validation row, which has no `iter`, without its `step`: that is an epoch."""
    if counts_both and "iter" not in row:
        return {name: value for name, value in row.items() if name != "step"}
    return row


def _fairseq(row: Row) -> Row:
    """A summary row with its prefixed count of updates under the common name."""
    updates = next((row[name] for name in _FAIRSEQ_STEPS if name in row), None)
    return row if updates is None or "num_updates" in row else {**row, "num_updates": updates}
