"""Plain text: lines of `name: number` and `name=number`, blocks of them, nanoGPT, Megatron, progress bars.

What is recognised, and nothing else:

* a pair: a name of up to four words, a colon or an equals sign, a number that a space, a comma, a bar, a
  bracket or a percent sign ends (`lr: 1e-4`, `Train Loss: 0.31 |`, `'loss': 2.3`);
* `loss 2.31`, `lr 1e-4` and the like without a sign, as nanoGPT prints them;
* a count: epoch, step, iteration and so on with a whole number (`Epoch 001/60`, `[epoch: 3]`, `iter 40:`), the
  second bracket of `Epoch: [3][ 40/500]` and `Epoch(train) [3][ 40/500]`, and the position of a progress bar; batches
  of a validation (`Epoch(val) [3][60/60]`) count nothing;
* `epoch:N` followed by the twelve COCO figures, the mean loss and the LR, as detection recipes write them.

A count begins a row, and so does a name that the row has already; lines without either add to the row. Only
series with a known role are kept. Settings are no log, though they name LRs and losses: `Namespace(lr=0.1, …)` and
other lines full of words and truth values, what stands before the first count, and what bears the same names far
behind the last row, where a run was started again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source, failed
from lrlint.logs.roles import role_of
from lrlint.logs.rows import columns_of
from lrlint.logs.run import Role
from lrlint.logs.table import to_series
from lrlint.namedtuples import NamedTuple

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)"
_END = r"(?=[\s,;|)\]}%'\"]|\.?$)"
_NAME = r"[A-Za-z_][\w./@-]*(?: [A-Za-z_][\w./@-]*){0,3}(?: \(\w+\))?"
# Plain strings, which `re` compiles when a text is read: compiling them all takes longer than reading a small log.
_PAIR = rf"(?i)({_NAME})['\"]?\s*[:=]\s*['\"]?({_NUMBER}){_END}"
_BARE = (
    rf"(?i)\b((?:(?:train|training|val|valid|validation|eval|test|lm)[ _]?)?loss|lr|learning rate)\s+({_NUMBER}){_END}"
)
_COUNT = (
    r"(?i)\b(epoch|global[_ ]step|step|iteration|iter|it|update|batch)\b(?:\s*\(([a-z]+)\))?['\"]?\s*[:=#]?\s*[\[(]?\s*"
    r"(\d+)(?![\d.]*\d|[eE]-)"
    r"(?:\s*/\s*\d+)?\]?(?:\s*\[\s*(\d+)\s*(?:/\s*\d+\s*)?\])?"
)
_HEADING = r"(?i)\W*(?:epoch|step|iteration|iter)\b\W*\d"
_EVALUATIONS = ("val", "valid", "validation", "eval", "evaluation", "test")
_BAR = r"\|\s*(\d+)/\d+\s*\["
_COCO = r"(?i)epoch:\s*(\d+)((?:\s+-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?){14})\s*"
_COCO_NAMES = (
    *("AP", "AP50", "AP75", "AP small", "AP medium", "AP large"),
    *("AR1", "AR10", "AR100", "AR100 small", "AR100 medium", "AR100 large"),
    *("loss", "lr"),
)
_WORD_VALUE = r"[:=]\s*(?:(?:True|False|None)\b|['\"][^'\"\d\s])"
_MOST_WORDS = 2
_FAR = 50
"""Lines without a count or a value after which settings may have come again."""
_ESCAPE = r"\x1b\[[0-9;]*[A-Za-z]"
_KNOWN = (Role.LR, Role.LOSS, Role.VALIDATION)

Numbers = dict[str, float]


class TextReader(Reader):
    """One run per file. The last format to be asked."""

    format = "text"
    rank = 9

    def named(self, name: str) -> bool:
        """Files ending in .txt, .log or .out."""
        return name.lower().endswith((".txt", ".log", ".out"))

    def claims(self, candidate: Candidate) -> bool:
        """Whether the first lines hold at least two rows with a count and with an LR or a loss."""
        if b"\0" in candidate.head:
            return False
        rows = _rows(_lines(candidate.head.decode("utf-8", "replace")), candidate.settings)
        return sum(_is_log_row(row, candidate.settings) for row in rows) >= 2

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run of the file."""
        recording = Recording()
        try:
            with open(source.path, encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError as error:
            recording.problems.append(failed(source.path, error))
        else:
            rows = list(_rows(_lines(_finished(source.path, text, recording.problems)), settings))
            recording.series = to_series(columns_of(rows), len(rows), settings)
            if not recording.series:
                recording.problems.append(Problem(source.path, "no line holds an LR or a loss that lrlint recognises"))
        yield recording


READER = TextReader()


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
    return re.sub(_ESCAPE, "", text).replace("\r", "\n").split("\n")


def _rows(lines: Iterable[str], settings: Settings) -> Iterator[Numbers]:
    """The rows of the log: counts under `epoch`, `step` and `batch`, series under their names."""
    row: Numbers = {}
    for _, counts, values in _of_the_log(list(_telling(lines, settings)), settings):
        if (counts and any(name in row for name in (*counts, *values))) or any(name in row for name in values):
            yield row
            row = {}
        row |= counts
        row |= values
    if row:
        yield row


class _Line(NamedTuple):
    """A line that holds counts or values, and its place in the text."""

    place: int
    counts: Numbers
    values: Numbers


def _telling(lines: Iterable[str], settings: Settings) -> Iterator[_Line]:
    for place, line in enumerate(lines):
        if ":" not in line and "=" not in line and "loss" not in line.lower() and not re.match(_HEADING, line):
            continue
        counts, values = _counts(line), _values(line, settings)
        if (counts or values) and not (values and not counts and _is_settings(line)):
            yield _Line(place, counts, values)


def _is_settings(line: str) -> bool:
    return "Namespace(" in line or len(re.findall(_WORD_VALUE, line)) > _MOST_WORDS


def _of_the_log(lines: Sequence[_Line], settings: Settings) -> Iterator[_Line]:
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


def _lead_to_counts(lines: Sequence[_Line], counted: Sequence[bool], index: int) -> bool:
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


def _counts(line: str) -> Numbers:
    found: Numbers = {}
    for name, phase, number, inner in re.findall(_COUNT, line):
        whole_epochs, training = name.lower() == "epoch", not phase or phase.lower() not in _EVALUATIONS
        if whole_epochs or training:
            found.setdefault("epoch" if whole_epochs else "step", float(number))
        if inner and training:
            found["step"] = float(inner)
    bar = re.search(_BAR, line)
    if bar:
        found.setdefault("step", float(bar[1]))
    return found


def _values(line: str, settings: Settings) -> Numbers:
    coco = re.fullmatch(_COCO, line)
    if coco:
        return dict(zip(_COCO_NAMES, map(float, coco[2].split()), strict=True))
    found: Numbers = {}
    for name, number in (*re.findall(_PAIR, line), *re.findall(_BARE, line)):
        if name == settings.step_tag or role_of(name, "", settings) is not Role.OTHER:
            found.setdefault(name, float(number))
    return found


def _is_log_row(row: Numbers, settings: Settings) -> bool:
    return not row.keys().isdisjoint(("epoch", "step", settings.step_tag)) and any(
        role_of(name, "", settings) in _KNOWN for name in row
    )
