"""The HTML report as it looks and behaves in Chromium."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import CDPSession, Page, expect

from lrlint.examine import summarise
from lrlint.findings import Confidence, Problem, RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis
from lrlint.logs.picture import picture
from lrlint.logs.run import Role, Run, Series
from lrlint.output.html import render_html
from lrlint.reports import LogsReport
from tests.browser.conftest import Open

pytestmark = pytest.mark.browser
RESUMED = "faulty/resumed_without_scheduler"


def choose(page: Page, run: str) -> None:
    """Click on a run in the list."""
    page.locator(f".runs a[title$='{run}']").click()
    expect(page.locator("article.shown h1")).to_have_text(re.compile(re.escape(run) + "$"))


def shown_run(page: Page) -> str:
    """The heading of the one run that is shown."""
    articles = page.locator("article:visible")
    assert articles.count() == 1
    return articles.locator("h1").inner_text()


def range_of(page: Page, panel: str) -> list[float]:
    """The steps that a chart shows, read off its axis by the cursor at both its ends."""
    over = page.locator(f"article.shown [data-panel={panel}] .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    page.mouse.move(0, 0)
    ends = []
    for x in (box["x"] + 1, box["x"] + box["width"] - 2):
        page.mouse.move(x, box["y"] + 5)
        legend = page.locator(f"article.shown [data-panel={panel}] .u-legend .u-value").first
        ends.append(float(legend.inner_text().replace(",", "")))
    return ends


def colored_pixels(page: Page, panel: str, color: tuple[int, int, int]) -> int:
    """How many pixels of a chart have (nearly) this colour."""
    return int(
        page.evaluate(
            """([panel, [r, g, b]]) => {
              const canvas = document.querySelector(`article.shown [data-panel=${panel}] canvas`);
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              let count = 0;
              for (let i = 0; i < data.length; i += 4)
                count += Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 24;
              return count;
            }""",
            [panel, list(color)],
        )
    )


def test_the_first_run_with_a_finding_is_shown_and_both_charts_are_drawn(open_report: Open, real_report: str) -> None:
    """The LR in its blue, the loss in its violet."""
    page = open_report(real_report)
    assert shown_run(page).endswith("faulty/diverged")
    assert colored_pixels(page, "lr", (37, 99, 235)) > 300
    assert colored_pixels(page, "loss", (124, 58, 237)) > 300


def test_a_click_in_the_list_shows_another_run_with_its_findings(open_report: Open, real_report: str) -> None:
    """The finding says where, what and what to do; its method unfolds."""
    page = open_report(real_report)
    choose(page, RESUMED)
    assert shown_run(page).endswith(RESUMED)
    card = page.locator("article.shown .finding", has_text="RUN203")
    expect(card).to_contain_text("lr, step 161")
    expect(card).to_contain_text("Help: save scheduler.state_dict()")
    expect(card.get_by_role("heading", name="Why it matters")).to_be_hidden()
    card.locator("summary").click()
    expect(card.get_by_role("heading", name="Why it matters")).to_be_visible()


def test_findings_are_marked_in_the_charts(open_report: Open, real_report: str) -> None:
    """A healthy run has no pixel in the colour of warnings."""
    page = open_report(real_report)
    choose(page, RESUMED)
    assert colored_pixels(page, "lr", (196, 113, 10)) > 100
    choose(page, "healthy/cosine")
    assert colored_pixels(page, "lr", (196, 113, 10)) == 0


def test_dragging_zooms_both_charts_and_a_button_resets(open_report: Open, real_report: str) -> None:
    """The same steps above and below."""
    page = open_report(real_report)
    assert range_of(page, "lr") == pytest.approx([0, 275], abs=2)
    box = page.locator("article.shown [data-panel=lr] .u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 30, steps=5)
    page.mouse.up()
    for panel in ("lr", "loss"):
        left, right = range_of(page, panel)
        assert left == pytest.approx(69, abs=3)
        assert right == pytest.approx(137, abs=3)
    page.locator("article.shown [data-panel=loss] .reset").click()
    assert range_of(page, "loss") == pytest.approx([0, 275], abs=2)
    assert page.locator(".reset:visible").count() == 0


def test_a_run_whose_charts_differ_in_length_is_not_zoomed_at_first(open_report: Open) -> None:
    """A validation loss goes on after the last row of the LR: nothing is there to be reset."""
    part = np.zeros(100, np.int32)
    columns = (
        Series("lr", Role.LR, np.arange(100), np.linspace(0.1, 0.01, 100), part),
        Series("val_loss", Role.VALIDATION, np.arange(100) + 60, np.linspace(2, 1, 100), part),
    )
    diagnosis = Diagnosis(Run("run", "run", ("csv",), ("log.csv",), columns))
    page = open_report(render_html(LogsReport((summarise(diagnosis),), (), (), 1, 0.1), [picture(diagnosis)]))
    page.wait_for_timeout(100)
    assert page.locator("article.shown canvas").count() == 2
    assert page.locator(".reset:visible").count() == 0


def test_a_click_on_a_finding_zooms_to_its_steps(open_report: Open, real_report: str) -> None:
    """Step 161 is in the middle of what is then shown."""
    page = open_report(real_report)
    choose(page, RESUMED)
    page.locator("article.shown .finding", has_text="RUN203").locator(".message").click()
    left, right = range_of(page, "lr")
    assert 130 < left < 161 < right < 190


def test_the_log_scale_is_switched_per_chart(open_report: Open, real_report: str) -> None:
    """The curve moves on the canvas, and a zoom survives."""
    page = open_report(real_report)
    choose(page, "healthy/cosine")
    page.locator("article.shown [data-panel=loss] .log").uncheck()
    before = page.locator("article.shown [data-panel=loss] canvas").screenshot()
    page.locator("article.shown [data-panel=loss] .log").check()
    assert page.locator("article.shown [data-panel=loss] canvas").screenshot() != before


def test_the_list_is_filtered_by_name_and_by_findings(open_report: Open, real_report: str) -> None:
    """Thirteen runs, four of them faulty on purpose."""
    page = open_report(real_report)
    items = page.locator(".runs li:visible")
    assert items.count() == 13
    page.get_by_placeholder("Filter runs").fill("COSINE")
    assert items.count() == 2
    page.get_by_placeholder("Filter runs").fill("faulty")
    page.get_by_label("with findings only").check()
    assert items.count() == 4


def test_dark_mode_follows_the_system_and_the_button(open_report: Open, real_report: str) -> None:
    """Page and charts change their colours."""
    page = open_report(real_report, color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(15, 19, 26)"
    assert colored_pixels(page, "lr", (110, 160, 255)) > 300
    page.get_by_label("Light or dark").click()
    assert page.evaluate(background) == "rgb(246, 247, 249)"
    assert colored_pixels(page, "lr", (37, 99, 235)) > 300


def test_on_a_phone_nothing_is_wider_than_the_screen(open_report: Open, real_report: str) -> None:
    """The list of runs unfolds over the page and folds when a run is chosen."""
    page = open_report(real_report, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator(".runs").is_hidden()
    page.get_by_label("Runs", exact=True).first.tap()
    page.locator(f".runs a[title$='{RESUMED}']").tap()
    expect(page.locator(".runs")).to_be_hidden()
    expect(page.locator("article.shown h1")).to_have_text(re.compile(RESUMED))
    assert page.evaluate("document.documentElement.scrollWidth") == 360


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}\u202e'\"&amp;\udcff\x1b[2J"


def hostile_report() -> LogsReport:
    """A report in which every text that comes from a log or a path is an attack."""
    rows = np.arange(40)
    parts = np.zeros(40, np.int32)
    columns = (
        Series(f"lr {HOSTILE}", Role.LR, rows, 0.1 - rows / 1000, parts),
        Series(f"loss {HOSTILE}", Role.LOSS, rows, np.where(rows < 30, 1.0 / (rows + 1), np.nan), parts),
    )
    summary = summarise(Diagnosis(Run(HOSTILE, HOSTILE, ("csv",), ("log.csv",), columns)))
    finding = RunFinding(
        "RUN101", "non-finite", Severity.ERROR, Confidence.LIKELY, HOSTILE, HOSTILE, 30, 39, HOSTILE, HOSTILE,
        {HOSTILE: [HOSTILE, float("nan")]},
    )  # fmt: skip
    return LogsReport((summary,), (finding,), (Problem(HOSTILE, HOSTILE),), 1, 0.1)


def test_names_from_logs_are_text_wherever_they_appear(open_report: Open) -> None:
    """No script runs, no image is fetched, no markup is made, and the charts are drawn all the same."""
    report = hostile_report()
    rows = np.arange(40)
    run = Run(
        HOSTILE,
        HOSTILE,
        ("csv",),
        ("log.csv",),
        (Series(f"loss {HOSTILE}", Role.LOSS, rows, 1.0 / (rows + 1), np.zeros(40, np.int32)),),
    )
    page = open_report(render_html(report, [picture(Diagnosis(run))]))
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 3
    shown = page.locator("h1").inner_text()
    assert shown.startswith("</script><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}")
    assert shown.endswith("\\u202e'\"&amp;\\udcff\\x1b[2J")
    expect(page.locator("article.shown .u-legend")).to_contain_text("</script><script>alert(1)</script>")
    assert colored_pixels(page, "loss", (124, 58, 237)) > 100


def test_a_report_without_runs_says_what_could_not_be_read(open_report: Open) -> None:
    """The page stands, and nothing fails in it."""
    page = open_report(render_html(LogsReport((), (), (Problem("gone", "no such file or folder"),), 0, 0.0), []))
    expect(page.locator("main")).to_contain_text("gone: not read: no such file or folder")


def touch(session: CDPSession, kind: str, *fingers: tuple[float, float]) -> None:
    """Put fingers on the screen, move them, or lift them."""
    points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_two_fingers_zoom_and_one_moves(open_report: Open, real_report: str) -> None:
    """Fingers that part to twice their distance show half of the steps, around the place where they were."""
    page = open_report(real_report, viewport={"width": 400, "height": 800}, has_touch=True)
    box = page.locator("article.shown [data-panel=lr] .u-over").bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    middle, y = box["x"] + box["width"] / 2, box["y"] + 40
    touch(session, "touchStart", (middle - 40, y), (middle + 40, y))
    touch(session, "touchMove", (middle - 60, y), (middle + 60, y))
    touch(session, "touchMove", (middle - 80, y), (middle + 80, y))
    touch(session, "touchEnd")
    assert range_of(page, "lr") == pytest.approx([69, 206], abs=4)
    touch(session, "touchStart", (middle, y))
    touch(session, "touchMove", (middle + 30, y))
    touch(session, "touchMove", (middle + 50, y))
    touch(session, "touchEnd")
    moved = 137 * 50 / box["width"]
    assert range_of(page, "loss") == pytest.approx([69 - moved, 206 - moved], abs=8)
