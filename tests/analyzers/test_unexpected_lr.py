"""RUN208: training scripts that really run, their LR as logged, and what their code promises."""

from __future__ import annotations

import pickle
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from lrlint.analyzers.unexpected_lr import unexpected_lr
from lrlint.config import Settings
from lrlint.crosscheck import Code, read_code
from lrlint.examine import examine
from lrlint.findings import RunFinding
from lrlint.logs.diagnosis import Diagnosis, NotApplicable
from lrlint.logs.run import Run
from lrlint.registry import load_analyzers
from tests.scripts.execution import SCRIPTS, all_scripts, executed

if TYPE_CHECKING:
    from tests.analyzers.conftest import MakeRun

COSINE = "horizon_too_short/good_cosine_to_the_end.py"
"""CosineAnnealingLR(T_max=100) from 0.1, stepped once in each of 100 epochs: all numbers are in the code."""

ONE_CYCLE = "one_cycle_per_epoch/good_flat.py"
"""OneCycleLR over six epochs of as many batches as the loader has."""


def code(script: str) -> Code:
    """A script of the fixtures."""
    return read_code([str(SCRIPTS / script)], Settings())


def ask(run: Run, script: str) -> Sequence[RunFinding]:
    """The findings about a run, given its code; none where the analyzer does not apply."""
    answer = unexpected_lr.ask(Diagnosis(run, code(script).promise))
    return () if isinstance(answer, NotApplicable) else tuple(answer)


def lrs(script: str) -> np.ndarray:
    """The LR of every update of a real run."""
    return np.asarray(executed(script).lrs)


def told(findings: Sequence[RunFinding]) -> str:
    """What the one finding says, without the place in the code."""
    (finding,) = findings
    return finding.message.split(": ", 1)[1]


@pytest.mark.parametrize("script", all_scripts("good_"))
def test_a_run_that_did_what_its_code_says_is_silent(make_run: MakeRun, script: str) -> None:
    """Whatever the code is: a schedule, several, none, one that cannot be followed."""
    logged = lrs(script) if executed(script).updates else np.empty(0)
    if len(logged):
        assert ask(make_run(lr=logged), script) == ()


