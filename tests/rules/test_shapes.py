"""Shapes that training code of many authors has: over several files, with classes out of view, without callers.

A comment `# LR104` expects that finding on its line. Lines without a comment expect nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from lrlint.findings import Confidence, Finding

CheckFiles = Callable[[Mapping[str, str]], "tuple[Finding, ...]"]

HEADER = """\
import torch
from torch.optim.lr_scheduler import *
"""
IMPORTS = {
    "a star import leaves the name of the module alone": {
        "train.py": """
            from helpers import *

            if __name__ == "__main__":
                optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                scheduler = StepLR(optimizer, 30)
                for epoch in range(90):
                    scheduler.step()  # LR104
                    for x in DataLoader(data):
                        model(x).backward()
                        optimizer.step()
            """,
        "helpers.py": """
            from torch.utils.data import DataLoader
            """,
    },
}
OUT_OF_VIEW = {
    "a scheduler given to a base class that is not in view is stepped there": {
        "train.py": """
            from warmup_scheduler import GradualWarmupScheduler

            class Warmup(GradualWarmupScheduler):
                def __init__(self, optimizer, epochs, after_scheduler=None):
                    super(Warmup, self).__init__(optimizer, 1, epochs, after_scheduler)

            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            cosine = CosineAnnealingLR(optimizer, 95)
            scheduler = Warmup(optimizer, 5, cosine)
            for epoch in range(100):
                for x in loader:
                    model(x).backward()
                    optimizer.step()
                scheduler.step()
            """,
    },
    "what callers out of view do before the scheduler is built is not known": {
        "model.py": """
            class Model:
                def __init__(self, net):
                    self.optimizer = torch.optim.Adam(net.parameters(), lr=0.1)

                def set_scheduler(self, last=0):
                    self.scheduler = StepLR(self.optimizer, 30, last_epoch=last)

                def update(self, loader):
                    for x in loader:
                        net(x).backward()
                        self.optimizer.step()
                    self.scheduler.step()

                def resume(self, path):
                    self.optimizer.load_state_dict(torch.load(path))
            """,
    },
}
METRICS = {
    "a plateau watched afresh, at a learning rate set by hand": {
        "train.py": """
            def main(args):
                optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                if args.resume:
                    optimizer.load_state_dict(torch.load("optimizer.pth"))
                    optimizer.param_groups[0]["lr"] = args.lr
                scheduler = ReduceLROnPlateau(optimizer)
                for epoch in range(90):
                    for x in loader:
                        model(x).backward()
                        optimizer.step()
                    scheduler.step(validation_loss(model))
                    torch.save(optimizer.state_dict(), "optimizer.pth")
            """,
        "resume.py": """
            def main(args):
                optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                if args.resume:
                    optimizer.load_state_dict(torch.load("optimizer.pth"))
                scheduler = ReduceLROnPlateau(optimizer)
                for epoch in range(90):
                    for x in loader:
                        model(x).backward()
                        optimizer.step()
                    scheduler.step(validation_loss(model))
                    torch.save(optimizer.state_dict(), "optimizer.pth")  # LR401
            """,
    },
    "a metric that is negated for one task only": {
        "train.py": """
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = ReduceLROnPlateau(optimizer, mode="max")
            for epoch in range(90):
                for x in loader:
                    model(x).backward()
                    optimizer.step()
                acc = validate(model)
                if task == "regression":
                    scheduler.step(-acc)
                else:
                    scheduler.step(acc)
            """,
    },
    "a metric that is negated by mistake": {
        "train.py": """
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = ReduceLROnPlateau(optimizer, mode="max")
            for epoch in range(90):
                for x in loader:
                    model(x).backward()
                    optimizer.step()
                acc = validate(model)
                scheduler.step(-acc)  # LR302
            """,
    },
}
ORDER = {
    "a scheduler that may be None, of an object that may be one of two": {
        "train.py": """
            import sys

            class Trainer:
                def __init__(self, model, policy):
                    self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                    self.scheduler = StepLR(self.optimizer, 30000) if policy == "step" else None

                def resume(self, policy):
                    self.optimizer.load_state_dict(torch.load("last.pt"))
                    self.scheduler = StepLR(self.optimizer, 30000, last_epoch=9) if policy == "step" else None

                def step(self, x):
                    if self.scheduler is not None:
                        self.scheduler.step()  # LR104
                    self.loss(x).backward()
                    self.optimizer.step()

            class Other(Trainer):
                pass

            policy, resumed = sys.argv[1], bool(sys.argv[2])
            if sys.argv[3] == "plain":
                trainer = Trainer(model, policy)
            elif sys.argv[3] == "other":
                trainer = Other(model, policy)
            else:
                sys.exit("plain or other")
            if resumed:
                trainer.resume(policy)
            for epoch in range(90):
                for x in loader:
                    trainer.step(x)
            """,
    },
    "a scheduler of one of two libraries, whichever is there": {
        "train.py": """
            from transformers import WarmupLinearSchedule, get_linear_schedule_with_warmup

            optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
            try:
                scheduler = WarmupLinearSchedule(optimizer, warmup_steps=9, t_total=90 * len(loader))
            except TypeError:
                scheduler = get_linear_schedule_with_warmup(optimizer, 9, 90 * len(loader))
            for epoch in range(90):
                for x in loader:
                    model(x).backward()
                    scheduler.step()  # LR104
                    optimizer.step()
            """,
    },
    "a step that is left out where something is raised in the first round": {
        "train.py": """
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = StepLR(optimizer, 30)
            for epoch in range(90):
                try:
                    last = torch.load("last.pt")
                    found = True
                except FileNotFoundError:
                    found = False
                if found:
                    scheduler.step()
                for x in loader:
                    model(x).backward()
                    optimizer.step()
                torch.save(model.state_dict(), "last.pt")
            """,
    },
    "a step that the first round leaves out, by a condition on something else": {
        "train.py": """
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = StepLR(optimizer, 30)
            last = None
            for epoch in range(90):
                if last is not None:
                    scheduler.step()
                for x in loader:
                    model(x).backward()
                    optimizer.step()
                last = evaluate(model)
            """,
    },
    "stepped first under an option": {
        "train.py": """
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = CosineAnnealingLR(optimizer, args.epochs)
            for epoch in range(args.epochs):
                if args.schedule == "cosine":
                    scheduler.step()  # LR104
                else:
                    adjust(optimizer, epoch)
                for x in loader:
                    model(x).backward()
                    optimizer.step()
            """,
    },
    "stepped first under a switch of the configuration": {
        "train.py": """
            def main(args):
                optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                scheduler = StepLR(optimizer, 30)
                for epoch in range(90):
                    if args.model.decay:
                        scheduler.step()  # LR104
                    for x in loader:
                        model(x).backward()
                        optimizer.step()
            """,
    },
    "stepped first under two answers of the configuration": {
        "train.py": """
            def main(args):
                optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                scheduler = StepLR(optimizer, 30)
                for epoch in range(90):
                    if args.policy is not None and args.policy != "plateau":
                        scheduler.step()  # LR104
                    for x in loader:
                        model(x).backward()
                        optimizer.step()
            """,
        "later.py": """
            def main(args):
                optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                scheduler = StepLR(optimizer, 30)
                history = None
                for epoch in range(90):
                    if args.decay and history is not None:
                        scheduler.step()
                    for x in loader:
                        model(x).backward()
                        optimizer.step()
                    history = validate(model)
            """,
    },
    "spared in the first epoch by what came of an earlier one": {
        "train.py": """
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = StepLR(optimizer, 30)
            for epoch in range(90):
                if history:
                    scheduler.step()
                for x in loader:
                    model(x).backward()
                    optimizer.step()
                history = validate(model)
            """,
    },
    "all but a class of the program's own is stepped first": {
        "train.py": """
            class Cycle:
                def __init__(self, optimizer):
                    self.optimizer = optimizer

                def batch_step(self):
                    adjust(self.optimizer)

            def main(args):
                optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                scheduler = Cycle(optimizer) if args.cycle else MultiStepLR(optimizer, [30, 60])
                if args.resume:
                    optimizer.load_state_dict(torch.load(args.resume)["optimizer"])
                for epoch in range(90):
                    if not isinstance(scheduler, Cycle):
                        scheduler.step()  # LR104
                    for x in loader:
                        if isinstance(scheduler, Cycle):
                            scheduler.batch_step()
                        model(x).backward()
                        optimizer.step()
                    torch.save({"epoch": epoch, "optimizer": optimizer.state_dict()}, "last.pth")  # LR401
            """,
    },
    "a method that steps and then trains, whoever calls it": {
        "train.py": """
            class Trainer:
                def __init__(self, net):
                    self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                    self.scheduler = StepLR(self.optimizer, 30)

                def train(self):
                    self.scheduler.step()  # LR104
                    for x in loader:
                        net(x).backward()
                        self.optimizer.step()
            """,
    },
    "a method that steps, and one that updates": {
        "train.py": """
            class Trainer:
                def __init__(self, net):
                    self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                    self.scheduler = StepLR(self.optimizer, 30)

                def end_epoch(self):
                    self.scheduler.step()

                def train(self):
                    for x in loader:
                        net(x).backward()
                        self.optimizer.step()
            """,
    },
}
OWN_SCHEDULES = {
    "what is passed on may be of the program's own class": {
        "finder.py": """
            from torch.optim.lr_scheduler import _LRScheduler

            class Ramp(_LRScheduler):
                def get_lr(self):
                    return [base * 1.1**self.last_epoch for base in self.base_lrs]

            def range_test(optimizer, loader, epochs=None):
                ramp = Ramp(optimizer)
                if epochs is not None:
                    one_epoch(optimizer, loader, ramp)

            def one_epoch(optimizer, loader, lr_schedule):
                for x in loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
                    lr_schedule.step()
                    print(lr_schedule.get_lr())
            """,
        "train.py": """
            def one_epoch(optimizer, loader, lr_schedule):
                for x in loader:
                    optimizer.zero_grad()
                    model(x).backward()
                    optimizer.step()
                    lr_schedule.step()
                    print(lr_schedule.get_lr())  # LR601
            """,
    },
}
NOBODY_CONSTRUCTS = {
    "a class that trains from the first epoch to the last, and never steps": {
        "train.py": """
            class Trainer:
                def __init__(self, net):
                    self.net = net
                    self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                    self.scheduler = StepLR(self.optimizer, 30)  # LR105

                def train(self, epochs):
                    for epoch in range(epochs):
                        self.run_epoch()

                def run_epoch(self):
                    for x in loader:
                        self.net(x).backward()
                        self.optimizer.step()

            """,
    },
    "a class whose caller has the loop over the epochs": {
        "train.py": """
            class Trainer:
                def __init__(self, net):
                    self.net = net
                    self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                    self.scheduler = StepLR(self.optimizer, 30)

                def run_epoch(self):
                    for x in loader:
                        self.net(x).backward()
                        self.optimizer.step()

            """,
    },
    "a class that gives its scheduler away": {
        "train.py": """
            class Trainer:
                def __init__(self, net):
                    self.net = net
                    self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                    self.scheduler = StepLR(self.optimizer, 30)

                def train(self, epochs):
                    for epoch in range(epochs):
                        self.run_epoch()

                def run_epoch(self):
                    for x in loader:
                        self.net(x).backward()
                        self.optimizer.step()

                def schedulers(self):
                    return [self.scheduler]

            """,
    },
    "a class whose base may step, out of view": {
        "train.py": """
            from library import Base

            class Trainer(Base):
                def __init__(self, net):
                    self.net = net
                    self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                    self.scheduler = StepLR(self.optimizer, 30)

                def train(self, epochs):
                    for epoch in range(epochs):
                        self.run_epoch()

                def run_epoch(self):
                    for x in loader:
                        self.net(x).backward()
                        self.optimizer.step()

            """,
    },
}
LEFT_OVER = {
    "a scheduler that was left over when the learning rate came to be set by hand": {
        "train.py": """
            def adjust(optimizer, epoch):
                for group in optimizer.param_groups:
                    group["lr"] = 0.1 * 0.1 ** (epoch // 30)

            def main(args):
                optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                scheduler = StepLR(optimizer, 30)
                for epoch in range(90):
                    adjust(optimizer, epoch)
                    for x in loader:
                        model(x).backward()
                        optimizer.step()
            """,
        "warmup.py": """
            def warm_up(optimizer, epoch):
                if epoch < 5:
                    for group in optimizer.param_groups:
                        group["lr"] = 0.1 * epoch / 5

            def main(args):
                optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                scheduler = StepLR(optimizer, 30)  # LR105
                for epoch in range(90):
                    warm_up(optimizer, epoch)
                    for x in loader:
                        model(x).backward()
                        optimizer.step()
            """,
    },
}
TESTS = {
    "a unit test runs a few epochs of a schedule": {
        "tests/test_trainer.py": """
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = CosineAnnealingLR(optimizer, T_max=30)
            for epoch in range(5):
                for x in loader:
                    model(x).backward()
                    optimizer.step()
                scheduler.step()
            """,
        "tests/trainer_test.py": """
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = CosineAnnealingLR(optimizer, T_max=30)
            for epoch in range(5):
                for x in loader:
                    model(x).backward()
                    optimizer.step()
                scheduler.step()
            """,
        "train_latest.py": """
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
            scheduler = CosineAnnealingLR(optimizer, T_max=30)  # LR202
            for epoch in range(5):
                for x in loader:
                    model(x).backward()
                    optimizer.step()
                scheduler.step()
            """,
    },
}
STATES = {
    "the place in the schedule, put into the arguments of a configuration": {
        "trainer.py": """
            class Trainer:
                def __init__(self, config, model):
                    self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                    self.start = 0
                    if config["resume"]:
                        checkpoint = torch.load(config["resume"])
                        self.optimizer.load_state_dict(checkpoint["optimizer"])
                        self.start = checkpoint["epoch"]
                    if self.start > 0:
                        config["schedule"]["last_epoch"] = self.start
                    self.scheduler = CosineAnnealingLR(self.optimizer, **config["schedule"])

                def save(self):
                    return {"optimizer": self.optimizer.state_dict(), "scheduler": self.scheduler.state_dict()}

                def train(self, epochs):
                    for epoch in range(self.start, epochs):
                        for x in loader:
                            model(x).backward()
                            self.optimizer.step()
                        self.scheduler.step()
            """,
        "other.py": """
            class Trainer:
                def __init__(self, config, model):
                    self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                    self.start = 0
                    if config["resume"]:
                        checkpoint = torch.load(config["resume"])
                        self.optimizer.load_state_dict(checkpoint["optimizer"])
                        self.start = checkpoint["epoch"]
                    config["schedule"]["T_max"] = config["epochs"]
                    self.scheduler = CosineAnnealingLR(self.optimizer, **config["schedule"])  # LR403

                def save(self):
                    return {"optimizer": self.optimizer.state_dict(), "scheduler": self.scheduler.state_dict()}

                def train(self, epochs):
                    for epoch in range(self.start, epochs):
                        for x in loader:
                            model(x).backward()
                            self.optimizer.step()
                        self.scheduler.step()
            """,
    },
    "a state that is put back after an LR range test": {
        "finder.py": """
            import copy

            class Finder:
                def __init__(self, model, optimizer):
                    self.model, self.optimizer = model, optimizer
                    self.kept = {"optimizer": copy.deepcopy(optimizer.state_dict())}

                def reset(self):
                    self.optimizer.load_state_dict(self.kept["optimizer"])

                def range_test(self, loader):
                    schedule = ExponentialLR(self.optimizer, 1.1)
                    for x in loader:
                        self.model(x).backward()
                        self.optimizer.step()
                        schedule.step()
            """,
    },
}
NUMBERS = {
    "numbers that are called epochs and iterations": {
        "train.py": """
            class Model:
                def __init__(self, net):
                    self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                    self.scheduler = StepLR(self.optimizer, 30)

                def train(self, epoch, loader):
                    self.scheduler.step(epoch - 1)  # LR601
                    for x in loader:
                        net(x).backward()
                        self.optimizer.step()
            """,
        "other.py": """
            def fit(loader, args, n):
                optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                scheduler = StepLR(optimizer, 30)
                for x in loader:
                    net(x).backward()
                    optimizer.step()
                    scheduler.step(n)
                scheduler.step(epoch=None)
            """,
    },
    "milestones that count epochs by their name": {
        "train.py": """
            def main(config):
                optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                scheduler = MultiStepLR(optimizer, config.lr_decay_epochs)
                for epoch in range(config.start, config.end):
                    for x in loader:
                        net(x).backward()
                        optimizer.step()
                        scheduler.step()  # LR103

            def by_iterations(config):
                optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                scheduler = MultiStepLR(optimizer, config.milestones)
                cosine = CosineAnnealingLR(optimizer, config.epochs * config.batches)
                for epoch in range(config.start, config.end):
                    for x in loader:
                        net(x).backward()
                        optimizer.step()
                        scheduler.step()
                        cosine.step()
            """,
        "trainer.py": """
            class Trainer:
                def __init__(self, cfg):
                    self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                    self.scheduler = CosineAnnealingLR(self.optimizer, T_max=cfg.max_epochs)

                def fit(self, n):
                    for epoch in range(n):
                        for x in loader:
                            net(x).backward()
                            self.optimizer.step()
                            self.scheduler.step()  # LR103
            """,
    },
    "thousands of epochs of a batch each": {
        "train.py": """
            optimizer = torch.optim.Adam([image], lr=0.1)
            scheduler = StepLR(optimizer, step_size=2000, gamma=0.5)
            for epoch in range(10000):
                for x in loader:
                    loss_of(x, image).backward()
                    optimizer.step()
                    scheduler.step()
            """,
        "cosine.py": """
            optimizer = torch.optim.Adam([image], lr=0.1)
            scheduler = CosineAnnealingLR(optimizer, T_max=10000)
            for epoch in range(10000):
                for x in loader:
                    loss_of(x, image).backward()
                    optimizer.step()
                    scheduler.step()
            """,
        "hundred.py": """
            optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
            scheduler = StepLR(optimizer, step_size=20, gamma=0.5)
            for epoch in range(100):
                for x in loader:
                    model(x).backward()
                    optimizer.step()
                    scheduler.step()  # LR103
            """,
    },
    "options that may come as a Namespace or as a dictionary": {
        "train.py": """
            import argparse

            class Model:
                def __init__(self, args):
                    self.args = args if isinstance(args, argparse.Namespace) else Options(args)

                def schedule(self, batches):
                    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                    return optimizer, OneCycleLR(optimizer, 0.1, total_steps=batches * self.args.epochs)

            parser = argparse.ArgumentParser()
            parser.add_argument("--epochs", type=int, default=3)
            args = parser.parse_args()
            loader = torch.utils.data.DataLoader(data)
            optimizer, scheduler = Model(args).schedule(len(loader))
            for epoch in range(args.epochs):
                for x in loader:
                    net(x).backward()
                    optimizer.step()
                scheduler.step()  # LR101
            """,
    },
    "a number of epochs where last_epoch stands, beside another schedule": {
        "train.py": """
            def train(args):
                optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                if args.schedule == "cos":
                    scheduler = CosineAnnealingLR(optimizer, args.epochs)
                else:
                    scheduler = StepLR(optimizer, 20, 0.5, args.epochs)  # LR403
                for epoch in range(args.epochs):
                    for x in loader:
                        net(x).backward()
                        optimizer.step()
                    scheduler.step()
            """,
    },
}
DRIVERS = {
    "a loop that only calls a method by which the LR is updated": {
        "train.py": """
            from trainer import Trainer

            trainer = Trainer(options)
            step = trainer.resume(options.path) if options.resume else 0
            while True:
                for x in loader:
                    trainer.update_learning_rate()
                    trainer.update(x)
            """,
        "trainer.py": """
            class Trainer:
                def __init__(self, options):
                    self.optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
                    self.scheduler = scheduler_of(options, self.optimizer)

                def update(self, x):
                    model(x).backward()
                    self.optimizer.step()

                def update_learning_rate(self):
                    if self.scheduler is not None:
                        self.scheduler.step()  # LR104

                def resume(self, path):
                    self.scheduler = scheduler_of(options, self.optimizer)
                    return 7

            def scheduler_of(options, optimizer):
                return None if options.policy == "constant" else StepLR(optimizer, 100)
            """,
    },
    "a method that only calls, in the loop over the epochs, of a class that nobody constructs": {
        "train.py": """
            class Trainer:
                def __init__(self, net, epochs):
                    self.net, self.epochs = net, epochs
                    self.optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
                    self.scheduler = CosineAnnealingLR(self.optimizer, T_max=epochs)

                def fit(self):
                    self.run()

                def run(self):
                    for epoch in range(self.epochs):
                        self.run_epoch()

                def run_epoch(self):
                    for x in loader:
                        self.net(x).backward()
                        self.optimizer.step()
                        self.scheduler.step()  # LR103
            """,
    },
    "the same loop in the right order": {
        "train.py": """
            from trainer import Trainer

            trainer = Trainer(options)
            for epoch in range(100):
                for x in loader:
                    trainer.update(x)
                trainer.update_learning_rate()
            """,
        "trainer.py": """
            class Trainer:
                def __init__(self, options):
                    self.optimizer = torch.optim.Adam(model.parameters(), lr=options.lr)
                    self.scheduler = CosineAnnealingLR(self.optimizer, 100)

                def update(self, x):
                    model(x).backward()
                    self.optimizer.step()

                def update_learning_rate(self):
                    self.scheduler.step()
            """,
    },
    "a scheduler built anew in one arm of an expression is the old one in the other": {
        "train.py": """
            optimizer = torch.optim.Adam(model.parameters(), lr=0.1)

            class Holder:
                def __init__(self):
                    self.scheduler = StepLR(optimizer, 10)

                def renew(self):
                    self.scheduler = None
                    return 1

            def main(options):
                holder = Holder()
                start = holder.renew() if options.without else 0
                for epoch in range(90):
                    if holder.scheduler is not None:
                        holder.scheduler.step()  # LR104
                    for x in loader:
                        model(x).backward()
                        optimizer.step()
            """,
    },
}
HELD_DOWN = {
    "groups that are kept at zero once a flag is up, before every update": {
        "train.py": """
            def train(args):
                optimizer = torch.optim.AdamW([{"params": one}, {"params": other}], lr=1e-4)
                scheduler = LambdaLR(optimizer, lambda step: 1.0)
                pivoted = False
                for epoch in range(args.epochs):
                    if args.with_text:
                        if epoch == args.text_epochs:
                            pivoted = True
                    for x in loader:
                        if pivoted:
                            optimizer.param_groups[1]["lr"] = 0.0
                        model(x).backward()
                        optimizer.step()
                        scheduler.step()
            """,
    },
}
TRAIN = """
            import argparse
            from torch.utils.data import DataLoader, Dataset
            from transformers import get_linear_schedule_with_warmup

            class Sentences(Dataset):
                def __len__(self):
                    return len(self.rows)

            def train(args):
                data = Sentences()
                loader = DataLoader(data, batch_size=args.batch_size, shuffle=True)
                optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
                {horizon}
                for epoch in range(args.epochs):
                    for step, x in enumerate(loader):
                        model(x).backward()
                        if (step + 1) % args.accumulation == 0:
                            optimizer.step()
                            scheduler.step()
                            optimizer.zero_grad()

            parser = argparse.ArgumentParser()
            parser.add_argument("--batch_size", type=int, default={batch_size})
            parser.add_argument("--accumulation", type=int, default=1)
            parser.add_argument("--epochs", type=int, default=3)
            train(parser.parse_args())
            """
SAMPLES = {
    name: {
        "train.py": TRAIN.format(
            horizon=f"scheduler = get_linear_schedule_with_warmup(optimizer, 0, {horizon})" + mark, batch_size=size
        )
    }
    for name, (horizon, size, mark) in {
        "a horizon in samples": ("len(data) * args.epochs", 16, "  # LR202"),
        "a horizon in samples over accumulation": ("len(data) // args.accumulation * args.epochs", 16, "  # LR202"),
        "a horizon in samples that are batches": ("len(data) // args.accumulation * args.epochs", 1, ""),
        "a horizon in samples over the size of a batch": (
            "len(data) // (args.batch_size * args.accumulation) * args.epochs",
            16,
            "",
        ),
    }.items()
}
FROM_MODULES = {
    "a class of a module that is imported by its name": {
        "train.py": """
            import importlib

            def train(config):
                optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
                schedules = importlib.import_module("torch.optim.lr_scheduler")
                scheduler = schedules.ReduceLROnPlateau(optimizer)
                for epoch in range(90):
                    for x in loader:
                        model(x).backward()
                        optimizer.step()
                    scheduler.step()  # LR301
            """,
    },
    "a group that is kept at zero from the start": {
        "train.py": """
            def train(args):
                optimizer = torch.optim.AdamW([{"params": one}, {"params": other}], lr=1e-4)
                scheduler = LambdaLR(optimizer, lambda step: 1.0)
                for epoch in range(args.epochs):
                    for x in loader:
                        optimizer.param_groups[1]["lr"] = 0.0
                        model(x).backward()
                        optimizer.step()
                        scheduler.step()
            """,
    },
    "every group set by hand": {
        "train.py": """
            def train(args):
                optimizer = torch.optim.AdamW([{"params": one}, {"params": other}], lr=1e-4)
                scheduler = LambdaLR(optimizer, lambda step: 1.0)
                for epoch in range(args.epochs):
                    for x in loader:
                        optimizer.param_groups[0]["lr"] = args.lr  # LR503
                        optimizer.param_groups[1]["lr"] = args.lr
                        model(x).backward()
                        optimizer.step()
                        scheduler.step()
            """,
    },
}
ALL = {
    **NUMBERS,
    **STATES,
    **TESTS,
    **LEFT_OVER,
    **NOBODY_CONSTRUCTS,
    **OWN_SCHEDULES,
    **IMPORTS,
    **OUT_OF_VIEW,
    **METRICS,
    **ORDER,
    **DRIVERS,
    **SAMPLES,
    **FROM_MODULES,
    **HELD_DOWN,
}


@pytest.mark.parametrize("files", [pytest.param(files, id=name) for name, files in ALL.items()])
def test_a_shape_has_exactly_the_findings_that_it_expects(files: dict[str, str], check_files: CheckFiles) -> None:
    """File, line and code."""
    texts = {name: HEADER + dedent(text) for name, text in files.items()}
    expected = [
        (name, line, code)
        for name, text in sorted(texts.items())
        for line, content in enumerate(text.splitlines(), 1)
        for code in re.findall(r"# (LR\d+)", content)
    ]
    found = [(Path(one.location.path).name, one.location.line, one.code) for one in check_files(texts)]
    assert found == expected


def test_a_piece_of_code_needs_no_imports(check_files: CheckFiles) -> None:
    """torch is torch, also where a listing or a notebook cell leaves its import out."""
    text = """\
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 50)
for epoch in range(50):
    for x in loader:
        model(x).backward()
        optimizer.step()
