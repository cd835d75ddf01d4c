"""What other tools and published rules find on the runs of the bench, beside lrlint: the table of docs/diagnosis.md.

    python -m benchmarks.diagnosis.peers FOLDER... --python PYTHON [--page]

FOLDERs are what runs.py wrote. PYTHON is that of an environment with `pip install trainspotter losslint trainproof
runmedic`. All of them get the same rows: a run is handed to the four tools as a `trainer_state.json`, which each of
them reads, so that no format counts against anyone. A fault is found where a check that claims it fires, at its step
to within the tolerance of the label; a finding that names no step counts wherever the fault is. A healthy run with an
alarm (a finding of warning level or above) is a false alarm. Range tests are left out: they are no fault. With --page
the table replaces the one on the page.
"""

from __future__ import annotations

import argparse
import collections
import json
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.diagnosis import published_rules as rules
from benchmarks.diagnosis.score_runs import Label, names_the_fault, scored
from lrlint.logs import read_runs
from lrlint.logs.diagnosis import Diagnosis
from lrlint.logs.run import Role, Run

SPIKES = {"spike", "early_kick"}
DIVERGENCE = {"diverging", "lr_too_high"}

PAGE = Path(__file__).parents[2] / "docs" / "diagnosis.md"
BEGIN, END = "<!-- peers -->\n", "<!-- end of peers -->"

CLAIMS: dict[str, dict[str, set[str]]] = {
    "trainspotter": {
        "spikes: Loss spike": SPIKES,
        "divergence": {"nan", *DIVERGENCE},
        "overfitting": {"overfitting"},
        "plateau": {"not_learning"},
        "lr_schedule: LR increased after its peak": {"restart"},
        "lr_schedule: LR discontinuity": {"restart"},
    },
    "losslint": {
        "nan_inf": {"nan", *DIVERGENCE},
        "divergence": DIVERGENCE,
        "loss_spike": SPIKES,
        "overfit_onset": {"overfitting"},
        "stagnation": {"not_learning"},
        "step_backtrack": {"resume_gap"},
    },
    "trainproof": {
        "TP-NAN": {"nan", *DIVERGENCE},
        "TP-DIVERGE": DIVERGENCE,
        "TP-GRAD-SPIKE": SPIKES,
        "TP-FLAT": {"not_learning"},
        "TP-DEAD-RUN": {"not_learning", "lr_too_high"},
        "TP-ZERO-GRAD": {"not_learning"},
        "TP-OVERFIT": {"overfitting"},
        "TP-ZERO-LR": {"finished_early", "stepped_often", "tail_wasted"},
    },
    "runmedic": {
        "non_finite": {"nan", *DIVERGENCE},
        "divergence": DIVERGENCE,
        "loss_spikes": SPIKES,
        "grad_spikes": SPIKES,
        "no_learning": {"not_learning", "lr_too_high"},
        "overfitting": {"overfitting"},
    },
    "Lightning": {"spike": {"nan", *SPIKES}},
    "W&B z-score": {"z-score": SPIKES},
    "OLMo": {"spike": SPIKES},
    "AutoTrainer": {"explode": {"nan", *DIVERGENCE}},
    "SageMaker": {
        "LossNotDecreasing": {"not_learning", *DIVERGENCE},
        "Overfit": {"overfitting"},
        "Overtraining": {"overfitting"},
    },
}
"""The faults that a check claims to detect, by how its name begins."""

RULES: dict[str, Callable[[Diagnosis], Iterator[rules.Fired]]] = {
    "Lightning": rules.lightning_spikes,
    "W&B z-score": rules.wandb_z_score,
    "OLMo": rules.olmo_spike_score,
    "AutoTrainer": rules.autotrainer,
    "SageMaker": rules.sagemaker,
}


class Found(NamedTuple):
    """One finding of anyone: the check, whether it is an alarm, and the steps that it names."""

    check: str
    alarm: bool
    steps: tuple[float, float] | None


Findings = dict[tuple[str, str], list[Found]]
"""By tool and run."""


def trainer_state(run: Run) -> dict[str, object]:
    """The run as Hugging Face's Trainer logs it: rows of training in the order in which they were written."""
    names = {Role.LOSS: "loss", Role.LR: "learning_rate", Role.GRADIENT_NORM: "grad_norm", Role.VALIDATION: "eval_loss"}
    rows: dict[tuple[int, int, bool], dict[str, float]] = collections.defaultdict(dict)
    for series in run.series:
        if series.role in names:
            evaluation = series.role is Role.VALIDATION
            for part, step, value in zip(series.parts, series.steps, series.values, strict=True):
                rows[int(part), int(step), evaluation][names[series.role]] = float(value)
    history = [{"step": key[1], **rows[key]} for key in sorted(rows)]
    return {"log_history": history, "global_step": max((row["step"] for row in history), default=0)}


