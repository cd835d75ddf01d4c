"""The conventions of trainers and loggers for the names of series."""

from __future__ import annotations

import pytest

from lrlint.config import Settings
from lrlint.logs import Role
from lrlint.logs.roles import role_of, step_column

NAMES = {
    Role.LR: "lr learning_rate learning-rate train/learning_rate lr-AdamW lr-AdamW/pg1 lr-SGD-1 x/lr0 lr/pg2 "
    "epoch_learning_rate train_lr Train/Samples/lr lr/AdamW/0 lr-AdamW/group0 LearningRate Learning_Rate LR optim_lr0",
    Role.LOSS: "loss train_loss train/loss epoch_loss total_loss loss_cls train/box_loss lm_loss trainLoss "
    "loss_metrics/global_avg_loss loss/train/total nll_loss train_loss_step Train/Samples/train_loss",
    Role.VALIDATION: "val_loss eval_loss eval/loss val/box_loss valid_loss test_loss lm-loss-validation Val_Loss "
    "testing_loss",
    Role.GRADIENT_NORM: "grad_norm train/grad_norm gnorm grad-norm gradient_norm grad_2.0_norm_total",
    Role.EPOCH: "epoch Epoch train/epoch epochs",
    Role.METRIC: "val_acc accuracy metrics/mAP50(B) test_acc1 train_ppl eval/f1 mAP@[IoU=0.5]",
    Role.OTHER: "lr-AdamW-momentum lr-AdamW-weight_decay base_lr final_lr start_lr peak_lr lr_mult lr_mul loss_scale "
    "lm-loss-vs-samples config.optimizer.kwargs.lr args.lr clr throughput eval_runtime step memory flossing",
}


@pytest.mark.parametrize("role", NAMES)
def test_names_of_every_convention(role: Role) -> None:
    """Lightning, Hugging Face, timm, Ultralytics, Keras, MMEngine, detectron2, fairseq, Megatron, torchtitan, …"""
    assert {name: role_of(name, "runs/a", Settings()) for name in NAMES[role].split()} == dict.fromkeys(
        NAMES[role].split(), role
    )


def test_a_loss_in_a_validation_run_is_a_validation_loss() -> None:
    """By the folder, unless the name says train; a folder that merely has `test` in its name says nothing."""
    folders = ("logs/validation", "logs/loss_val", "runs/test", "runs/test_run_3", "runs/train")
    roles = [role_of("epoch_loss", folder, Settings()) for folder in folders]
    assert roles == [Role.VALIDATION] * 3 + [Role.LOSS] * 2
    assert role_of("train/loss", "logs/validation", Settings()) is Role.LOSS


def test_the_finest_count_is_the_step() -> None:
    """Steps before epochs, whatever the order and the case of the columns."""
    assert step_column(["Epoch", "loss", "Step"], Settings()) == "Step"
    assert step_column(["epoch", "iteration"], Settings()) == "iteration"
    assert step_column(["loss"], Settings()) is None
    assert step_column(["loss", "step", "samples"], Settings(step_tag="samples")) == "samples"
    assert step_column(["loss", "step"], Settings(step_tag="samples")) == "step"
