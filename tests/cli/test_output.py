"""Where the output goes and what it looks like there: pipes, terminals, files, odd encodings."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lrlint.cli.group import COMMANDS
from tests.cli.conftest import ENVIRONMENT, FIXTURES, LOGS, LRLINT, Run, on_terminal

FAULTY = f"{LOGS}/faulty/nan"


def test_colour_is_for_terminals(lrlint: Run) -> None:
    """NO_COLOR turns it off there, FORCE_COLOR turns it on elsewhere, and a dumb terminal gets none."""
    terminal = [*LRLINT, "logs", FAULTY]
    assert "\x1b[" in on_terminal(terminal)
    assert "\x1b[" not in on_terminal(terminal, {**ENVIRONMENT, "NO_COLOR": "1"})
    assert "\x1b[" not in on_terminal(terminal, {**ENVIRONMENT, "TERM": "dumb"})
    assert b"\x1b[" not in lrlint("logs", FAULTY).stdout
    assert b"\x1b[" in lrlint("logs", FAULTY, FORCE_COLOR="1").stdout
    assert b"\x1b[" not in lrlint("logs", FAULTY, FORCE_COLOR="1", NO_COLOR="1").stdout


def test_machine_formats_are_never_coloured(lrlint: Run) -> None:
    """Whoever forces colour wants it for people."""
    assert b"\x1b[" not in lrlint("logs", FAULTY, "--format", "json", FORCE_COLOR="1").stdout


def test_an_output_file_gets_the_report_and_the_terminal_what_was_lost(lrlint: Run, tmp_path: Path) -> None:
    """Otherwise an exit code of 2 would have no explanation in the log of a CI job."""
    file = tmp_path / "out.json"
    run = lrlint("logs", FAULTY, "nowhere", "--format", "json", "--output", str(file))
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr == b"nowhere: not read: no such file or folder\n"
    assert [finding["code"] for finding in json.loads(file.read_text())["findings"]] == ["RUN101"]


def test_machine_formats_are_utf8_whatever_the_locale(lrlint: Run) -> None:
    """Text falls back to escapes that every locale can show."""
    assert "·".encode() in lrlint("logs", FAULTY, PYTHONIOENCODING="utf-8").stdout
    assert b"\\xb7" in lrlint("logs", FAULTY, PYTHONIOENCODING="ascii").stdout
    run = lrlint("logs", "größe", "--format", "json", PYTHONIOENCODING="ascii")
    assert json.loads(run.stdout.decode())["errors"][0]["path"] == "größe"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("format", ["text", "json", "github", "sarif"])
def test_paths_that_are_no_utf8_are_shown_escaped(lrlint: Run, format: str) -> None:
    """Such files exist, and their names must neither crash the output nor make it invalid."""
    run = lrlint("logs", b"no-\xff-such", "--format", format)
    assert (run.returncode, run.stderr) == (2, b"")
    assert {"sarif": b"no-%FF-such"}.get(format, b"no-\\udcff-such") in run.stdout
    if format in ("json", "sarif"):
        json.loads(run.stdout)


@pytest.mark.parametrize(
    ("format", "place"),
    [
        ("text", "(at byte {:,})"),
        ("json", '"offset": {}'),
        ("github", "(at byte {})"),
        ("sarif", '"byteOffset": {}'),
    ],
)
def test_the_byte_of_damage_is_named_once(lrlint: Run, tmp_path: Path, format: str, place: str) -> None:
    """Where the format has a place for it; the message only tells up to where bytes were lost."""
    (log,) = Path(f"{LOGS}/healthy/cosine").glob("*tfevents*")
    content = bytearray(log.read_bytes())
    start = content.index(b"train/loss", 5000)
    content[start] ^= 1
    (tmp_path / log.name).write_bytes(content)
    run = lrlint("logs", "--isolated", str(tmp_path), "--format", format)
    text = run.stdout.decode()
    (error,) = json.loads(lrlint("logs", str(tmp_path), "--format", "json").stdout)["errors"]
    offset = error["offset"]
    assert (run.returncode, text.count(place.format(offset))) == (2, 1)
    assert len(re.findall(rf"\b({offset}|{offset:,})\b", text)) == 1


SLOW = """
from lrlint.cli import progress
progress.PATIENCE = 0.0
with progress.Progress("reading runs") as bar:
    bar(1, 2)
    bar(2, 2)
