"""What `--html` and `--plot` of `lrlint logs` write."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from lrlint.cli import UserError
from lrlint.cli.emit import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lrlint.logs.picture import Picture
    from lrlint.reports import LogsReport


class Pictures:
    """Collects, as `drawn`, the picture of every run, and writes them when all are read.

    `html` is the file and `plots` the folder to write to, None for what was not asked for. Raises UserError where
    plots are asked for and cannot be drawn.
    """

    def __init__(self, html: str | None, plots: str | None) -> None:
        if plots is not None and find_spec("matplotlib") is None:
            raise UserError("--plot needs matplotlib: pip install 'lrlint[plots]'")
        self.html, self.plots = html, plots
        self.drawn: list[Picture] = []

    @property
    def wanted(self) -> bool:
        """Whether there is anything to draw."""
        return self.html is not None or self.plots is not None

    def write(self, report: LogsReport) -> None:
        """Write what was asked for; `report` is about the runs that were observed."""
        if self.html is not None:
            from lrlint.output.html import render_html

            write_file(self.html, render_html(report, self.drawn).encode(errors="backslashreplace"))
        if self.plots is not None:
            _write_plots(self.plots, report, self.drawn)


def _write_plots(folder: str, report: LogsReport, pictures: Sequence[Picture]) -> None:
    from lrlint.output.plots import FORMATS, file_names, render_plot

    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder}: cannot write: {error.strerror}") from error
    for name, picture in zip(file_names(picture.run for picture in pictures), pictures, strict=True):
        findings = [finding for finding in report.findings if finding.run == picture.run]
        for format in FORMATS:
            write_file(os.path.join(folder, f"{name}.{format}"), render_plot(picture, findings, format))
