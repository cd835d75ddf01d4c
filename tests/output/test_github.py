"""GitHub annotations: one line each, escaped as the runner unescapes them."""

from __future__ import annotations

from lrlint.output import render
from lrlint.reports import CheckReport, LogsReport


def test_each_finding_and_problem_of_check_is_one_annotation(check_report: CheckReport) -> None:
    """`%` and newlines are escaped in the message; columns are inclusive."""
    assert render(check_report, "github").splitlines() == [
        "::error file=my code/train.py,line=5,endLine=5,col=5,endColumn=20,title=LR101 one-cycle-per-epoch::"
        "OneCycleLR is stepped once per epoch, but planned for epochs·len(loader) steps"
        "%0Ahelp: call scheduler.step() after opt.step(), once per batch",
        "::warning file=my code/train.py,line=4,endLine=4,col=9,endColumn=18,title=LR301 plateau-without-metric::"
        "100%25 wrong: no metric, no decay%0Ahelp: pass the validation loss",
        "::error file=broken.py,line=7::not Python: unexpected indent",
    ]


def test_annotations_of_runs_carry_steps_and_series_in_the_message(logs_report: LogsReport) -> None:
    """A run has no lines; its path stands for the file."""
    assert render(logs_report, "github").splitlines() == [
        "::error file=runs/a,title=RUN101 non-finite::steps 1,200–1,250: train/loss: "
        "the loss is NaN from step 1,200 on%0Ahelp: lower the peak LR",
        "::error file=runs/c/events.out.tfevents.1::checksum of a record does not match (at byte 4096)",
    ]


def test_colons_and_commas_of_a_path_are_escaped() -> None:
    """They would end the property."""
    from lrlint.findings import Problem

    report = CheckReport((), (Problem("C:\\a,b.py", "no such file or folder", lost=False),), 0, 0, 0.0)
    assert render(report, "github") == "::notice file=C%3A\\a%2Cb.py::no such file or folder\n"
