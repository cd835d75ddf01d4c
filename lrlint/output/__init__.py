"""Reports in, text out: one module per format. Nothing here prints or decides an exit code."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing would cost as much as starting Python
if TYPE_CHECKING:
    from lrlint.reports import CheckReport, LogsReport

FORMATS = ("text", "json", "github", "sarif")


def render(report: CheckReport | LogsReport, format: str, *, color: bool = False, width: int = 0) -> str:
    """The report as one of FORMATS, with a newline at its end; `color` and the
    `width` of the terminal matter to text only."""
    if format == "json":
        from lrlint.output.json import render_json

        return render_json(report)
    if format == "github":
        from lrlint.output.github import render_github

        return render_github(report)
    if format == "sarif":
        from lrlint.output.sarif import render_sarif

        return render_sarif(report)
    from lrlint.output.text import render_text

    return render_text(report, color=color, width=width)