"""
    assert [(one.location.line, one.code) for one in check_files({"train.py": text})] == [(2, "LR105")]


RESUMED = """
if resume:
    checkpoint = torch.load("last.pth")
    optimizer.load_state_dict(checkpoint["optimizer"])
    start = checkpoint["epoch"]
else:
    start = 0
for epoch in range({start}, 90):
    for x in loader:
        model(x).backward()
        optimizer.step()
    scheduler.step({metric})
    torch.save({{"epoch": epoch + 1, "optimizer": optimizer.state_dict()}}, "last.pth")
"""
NUMBERED = """
start = 0
if args.checkpoint is not None:
    path = f"{{args.checkpoint}}.pth"
    if os.path.exists(path):
        optimizer.load_state_dict(torch.load(path)["optimizer"])
        start = args.checkpoint
    else:
        print("not found")
for epoch in range({start}, 90):
    for x in loader:
        model(x).backward()
        optimizer.step()
    scheduler.step({metric})
    torch.save({{"optimizer": optimizer.state_dict()}}, f"{{epoch + 1}}.pth")
"""
COUNTED = """
start = 1
if resume:
    checkpoint = torch.load("last.pth")
    optimizer.load_state_dict(checkpoint["optimizer"])
    start = checkpoint["epoch"]
epoch = {start}
while epoch < 90:
    for x in loader:
        model(x).backward()
        optimizer.step()
    scheduler.step({metric})
    epoch += 1
    torch.save({{"epoch": epoch, "optimizer": optimizer.state_dict()}}, "last.pth")
"""


@pytest.mark.parametrize("loop", [RESUMED, NUMBERED, COUNTED], ids=["range", "number", "while"])
@pytest.mark.parametrize(
    ("scheduler", "start", "metric", "confidence"),
    [
        pytest.param("StepLR(optimizer, 30)", "start", "", Confidence.PROVEN, id="the run goes on"),
        pytest.param("StepLR(optimizer, 30)", "0", "", Confidence.LIKELY, id="the epochs begin again"),
        pytest.param("ReduceLROnPlateau(optimizer)", "start", "loss", Confidence.LIKELY, id="only counters are lost"),
    ],
)
def test_how_sure_a_lost_schedule_is(
    loop: str, scheduler: str, start: str, metric: str, confidence: Confidence, check_files: CheckFiles
) -> None:
    """LR401 is proven where a run goes on and its schedule begins again."""
    built = f"optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\nscheduler = {scheduler}\n"
    found = check_files({"train.py": HEADER + built + loop.format(start=start, metric=metric)})
    assert [(one.code, one.confidence) for one in found] == [("LR401", confidence)]