"""


def test_a_progress_bar_is_drawn_on_a_terminal() -> None:
    """On standard error, so that a redirected report stays clean."""
    shown = on_terminal([sys.executable, "-c", SLOW])
    assert "reading runs" in shown
    assert "1/2" in shown or "2/2" in shown


def test_no_progress_bar_in_a_pipe_nor_for_quick_work() -> None:
    """Nothing at all is written, and rich is not even imported."""
    run = subprocess.run([sys.executable, "-c", SLOW], capture_output=True, env=ENVIRONMENT, check=True)
    assert run.stdout + run.stderr == b""
    quick = SLOW.replace("0.0", "60.0") + "import sys; print('rich' in sys.modules)"
    assert on_terminal([sys.executable, "-c", quick]).strip() == "False"


SLOW_CHECK = """
import sys
from lrlint.cli import main, progress
progress.PATIENCE = 0.0
main(["check", "--no-cache", *sys.argv[1:]])
"""


def test_a_long_check_has_a_progress_bar_on_a_terminal() -> None:
    """From the first file that is read to the last one followed; in a pipe nothing is written but the report."""
    command = [sys.executable, "-c", SLOW_CHECK, str(FIXTURES / "scripts" / "horizon_too_short")]
    shown = on_terminal(command)
    assert "reading files" in shown
    assert "following schedules" in shown
    run = subprocess.run(command, capture_output=True, env=ENVIRONMENT, check=True)
    assert run.stderr == b""
    assert b"reading files" not in run.stdout


def test_codes_are_selected_and_ignored_by_prefix(lrlint: Run) -> None:
    """In either case of letters, repeated or with commas."""

    def codes(*options: str) -> set[str]:
        document = json.loads(lrlint("logs", f"{LOGS}/faulty", "--isolated", "--format", "json", *options).stdout)
        return {finding["code"] for finding in document["findings"]}

    assert codes() == {"RUN101", "RUN102", "RUN202", "RUN203"}
    assert codes("--select", "run1") == {"RUN101", "RUN102"}
    assert codes("--select", "RUN1,RUN203", "--ignore", "RUN102") == {"RUN101", "RUN203"}
    assert codes("--ignore", "RUN1", "--ignore", "RUN203") == {"RUN202"}


def test_select_on_the_command_line_overrules_the_configuration(lrlint: Run, tmp_path: Path) -> None:
    """Whoever asks for a code by hand gets it; --ignore adds to what the file ignores."""
    config = tmp_path / "pyproject.toml"
    config.write_text('[tool.lrlint]\nselect = ["RUN1"]\nignore = ["RUN102"]\nexclude = ["nan/"]')

    def codes(*options: str) -> set[str]:
        run = lrlint("logs", f"{LOGS}/faulty", "--format", "json", "--config", str(config), *options)
        return {finding["code"] for finding in json.loads(run.stdout)["findings"]}

    assert codes() == {"RUN101"}
    assert codes("--select", "RUN102") == {"RUN102"}
    assert codes("--ignore", "RUN101") == set()


def test_completion_is_offered_to_shells(lrlint: Run) -> None:
    """As docs/command-line.md says."""
    for shell in ("bash", "zsh", "fish"):
        run = lrlint(_LRLINT_COMPLETE=f"{shell}_source")
        assert (run.returncode, b"_LRLINT_COMPLETE" in run.stdout) == (0, True)
    run = lrlint(COMP_WORDS="lrlint ", COMP_CWORD="1", _LRLINT_COMPLETE="bash_complete")
    assert run.stdout.split() == [b"plain," + name.encode() for name in COMMANDS]
