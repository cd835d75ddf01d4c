"""The HTML report: one file that needs no network, with interactive pictures of every run.

Names of runs and series come from logs and are not to be trusted: every text goes through Jinja's autoescape, the
numbers for the charts stand in JSON blocks in which `<`, `>` and `&` are escaped, and a content security policy
lets the page run its own two scripts, known by their hashes, and load nothing at all.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup, escape

from lrlint import __version__
from lrlint.findings import RunFinding
from lrlint.logs.picture import Picture, Trace
from lrlint.logs.run import Role
from lrlint.logs.wording import number
from lrlint.output.json import finite
from lrlint.output.numbers import counted, duration, percent, short, steps
from lrlint.output.style import SEVERITIES, Style, printable
from lrlint.output.text import problem_line
from lrlint.output.text_logs import parameters_text, span
from lrlint.registry import load_analyzers
from lrlint.reports import LogsReport, RunSummary

POINTS = 400_000
"""Points of all lines together: some 6 MB. Many runs are drawn more coarsely, each with its extremes."""

FEWEST_POINTS = 200
THUMBNAIL_POINTS = 60
SECTIONS = ("What it finds", "Why it matters", "Method", "When it stays silent")
WIDE = 50.0
"""A loss is first shown on a log scale where it spans so many times its lowest value."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart: `key` names its lines in the JSON, `log` whether it begins on a log scale."""

    key: str
    title: str
    note: str
    log: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One run as the template shows it."""

    name: str
    short_name: str
    families: str
    facts: Sequence[tuple[str, str]]
    findings: Sequence[RunFinding]
    panels: Sequence[Panel]
    thumbnail: Sequence[tuple[str, str]]
    drawing: Mapping[str, object]


def render_html(report: LogsReport, pictures: Sequence[Picture]) -> str:
    """The report as one HTML document; `pictures` belong to `report.runs`, in the same order."""
    resources = files("lrlint.output") / "report"
    scripts = {name: (resources / name).read_text(encoding="utf-8") for name in ("uPlot.iife.min.js", "report.js")}
    environment = Environment(
        loader=PackageLoader("lrlint.output", "report"), autoescape=True, finalize=_shown, trim_blocks=False
    )
    environment.filters |= {"counted": counted, "place": _place, "plain": _plain}
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    environment.filters |= {"marked": _marked, "breakable": _breakable}
    counts = Counter(finding.severity for finding in report.findings)
    return (
        environment.get_template("report.html.j2").render(
            title="lrlint: " + counted(len(report.runs), "run"),
            version=__version__,
            script_sources=Markup(" ".join(map(_source_hash, scripts.values()))),
            chart_style=Markup((resources / "uPlot.min.css").read_text(encoding="utf-8")),
            style=Markup((resources / "report.css").read_text(encoding="utf-8")),
            chart_script=Markup(scripts["uPlot.iife.min.js"]),
            script=Markup(scripts["report.js"]),
            totals=[(severity.value, counts[severity]) for severity in SEVERITIES if counts[severity]],
            runs=_pages(report, pictures),
            explanations={entry.code: _sections(entry.explanation) for entry in load_analyzers()},
            problems=[problem_line(problem, Style(False)) for problem in report.problems],
            files=report.files,
        )
        + "\n"
    )


def _pages(report: LogsReport, pictures: Sequence[Picture]) -> list[Page]:
    lines = sum(len(one.lrs) + len(one.losses) + 1 for one in pictures)
    most = max(FEWEST_POINTS, POINTS // max(lines, 1))
    shared = _shared_folder([run.run for run in report.runs])
    return [
        _page(run, [f for f in report.findings if f.run == run.run], one, most, shared)
        for run, one in zip(report.runs, pictures, strict=True)
    ]


def _page(run: RunSummary, findings: Sequence[RunFinding], one: Picture, most: int, shared: str) -> Page:
    return Page(
        name=run.run,
        short_name=run.run.removeprefix(shared),
        families=" or ".join(run.schedule.families) if run.schedule else "",
        facts=list(_facts(run)),
        findings=findings,
        panels=list(_panels(one, most)),
        thumbnail=[(kind, _polyline(points, run)) for kind, points in (("lr", run.lr), ("loss", run.loss)) if points],
        drawing=_drawing(findings, one, most),
    )


def _facts(run: RunSummary) -> Iterable[tuple[str, str]]:
    if run.schedule is not None:
        yield "Schedule", " or ".join(run.schedule.families)
        if run.schedule.parameters:
            yield "Parameters", parameters_text(run.schedule.parameters)
        if run.schedule.fit_error is not None and run.schedule.families != ("unknown",):
            yield "Fit error", percent(run.schedule.fit_error)
        if run.schedule.reason:
            yield "Note", run.schedule.reason
    if run.first_step is not None:
        yield "Steps", steps(run.first_step, run.last_step).partition(" ")[2]
    if run.wall_seconds is not None:
        yield "Wall time", duration(run.wall_seconds)
    if run.lr_low is not None and run.lr_high is not None:
        yield "LR", span(run.lr_low, run.lr_high)
    if run.loss_start is not None and run.loss_best is not None and run.loss_last is not None:
        yield "Loss", f"{short(run.loss_start)} → {short(run.loss_last)}, best {short(run.loss_best)}"


def _panels(one: Picture, most: int) -> Iterable[Panel]:
    if one.lrs:
        note = _note(one.lrs, most)
        if one.groups > len(one.lrs):
            note = f"{len(one.lrs)} of {one.groups} param groups; {note}"
        yield Panel("lr", "Learning rate", note, log=False)
    if one.losses:
        yield Panel("loss", "Loss", _note(one.losses, most), log=_is_wide(one.losses[0]))


def _note(lines: Sequence[Trace], most: int) -> str:
    rows = max(line.rows for line in lines)
    shown = max(len(line.thinned(most).values) for line in lines)
    if rows <= shown:
        return counted(rows, "row")
    return f"{counted(rows, 'row')}, drawn as the lowest and highest of every {counted(2 * rows // shown, 'row')}"


def _is_wide(loss: Trace) -> bool:
    values = [value for value in loss.values.tolist() if math.isfinite(value)]
    return bool(values) and min(values) > 0 and max(values) > WIDE * min(values)


def _drawing(findings: Sequence[RunFinding], one: Picture, most: int) -> dict[str, object]:
    """What the script draws: the lines of both charts, back to front, and where the findings are."""
    lrs = [_line(lr, "group", most) for lr in one.lrs[:0:-1]] + [_line(lr, "lr", most) for lr in one.lrs[:1]]
    losses = [
        _line(loss, _loss_style(loss) + ("-noisy" if level else ""), most)
        for loss, level in zip(one.losses, one.levels, strict=True)
    ]
    promised = [_line(one.promised, "promised", most)] if one.promised else []
    levels = [_line(level, _loss_style(level), most) for level in one.levels if level]
    marks = [
        {"code": f.code, "severity": f.severity.value, "first": f.first_step, "last": f.last_step} for f in findings
    ]
    return {
        "lr": ([_line(one.fit, "fit", most)] if one.fit else []) + lrs + promised,
        "loss": losses[::-1] + levels[::-1],
        "findings": marks,
    }


def _loss_style(loss: Trace) -> str:
    return "validation" if loss.role is Role.VALIDATION else "loss"


def _line(line: Trace, style: str, most: int) -> dict[str, object]:
    """Steps as differences and values in five digits, None where they are not finite."""
    thin = line.thinned(most)
    at = thin.steps.tolist()
    differences = at[:1] + [after - before for before, after in pairwise(at)]
    values = [float(f"{value:.5g}") if math.isfinite(value) else None for value in thin.values.tolist()]
    return {"name": printable(line.name), "style": style, "steps": differences, "values": values}


def _polyline(points: Sequence[tuple[int, float]], run: RunSummary) -> str:
    """A thumbnail: `x,y` pairs in a box of 100 by 20 over the steps of the run, upside down as SVG counts."""
    known = [(x, y) for x, y in points if math.isfinite(y)]
    known = known[:: -(-len(known) // THUMBNAIL_POINTS) or 1]
    if not known:
        return ""
    left, right = run.first_step or 0, run.last_step or 0
    low, high = min(y for _, y in known), max(y for _, y in known)
    width, height = right - left or 1, high - low or 1
    return " ".join(f"{100 * (x - left) / width:.4g},{19 - 18 * (y - low) / height:.3g}" for x, y in known)


def _shared_folder(names: Sequence[str]) -> str:
    """The folders that all names begin with, with the slash at their end."""
    if len(names) < 2:
        return ""
    lowest, highest = min(names), max(names)
    alike = next((i for i, pair in enumerate(zip(lowest, highest, strict=False)) if len(set(pair)) > 1), len(lowest))
    return lowest[: lowest.rfind("/", 0, alike) + 1]


def _source_hash(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _sections(explanation: str) -> list[tuple[str, list[str]]]:
    """The headings and paragraphs of an analyzer's docstring that help to understand a finding."""
    parts = re.split(r"^## (.+)$", explanation, flags=re.MULTILINE)[1:]
    found = {heading: _paragraphs(text) for heading, text in zip(parts[::2], parts[1::2], strict=True)}
    return [(heading, found[heading]) for heading in SECTIONS if heading in found]


def _paragraphs(text: str) -> list[str]:
    """Each on one line; an item of a list is a paragraph of its own."""
    items = re.sub(r"^\* ", "\n• ", text.strip(), flags=re.MULTILINE)
    return [" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", items)]


def _marked(text: str) -> Markup:
    """Escaped text, with what stands between backticks as code."""
    return Markup("").join(
        Markup(f"<code>{escape(part)}</code>") if place % 2 else escape(part)
        for place, part in enumerate(text.split("`"))
    )


def _breakable(name: str) -> Markup:
    """An escaped path that may be broken after its slashes, dots and underscores."""
    return Markup("<wbr>").join(re.findall(r"[^/._-]*[/._-]+|[^/._-]+", printable(name)))


def _place(finding: RunFinding) -> str:
    parts = (finding.series, steps(finding.first_step, finding.last_step))
    return ", ".join(part for part in parts if part)


def _plain(value: object) -> str:
    value = finite(value)
    if isinstance(value, list):
        return ", ".join(map(_plain, value)) or "none"
    if value is None:
        return "none"
    return number(value) if isinstance(value, float) else str(value)


def _shown(value: Any) -> Any:
    """Every text that the template puts out, with control characters spelled out; markup is left alone."""
    return printable(value) if type(value) is str else value
