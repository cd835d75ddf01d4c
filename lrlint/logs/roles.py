"""What a series means, by its name: the conventions of trainers and loggers in one place.

A name is cut into lower-case words (`lr-AdamW/pg1` -> lr, adamw, pg1; `x/lr0` -> x, lr0) and the first
matching rule decides. Series keep their own names, so several param groups stay apart.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from lrlint.config import Settings
from lrlint.logs.run import Role

_WORD = r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+\d*|\d+"
_DIGITS = "0123456789"
# Whole words, those of an LR and of a loss perhaps with a number behind them. Sets: patterns take longer to compile.
_LR = frozenset(["lr", "lrs", "learningrate"])
_LOSS = frozenset(["loss", "losses"])
_VALIDATION_RUN = frozenset(["val", "valid", "validation", "eval", "evaluation"])
EVALUATIONS = (*sorted(_VALIDATION_RUN), "validate", "test", "testing")
"""What an evaluation is called, in the names of series and on the lines of texts."""
_VALIDATION = frozenset(EVALUATIONS) | {"dev", "heldout"}
_TRAINING = frozenset(["train", "training"])
_NORM_OF = frozenset(["grad", "grads", "gradient", "gradients"])
_METRIC = frozenset(
    [
        *("acc", "accuracy", "acc1", "acc5", "top1", "top5", "auc", "auroc", "f1", "precision", "recall"),
        *("iou", "miou", "dice", "map", "map50", "ap", "bleu", "rouge", "wer", "cer", "perplexity", "ppl"),
        *("psnr", "ssim", "mae", "mse", "rmse", "score", "reward", "bpb", "bpc"),
    ]
)
# Twins of series over another axis: Megatron's `lm loss vs samples`, Keras' `evaluation_loss_vs_iterations`.
_OTHER_AXES = frozenset(["samples", "iterations"])
# Words by which what a name names is no quantity of the run: `config.optimizer.kwargs.lr`.
_SETTING = frozenset(["config", "cfg", "args", "kwargs"])
# Words by which a quantity with an LR's or a loss's name is something else.
_NOT_LR = frozenset(
    [
        *("momentum", "decay", "wd", "mul", "mult", "multiplier", "scale", "factor", "ratio", "beta", "betas"),
        *("base", "init", "initial", "final", "start", "end", "max", "min", "peak", "target"),
    ]
)
_NOT_LOSS = frozenset(["scale", "scaler", "scaling", "weight", "coef", "coefficient", "lambda", "count", "best"])

PRIMARY = (Role.LR, Role.LOSS, Role.VALIDATION)
"""The roles of which a training log has at least one."""

_STEPS = (
    "step",
    "global_step",
    "_step",
    "current_steps",
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
    if role is Role.LOSS and not _says_training(name) and _is_validation_run(run):
        return Role.VALIDATION
    return Role.OTHER if role is Role.LOSS and settings.loss_tags else role


def with_tags_among(names: Container[str], settings: Settings) -> Settings:
    """The settings for a run with series of these `names`, or with this text: tags it has not are for other runs."""
    if not (settings.lr_tags or settings.loss_tags):
        return settings
    return settings._replace(
        lr_tags=tuple(tag for tag in settings.lr_tags if tag in names),
        loss_tags=tuple(tag for tag in settings.loss_tags if tag in names),
    )


def step_column(names: Iterable[str], settings: Settings) -> str | None:
    """The column that counts the steps: the settings' own, where it is there, else the finest of the usual names."""
    names = list(names)
    if settings.step_tag in names:
        return settings.step_tag
    by_name = {name.strip().lower(): name for name in reversed(names)}
    return next((by_name[step] for step in _STEPS if step in by_name), None)


def is_step_like(name: str) -> bool:
    """Whether a column counts steps or epochs, and is no quantity of its own."""
    return name.strip().lower() in _STEPS


def holds_a_log(names: Iterable[str], settings: Settings) -> bool:
    """Whether columns of these names make a training log: a step, an LR or a loss among several others."""
    names = list(names)
    settings = with_tags_among(names, settings)
    roles = [role_of(name, "", settings) for name in names]
    steps = any(is_step_like(name) or name == settings.step_tag for name in names)
    known = sum(role in PRIMARY for role in roles)
    return (known > 0 and (steps or known > 1)) or (steps and Role.METRIC in roles)


@lru_cache(maxsize=1 << 14)
def _role(name: str) -> Role:
    words = _words(name)
    if _has(words, _SETTING) or ("vs" in words and _has(words, _OTHER_AXES)):
        return Role.OTHER
    bare = [word.rstrip(_DIGITS) for word in words]
    if (_has(bare, _LR) or ("learning", "rate") in pairwise(words)) and not _has(words, _NOT_LR):
        return Role.LR
    if "gnorm" in words or "gradnorm" in words or ("norm" in words and _has(words, _NORM_OF)):
        return Role.GRADIENT_NORM
    if _has(bare, _LOSS) and not _has(words, _NOT_LOSS):
        return Role.VALIDATION if _has(words, _VALIDATION) else Role.LOSS
    if len(words) <= 2 and words[-1:] in (["epoch"], ["epochs"]):
        return Role.EPOCH
    return Role.METRIC if _has(words, _METRIC) else Role.OTHER


@lru_cache(maxsize=1 << 14)
def _says_training(name: str) -> bool:
    return _has(_words(name), _TRAINING)


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(_WORD, name)]


def _has(words: Sequence[str], wanted: frozenset[str]) -> bool:
    return not wanted.isdisjoint(words)


def _is_validation_run(run: str) -> bool:
    """Whether the folder's name ends in validation or the like; `test` and `dev` name too many other runs."""
    words = _words(re.split(r"[/\\]", run.rstrip("/\\"))[-1])
    return bool(words) and (_has(words[-1:], _VALIDATION_RUN) or words == ["test"])
