"""Which classes are optimizers, and what schedules need to know of them."""

from __future__ import annotations

from lrlint.namedtuples import NamedTuple


class Optimizer(NamedTuple):
    """An optimizer as a schedule sees it.

    `lr` is the default of its learning rate, None where it has none or is not known. `cycles_momentum` tells
    whether OneCycleLR and CyclicLR can cycle its momentum (it has `momentum` or `betas`), None if unknown.
    """

    name: str
    lr: float | None = None
    cycles_momentum: bool | None = None


_TORCH = (
    Optimizer("ASGD", 1e-2, cycles_momentum=False),
    Optimizer("Adadelta", 1.0, cycles_momentum=False),
    Optimizer("Adafactor", 1e-2, cycles_momentum=False),
    Optimizer("Adagrad", 1e-2, cycles_momentum=False),
    Optimizer("Adam", 1e-3, cycles_momentum=True),
    Optimizer("AdamW", 1e-3, cycles_momentum=True),
    Optimizer("Adamax", 2e-3, cycles_momentum=True),
    Optimizer("LBFGS", 1.0, cycles_momentum=False),
    Optimizer("Muon", 1e-3, cycles_momentum=True),
    Optimizer("NAdam", 2e-3, cycles_momentum=True),
    Optimizer("RAdam", 1e-3, cycles_momentum=True),
    Optimizer("RMSprop", 1e-2, cycles_momentum=True),
    Optimizer("Rprop", 1e-2, cycles_momentum=False),
    Optimizer("SGD", 1e-3, cycles_momentum=True),
    Optimizer("SparseAdam", 1e-3, cycles_momentum=True),
)

_BY_QUALIFIED_NAME = {
    **{f"torch.optim.{optimizer.name}": optimizer for optimizer in _TORCH},
    **{f"torch.optim.{optimizer.name.lower()}.{optimizer.name}": optimizer for optimizer in _TORCH},
    "torch.optim.sparse_adam.SparseAdam": Optimizer("SparseAdam", 1e-3, cycles_momentum=True),
    "transformers.AdamW": Optimizer("AdamW", 1e-3, cycles_momentum=True),
    "transformers.optimization.AdamW": Optimizer("AdamW", 1e-3, cycles_momentum=True),
    "transformers.Adafactor": Optimizer("Adafactor", None, cycles_momentum=False),
    "transformers.optimization.Adafactor": Optimizer("Adafactor", None, cycles_momentum=False),
    "pytorch_transformers.AdamW": Optimizer("AdamW", 1e-3, cycles_momentum=True),
    "pytorch_transformers.optimization.AdamW": Optimizer("AdamW", 1e-3, cycles_momentum=True),
    "pytorch_pretrained_bert.BertAdam": Optimizer("BertAdam", None, cycles_momentum=False),
    "pytorch_pretrained_bert.optimization.BertAdam": Optimizer("BertAdam", None, cycles_momentum=False),
    "timm.optim.create_optimizer": Optimizer("create_optimizer"),
    "timm.optim.create_optimizer_v2": Optimizer("create_optimizer_v2"),
    "timm.optim.optim_factory.create_optimizer": Optimizer("create_optimizer"),
    "timm.optim.optim_factory.create_optimizer_v2": Optimizer("create_optimizer_v2"),
}

_PACKAGES = (
    "apex.optimizers.",
    "bitsandbytes.optim.",
    "deepspeed.ops.adam.",
    "timm.optim.",
    "torch_optimizer.",
)
"""Packages whose classes are optimizers, known by no more than that."""

_NOT_OPTIMIZERS = ("Manager", "OptimInfo")


def optimizer_by_qualified_name(name: str) -> Optimizer | None:
    """The optimizer that `name` imports (`torch.optim.AdamW`), None if it is none or not known as one."""
    known = _BY_QUALIFIED_NAME.get(name)
    if known is not None:
        return known
    last = name.rpartition(".")[2]
    if name.startswith(_PACKAGES) and last[:1].isupper() and not last.endswith(_NOT_OPTIMIZERS):
        return Optimizer(last)
    return None


def optimizer_names() -> tuple[str, ...]:
    """Every dotted name by which a known optimizer can be imported."""
    return tuple(_BY_QUALIFIED_NAME)