def findings_of_tools(runs: dict[str, Run], python: str) -> Findings:
    """What the four tools say about each run."""
    with tempfile.TemporaryDirectory() as folder:
        for name, run in runs.items():
            path = Path(folder, name, "trainer_state.json")
            path.parent.mkdir()
            path.write_text(json.dumps(trainer_state(run)))
        tools = Path(__file__).with_name("peer_tools.py")
        printed = subprocess.run([python, tools, folder], capture_output=True, text=True, check=True).stdout
    lines = map(json.loads, printed.splitlines())
    return {
        (line["tool"], line["run"]): [
            Found(check, alarm, steps and tuple(steps)) for check, alarm, steps in line["findings"]
        ]
        for line in lines
    }


def findings_of_rules(runs: dict[str, Run]) -> Findings:
    """What the published rules say about each run."""
    return {
        (rule, name): [Found(check, True, None if at is None else (at, at)) for check, at in ask(Diagnosis(run))]
        for rule, ask in RULES.items()
        for name, run in runs.items()
    }


def is_found(label: Label, tool: str, findings: Iterable[Found]) -> bool:
    """Whether a check that claims the fault fired, at its place where it names one."""
    for found in findings:
        claimed = any(
            label["fault"] in faults for check, faults in CLAIMS[tool].items() if found.check.startswith(check)
        )
        if claimed and (label["step"] is None or found.steps is None):
            return True
        if claimed and found.steps is not None:
            first, last = found.steps
            if first - label["tolerance"] <= label["step"] <= last + label["tolerance"]:
                return True
    return False


def table(labels: list[Label], findings: Findings, own: dict[str, tuple[bool, bool]]) -> Iterator[str]:
    """Recall per fault and tool, and the healthy runs with an alarm, as Markdown."""
    names = ["lrlint", *CLAIMS]
    yield "| fault | runs | " + " | ".join(names) + " |"
    yield "|---|---|" + "---|" * len(names)
    faults = collections.defaultdict(list)
    for label in labels:
        faults[label["fault"]].append(label)
    healthy = faults.pop(None, [])
    for fault, those in sorted(faults.items()):
        cells = [f"{sum(own[label['name']][0] for label in those) / len(those):.2f}"]
        for tool, checks in CLAIMS.items():
            claimed = any(fault in claims for claims in checks.values())
            hits = sum(is_found(label, tool, findings[tool, label["name"]]) for label in those)
            cells.append(f"{hits / len(those):.2f}" if claimed else "–")
        yield f"| {fault} | {len(those)} | " + " | ".join(cells) + " |"
    alarms = [sum(own[label["name"]][1] for label in healthy)]
    alarms += [sum(any(f.alarm for f in findings[tool, label["name"]]) for label in healthy) for tool in CLAIMS]
    yield f"| healthy runs with an alarm | {len(healthy)} | " + " | ".join(map(str, alarms)) + " |"
    any_finding = [alarms[0], *(sum(bool(findings[tool, one["name"]]) for one in healthy) for tool in CLAIMS)]
    yield f"| healthy runs with any finding | {len(healthy)} | " + " | ".join(map(str, any_finding)) + " |"


def main() -> None:
    """Run everybody, score, print the table and which checks raise the false alarms."""
    options = argparse.ArgumentParser()
    options.add_argument("folders", type=Path, nargs="+")
    options.add_argument("--python", required=True, help="the Python that has the four tools")
    options.add_argument("--page", action="store_true", help="write the table to docs/diagnosis.md")
    asked = options.parse_args()
    labels: list[Label] = []
    runs: dict[str, Run] = {}
    own: dict[str, tuple[bool, bool]] = {}
    for folder in asked.folders:
        for label, found in scored(folder):
            if label["fault"] != "range_test":
                labels.append(label)
                runs[label["name"]] = next(iter(read_runs(str(folder / label["name"]))))
                own[label["name"]] = any(names_the_fault(label, one) for one in found), bool(found)
    findings = findings_of_tools(runs, asked.python) | findings_of_rules(runs)
    lines = list(table(labels, findings, own))
    print(*lines, sep="\n")
    if asked.page:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        PAGE.write_text(before + BEGIN + "\n".join(lines) + "\n" + END + rest.partition(END)[2])
    for tool in CLAIMS:
        of_healthy = [findings[tool, label["name"]] for label in labels if label["fault"] is None]
        checks = collections.Counter(check for found in of_healthy for check in {f.check for f in found if f.alarm})
        print(f"{tool}: {dict(checks.most_common())}")


if __name__ == "__main__":
    main()
