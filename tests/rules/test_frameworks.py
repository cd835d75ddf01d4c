"""Where a framework does the stepping: silence for what it owns, and the same shape with the bug still found."""

from __future__ import annotations

from collections.abc import Callable

from lrlint.findings import Finding

CheckText = Callable[[str], "tuple[Finding, ...]"]

ACCELERATED = """\
import math

import torch
from accelerate import Accelerator
from transformers import get_scheduler


def main(args):
    accelerator = Accelerator(gradient_accumulation_steps=args.accum)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    updates = args.epochs * math.ceil(len(loader) / args.accum)
    lr_scheduler = get_scheduler("cosine", optimizer=optimizer, num_warmup_steps=0, num_training_steps=updates)
    {prepared} = accelerator.prepare({given})
    for epoch in range(args.epochs):
        for step, batch in enumerate(train_loader):
            with accelerator.accumulate(net):
                accelerator.backward(net(batch))
                optimizer.step()
                lr_scheduler.step()
                optimizer.zero_grad()
"""
NOISE = """\
import torch
from diffusers import DDPMScheduler
from torch.optim.lr_scheduler import CosineAnnealingLR

noise_scheduler = DDPMScheduler(num_train_timesteps=1000)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
lr_scheduler = CosineAnnealingLR(optimizer, T_max={horizon})
for epoch in range(epochs):
    for batch in loader:
        optimizer.zero_grad()
        loss(model(batch)).backward()
        optimizer.step()
        lr_scheduler.step()
    for t in noise_scheduler.timesteps:
        sample = noise_scheduler.step(model(sample, t), t, sample).prev_sample
"""


def test_accelerate_steps_what_it_has_prepared(check_text: CheckText) -> None:
    """A prepared scheduler moves with the updates, wherever its step() stands."""
    text = ACCELERATED.format(
        prepared="net, optimizer, train_loader, lr_scheduler", given="model, optimizer, loader, lr_scheduler"
    )
    assert check_text(text) == ()


def test_a_scheduler_left_out_of_prepare_is_stepped_on_every_batch(check_text: CheckText) -> None:
    """The same loop, and the scheduler is the program's own: LR102."""
    (finding,) = check_text(
        ACCELERATED.format(prepared="net, optimizer, train_loader", given="model, optimizer, loader")
    )
    assert (finding.code, finding.location.line, finding.location.column) == ("LR102", 19, 17)
    assert (finding.promised, finding.delivered) == ("args.epochs·len(loader)/args.accum", "args.epochs·len(loader)")


def test_a_noise_scheduler_is_no_lr_scheduler(check_text: CheckText) -> None:
    """Its steps are not counted, neither with a right horizon of the LR's schedule beside it …"""
    assert check_text(NOISE.format(horizon="epochs * len(loader)")) == ()


def test_a_wrong_horizon_beside_a_noise_scheduler(check_text: CheckText) -> None:
    """… nor with a wrong one, which is found all the same."""
    (finding,) = check_text(NOISE.format(horizon="epochs"))
    assert (finding.code, finding.location.line, finding.delivered) == ("LR103", 13, "epochs·len(loader)")
