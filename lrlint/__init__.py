"""lrlint: finds learning-rate-scheduler bugs in PyTorch training code and in training logs."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing would cost as much as starting Python
if TYPE_CHECKING:
    from lrlint.logs import read_runs as read_runs

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """`read_runs`, imported when it is first asked for: `lrlint check` must not load NumPy."""
    if name != "read_runs":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from lrlint.logs import read_runs

    return read_runs
