"""How often a loop runs that a checkpoint or a budget of steps may cut: the whole run counts."""

from __future__ import annotations

import pytest

from lrlint.check import check
from lrlint.config import Settings

SCRIPT = """
import torch
from torch.utils.data import DataLoader

EPOCHS = 10
model = torch.nn.Linear(2, 1)
loader = DataLoader(range(64), batch_size=8)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max={horizon})


def train():
    for x in loader:
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()


{loop}
"""
RANGE = """
start = 0
if resume:
    start = torch.load("last.pt")["epoch"] + 1
for epoch in range(start, EPOCHS):
    train()
    scheduler.step()
"""
WHILE = """
epoch = 0
if resume:
    epoch = torch.load("last.pt")["epoch"]
while epoch < EPOCHS:
    train()
    scheduler.step()
    epoch += 1
"""
BUDGET = """
step = 0
while step < EPOCHS:
    for x in loader:
        optimizer.zero_grad()
        model(x).sum().backward()
        optimizer.step()
        scheduler.step()
        step += 1
        if step >= EPOCHS:
            break
"""


def codes(horizon: str, loop: str) -> list[str]:
    """The rules that speak of a script with this horizon and loop."""
    text = SCRIPT.format(horizon=horizon, loop=loop)
    report = check(["-"], Settings(), text.encode())
    assert not report.problems
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize("loop", [RANGE, WHILE, BUDGET], ids=["range", "while", "budget"])
class TestALoopThatMayBeCut:
    """Each of the loops takes `EPOCHS` steps when it is not cut."""

    def test_is_silent_on_the_right_horizon(self, loop: str) -> None:
        """A resumed run restores its schedule, and goes on to the same end."""
        assert codes("EPOCHS", loop) == []

    def test_finds_a_horizon_of_half_the_run(self, loop: str) -> None:
        """The cosine climbs back up in the second half."""
        assert codes("EPOCHS // 2", loop) == ["LR201"]

    def test_finds_a_horizon_of_twice_the_run(self, loop: str) -> None:
        """The learning rate never gets to its end."""
        assert codes("2 * EPOCHS", loop) == ["LR202"]


TWICE = """
def run(start):
    for epoch in range(start, EPOCHS):
        train()
        scheduler.step()


run(0)
run({start})
"""
TRAINER = """
class Trainer:
    def __init__(self):
        self.start_epoch = 0

    def train(self, folder=None):
        if folder is not None:
            done = torch.load(folder)["epoch"]
            if done > self.start_epoch:
                self.start_epoch = done
        for epoch in range(self.start_epoch, EPOCHS):
            train()
            scheduler.step()


Trainer().train()
Trainer(){second}
"""


class TestALoopAfterAnother:
    """The second loop steps the scheduler of the first."""

    def test_adds_to_the_steps_of_the_first(self) -> None:
        """Both run from their beginning to their end: twice the horizon."""
        assert codes("EPOCHS", TWICE.format(start=0)) == ["LR201"]

    def test_goes_on_where_a_checkpoint_of_the_first_left_off(self) -> None:
        """It takes as many steps as are left, which is not known."""
        assert codes("EPOCHS", TWICE.format(start='torch.load("last.pt")["epoch"]')) == []
        assert codes("2 * EPOCHS", TWICE.format(start='torch.load("last.pt")["epoch"]')) == []

    def test_goes_on_where_it_may_have_been_told_to(self) -> None:
        """The start is that of a new run, unless a folder with a checkpoint is given."""
        assert codes("EPOCHS", TRAINER.format(second='.train("checkpoints")')) == []
        assert codes("EPOCHS", TRAINER.format(second=".train()")) == ["LR201"]
