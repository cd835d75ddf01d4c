"""Reports that hold everything an output has to show: fixes, curves, related places, odd characters."""

from __future__ import annotations

import math

import pytest

from lrlint.findings import (
    Confidence,
    Curves,
    Edit,
    Finding,
    Fix,
    Location,
    Problem,
    Related,
    RunFinding,
    Severity,
)
from lrlint.reports import CheckReport, LogsReport, RunSummary, ScheduleSummary, SeriesSummary

SOURCE = """\
scheduler = OneCycleLR(opt, 0.1, total_steps=epochs * len(loader))
for epoch in range(epochs):
    for x, y in loader:
        opt.step()
    scheduler.step()
"""


@pytest.fixture
def one_cycle() -> Finding:
    """A finding with everything that a finding can have."""
    statement = Location("my code/train.py", 5, 5, 5, 21)
    return Finding(
        code="LR101",
        name="one-cycle-per-epoch",
        severity=Severity.ERROR,
        confidence=Confidence.PROVEN,
        location=statement,
        message="OneCycleLR is stepped once per epoch, but planned for epochs·len(loader) steps",
        help="call scheduler.step() after opt.step(), once per batch",
        promised="epochs·len(loader)",
        delivered="epochs",
        related=(
            Related(Location("my code/train.py", 1, 13, 1, 67), "planned here"),
            Related(Location("my code/optim.py", 7, 1, 7, 4), "the optimizer"),
        ),
        fix=Fix("move the call into the batch loop", (Edit(statement, "pass"),), safe=False),
        curves=Curves((0.004, 0.1, 4e-07), (0.004, 0.0051, 0.0062), 9_380, 20),
    )


@pytest.fixture
def check_report(one_cycle: Finding) -> CheckReport:
    """Two findings in one file and a file that could not be parsed."""
    plain = Finding(
        code="LR301",
        name="plateau-without-metric",
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        location=Location("my code/train.py", 4, 9, 4, 19),
        message="100% wrong: no metric, no decay",
        help="pass the validation loss",
    )
    return CheckReport(
        findings=(one_cycle, plain),
        problems=(Problem("broken.py", "not Python: unexpected indent", line=7),),
        files=1_204,
        checked=3,
        seconds=0.1234,
        sources={"my code/train.py": SOURCE},
    )


@pytest.fixture
def logs_report() -> LogsReport:
    """One run with a NaN in its evidence, one without an LR, and a corrupt file."""
    finding = RunFinding(
        code="RUN101",
        name="non-finite",
        severity=Severity.ERROR,
        confidence=Confidence.PROVEN,
        run="runs/a",
        series="train/loss",
        first_step=1_200,
        last_step=1_250,
        message="the loss is NaN from step 1,200 on",
        help="lower the peak LR",
        evidence={"value": math.nan, "before": [2.5, math.inf], "lowest": -math.inf},
    )
    run = RunSummary(
        run="runs/a",
        formats=("tensorboard",),
        files=2,
        points=2_502,
        first_step=0,
        last_step=1_250,
        wall_seconds=3_725.0,
        series=(
            SeriesSummary("train/lr", "lr", 1_251, 0, 1_250, diagnosed=True),
            SeriesSummary("train/loss", "loss", 1_251, 0, 1_250, diagnosed=True),
        ),
        schedule=ScheduleSummary(("one_cycle", "cosine"), {"max_lr": 0.1, "total_steps": 9_380}, 0.001),
        lr=((0, 0.004), (600, 0.1), (1_250, 4e-07)),
        loss=((0, 2.5), (600, 0.5), (1_250, math.nan)),
        lr_low=4e-07,
        lr_high=0.1,
        loss_start=2.5,
        loss_best=0.5,
        loss_last=math.nan,
    )
    bare = RunSummary("runs/b", ("csv",), 1, 10, None, None, None, (SeriesSummary("acc", "metric", 10),), None)
    problem = Problem("runs/c/events.out.tfevents.1", "checksum of a record does not match", offset=4_096)
    return LogsReport((run, bare), (finding,), (problem,), files=4, seconds=12.3)
