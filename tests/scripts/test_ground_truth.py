"""The scripts of fixtures/ run, and their schedulers are planned for and stepped as often as stated."""

from __future__ import annotations

import re

import pytest

from tests.scripts.execution import SCRIPTS, all_scripts, executed
from tests.scripts.ground_truth import TRUTHS

# Good scripts that keep less or more than their promise, for a reason that is no bug.
UNEVEN = {
    # Five batches hold a damaged sample and are skipped.
    "traps/good_skipped_nonfinite_batches.py": [(145, 140)],
    # The first schedule ends with its stage, where the next one begins.
    "stale_optimizer/good_new_scheduler.py": [(10, 4), (6, 6)],
    # A warm-up that holds the full LR for the last batch of its epoch.
    "traps/good_warmup_in_first_epoch.py": [(14, 15)],
}


def test_every_bad_script_has_its_truth() -> None:
    """No bad script is left uncounted, and no count is left over."""
    assert sorted(TRUTHS) == all_scripts("bad_")


@pytest.mark.parametrize("script", TRUTHS)
def test_promised_and_delivered(script: str) -> None:
    """The real scheduler was planned for as many calls as stated, and got as many from the script."""
    truth, execution = TRUTHS[script], executed(script)
    if truth.delivered is None:
        assert execution.error is not None
        assert execution.schedulers == []
    elif truth.raises_at == 0:
        assert execution.error is not None
    else:
        record = execution.schedulers[truth.scheduler]
        assert record.promised == truth.promised
        assert record.delivered == (truth.delivered if truth.raises_at is None else truth.raises_at - 1)
        assert (execution.error is None) == (truth.raises_at is None)


@pytest.mark.parametrize(
    ("broken", "twin"),
    [
        ("horizon_too_short/bad_one_cycle_raises.py", "horizon_too_short/good_one_cycle.py"),
        ("plateau_in_composite/bad_chained_plateau.py", "plateau_in_composite/good_side_by_side.py"),
        ("plateau_without_metric/bad_attribute.py", "plateau_without_metric/good_attribute.py"),
        ("plateau_without_metric/bad_no_metric.py", "plateau_without_metric/good_validation_loss.py"),
        ("stale_optimizer/bad_added_group.py", "stale_optimizer/good_group_before_scheduler.py"),
    ],
)
def test_calls_that_a_script_would_make(broken: str, twin: str) -> None:
    """Where a bad script breaks off, its good twin, with the same loops, makes the stated calls."""
    assert executed(twin).schedulers[0].delivered == TRUTHS[broken].delivered


@pytest.mark.parametrize("script", all_scripts("good_"))
def test_good_scripts_keep_their_promise(script: str) -> None:
    """A good script runs through, and every schedule with an end is stepped to its end, neither less nor more."""
    execution = executed(script)
    assert execution.error is None
    stepped = [record for record in execution.schedulers if record.delivered and record.promised is not None]
    counts = [(record.promised, record.delivered) for record in stepped]
    assert counts == UNEVEN.get(script, [(record.promised, record.promised) for record in stepped])


@pytest.mark.parametrize("script", all_scripts("bad_") + all_scripts("good_"))
def test_expectations(script: str) -> None:
    """A bad script expects exactly one finding, at a column where an expression begins; a good one expects none."""
    lines = (SCRIPTS / script).read_text().splitlines()
    expected = [match for line in lines if (match := re.search(r"  # error: LR\d{3} (\d+)$", line))]
    assert len(expected) == (1 if "/bad_" in script else 0)
    for match in expected:
        before, place = match.string[: int(match[1]) - 1], match.string[int(match[1]) - 1 :]
        assert re.match(r"[\w{]", place)
        assert not re.search(r"[\w.]$", before)
