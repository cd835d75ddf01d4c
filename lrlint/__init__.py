"""lrlint: finds learning-rate-scheduler bugs in PyTorch training code and in training logs."""

__version__ = "0.1.0"
