"""How steps are counted, by example: what is promised, what is delivered, and what that is called.

A comment `# LR101: epochs·len(loader) / epochs` on a line expects that finding there, with these promised
and delivered counts; `# LR301` expects one that counts nothing. Lines without a comment expect nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import dedent

import pytest

from lrlint.findings import Confidence, Finding
from lrlint.registry import load_rules

CODES = {entry.code for entry in load_rules()}
HEADER = """\
import argparse
import torch
from torch.optim.lr_scheduler import *
from transformers import get_linear_schedule_with_warmup

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
parser.add_argument("--accumulate", type=int)
parser.add_argument("--warmup", type=int)
parser.add_argument("--max-steps", type=int)
parser.add_argument("--sched")
args = parser.parse_args()
epochs, accumulate, warmup, max_steps = args.epochs, args.accumulate, args.warmup, args.max_steps
loader = torch.utils.data.DataLoader(data, 64)
model = Net()
opt = torch.optim.SGD(model.parameters(), 0.1)
"""

EXAMPLES = {
    "1: a cycle over all batches, stepped after the batch loop": """
        s = OneCycleLR(opt, 0.1, epochs=epochs, steps_per_epoch=len(loader))
        for epoch in range(epochs):
            for x in loader:
                opt.step()
            s.step()  # LR101: args.epochs·len(loader) / args.epochs
        """,
    "2: the same, stepped in the batch loop": """
        s = OneCycleLR(opt, 0.1, epochs=epochs, steps_per_epoch=len(loader))
        for epoch in range(epochs):
            for x in loader:
                opt.step()
                s.step()
        """,
    "3: a literal total that the epochs do not reach": """
        s = OneCycleLR(opt, 0.1, total_steps=100)  # LR202: 100 / 10
        for epoch in range(10):
            for x in loader:
                opt.step()
            s.step()
        """,
    "4: full-batch training: an epoch is an update": """
        s = OneCycleLR(opt, 0.1, total_steps=epochs)
        for epoch in range(epochs):
            opt.step()
            s.step()
        """,
    "5: a cosine over the epochs, stepped with every batch": """
        s = CosineAnnealingLR(opt, T_max=epochs)
        for epoch in range(epochs):
            for x in loader:
                opt.step()
                s.step()  # LR103: args.epochs / args.epochs·len(loader)
        """,
    "6: a cosine over one epoch's batches, stepped through all epochs": """
        s = CosineAnnealingLR(opt, T_max=len(loader))  # LR201: len(loader) / args.epochs·len(loader)
        for epoch in range(epochs):
            for x in loader:
                opt.step()
                s.step()
        """,
    "7: a cosine of half the run climbs back": """
        s = CosineAnnealingLR(opt, T_max=50)  # LR201: 50 / 100
        for epoch in range(100):
            for x in loader:
                opt.step()
            s.step()
        """,
    "8: a resumed run counts from its first epoch": """
        s = CosineAnnealingLR(opt, T_max=epochs)
        checkpoint = torch.load("last.pt")
        opt.load_state_dict(checkpoint["opt"])
        s.load_state_dict(checkpoint["s"])
        for epoch in range(checkpoint["epoch"], epochs):
            for x in loader:
                opt.step()
            s.step()
            torch.save({"opt": opt.state_dict(), "s": s.state_dict(), "epoch": epoch + 1}, "last.pt")
        """,
    "9: the schedule begins after a warm-up by hand": """
        s = CosineAnnealingLR(opt, T_max=epochs - warmup)
        for epoch in range(epochs):
            for x in loader:
                opt.step()
            if epoch >= warmup:
                s.step()
        """,
    "10: a schedule in updates, stepped on every backward pass": """
        s = CosineAnnealingLR(opt, T_max=epochs * len(loader) // accumulate)
        for epoch in range(epochs):
            for i, x in enumerate(loader):
                loss(x).backward()
                if (i + 1) % accumulate == 0:
                    opt.step()
                    opt.zero_grad()
                s.step()  # LR102: args.epochs·len(loader)/args.accumulate / args.epochs·len(loader)
        """,
    "10b: the same in a function that receives both": """
        def train(model, loader, optimizer, scheduler, accumulate):
            for i, x in enumerate(loader):
                loss(x).backward()
                if (i + 1) % accumulate == 0:
                    optimizer.step()
                    optimizer.zero_grad()
                scheduler.step()  # LR102 likely
        """,
    "11: a schedule in batches, stepped with every update": """
        batches = epochs * len(loader)
        s = CosineAnnealingLR(opt, batches)  # LR203: args.epochs·len(loader) / args.epochs·len(loader)/args.accumulate
        for epoch in range(epochs):
            for i, x in enumerate(loader):
                loss(x).backward()
                if (i + 1) % accumulate == 0:
                    opt.step()
                    opt.zero_grad()
                    s.step()
        """,
    "12: a schedule in batches, stepped with every batch": """
        s = CosineAnnealingLR(opt, T_max=epochs * len(loader))
        for epoch in range(epochs):
            for i, x in enumerate(loader):
                loss(x).backward()
                if (i + 1) % accumulate == 0:
                    opt.step()
                    opt.zero_grad()
                s.step()
        """,
    "13: a staircase in epochs, stepped with every batch": """
        s = StepLR(opt, 30)
        for epoch in range(90):
            for x in loader:
                opt.step()
                s.step()  # LR103 likely
        """,
    "14: a staircase in batches": """
        s = StepLR(opt, 30 * len(loader))
        for epoch in range(90):
            for x in loader:
                opt.step()
                s.step()
        """,
    "15: a decay per batch, with nothing known of how many there are": """
        s = ExponentialLR(opt, 0.95)
        for epoch in range(20):
            for x in loader:
                opt.step()
                s.step()
        """,
    "15b: the same, with 100 batches": """
        s = ExponentialLR(opt, 0.95)  # LR207
        for epoch in range(20):
            for batch in range(100):
                opt.step()
                s.step()
        """,
    "16: the scheduler first": """
        s = StepLR(opt, 30)
        for epoch in range(90):
            s.step()  # LR104
            for x in loader:
                opt.step()
        """,
    "17: stepped by a function that trains one epoch": """
        def train_one_epoch(model, loader, optimizer, scheduler):
            for x in loader:
                optimizer.step()
                scheduler.step()

        s = OneCycleLR(opt, 0.1, epochs=epochs, steps_per_epoch=len(loader))
        for epoch in range(epochs):
            train_one_epoch(model, loader, opt, s)
        """,
    "18: the same function, given a staircase in epochs": """
        def train_one_epoch(model, loader, optimizer, scheduler):
            for x in loader:
                optimizer.step()
                scheduler.step()  # LR103 likely

        s = StepLR(opt, 30)
        for epoch in range(90):
            train_one_epoch(model, loader, opt, s)
        """,
    "19: an attribute of a trainer": """
        class Trainer:
            def __init__(self, epochs):
                self.epochs = epochs
                self.opt = torch.optim.SGD(model.parameters(), 0.1)
                self.s = OneCycleLR(self.opt, 0.1, total_steps=epochs * len(loader))

            def train(self):
                for x in loader:
                    self.opt.step()

            def fit(self):
                for epoch in range(self.epochs):
                    self.train()
                    self.s.step()  # LR101: args.epochs·len(loader) / args.epochs

        Trainer(epochs).fit()
        """,
    "20: one condition decides which scheduler it is and where it is stepped": """
        if args.sched == "onecycle":
            s = OneCycleLR(opt, 0.1, epochs=epochs, steps_per_epoch=len(loader))
        else:
            s = StepLR(opt, 30)
        for epoch in range(epochs):
            for x in loader:
                opt.step()
                if args.sched == "onecycle":
                    s.step()
            if args.sched != "onecycle":
                s.step()
        """,
    "21: a plateau scheduler without its metric": """
        s = ReduceLROnPlateau(opt)
        for epoch in range(epochs):
            for x in loader:
                opt.step()
            s.step()  # LR301
        """,
    "22: a step for each kind of scheduler": """
        s = ReduceLROnPlateau(opt) if args.sched == "plateau" else StepLR(opt, 30)
        for epoch in range(epochs):
            for x in loader:
                opt.step()
            if isinstance(s, ReduceLROnPlateau):
                s.step(validate(model))
            else:
                s.step()
        """,
    "23: accelerate holds the scheduler, and moves it with the updates": """
        from accelerate import Accelerator

        accelerator = Accelerator(gradient_accumulation_steps=accumulate)
        s = get_linear_schedule_with_warmup(opt, 100, epochs * len(loader) // accumulate)
        model, opt, loader, s = accelerator.prepare(model, opt, loader, s)
        for epoch in range(epochs):
            for x in loader:
                with accelerator.accumulate(model):
                    accelerator.backward(model(x))
                    opt.step()
                    s.step()
                    opt.zero_grad()
        """,
    "25: a warm-up schedule over all batches, stepped per epoch": """
        s = get_linear_schedule_with_warmup(opt, 100, epochs * len(loader))
        for epoch in range(epochs):
            for x in loader:
                opt.step()
            s.step()  # LR101: args.epochs·len(loader) / args.epochs
        """,
    "26: a budget of steps ends the run": """
        s = CosineAnnealingLR(opt, T_max=max_steps)
        step = 0
        while step < max_steps:
            for x in loader:
                opt.step()
                s.step()
                step += 1
                if step >= max_steps:
                    break
        """,
    "27: a scheduler for every fold": """
        for fold in range(5):
            opt = torch.optim.SGD(model.parameters(), 0.1)
            s = StepLR(opt, 10)
            for epoch in range(epochs):
                for x in loader:
                    opt.step()
                s.step()
        """,
    "28: a scheduler for every epoch": """
        for epoch in range(epochs):
            s = StepLR(opt, 10)  # LR107
            for x in loader:
                opt.step()
                s.step()
        """,
    "29: a checkpoint that forgets the schedule": """
        s = CosineAnnealingLR(opt, T_max=epochs)
        if args.sched:
            checkpoint = torch.load("last.pt")
            model.load_state_dict(checkpoint["model"])
            opt.load_state_dict(checkpoint["optimizer"])
        for epoch in range(epochs):
            for x in loader:
                opt.step()
            s.step()
            torch.save({"model": model.state_dict(), "optimizer": opt.state_dict()}, "last.pt")  # LR401 likely
        """,
    "30: weights alone are no point to resume from": """
        s = CosineAnnealingLR(opt, T_max=epochs)
        for epoch in range(epochs):
            for x in loader:
                opt.step()
            s.step()
            torch.save(model.state_dict(), "last.pt")
        """,
    "31: a noise scheduler is none of ours": """
        from diffusers import DDPMScheduler

        s = DDPMScheduler(1000)
        for t in s.timesteps:
            x = s.step(model(x, t), t, x).prev_sample
        """,
    "32: a plateau scheduler that waits for the accuracy to fall": """
        s = ReduceLROnPlateau(opt)
        for epoch in range(epochs):
            correct, total = 0, 0
            for x, y in loader:
                opt.step()
            for x, y in loader:
                correct += (model(x).argmax(1) == y).sum().item()
                total += len(y)
            val_acc = correct / total
            s.step(val_acc)  # LR302
        """,
}
COMMENT = re.compile(r"# (LR\d+)(?: (likely))?(?:: (.+) / (.+))?$")
Expected = tuple[int, str, str | None, str | None]


def expected(text: str) -> list[Expected]:
    """`(line, code, promised, delivered)` of every comment for a rule that there is."""
    matches = ((line, COMMENT.search(content)) for line, content in enumerate(text.splitlines(), 1))
    return [(line, match[1], match[3], match[4]) for line, match in matches if match and match[1] in CODES]


@pytest.mark.parametrize("example", [pytest.param(text, id=name) for name, text in EXAMPLES.items()])
def test_an_example_of_counting(example: str, check_text: Callable[[str], tuple[Finding, ...]]) -> None:
    """What is found, on which line, with which counts."""
    text = HEADER + dedent(example)
    found = check_text(text)
    wanted = expected(text)
    assert [(one.location.line, one.code) for one in found] == [(line, code) for line, code, *_ in wanted]
    counts = [(one.promised, one.delivered) for one in found]
    assert counts == [
        (promised or given, delivered or got)
        for (*_, promised, delivered), (given, got) in zip(wanted, counts, strict=True)
    ]
    likely = [line for line, content in enumerate(text.splitlines(), 1) if re.search(r"# LR\d+ likely", content)]
    assert [one.location.line for one in found if one.confidence is Confidence.LIKELY] == likely