@pytest.mark.parametrize("script", [COSINE, ONE_CYCLE, "sequential_horizon/good_milestone.py"])
def test_logs_are_not_perfect(make_run: MakeRun, script: str) -> None:
    """Every fifth row, the LR after step(), rounded, float32, a step axis in tokens, rows missing, a run cut off."""
    logged = lrs(script)
    steps = np.arange(len(logged))
    kept = np.random.default_rng(0).random(len(logged)) > 0.25
    variants = {
        "every fifth": (steps[::5], logged[::5]),
        "at the end of every five": (steps[4::5], logged[4::5]),
        "after step()": (steps[:-1], logged[1:]),
        "rounded": (steps, np.array([float(f"{lr:.3g}") for lr in logged])),
        "float32": (steps, logged.astype(np.float32).astype(np.float64)),
        "tokens": (2048 * steps, logged),
        "missing": (steps[kept], logged[kept]),
        "cut off": (steps[: len(steps) // 3], logged[: len(steps) // 3]),
    }
    found = {name: ask(make_run(lr=values, steps=at), script) for name, (at, values) in variants.items()}
    assert found == dict.fromkeys(variants, ())


@pytest.mark.parametrize(
    ("script", "bug", "calls", "planned"),
    [
        ("one_cycle_per_epoch/bad_flat.py", "LR101", 6, 90),
        ("step_per_backward/bad_outside_guard.py", "LR102", 28, 7),
        ("epoch_schedule_per_batch/bad_cosine.py", "LR103", 90, 10),
        ("never_stepped/bad_forgotten.py", "LR105", 0, 6),
        ("stepped_twice/bad_copied_line.py", "LR106", 120, 60),
        ("rebuilt_in_loop/bad_scheduler_per_epoch.py", "LR107", 1, 9),
        ("horizon_too_short/bad_cosine_climbs_back.py", "LR201", 100, 50),
        ("horizon_too_long/bad_literal_total_steps.py", "LR202", 20, 200),
        ("sequential_horizon/bad_cosine_counts_warmup.py", "LR206", 20, 25),
    ],
)
def test_the_bug_in_the_code_explains_the_log(
    make_run: MakeRun, script: str, bug: str, calls: int, planned: int
) -> None:
    """The code of the rule is named, with the calls of step() that the log shows and those that were planned."""
    (finding,) = ask(make_run(lr=lrs(script)), script)
    assert (finding.evidence["explained_by"], finding.evidence["planned"]) == (bug, planned)
    assert finding.evidence["calls"] == pytest.approx(calls, abs=1 + 0.07 * calls)
    assert f"({bug} at {SCRIPTS / script}:" in finding.message


def test_a_bug_that_does_not_shorten_the_schedule_does_not_explain_a_run_that_was_cut_off(make_run: MakeRun) -> None:
    """The scheduler is stepped twice; the first third of the promised curve is no sign of that."""
    whole = lrs("stepped_twice/good_single_line.py")
    assert ask(make_run(lr=whole[: len(whole) // 3]), "stepped_twice/bad_copied_line.py") == ()


def test_a_cosine_with_a_period_in_batches_is_not_the_one_of_the_code(make_run: MakeRun) -> None:
    """The log is that of a version of the code with LR103 in it."""
    found = ask(make_run(lr=lrs("epoch_schedule_per_batch/bad_cosine.py")), "epoch_schedule_per_batch/good_cosine.py")
    assert told(found) == (
        "it was over at step 10 of 89 and went on 9 times as long as planned: the LR ends at 0.00123"
    )


def test_another_schedule_is_named(make_run: MakeRun) -> None:
    """By its family and its numbers."""
    found = ask(make_run(lr=np.linspace(0.1, 0.01, 400)), COSINE)
    assert told(found) == "the log shows linear (base_lr=0.1, eta_min=0.01, total_iters=399)"


def test_an_lr_that_never_moved_is_found_once_the_run_is_over(make_run: MakeRun) -> None:
    """Before, it might have been cut off in its first epoch."""
    rows, at_rest = 400, np.full(400, 0.1)
    assert ask(make_run(lr=at_rest), COSINE) == ()
    assert ask(make_run(lr=at_rest, epoch=np.arange(rows) // 20), COSINE) == ()
    found = ask(make_run(lr=at_rest, epoch=np.arange(rows) // 4), COSINE)
    assert told(found).endswith("of the 100 steps planned: the LR ends at 0.1 instead of 2.47e-05")


def test_another_height_is_found_where_the_code_spells_it_out(make_run: MakeRun) -> None:
    """With several param groups, each may have an LR of its own."""
    logged = 4 * lrs(COSINE)
    assert told(ask(make_run(lr=logged), COSINE)) == "it is 4 times as high"
    two = make_run(lr=logged)
    groups = Run("run", "run", two.formats, two.files, (*two.series, *make_run(lr=2 * logged).series))
    assert ask(groups, COSINE) == ()


def test_the_hyperparameters_of_the_log_stand_for_the_defaults_of_options(make_run: MakeRun) -> None:
    """A warm-up of 30 steps instead of the default of 10; without them, what depends on options is no finding."""
    script = "sequential_horizon/good_milestone.py"
    logged = np.asarray(executed(script, "--warmup_steps", "30").lrs)
    assert ask(make_run(lr=logged, hyperparameters={"args/warmup_steps": 30, "epochs": 6}), script) == ()
    assert ask(make_run(lr=logged), script) == ()


def test_reduce_on_plateau_can_only_fall(make_run: MakeRun) -> None:
    """Its metric decides when: stairs and a constant LR are as promised, a rise is not."""
    script = "plateau_cadence/good_every_epoch.py"
    stairs = np.repeat([1e-3, 1e-4, 1e-5], 100)
    assert ask(make_run(lr=stairs), script) == ask(make_run(lr=stairs[:100]), script) == ()
    assert told(ask(make_run(lr=np.linspace(1e-3, 2e-3, 300)), script)).startswith("the log shows linear")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("lr_overwritten/good_by_hand_alone.py", "no scheduler is built"),
        ("traps/good_onecycle_or_step.py", "several schedulers are built: OneCycleLR at "),
        ("traps/good_gan_two_optimizers.py", "several optimizers are in use"),
        ("traps/good_cosine_after_manual_warmup.py", "the LR is assigned by hand too"),
    ],
)
def test_code_that_does_not_say_what_the_lr_should_be_is_not_judged(script: str, reason: str) -> None:
    """A remark says why; nothing went unread."""
    found = code(script)
    (problem,) = found.problems
    assert (found.promise, problem.lost) == (None, False)
    assert problem.message.startswith(f"nothing to compare the logged LR with: {reason}")


def test_of_many_schedulers_a_few_are_named() -> None:
    """A folder of experiments builds dozens."""
    (problem,) = read_code([str(SCRIPTS / "traps")], Settings()).problems
    assert problem.message.count(" at /") == 3
    assert re.search(r" and \d\d more$", problem.message)


def test_without_code_or_lr_there_is_no_answer(make_run: MakeRun) -> None:
    """That is not the answer 'as promised'."""
    for diagnosis in (Diagnosis(make_run(lr=lrs(COSINE))), Diagnosis(make_run(loss=lrs(COSINE)), code(COSINE).promise)):
        assert isinstance(unexpected_lr.ask(diagnosis), NotApplicable)


def test_restarts_are_told_by_their_own_analyzer(make_run: MakeRun) -> None:
    """RUN203 says where; that the rest is not as promised follows."""
    logged = lrs(COSINE)
    assert ask(make_run(lr=np.concatenate((logged[:240], logged[:160]))), COSINE) == ()


def test_one_fault_is_one_finding(make_run: MakeRun) -> None:
    """With its code, a cosine that climbs back is RUN208; RUN204 would say it again."""
    script = "horizon_too_short/bad_cosine_climbs_back.py"
    run = make_run(lr=lrs(script))
    assert [finding.code for finding in examine(Diagnosis(run), load_analyzers())] == ["RUN204"]
    assert [finding.code for finding in examine(Diagnosis(run, code(script).promise), load_analyzers())] == ["RUN208"]


def test_a_promise_travels_to_other_processes(make_run: MakeRun) -> None:
    """Runs are read in several."""
    script = "step_per_backward/bad_outside_guard.py"
    diagnosis = Diagnosis(make_run(lr=lrs(script)), pickle.loads(pickle.dumps(code(script).promise)))
    assert unexpected_lr.ask(diagnosis) == list(ask(diagnosis.run, script))
