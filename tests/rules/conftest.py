"""Code checked as `lrlint check` does it, given as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lrlint.check import check
from lrlint.config import Settings
from lrlint.findings import Finding

CheckText = Callable[[str], "tuple[Finding, ...]"]
CheckFiles = Callable[[Mapping[str, str]], "tuple[Finding, ...]"]


@pytest.fixture
def check_text() -> CheckText:
    """The findings in one script."""

    def findings(text: str) -> tuple[Finding, ...]:
        report = check(["-"], Settings(select=("LR",)), text.encode())
        assert not report.problems
        return report.findings

    return findings


@pytest.fixture
def check_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CheckFiles:
    """The findings in a folder of files, given by their paths in it."""

    def findings(files: Mapping[str, str]) -> tuple[Finding, ...]:
        monkeypatch.chdir(tmp_path)
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        report = check(["."], Settings(select=("LR",)))
        assert not report.problems
        return report.findings

    return findings
