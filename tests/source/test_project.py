"""Modules find each other as Python would: packages, src layouts, relative imports, re-exports, circles."""

from __future__ import annotations

from pathlib import Path

import pytest

from lrlint.check import check
from lrlint.config import Settings

BUILD = """
from torch.optim.lr_scheduler import OneCycleLR

def build(optimizer, epochs, loader):
    return OneCycleLR(optimizer, 0.1, epochs=epochs, steps_per_epoch=len(loader))
"""
FIT = """
{importing}
import torch

def main(epochs, data):
    loader = torch.utils.data.DataLoader(data, 8)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    scheduler = {name}(optimizer, epochs, loader)
    for epoch in range(epochs):
        for x in loader:
            optimizer.step()
        scheduler.step()
"""


def lines_found(folder: Path, files: dict[str, str], *targets: str) -> list[tuple[str, int, str]]:
    """`(file, line, code)` of what is found in a folder with these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    report = check([str(folder / target) for target in targets or (".",)], Settings())
    assert not report.problems
    return [
        (Path(one.location.path).relative_to(folder).as_posix(), one.location.line, one.code) for one in report.findings
    ]


@pytest.mark.parametrize(
    ("importing", "name"),
    [
        ("from schedules import build", "build"),
        ("from schedules import build as make", "make"),
        ("import schedules", "schedules.build"),
        ("import schedules as s", "s.build"),
        ("from schedules import *", "build"),
    ],
)
def test_a_module_beside_it(tmp_path: Path, importing: str, name: str) -> None:
    """In every spelling."""
    files = {"schedules.py": BUILD, "fit.py": FIT.format(importing=importing, name=name)}
    assert lines_found(tmp_path, files) == [("fit.py", 12, "LR101")]


@pytest.mark.parametrize(
    ("fit", "importing", "name"),
    [
        ("app/fit.py", "from app.optim.schedules import build", "build"),
        ("app/fit.py", "from .optim.schedules import build", "build"),
        ("app/fit.py", "from .optim import schedules", "schedules.build"),
        ("app/fit.py", "from . import optim", "optim.schedules.build"),
        ("app/fit.py", "import app.optim.schedules", "app.optim.schedules.build"),
        ("app/engine/fit.py", "from ..optim.schedules import build", "build"),
        ("train.py", "from app.optim.schedules import build", "build"),
        ("tools/train.py", "from app.optim.schedules import build", "build"),
    ],
)
@pytest.mark.parametrize("layout", ["", "src/"], ids=["flat", "src"])
def test_a_module_of_a_package(tmp_path: Path, layout: str, fit: str, importing: str, name: str) -> None:
    """Absolute and relative, from inside and outside, flat and below src/."""
    top = layout if fit.startswith("app") else ""
    files = {
        "pyproject.toml": "",
        f"{layout}app/__init__.py": "",
        f"{layout}app/engine/__init__.py": "",
        f"{layout}app/optim/__init__.py": "",
        f"{layout}app/optim/schedules.py": BUILD,
        f"{top}{fit}": FIT.format(importing=importing, name=name),
    }
    assert lines_found(tmp_path, files) == [(f"{top}{fit}", 12, "LR101")]


def test_a_name_that_a_package_passes_on(tmp_path: Path) -> None:
    """`from .schedules import build` in an `__init__.py`, under another name, twice."""
    files = {
        "app/__init__.py": "from .optim import make",
        "app/optim/__init__.py": "from .schedules import build as make",
        "app/optim/schedules.py": BUILD,
        "fit.py": FIT.format(importing="from app import make", name="make"),
    }
    assert lines_found(tmp_path, files) == [("fit.py", 12, "LR101")]


def test_modules_that_import_each_other(tmp_path: Path) -> None:
    """A circle ends."""
    files = {
        "schedules.py": "import fit\n" + BUILD,
        "fit.py": FIT.format(importing="import schedules", name="schedules.build"),
        "one.py": "from two import f",
        "two.py": "from one import f",
    }
    assert lines_found(tmp_path, files) == [("fit.py", 12, "LR101")]


def test_a_file_that_is_not_asked_for_is_read_and_not_reported(tmp_path: Path) -> None:
    """What it says counts; its own bugs are for another time."""
    plateau = "\nimport torch\ns = torch.optim.lr_scheduler.ReduceLROnPlateau(opt)\nfor e in range(9):\n    s.step()\n"
    files = {
        "schedules.py": BUILD + plateau,
        "fit.py": FIT.format(importing="from schedules import build", name="build"),
    }
    assert lines_found(tmp_path, files, "fit.py") == [("fit.py", 12, "LR101")]
    assert lines_found(tmp_path, files) == [("fit.py", 12, "LR101"), ("schedules.py", 10, "LR301")]


def test_two_scripts_that_share_nothing_are_two_programs(tmp_path: Path) -> None:
    """A module of the same name in another folder is another module."""
    files = {
        "a/schedules.py": BUILD,
        "a/fit.py": FIT.format(importing="from schedules import build", name="build"),
        "b/schedules.py": BUILD.replace("epochs=epochs, steps_per_epoch=len(loader)", "total_steps=epochs"),
        "b/fit.py": FIT.format(importing="from schedules import build", name="build"),
    }
    assert lines_found(tmp_path, files) == [("a/fit.py", 12, "LR101")]


def test_a_library_that_is_not_there_is_unknown(tmp_path: Path) -> None:
    """And unknown is silent."""
    files = {"fit.py": FIT.format(importing="from elsewhere.schedules import build", name="build")}
    assert lines_found(tmp_path, files) == []
