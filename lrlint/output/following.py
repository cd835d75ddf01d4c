"""What is new about runs that are followed: as text for people, as a JSON object a line for programs."""

from __future__ import annotations

from lrlint.follow import News
from lrlint.output.json import json_line, problem_json, run_finding_json, summary_of_logs
from lrlint.output.style import Style, printable
from lrlint.output.text import problem_line, summary_line
from lrlint.output.text_logs import finding_lines
from lrlint.reports import LogsReport


def news_text(news: News, style: Style) -> str:
    """A block of lines per finding, under the name of its run; a line per problem; nothing where nothing is new."""
    blocks = ["\n".join((f"{style(printable(f.run), 'bold')}:", *finding_lines(f, style))) for f in news.findings]
    return "".join(f"{block}\n\n" for block in blocks) + "".join(
        f"{problem_line(problem, style)}\n" for problem in news.problems
    )


def news_json(news: News) -> str:
    """A line per finding and per problem."""
    lines = [json_line("finding", run_finding_json(finding)) for finding in news.findings]
    lines += [json_line("error", problem_json(p, offset=p.offset, line=p.line)) for p in news.problems]
    return "".join(lines)


def summary_text(report: LogsReport, style: Style) -> str:
    """One line about everything that was told."""
    return summary_line(report, style)


def summary_json(report: LogsReport) -> str:
    """The same as one line of JSON."""
    return json_line("summary", summary_of_logs(report))
