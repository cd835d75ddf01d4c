"""Plots as PNG and SVG."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from lrlint.findings import Confidence, RunFinding, Severity
from lrlint.logs.diagnosis import Diagnosis
from lrlint.logs.picture import Picture, picture
from lrlint.logs.run import Role, Run, Series
from lrlint.output.plots import FORMATS, file_names, render_plot

NAME = "runs/<b>$x_1$ & co"


@pytest.fixture
def drawn() -> Picture:
    """A run with an LR, a wide loss with a NaN, and a name that is markup and mathematics."""
    rows, parts = np.arange(100), np.zeros(100, np.int32)
    loss = 10.0 ** (-rows / 30)
    loss[50] = np.nan
    columns = (Series("lr", Role.LR, rows, 0.1 - rows / 1000, parts), Series("loss", Role.LOSS, rows, loss, parts))
    return picture(Diagnosis(Run(NAME, NAME, ("csv",), ("log.csv",), columns)))


@pytest.fixture
def finding() -> RunFinding:
    """A finding over ten steps."""
    return RunFinding(
        "RUN101", "non-finite", Severity.ERROR, Confidence.LIKELY, NAME, "loss", 50, 60, "NaN", "lower the LR", {}
    )


def texts(svg: bytes) -> list[str]:
    """Every text in an SVG."""
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_an_svg_names_the_run_its_lines_and_its_findings(drawn: Picture, finding: RunFinding) -> None:
    """As they are, whatever mark-up they look like."""
    shown = texts(render_plot(drawn, [finding], "svg"))
    for text in (NAME, "lr", "loss", "learning rate", "step", "identified schedule", "RUN101", "0.01"):
        assert text in shown


def test_a_finding_without_steps_is_not_drawn(drawn: Picture, finding: RunFinding) -> None:
    """There is no place for it."""
    nowhere = finding._replace(first_step=None, last_step=None)
    assert "RUN101" not in texts(render_plot(drawn, [nowhere], "svg"))


@pytest.mark.parametrize(("format", "magic"), [("png", b"\x89PNG"), ("svg", b"<?xml")])
def test_the_same_run_makes_the_same_file(drawn: Picture, finding: RunFinding, format: str, magic: bytes) -> None:
    """No date, no random identifiers."""
    plot = render_plot(drawn, [finding], format)
    assert plot.startswith(magic)
    assert plot == render_plot(drawn, [finding], format)


def test_a_run_without_lr_and_loss_is_an_empty_plot() -> None:
    """Nothing to draw is no reason to fail."""
    assert "run" in texts(render_plot(Picture("run", (), 0, None, None, (), ()), [], "svg"))


def test_the_largest_floats_there_are_make_gaps() -> None:
    """matplotlib cannot put ticks between 1e308 and -1e308."""
    rows, parts = np.arange(4), np.zeros(4, np.int32)
    loss = Series("loss", Role.LOSS, rows, np.array([1e308, -1e308, 1.0, 2.0]), parts)
    drawn = picture(Diagnosis(Run(NAME, NAME, ("csv",), ("log.csv",), (loss,))))
    assert render_plot(drawn, [], "svg").startswith(b"<?xml")


@pytest.mark.parametrize("format", FORMATS)
def test_a_name_that_the_font_lacks_is_no_warning(format: str) -> None:
    """It is drawn as boxes."""
    assert render_plot(Picture("runs/日本", (), 0, None, None, (), ()), [], format)


def test_file_names_are_plain_and_differ() -> None:
    """Paths do not lead out of the folder, and two runs do not share a file."""
    runs = ["runs/a b", "runs/a/b", "../../etc/passwd", "größe", "\udcff", "x" * 500, "..", "runs\\a b"]
    names = file_names(runs)
    assert names[:5] == ["runs_a_b", "runs_a_b-2", "etc_passwd", "größe", "udcff"]
    assert names[6:] == ["run", "runs_a_b-3"]
    assert len(names[5]) == 120
    assert len(set(names)) == len(names)
