"""One bug in other forms, and correct code that looks like it: what each rule about optimizers and resuming says.

A comment `# LR502` expects that finding on its line. Lines without a comment expect nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import dedent

import pytest

from lrlint.findings import Finding

HEADER = """\
import argparse
import torch
from torch.optim.lr_scheduler import *

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--start-epoch", type=int, default=0)
parser.add_argument("--resume")
args = parser.parse_args()
loader = torch.utils.data.DataLoader(data, 64)
model = Net()
"""
COMPETING = {
    "a plateau scheduler whose reductions a cycle overwrites": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        plateau = ReduceLROnPlateau(opt)
        cycle = CyclicLR(opt, 1e-4, 1e-1, 200)  # LR502
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
                cycle.step()
            plateau.step(validate(model))
        """,
    "two that scale what they find": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        first, second = ExponentialLR(opt, 0.99), MultiStepLR(opt, [5, 10])
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            first.step()
            second.step()
        """,
    "one for each optimizer of a GAN": """
        g, d = torch.optim.Adam(gen.parameters(), args.lr), torch.optim.Adam(dis.parameters(), args.lr)
        schedulers = [LambdaLR(o, lambda e: 1 - e / 100) for o in (g, d)]
        for epoch in range(args.epochs):
            for x in loader:
                gen(x).backward()
                g.step()
                d.step()
            for s in schedulers:
                s.step()
        """,
    "a warm-up that lives in the first epoch only": """
        def train_one_epoch(model, opt, loader, epoch):
            warmup = None
            if epoch == 0:
                warmup = LambdaLR(opt, lambda i: min(1.0, (i + 1) / 500))
            for x in loader:
                model(x).backward()
                opt.step()
                if warmup is not None:
                    warmup.step()

        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = LambdaLR(opt, lambda e: 0.5 ** (e // 5))
        for epoch in range(args.epochs):
            train_one_epoch(model, opt, loader, epoch)
            s.step()
        """,
    "one or the other, as the user says": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        if args.resume:
            s = LambdaLR(opt, lambda e: 0.5 ** (e // 5))
        else:
            s = CosineAnnealingWarmRestarts(opt, 10)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
    "one after the other": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        warmup, cosine = LambdaLR(opt, lambda e: e / 5), CosineAnnealingWarmRestarts(opt, 10)
        for epoch in range(5):
            for x in loader:
                model(x).backward()
                opt.step()
            warmup.step()
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            cosine.step()
        """,
}

OVERWRITTEN = {
    "by index, in every batch": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = StepLR(opt, 5)
        for epoch in range(args.epochs):
            for x in loader:
                opt.param_groups[0]["lr"] = args.lr / (1 + epoch)  # LR503
                model(x).backward()
                opt.step()
            s.step()
        """,
    "in a method": """
        class Trainer:
            def __init__(self):
                self.opt = torch.optim.SGD(model.parameters(), args.lr)
                self.s = ExponentialLR(self.opt, 0.9)

            def adjust(self, epoch):
                for i, group in enumerate(self.opt.param_groups):
                    group["lr"] = args.lr * 0.5 ** (epoch // 5)  # LR503

            def fit(self):
                for epoch in range(args.epochs):
                    self.adjust(epoch)
                    for x in loader:
                        model(x).backward()
                        self.opt.step()
                    self.s.step()

        Trainer().fit()
        """,
    "a warm-up in the first steps": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = CosineAnnealingLR(opt, args.epochs)
        step = 0
        for epoch in range(args.epochs):
            for x in loader:
                if step < 500:
                    for group in opt.param_groups:
                        group["lr"] = args.lr * step / 500
                model(x).backward()
                opt.step()
                step += 1
            s.step()
        """,
    "a branch that excludes the scheduler": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = StepLR(opt, 5)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            if args.resume:
                for group in opt.param_groups:
                    group["lr"] = args.lr * 0.5 ** (epoch // 5)
            else:
                s.step()
        """,
    "groups scaled from the learning rate in use": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = LambdaLR(opt, lambda e: 0.5 ** (e // 5))
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
            for group in opt.param_groups:
                group["lr"] *= group["scale"]
            for group in opt.param_groups:
                group["lr"] = s.get_last_lr()[0] * group["scale"]
        """,
    "a lower bound": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = ExponentialLR(opt, 0.9)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
            for group in opt.param_groups:
                if group["lr"] < 1e-6:
                    group["lr"] = 1e-6
        """,
    "the learning rate asked for, put back after a resume": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = StepLR(opt, 5)
        for group in opt.param_groups:
            group["lr"] = args.lr
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
}

STALE = {
    "replaced before the loop": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = StepLR(opt, 5)
        opt = torch.optim.Adam(model.parameters(), 1e-3)  # LR501
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
    "an attribute, replaced by a method": """
        class Trainer:
            def __init__(self):
                self.opt = torch.optim.SGD(model.head.parameters(), args.lr)
                self.s = CosineAnnealingLR(self.opt, args.epochs)

            def unfreeze(self):
                self.opt = torch.optim.SGD(model.parameters(), 0.1 * args.lr)  # LR501

            def fit(self):
                for epoch in range(args.epochs):
                    if epoch == 3:
                        self.unfreeze()
                    for x in loader:
                        model(x).backward()
                        self.opt.step()
                    self.s.step()

        Trainer().fit()
        """,
    "chosen by the user before the scheduler is built": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        if args.resume:
            opt = torch.optim.Adam(model.parameters(), args.lr)
        s = StepLR(opt, 5)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
    "the second phase has no scheduler": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = StepLR(opt, 5)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        opt = torch.optim.SGD(model.parameters(), 1e-4)
        for epoch in range(5):
            for x in loader:
                model(x).backward()
                opt.step()
        """,
    "a wrapper around the same optimizer": """
        class Lookahead(torch.optim.Optimizer):
            def __init__(self, inner, k=5):
                self.inner = inner

        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = StepLR(opt, 5)
        opt = Lookahead(opt)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
    "groups added to a schedule that scales them all": """
        opt = torch.optim.SGD(model.head.parameters(), args.lr)
        s = StepLR(opt, 5)
        for epoch in range(args.epochs):
            if epoch == 3:
                opt.add_param_group({"params": model.body.parameters(), "lr": 0.01})
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
}

RESUMING = {
    "a checkpoint that is made lighter for a second file": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = CosineAnnealingLR(opt, args.epochs)
        start = 0
        if args.resume:
            last = torch.load(args.resume)
            opt.load_state_dict(last["opt"])
            start = last["epoch"]
        for epoch in range(start, args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
            states = {"epoch": epoch + 1, "opt": opt.state_dict()}  # LR401
            torch.save(states, "last.pt")
            states["opt"] = None
            torch.save(states, "small.pt")
        """,
    "a checkpoint that gets the scheduler's state before it is saved": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = CosineAnnealingLR(opt, args.epochs)
        start = 0
        if args.resume:
            last = torch.load(args.resume)
            opt.load_state_dict(last["opt"])
            s.load_state_dict(last["s"])
            start = last["epoch"]
        for epoch in range(start, args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
            states = {"epoch": epoch + 1, "opt": opt.state_dict()}
            states["s"] = s.state_dict()
            torch.save(states, "last.pt")
        """,
    "saved, not loaded, in functions": """
        def save(opt, s):
            torch.save({"opt": opt.state_dict(), "s": s.state_dict()}, "last.pt")

        def restore(opt):
            opt.load_state_dict(torch.load("last.pt")["opt"])  # LR402

        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = CosineAnnealingLR(opt, args.epochs)
        if args.resume:
            restore(opt)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
            save(opt, s)
        """,
    "nothing but the optimizer is saved with it, and it is positioned by hand": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = CosineAnnealingLR(opt, args.epochs)
        if args.resume:
            checkpoint = torch.load("last.pt")
            opt.load_state_dict(checkpoint["opt"])
            s.last_epoch = checkpoint["epoch"]
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
            torch.save({"opt": opt.state_dict(), "s": s.state_dict(), "epoch": epoch}, "last.pt")
        """,
    "loaded in a loop over everything": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = CosineAnnealingLR(opt, args.epochs)
        parts = {"opt": opt, "s": s}
        if args.resume:
            checkpoint = torch.load("last.pt")
            for name, part in parts.items():
                part.load_state_dict(checkpoint[name])
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
            torch.save({"opt": opt.state_dict(), "s": s.state_dict()}, "last.pt")
        """,
    "built after loading": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        if args.resume:
            opt.load_state_dict(torch.load("last.pt")["opt"])
        s = CosineAnnealingLR(opt, args.epochs)  # LR403
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
            torch.save({"opt": opt.state_dict(), "s": s.state_dict()}, "last.pt")
        """,
    "last_epoch with a new optimizer": """
        opt = torch.optim.SGD([{"params": model.parameters(), "lr": 0.1}], args.lr)
        s = StepLR(opt, 5, last_epoch=args.start_epoch - 1)  # LR403
        for epoch in range(args.start_epoch, args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
    "last_epoch, with initial_lr set by hand": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        for group in opt.param_groups:
            group.setdefault("initial_lr", args.lr)
        s = StepLR(opt, 5, last_epoch=args.start_epoch - 1)
        for epoch in range(args.start_epoch, args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
    "last_epoch after the optimizer's state": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        if args.resume:
            opt.load_state_dict(torch.load("last.pt")["opt"])
        s = StepLR(opt, 5, last_epoch=args.start_epoch - 1)
        for epoch in range(args.start_epoch, args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
}

ABSOLUTE = {
    "a nested function, warm-up and decay": """
        def schedule(step):
            if step < 5:
                return args.lr * step / 5
            return args.lr * 0.5 ** (step // 5)

        opt = torch.optim.SGD(model.parameters(), lr=args.lr)
        s = LambdaLR(opt, schedule)  # LR506
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
    "an optimizer with lr=1": """
        opt = torch.optim.SGD(model.parameters(), lr=1.0)
        s = LambdaLR(opt, lambda e: args.lr * 0.5 ** (e // 5))
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
    "groups with learning rates of their own": """
        opt = torch.optim.SGD([{"params": model.parameters(), "lr": 1.0}], lr=args.lr)
        s = LambdaLR(opt, lambda e: args.lr * 0.5 ** (e // 5))
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
    "a lower bound relative to the learning rate": """
        opt = torch.optim.SGD(model.parameters(), lr=args.lr)
        s = LambdaLR(opt, lambda e: (1 - e / 20) * 0.9 + 1e-5 / args.lr)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
}

COMPOSITES = {
    "a plateau scheduler in a sequence": """
        opt = torch.optim.SGD(model.parameters(), lr=args.lr)
        s = SequentialLR(opt, [LinearLR(opt), ReduceLROnPlateau(opt)], [5])  # LR508
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
        """,
    "a cyclic schedule of Adadelta": """
        opt = torch.optim.Adadelta(model.parameters())
        s = CyclicLR(opt, 1e-4, 1e-2, 100)  # LR507
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
                s.step()
        """,
    "an optimizer of another library, of which nothing is known": """
        from elsewhere import Adagrad

        opt = Adagrad(model.parameters())
        s = CyclicLR(opt, 1e-4, 1e-2, 100)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
                s.step()
        """,
}
CHAIN = """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        if args.sched == "onecycle":
            s = OneCycleLR(opt, 0.1, epochs=args.epochs, steps_per_epoch=len(loader))
            each_batch = True
        elif args.sched == "linear":
            s = LinearLR(opt, 0.1, total_iters=args.epochs * len(loader))
            each_batch = True
        elif args.sched == "plateau":
            s = ReduceLROnPlateau(opt)
            each_batch = False
        else:
            raise ValueError(args.sched)
"""
CHAINS = {
    "a flag that every branch of a chain sets tells the branches apart": CHAIN
    + """
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
                if each_batch:
                    s.step()
            if not each_batch:
                s.step(validate(model))
        """,
    "the flag the wrong way round": CHAIN
    + """
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
                if each_batch:
                    s.step()
            if not each_batch:
                s.step()  # LR301
        """,
    "an exception that is returned instead of raised leaves no other scheduler": """
        def build(opt):
            if "policy" not in config:
                return None
            elif config["policy"] == "step":
                return StepLR(opt, 30)
            else:
                return NotImplementedError("policy %s", config["policy"])

        config = read(args.config)
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = build(opt)
        for epoch in range(args.epochs):
            if s is not None:
                s.step()  # LR104
            for x in loader:
                model(x).backward()
                opt.step()
        """,
}
API = {
    "get_lr() where torch has no get_last_lr()": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = StepLR(opt, 5)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
            print(s.get_last_lr() if version.parse(torch.__version__) >= version.parse("1.4") else s.get_lr())
        """,
    "the same of a scheduler that nobody in view builds": """
        def report(scheduler):
            if hasattr(scheduler, "get_last_lr"):
                return scheduler.get_last_lr()
            return scheduler.get_lr()
        """,
    "get_lr() and get_last_lr(), whatever torch has": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = StepLR(opt, 5)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            s.step()
            if epoch % 2:
                print(s.get_last_lr())
            print(s.get_lr())  # LR601
        """,
    "the classes that transformers had before its functions": """
        from transformers import ConstantLRSchedule, WarmupLinearSchedule

        opt = torch.optim.SGD(model.parameters(), args.lr)
        if args.constant:
            s = ConstantLRSchedule(opt)
        else:
            s = WarmupLinearSchedule(opt, warmup_steps=100, t_total=args.epochs * len(loader))
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                s.step()  # LR104
                opt.step()
        """,
    "a loss for a schedule of epochs, in a program that trains in one of its modes": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = StepLR(opt, 5)
        if args.mode == "train":
            for epoch in range(args.epochs):
                for x in loader:
                    model(x).backward()
                    opt.step()
                s.step(valid_loss)  # LR304
        """,
    "a loss for what may be another scheduler": """
        opt = torch.optim.SGD(model.parameters(), args.lr)
        s = StepLR(opt, 5)
        for epoch in range(args.epochs):
            for x in loader:
                model(x).backward()
                opt.step()
            if args.policy == "plateau":
                s.step(valid_loss)
            else:
                s.step()
        """,
}
ALL = {**COMPETING, **OVERWRITTEN, **STALE, **RESUMING, **ABSOLUTE, **COMPOSITES, **CHAINS, **API}


@pytest.mark.parametrize("example", [pytest.param(text, id=name) for name, text in ALL.items()])
def test_a_variant_has_exactly_the_findings_that_it_expects(
    example: str, check_text: Callable[[str], tuple[Finding, ...]]
) -> None:
    """Code and line."""
    text = HEADER + dedent(example)
    lines = enumerate(text.splitlines(), 1)
    expected = [(line, code) for line, content in lines for code in re.findall(r"# (LR\d+)", content)]
    assert [(one.location.line, one.code) for one in check_text(text)] == expected
