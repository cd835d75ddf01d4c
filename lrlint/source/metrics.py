"""What a value measures: a loss, that falls as training succeeds, or a score, that rises."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator

from lrlint.counts import Symbol
from lrlint.findings import Confidence
from lrlint.source.events import Event, EventKind
from lrlint.source.program import Program
from lrlint.source.units import is_index
from lrlint.source.values import External, Number, Opaque, Value, key_of, number_of

_SCORES = re.compile(
    r"accuracy|f1_?score|roc_auc|average_precision|AUROC|F1|JaccardIndex|r2_score|matthews|\bdice", re.I
)
_LOSSES = re.compile(r"Loss$|_loss$|cross_entropy|mean_squared_error|mean_absolute_error|log_loss")
_RISES = frozenset(
    {"acc", "accuracy", "auc", "auroc", "f1", "dice", "iou", "miou", "map", "ap", "bleu", "psnr", "ssim", "r2", "top1"}
)
_FALLS = frozenset(
    {"loss", "losses", "err", "error", "ppl", "perplexity", "rmse", "mse", "mae", "wer", "cer", "nll", "bce"}
)

_OPPOSITE = {"min": "max", "max": "min"}


def metric_of(event: Event) -> Value | None:
    """The metric that a `step()` is given, None where it is given none or more than one value."""
    given = [*event.arguments, *(value for name, value in event.keywords.items() if name in ("metrics", "metric"))]
    return given[0] if len(given) == 1 else None


def direction_of(program: Program, event: Event) -> tuple[str, Confidence] | None:
    """Which way the metric of a `step()` is better, "min" or "max", and how sure that is; None if unknown.

    Proven: a count of hits over a total, the score or loss of a known library, the loss that is
    differentiated. Likely: the name it is passed by.
    """
    value = metric_of(event)
    if value is None:
        return None
    if isinstance(value, Opaque) and "negated" in value.tags:
        named = _direction_by_name(value.label.removeprefix("-"))
        return (_OPPOSITE[named], Confidence.LIKELY) if named else None
    sources = " ".join(_libraries(value))
    by_hits = _direction_of_hits(value)
    if by_hits is not None or _SCORES.search(sources):
        return by_hits or "max", Confidence.PROVEN
    if _LOSSES.search(sources) or is_training_loss(program, value):
        return "min", Confidence.PROVEN
    named = _direction_by_name(event.text.rpartition(".step(")[2].removesuffix(")"))
    return (named, Confidence.LIKELY) if named else None


def is_metric(program: Program, event: Event) -> tuple[bool, Confidence]:
    """Whether what `step()` is given is a loss or a score, and not a number of epochs."""
    value = metric_of(event)
    if value is None or is_index(value):
        return False, Confidence.PROVEN
    direction = direction_of(program, event)
    return direction is not None, direction[1] if direction is not None else Confidence.PROVEN


def is_training_loss(program: Program, value: Value) -> bool:
    """Whether the value is what a backward pass starts from, or a number taken from it."""
    losses = {key_of(event.target) for event in program.events if event.kind is EventKind.BACKWARD}
    key = key_of(value)
    return any(mentions(key, loss) or mentions(loss, key) for loss in losses)


def mentions(key: Hashable, part: Hashable) -> bool:
    """Whether one key is built from another."""
    return any(one == part for one in _parts(key))


def _parts(key: Hashable) -> Iterator[Hashable]:
    """The key and all keys inside it."""
    waiting: list[Hashable] = [key]
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, (tuple, frozenset)):
            waiting += one
        elif isinstance(one, Symbol):
            waiting.append(one.key)


def _direction_of_hits(value: Value) -> str | None:
    """The direction of a value that is made of how often something equals something, over something else."""
    count = number_of(value)
    if not isinstance(value, Number) or count is None:
        return None
    hits = [
        coefficient
        for monomial, coefficient in count.terms.items()
        for symbol, exponent in monomial
        if exponent > 0 and any(_is_equality(part) for part in _parts(symbol.key))
    ]
    divided = any(exponent < 0 for monomial in count.terms for _, exponent in monomial)
    if not divided or not hits or min(hits) < 0 < max(hits):
        return None
    return "max" if min(hits) > 0 else "min"


def _is_equality(part: Hashable) -> bool:
    match part:
        case ("condition", ("==", *_)):
            return True
        case ("attribute" | "method", _, "eq"):
            return True
    return False


def _libraries(value: Value) -> Iterator[str]:
    """The library functions and classes that the value comes from."""
    current: Value | None = value
    while isinstance(current, Opaque):
        current = current.parent
        if isinstance(current, External):
            yield current.name.rpartition(".")[2]


def _direction_by_name(text: str) -> str | None:
    """The direction that the name of a metric says, None where it says none or both.

    A positive factor, a sum or a rounding keeps the direction; a minus or a division by it may not.
    """
    if re.search(r"-|/\s*[A-Za-z_]|\bnot\b", text):
        return None
    words = set(re.split(r"[^a-z0-9]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", text).lower()))
    rises, falls = words & _RISES, words & _FALLS
    if bool(rises) == bool(falls):
        return None
    return "max" if rises else "min"
