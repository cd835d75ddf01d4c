"""`lrlint logs --follow`: looks again and again, until it is interrupted."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable

from lrlint.cli import CLEAN, FAILED, FOUND
from lrlint.cli.emit import wants_color, write_out
from lrlint.follow import Follower, News
from lrlint.output.following import news_json, news_text, summary_json, summary_text
from lrlint.output.numbers import counted
from lrlint.output.style import Style
from lrlint.reports import LogsReport

PAUSE = 2.0
"""Seconds between two looks."""
IDLE = 4.0
"""At least so many times as long as a look took, so that following takes no more than a fifth of a core."""


def follow(look: Callable[[], LogsReport], format: str) -> int:
    """Tell what is new, look by look, as text or as JSON lines; the exit code once Ctrl-C or SIGTERM ends it.

    An end before the first look was over is left to the caller, as KeyboardInterrupt.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    follower, begun = Follower(look), time.perf_counter()
    news = follower.look()
    findings = list(news.findings)
    try:
        _greet(news.report)
        while _told(news, format):
            time.sleep(max(PAUSE, IDLE * news.report.seconds))
            news = follower.look()
            findings += news.findings
    except KeyboardInterrupt:
        pass
    _told(News((), follower.untold_problems(), news.report), format)
    told = news.report._replace(findings=tuple(findings), seconds=time.perf_counter() - begun)
    write_out(summary_json(told) if format == "json" else summary_text(told, Style(wants_color())))
    if any(problem.lost for problem in told.problems):
        return FAILED
    return FOUND if findings else CLEAN


def _told(news: News, format: str) -> bool:
    """Write what is new; whether anybody still reads it."""
    if format == "json":
        return write_out(news_json(news), machine=True)
    return write_out(news_text(news, Style(wants_color())))


def _greet(report: LogsReport) -> None:
    """Say on a terminal that silence is meant."""
    if sys.stderr.isatty():
        runs, files = counted(len(report.runs), "run"), counted(report.files, "file")
        print(f"following {runs} in {files}; Ctrl-C ends it", file=sys.stderr)
