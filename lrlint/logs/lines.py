"""What a line of plain text says: which count it holds, and which numbers under which names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lrlint.config import Settings
from lrlint.logs.roles import EVALUATIONS, role_of
from lrlint.logs.run import Role
from lrlint.logs.text_tables import Numbers, header_of, row_of
from lrlint.namedtuples import NamedTuple

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf(?:inity)?)"
_TENSOR = r"(?:tensor\()?"
_END = r"(?=[\s,;|)\]}>%'\"]|\.?$)"
_NAME = r"[A-Za-z_][\w./@-]*(?: [A-Za-z_][\w./@-]*){0,3}(?: \(\w+\))?"
# Plain strings, which `re` compiles when a text is read: compiling them all takes longer than reading a small log.
_PAIR = rf"(?i)({_NAME})['\"]?\s*[:=]\s*(\[?)\s*['\"]?{_TENSOR}({_NUMBER}){_END}"
_SAID = rf"(?i)({_NAME}) is (){_TENSOR}({_NUMBER}){_END}"
_BARE = (
    r"(?i)\b((?:(?:train|training|val|valid|validation|eval|test|lm)[ _]?)?loss(?:_\w+)?|lr|learning rate)"
    rf"\s+(){_TENSOR}({_NUMBER}){_END}"
)
_TABLE = rf"(?i)\s*\|\s*([A-Za-z_][\w/ .-]*?)\s*\|\s*({_NUMBER})\s*\|\s*"
_TABLE_STEPS = ("step", "steps", "timesteps", "total_timesteps", "total timesteps", "iteration", "iterations")
_COUNT = (
    r"(?i)\b(epoch|global[_ ]steps?|num_updates|step|iteration|iter|it|update|batch)\b(?:\s*\(([a-z]+)\))?"
    r"['\"]?\s*[:=#]?\s*[\[(]?\s*(\d+)(?![\d.]*\d|[eE]-)"
    r"(?:\s*/\s*(\d+))?\]?(?:\s*\[\s*(\d+)\s*(?:/\s*(\d+)\s*(?:\(\d+%\))?)?\])?"
)
_HEADING = r"(?i)\W*(?:epoch|step|iteration|iter)\b\W*\d"
_PHASE = rf"(train|training|{'|'.join(EVALUATIONS)})"
_LABEL = rf"(?i)\b{_PHASE}\b(?:(?: (?:set|epoch|results?))?\s*[:|\])]| epoch \[?\d+(?:/\d+)?\]?\s*[-,:|])"
_LABEL_FIRST = rf"(?i)[\W\d]*\b{_PHASE} \d+,"
_BAR = r"\|\s*(\d+)/\d+\s*\["
_COCO = r"(?i)epoch:\s*(\d+)((?:\s+-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?){14})\s*"
_COCO_NAMES = (
    *("AP", "AP50", "AP75", "AP small", "AP medium", "AP large"),
    *("AR1", "AR10", "AR100", "AR100 small", "AR100 medium", "AR100 large"),
    *("loss", "lr"),
)
_LLM_C = rf"(?i)s:(\d+) (trl|tel):({_NUMBER})(?: lr:({_NUMBER}))?(?: norm:({_NUMBER}))?\s*"
_TRAIN_GPT2 = r"(\d+) (train|val) (\d+\.\d{4}(?:\d\d)?|nan|inf)\s*"
_WORD_VALUE = r"(?<!device)[:=]\s*(?:(?:True|False|None)\b|['\"][^'\"\d\s])"
_MOST_WORDS = 2


class Line(NamedTuple):
    """A line that holds counts or values, and its place in the text.

    Counts are `epoch` and `step`, or `epoch` and the `position` within it, out `of` how many; with a `bar`, the step is
    the position of a progress bar and nothing else counts. A line `drawn` by such a bar may be drawn again.
    """

    place: int
    counts: Numbers
    values: Numbers
    drawn: bool = False


def telling(lines: Iterable[str], settings: Settings) -> Iterator[Line]:
    """The lines that say something about a run; the lines of a table are one."""
    table = Line(0, {}, {})
    header: list[str] | None = None
    for place, line in enumerate(lines):
        header = header_of(line, settings) or header
        row = row_of(line, header, settings) if header else None
        if row:
            yield Line(place, *row)
            continue
        entry = re.fullmatch(_TABLE, line) if line.lstrip()[:1] == "|" else None
        if entry:
            _enter(entry[1], float(entry[2]), table, settings)
            continue
        if table.counts or table.values:
            yield table._replace(place=place)
            table = Line(0, {}, {})
        if _may_tell(line):
            counts, values = _counts(line), _values(line, settings)
            if counts or (values and not _is_settings(line, values, settings)):
                yield Line(place, counts, values, bool(re.search(_BAR, line)))
    if table.counts or table.values:
        yield table


def _enter(name: str, number: float, table: Line, settings: Settings) -> None:
    """Put a row of a table, `| loss | 2.31 |`, where it belongs."""
    if name.lower() in _TABLE_STEPS:
        table.counts["step"] = number
    elif name.lower() == "epoch":
        table.counts["epoch"] = number
    elif name == settings.step_tag or role_of(name, "", settings) is not Role.OTHER:
        table.values[name] = number


def _may_tell(line: str) -> bool:
    return (
        ":" in line
        or "=" in line
        or "loss" in line.lower()
        or " is " in line
        or re.match(_HEADING, line) is not None
        or _train_gpt2(line) is not None
    )


def _train_gpt2(line: str) -> re.Match[str] | None:
    return re.fullmatch(_TRAIN_GPT2, line) if line[:1].isdigit() else None


def _is_settings(line: str, values: Numbers, settings: Settings) -> bool:
    """Whether a line without a count tells how a run is to be: in words, or how many epochs it is to have."""
    if "Namespace(" in line or len(re.findall(_WORD_VALUE, line)) > _MOST_WORDS:
        return True
    planned = any(name.lower().endswith("epochs") for name in values)
    return planned and all(role_of(name, "", settings) not in (Role.LOSS, Role.VALIDATION) for name in values)


def _counts(line: str) -> Numbers:
    found: Numbers = {}
    for name, phase, number, total, position, length in re.findall(_COUNT, line):
        whole_epochs, training = name.lower() == "epoch", phase.lower() not in EVALUATIONS
        if whole_epochs or training:
            found.setdefault("epoch" if whole_epochs else "step", float(number))
        if position and training:
            found["position" if whole_epochs else "step"] = float(position)
        within = length if whole_epochs else total
        if within and training:
            found["of"] = float(within)
    bar = re.search(_BAR, line)
    if bar and not found:
        found["bar"] = 1.0
    place = bar or re.match(_LLM_C, line) or _train_gpt2(line)
    if place:
        found.setdefault("step", float(place[1]))
    return found


def _values(line: str, settings: Settings) -> Numbers:
    coco = re.fullmatch(_COCO, line)
    if coco:
        return dict(zip(_COCO_NAMES, map(float, coco[2].split()), strict=True))
    llm_c = re.fullmatch(_LLM_C, line)
    if llm_c:
        names = ("val loss" if llm_c[2].lower() == "tel" else "train loss", "lr", "grad norm")
        return {name: float(number) for name, number in zip(names, llm_c.groups()[2:], strict=True) if number}
    train_gpt2 = _train_gpt2(line)
    if train_gpt2:
        return {f"{train_gpt2[2]} loss": float(train_gpt2[3])}
    found: Numbers = {}
    said = re.finditer(_SAID, line) if " is " in line else ()
    labels: list[tuple[int, str]] | None = None
    for pair in (*re.finditer(_PAIR, line), *re.finditer(_BARE, line), *said):
        name, role = pair[1], role_of(pair[1], "", settings)
        if role is Role.LOSS:
            labels = _labels(line) if labels is None else labels
            name = next((label for end, label in labels if end <= pair.start()), "") + name
        if (role is not Role.OTHER or name == settings.step_tag) and not (pair[2] and role is not Role.LR):
            found.setdefault(name, float(pair[3]))
    return found


def _labels(line: str) -> list[tuple[int, str]]:
    """Where a line begins to be about an evaluation, with its name, or about the training; the last place first.

    `Test: [3/10] Loss 2.1` is about the test from its first colon on, `Test 3, loss: 2.1` from its first comma on.
    """
    first = re.match(_LABEL_FIRST, line)
    found = [(label.end(), label[1]) for label in (*((first,) if first else ()), *re.finditer(_LABEL, line))]
    return [(end, f"{label} " if label.lower() in EVALUATIONS else "") for end, label in reversed(found)]
