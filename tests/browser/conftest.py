"""Reports in a real browser: Chromium, headless, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from lrlint.config import Settings
from lrlint.diagnose import diagnose
from lrlint.logs.picture import Picture
from lrlint.output.html import render_html

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LOGS = Path(__file__).parents[2] / "fixtures" / "logs"

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser without a window. Where there is none, these tests are skipped, and the gate does not pass."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"none of {', '.join(NAMES)} is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_report(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """`open_report(html, **context options)`: the page. The test fails on any error, dialog or request of the page."""
    file = tmp_path / "report.html"
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def dismiss(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def open_page(html: str, **options: Any) -> Page:
        file.write_text(html, encoding="utf-8", errors="backslashreplace")
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("request", lambda request: complaints.append(f"request: {request.url}"))
        page.on("dialog", dismiss)
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == [f"request: {file.as_uri()}"] * len(contexts)


@pytest.fixture(scope="session")
def real_report() -> str:
    """The report about the runs in fixtures/logs, as the command writes it."""
    pictures: list[Picture] = []
    report = diagnose([str(LOGS)], Settings(), observe=pictures.append)
    return render_html(report, pictures)
