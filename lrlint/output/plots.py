"""Plots of a run as PNG or SVG, by matplotlib (the extra `plots`): LR above loss, with the findings marked."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lrlint.findings import RunFinding, Severity
from lrlint.logs.picture import Picture, Trace
from lrlint.logs.run import Role
from lrlint.output.numbers import short
from lrlint.output.style import printable

FORMATS = ("png", "svg")
LONGEST_TITLE = 85
LARGEST = 1e100
"""Beyond this, matplotlib cannot tell where to put the ticks."""
COLORS = {Severity.ERROR: "#d92d20", Severity.WARNING: "#c4710a", Severity.ADVICE: "#0e7490"}
LR, GROUP, FIT, PROMISED, LOSS, VALIDATION = "#2563eb", "#93b4f5", "#1b1f27", "#15803d", "#7c3aed", "#0d9488"
SETTINGS: dict[Any, Any] = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#eceef2",
    "axes.edgecolor": "#c9ced6",
    "svg.fonttype": "none",
    "svg.hashsalt": "lrlint",
    "text.parse_math": False,  # a run may be called $x$
}


def render_plot(picture: Picture, findings: Sequence[RunFinding], format: str) -> bytes:
    """The plot of one run with its findings, as one of FORMATS; the same run gives the same bytes."""
    with rc_context(SETTINGS), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        figure = Figure(figsize=(9, 5.6), layout="constrained")
        above, below = figure.subplots(2, sharex=True, gridspec_kw={"height_ratios": (2, 3)})
        figure.suptitle(_title(picture.run), x=0.01, ha="left", fontweight="bold", fontsize=11)
        _lr(above, picture)
        _loss(below, picture)
        for axes in (above, below):
            _findings(axes, findings, named=axes is above)
        buffer = io.BytesIO()
        metadata = {"Date": None} if format == "svg" else {"Software": None}
        figure.savefig(buffer, format=format, dpi=144, metadata=metadata)
    return buffer.getvalue()


def file_names(runs: Iterable[str]) -> list[str]:
    """A file name without its ending for every run: `runs/a b` is `runs_a_b`, the second of that name `runs_a_b-2`."""
    names: list[str] = []
    for run in runs:
        plain = re.sub(r"[^\w.=+-]+", "_", printable(run)).strip("._")[-120:] or "run"
        taken = sum(name == plain or re.fullmatch(re.escape(plain) + r"-\d+", name) is not None for name in names)
        names.append(f"{plain}-{taken + 1}" if taken else plain)
    return names


def _title(run: str) -> str:
    """The name of the run; of a long one the end, which tells it from others."""
    name = printable(run)
    return name if len(name) <= LONGEST_TITLE else "…" + name[1 - LONGEST_TITLE :]


def _lr(axes: Axes, picture: Picture) -> None:
    if picture.fit is not None:
        axes.plot(picture.fit.steps, picture.fit.values, color=FIT, lw=7, alpha=0.13, label="identified schedule")
    for group in picture.lrs[:0:-1]:
        _draw(axes, group, GROUP, 1.0)
    for lr in picture.lrs[:1]:
        _draw(axes, lr, LR, 1.8)
    if picture.promised is not None:
        axes.plot(picture.promised.steps, picture.promised.values, color=PROMISED, lw=1.3, ls="--", label="promised")
    axes.set_ylabel("learning rate")
    _legend(axes)


def _loss(axes: Axes, picture: Picture) -> None:
    for loss, level in zip(picture.losses, picture.levels, strict=True):
        color = VALIDATION if loss.role is Role.VALIDATION else LOSS
        _draw(axes, loss, color, 0.7 if level else 1.5, alpha=0.35 if level else 1.0)
        if level is not None:
            _draw(axes, level, color, 1.8)
    axes.set(xlabel="step", ylabel="loss")
    if _is_wide(picture.losses):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: short(value))
    _legend(axes)


def _draw(axes: Axes, line: Trace, color: str, width: float, alpha: float = 1.0) -> None:
    values = np.where(np.abs(line.values) < LARGEST, line.values, np.nan)
    axes.plot(line.steps, values, color=color, lw=width, alpha=alpha, label=printable(line.name))


def _is_wide(losses: Sequence[Trace]) -> bool:
    """Whether only a log scale shows the whole loss."""
    values = np.concatenate([loss.values[np.isfinite(loss.values)] for loss in losses[:1]] or [np.empty(0)])
    return bool(len(values) and values.min() > 0 and values.max() > 50 * values.min())


def _findings(axes: Axes, findings: Sequence[RunFinding], *, named: bool) -> None:
    """A band over the steps of each finding; above the upper chart its code, one row lower than the one before."""
    row = 0
    for finding in findings:
        if finding.first_step is None or finding.last_step is None:
            continue
        color = COLORS[finding.severity]
        axes.axvspan(finding.first_step, finding.last_step, color=color, alpha=0.1, lw=0)
        axes.axvline(finding.first_step, color=color, lw=1.2, alpha=0.8)
        row += 1
        if named:
            axes.annotate(
                finding.code,
                (finding.first_step, 1.0),
                (3, 2 - 11 * row),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                color=color,
                fontsize=8,
                fontweight="bold",
            )


def _legend(axes: Axes) -> None:
    if axes.get_lines():
        axes.legend(loc="lower right", bbox_to_anchor=(1.0, 0.98), ncols=4, fontsize=8, frameon=False)
