"""The text output: what a person sees, character for character."""

from __future__ import annotations

import pytest

from lrlint.findings import Finding, Location, Related
from lrlint.output import render
from lrlint.output.style import printable
from lrlint.reports import CheckReport, LogsReport


def test_a_finding_shows_its_place_its_counts_and_both_curves(check_report: CheckReport) -> None:
    """The first finding has everything; the second only what every finding has."""
    assert render(check_report, "text") == (
        "my code/train.py:5:5: LR101 [error] OneCycleLR is stepped once per epoch, but planned for"
        " epochs·len(loader) steps\n"
        "  |\n"
        "1 | scheduler = OneCycleLR(opt, 0.1, total_steps=epochs * len(loader))\n"
        "  |             ------------------------------------------------------ planned here\n"
        "...\n"
        "4 |         opt.step()\n"
        "5 |     scheduler.step()\n"
        "  |     ^^^^^^^^^^^^^^^^\n"
        "  |\n"
        "  = promised:  epochs·len(loader)\n"
        "  = delivered: epochs\n"
        "  = lr promised:  ▁█▁                                       0.004 → 0.1 → 4e-7 in 9,380 steps\n"
        "  = lr delivered: ▁▁▁                                       0.004 → 0.0062 in 20 steps\n"
        "  = see my code/optim.py:7:1: the optimizer\n"
        "  = help: call scheduler.step() after opt.step(), once per batch\n"
        "  = unsafe fix: move the call into the batch loop\n"
        "\n"
        "my code/train.py:4:9: LR301 [warning] 100% wrong: no metric, no decay\n"
        "  |\n"
        "3 |     for x, y in loader:\n"
        "4 |         opt.step()\n"
        "  |         ^^^^^^^^^^\n"
        "5 |     scheduler.step()\n"
        "  |\n"
        "  = help: pass the validation loss\n"
        "\n"
        "broken.py:7: not read: not Python: unexpected indent\n"
        "\n"
        "Found 1 error, 1 warning (1,204 files, 3 with a schedule, 1 not read, 0.1 s)\n"
    )


def test_a_run_is_one_line_followed_by_its_schedule_and_findings(logs_report: LogsReport) -> None:
    """A run without steps, LR and loss says how many points it has."""
    assert render(logs_report, "text") == (
        "runs/a: steps 0–1,250 · 1 h 2 min · lr 4e-7 – 0.1 ▁█▁ · loss 2.5 → nan, best 0.5 █▁×\n"
        "  schedule: one_cycle or cosine (max_lr=0.1, total_steps=9380), fit error 0.1 %\n"
        "  RUN101 [error] train/loss, steps 1,200–1,250: the loss is NaN from step 1,200 on\n"
        "    help: lower the peak LR\n"
        "\n"
        "runs/b: 10 points\n"
        "\n"
        "runs/c/events.out.tfevents.1: not read: checksum of a record does not match (at byte 4,096)\n"
        "\n"
        "Found 1 error (2 runs in 4 files, 1 not read, 12 s)\n"
    )


def test_nothing_found_says_how_much_was_looked_at() -> None:
    """Silence would leave open whether lrlint looked at all."""
    assert render(CheckReport((), (), 1, 0, 0.05), "text") == "No findings (1 file, 0 with a schedule, 0.1 s)\n"


def test_colour_changes_nothing_but_colour(check_report: CheckReport, logs_report: LogsReport) -> None:
    """Without the escape sequences the coloured output is the plain one."""
    import re

    for report in (check_report, logs_report):
        colored = render(report, "text", color=True)
        assert "\x1b[31;1mLR101" in colored or "\x1b[31;1mRUN101" in colored
        assert re.sub(r"\x1b\[[\d;]*m", "", colored) == render(report, "text")


def excerpt(finding: Finding, source: str, *place: int) -> list[str]:
    """The excerpt lines for a finding at `place` in `source`."""
    at = finding._replace(location=Location("x.py", *place), curves=None, related=(), fix=None, promised=None)
    report = CheckReport((at,), (), 1, 1, 0.0, {"x.py": source})
    return [line for line in render(report, "text").splitlines() if "|" in line][1:-1]


@pytest.mark.parametrize(
    ("source", "place", "expected"),
    [
        ("\tstep()\n", (1, 2, 1, 8), ["1 |     step()", "  |     ^^^^^^"]),
        ("x = '日本'; step()\n", (1, 11, 1, 17), ["1 | x = '日本'; step()", "  |             ^^^^^^"]),
        ("e\u0301 = step()\n", (1, 6, 1, 12), ["1 | e\u0301 = step()", "  |     ^^^^^^"]),
        ("a(\n  b,\n)\n", (1, 1, 3, 2), ["1 | a(", "  | ^^", "2 |   b,", "  |   ^^", "3 | )", "  | ^"]),
        ("\n\nstep()\n\n", (3, 1, 3, 7), ["3 | step()", "  | ^^^^^^"]),
        ("a\r\nstep()\r\n", (2, 1, 2, 7), ["1 | a", "2 | step()", "  | ^^^^^^"]),
        ("a\x0cb\nstep()", (2, 1, 2, 7), ["1 | a\\x0cb", "2 | step()", "  | ^^^^^^"]),
    ],
    ids=["tab", "wide", "combining", "several-lines", "blank-neighbours", "crlf", "form-feed"],
)
def test_the_carets_stand_below_the_code(
    one_cycle: Finding, source: str, place: tuple[int, ...], expected: list[str]
) -> None:
    """Whatever the line is made of."""
    assert excerpt(one_cycle, source, *place) == expected


def test_a_long_line_is_cut_around_the_finding(one_cycle: Finding) -> None:
    """A minified line does not flood the terminal."""
    line, carets = excerpt(one_cycle, "a" * 500 + "step()" + "b" * 500, 1, 501, 1, 507)
    assert line == "1 | …" + "a" * 70 + "step()" + "b" * 64 + "…"
    assert carets == "  |  " + " " * 70 + "^^^^^^"


def test_a_long_finding_is_shown_by_its_first_lines(one_cycle: Finding) -> None:
    """Six lines, and the one after, tell which statement it is."""
    shown = excerpt(one_cycle, "f(\n" + "    1,\n" * 50 + ")\n", 1, 1, 52, 2)
    numbers = [line.split(" |")[0].strip() for line in shown if "^" not in line]
    assert numbers == ["1", "2", "3", "4", "5", "6", "7"]


def test_several_marks_on_one_line_are_told_apart(one_cycle: Finding) -> None:
    """Each has its own underline and words; `...` stands for what lies between."""
    place, built = Location("x.py", 5, 1, 5, 4), Location("x.py", 1, 5, 1, 8)
    related = (Related(built, "built here"), Related(Location("x.py", 5, 8, 5, 11), "the other"))
    finding = one_cycle._replace(location=place, related=related, curves=None, promised=None, delivered=None, fix=None)
    source = "s = new()\n\n\n\none or two\n"
    shown = render(CheckReport((finding,), (), 1, 1, 0.0, {"x.py": source}), "text").splitlines()
    assert shown[1:-3] == [
        "  |",
        "1 | s = new()",
        "  |     --- built here",
        "...",
        "5 | one or two",
        "  | ^^^",
        "  |        --- the other",
        "  |",
    ]


def test_control_characters_of_paths_and_logs_do_not_reach_the_terminal() -> None:
    """A tag name in a log may try to move the cursor; a path may be no UTF-8."""
    assert printable("a\x1b[2Jb\udcff\n") == "a\\x1b[2Jb\\udcff\\n"
    assert printable("größe·日本") == "größe·日本"
