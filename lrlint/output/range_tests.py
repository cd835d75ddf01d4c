"""LR range tests as text with their curves, or as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from lrlint.logs.range_test import RangeTest, Refusal
from lrlint.output.braille import Point, braille, framed
from lrlint.output.json import dumps, problem_json
from lrlint.output.numbers import counted, short
from lrlint.output.style import Style, printable
from lrlint.output.text import problem_line
from lrlint.range_test import RangeTestReport, TestedRun

WIDTH, HEIGHT = 64, 10


def render_range_tests(report: RangeTestReport, format: str, *, color: bool = False) -> str:
    """The report as `text` or `json`, with a newline at its end."""
    if format == "json":
        return dumps(_json(report))
    style = Style(color)
    blocks = ["".join(f"{line}\n" for line in _block(test, style)) for test in report.tests]
    blocks += ["".join(f"{problem_line(problem, style)}\n" for problem in report.problems)] if report.problems else []
    return "\n".join([*blocks, _summary(report)])


def _json(report: RangeTestReport) -> dict[str, object]:
    together = report.together
    return {
        "tests": [
            {
                "run": test.run,
                "rows": test.rows,
                "suggestion": test.answer._asdict() if isinstance(test.answer, RangeTest) else None,
                "refused": test.answer.reason if isinstance(test.answer, Refusal) else None,
            }
            for test in report.tests
        ],
        "together": together and {"max_lr": together[0], "spread": together[1], "tests": len(report.answers)},
        "errors": [problem_json(problem, offset=problem.offset, line=problem.line) for problem in report.problems],
    }


def _block(test: TestedRun, style: Style) -> Iterator[str]:
    name = style(printable(test.run), "bold")
    answer = test.answer
    if isinstance(answer, Refusal):
        yield f"{name}: {style('no suggestion', 'yellow', 'bold')}: {answer.reason}"
        return
    lowest, highest = answer.curve[0][0], answer.curve[-1][0]
    yield f"{name}: loss over LR from {short(lowest)} to {short(highest)}, {counted(test.rows, 'row')}"
    yield from (f"  {line}" for line in _plot(answer, style))
    factor = 10**answer.spread
    between = f"{short(answer.max_lr / factor)} – {short(answer.max_lr * factor)}"
    yield f"  max_lr for OneCycleLR: {style(short(answer.max_lr), 'green', 'bold')}, the middle of the descent"
    yield f"  constant LR:           {style(short(answer.constant_lr), 'green', 'bold')}, a tenth of the minimum"
    yield f"  spread of max_lr:      {short(answer.spread)} in log10 ({between}), by chance alone"
    yield f"  steepest descent at {short(answer.steepest)}, lowest loss at {short(answer.minimum)}"


def _plot(answer: RangeTest, style: Style) -> list[str]:
    """The curve up to a little above where it began: the divergence would flatten all the rest."""
    curve = [(math.log10(lr), loss) for lr, loss in answer.curve]
    start, low = curve[0][1], min(loss for _, loss in curve)
    high = start + 0.3 * (start - low)
    lines = [style(line, "yellow") for line in braille(curve, WIDTH, HEIGHT, low, high)]
    ends = short(low), short(high), short(answer.curve[0][0]), short(answer.curve[-1][0])
    return [*framed(lines, WIDTH, *ends), " " * (2 + max(len(ends[0]), len(ends[1]))) + _mark(curve, answer)]


def _mark(curve: Sequence[Point], answer: RangeTest) -> str:
    """A line with an arrow below the suggestion."""
    left, right = curve[0][0], curve[-1][0]
    column = round((math.log10(answer.max_lr) - left) / (right - left) * (WIDTH - 1))
    return " " * column + "▲ max_lr"


def _summary(report: RangeTestReport) -> str:
    if report.together is not None:
        middle, spread = report.together
        return (
            f"Together {counted(len(report.answers), 'test')} suggest a max_lr of {short(middle)}, "
            f"with a standard deviation of {short(spread)} in log10\n"
        )
    return f"{counted(len(report.answers), 'suggestion')} from {counted(len(report.tests), 'run')}\n"
