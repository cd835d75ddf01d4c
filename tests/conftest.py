"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
"""In a gate the same examples every time: what random ones find is found at the desk, and becomes a test."""
if os.environ.get("CI"):
    settings.load_profile("ci")
