"""What a series means, by its name: the conventions of trainers and loggers in one place.

A name is cut into lower-case words (`lr-AdamW/pg1` -> lr, adamw, pg1; `x/lr0` -> x, lr0) and the first
matching rule decides. Series keep their own names, so several param groups stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from lrlint.config import Settings
from lrlint.logs.run import Role

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+")
_LR = re.compile(r"lrs?|lr\d+|learningrate")
_VALIDATION = re.compile(r"val|valid|validation|eval|evaluation|test|dev|heldout")
_VALIDATION_RUN = re.compile(r"val|valid|validation|eval|evaluation")
_TRAINING = re.compile(r"train|training")
_LOSS = re.compile(r"loss(es)?\d*")
_NORM_OF = re.compile(r"grads?|gradients?")
_METRIC = re.compile(
    r"acc|accuracy|acc[15]|top[15]|auc|auroc|f1|precision|recall|iou|miou|dice|map|map50|ap|bleu|rouge|wer|cer|"
    r"perplexity|ppl|psnr|ssim|mae|mse|rmse|score|reward|bpb|bpc"
)
# Twins of series over another axis: Megatron's `lm loss vs samples`, Keras' `evaluation_loss_vs_iterations`.
_OTHER_AXES = re.compile(r"samples|iterations")
# Words by which a quantity with an LR's or a loss's name is something else.
_NOT_LR = re.compile(
    r"momentum|decay|wd|mul|mult|multiplier|scale|factor|ratio|betas?|base|init|initial|final|start|end|max|min|target"
)
_NOT_LOSS = re.compile(r"scale|scaler|scaling|weight|coef|coefficient|lambda|count|best")

_STEPS = (
    "step",
    "global_step",
    "_step",
    "trainer/global_step",
    "num_updates",
    "iteration",
    "iter",
    "it",
    "update",
    "batch",
    "epoch",
    "epochs",
)


def role_of(name: str, run: str, settings: Settings) -> Role:
    """The role of the series `name` in the run at the path `run`; the settings' tags come first.

    A loss in a run whose folder is called validation (Keras, `add_scalars`) is a validation loss.
    """
    if name in settings.lr_tags:
        return Role.LR
    if name in settings.loss_tags:
        return Role.LOSS
    role = _role(name)
    if role is Role.LR and settings.lr_tags:
        return Role.OTHER
    if role is Role.LOSS and _is_validation_run(run) and not _has(_words(name), _TRAINING):
        return Role.VALIDATION
    return Role.OTHER if role is Role.LOSS and settings.loss_tags else role


def step_column(names: Iterable[str], settings: Settings) -> str | None:
    """The column that counts the steps: the settings' own, else the finest of the usual names."""
    names = list(names)
    if settings.step_tag is not None:
        return settings.step_tag if settings.step_tag in names else None
    by_name = {name.strip().lower(): name for name in reversed(names)}
    return next((by_name[step] for step in _STEPS if step in by_name), None)


def is_step_like(name: str) -> bool:
    """Whether a column counts steps or epochs, and is no quantity of its own."""
    return name.strip().lower() in _STEPS


def holds_a_log(names: Iterable[str], settings: Settings) -> bool:
    """Whether columns of these names make a training log: a step, an LR or a loss among several others."""
    roles = [role_of(name, "", settings) for name in names]
    steps = any(is_step_like(name) or name == settings.step_tag for name in names)
    known = sum(role in (Role.LR, Role.LOSS, Role.VALIDATION) for role in roles)
    return (known > 0 and (steps or known > 1)) or (steps and Role.METRIC in roles)


@lru_cache(maxsize=1 << 14)
def _role(name: str) -> Role:
    words = _words(name)
    if "vs" in words and _has(words, _OTHER_AXES):
        return Role.OTHER
    if (_has(words, _LR) or ("learning", "rate") in pairwise(words)) and not _has(words, _NOT_LR):
        return Role.LR
    if "gnorm" in words or "gradnorm" in words or ("norm" in words and _has(words, _NORM_OF)):
        return Role.GRADIENT_NORM
    if _has(words, _LOSS) and not _has(words, _NOT_LOSS):
        return Role.VALIDATION if _has(words, _VALIDATION) else Role.LOSS
    if len(words) <= 2 and words[-1:] in (["epoch"], ["epochs"]):
        return Role.EPOCH
    return Role.METRIC if _has(words, _METRIC) else Role.OTHER


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _has(words: Sequence[str], wanted: re.Pattern[str]) -> bool:
    return any(wanted.fullmatch(word) for word in words)


def _is_validation_run(run: str) -> bool:
    """Whether the folder's name ends in validation or the like; `test` and `dev` name too many other runs."""
    words = _words(re.split(r"[/\\]", run.rstrip("/\\"))[-1])
    return bool(words) and (_has(words[-1:], _VALIDATION_RUN) or words == ["test"])
