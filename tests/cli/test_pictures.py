"""`lrlint logs --html` and `--plot`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import ENVIRONMENT, LOGS, Run

NAN = f"{LOGS}/faulty/nan"


def test_both_are_written_beside_the_usual_output(lrlint: Run, tmp_path: Path) -> None:
    """Text and exit code are those of a run without pictures."""
    plain = lrlint("logs", NAN)
    html, plots = tmp_path / "report.html", tmp_path / "new" / "plots"
    run = lrlint("logs", NAN, "--html", str(html), "--plot", str(plots), MPLCONFIGDIR=str(tmp_path))
    assert run.returncode == plain.returncode == 1
    assert run.stdout.rpartition(b", ")[0] == plain.stdout.rpartition(b", ")[0]
    assert run.stderr == b""
    assert "faulty/" in html.read_text()
    assert sorted(path.suffix for path in plots.iterdir()) == [".png", ".svg"]


def test_a_place_that_cannot_be_written_is_named(lrlint: Run, tmp_path: Path) -> None:
    """With exit code 2: what was asked for is not there."""
    file = tmp_path / "file"
    file.write_text("")
    for option, place in (("--html", f"{tmp_path}/no/report.html"), ("--plot", f"{file}/plots")):
        run = lrlint("logs", NAN, option, place, MPLCONFIGDIR=str(tmp_path))
        assert (run.returncode, run.stdout) == (2, b"")
        assert run.stderr.startswith(b"Error: " + place.encode() + b": cannot write: ")


def test_without_pictures_nothing_is_loaded_for_them() -> None:
    """Templates and plots cost time that nobody asked for."""
    code = f"""
import sys
from lrlint.cli import main
main(["logs", {NAN!r}, "--format", "json"])
print(sorted({{"jinja2", "matplotlib", "lrlint.logs.picture", "rich"}} & set(sys.modules)), file=sys.stderr)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, env=ENVIRONMENT, check=True)
    assert run.stderr == b"[]\n"


def test_plots_without_matplotlib_say_what_to_install() -> None:
    """Before anything is read."""
    code = f"""
import sys
sys.modules["matplotlib"] = None
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name == "matplotlib" else find(name, package)
from lrlint.cli import main
sys.exit(main(["logs", {NAN!r}, "--plot", "nowhere"]))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, env=ENVIRONMENT, check=False)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr == b"Error: --plot needs matplotlib: pip install 'lrlint[plots]'\n"
