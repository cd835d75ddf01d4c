"""What holds for all tests."""

from __future__ import annotations

import os
import signal

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
"""In a gate the same examples every time: what random ones find is found at the desk, and becomes a test."""
if os.environ.get("CI"):
    settings.load_profile("ci")

# A shell lets its background jobs ignore Ctrl-C, and so would every program that the tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
