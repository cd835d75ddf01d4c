"""Exit codes and the mistakes that lead to 2: one line each, never a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from lrlint import __version__
from tests.cli.conftest import ENVIRONMENT, LOGS, LRLINT, Run

FAULTY = f"{LOGS}/faulty/nan"
HEALTHY = f"{LOGS}/healthy/constant"


def test_0_where_nothing_is_found(lrlint: Run) -> None:
    """Standard error stays empty."""
    run = lrlint("logs", HEALTHY)
    assert (run.returncode, run.stderr) == (0, b"")


def test_1_where_something_is_found(lrlint: Run) -> None:
    """In every format."""
    for format in ("text", "json", "github", "sarif"):
        run = lrlint("logs", FAULTY, "--format", format)
        assert (run.returncode, run.stderr, b"RUN101" in run.stdout) == (1, b"", True)


def test_2_wins_where_something_was_lost_and_the_rest_is_reported(lrlint: Run) -> None:
    """A gate must not read findings into a run that did not see everything."""
    run = lrlint("logs", FAULTY, "nowhere")
    assert run.returncode == 2
    assert b"RUN101" in run.stdout
    assert b"nowhere: not read: no such file or folder\n" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["logs", HEALTHY, "--select", "RUN11"], "--select: unknown code 'RUN11', did you mean 'RUN101'?"),
        (["logs", HEALTHY, "--ignore", "RUN101,XYZ"], "--ignore: unknown code 'XYZ'"),
        (["logs", HEALTHY, "--select", "LR101"], "--select: 'LR101' is for lrlint check, not for lrlint logs"),
        (["check", "--ignore", "RUN1", "a.py"], "--ignore: 'RUN1' is for lrlint logs, not for lrlint check"),
        (["rule", "RUN11"], "unknown code 'RUN11', did you mean 'RUN101'?"),
        (["logs", HEALTHY, "--config", "nowhere.toml"], "nowhere.toml: No such file or directory"),
        (["logs", HEALTHY, "--config", "x", "--isolated"], "--config and --isolated exclude each other"),
        (["logs", HEALTHY, "--output", "/nowhere/x"], "/nowhere/x: cannot write: No such file or directory"),
        (["logs", HEALTHY, "--format", "xml"], "'xml' is not one of 'text', 'json', 'github', 'sarif'."),
        (["logs", HEALTHY, "--output", LOGS], f"File '{LOGS}' is a directory."),
        (["lint"], "No such command 'lint'."),
    ],
)
def test_2_for_a_mistake_on_the_command_line(lrlint: Run, arguments: list[str], message: str) -> None:
    """The last line names it."""
    run = lrlint(*arguments)
    assert run.returncode == 2
    assert run.stdout == b""
    assert run.stderr.decode().splitlines()[-1].endswith(message)
    assert b"Traceback" not in run.stderr


def test_2_for_a_mistake_in_the_configuration(lrlint: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found from the working directory; codes of the other half are none of this command's business."""
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text('[tool.lrlint]\nselect = ["LR999"]')
    assert lrlint("logs", "empty").stderr == b""
    Path("pyproject.toml").write_text('[tool.lrlint]\nselect = ["RUN9"]')
    run = lrlint("logs", "empty")
    assert run.returncode == 2
    assert run.stderr.startswith(
        f"Error: {tmp_path}/pyproject.toml: tool.lrlint.select: unknown code 'RUN9', did ".encode()
    )
    Path("other.toml").write_text('[tool.lrlint]\nper-file-ignores = { "a.py" = ["X"] }')
    run = lrlint("logs", "empty", "--config", "other.toml")
    assert run.returncode == 2
    assert run.stderr.startswith(b"Error: other.toml: tool.lrlint.per-file-ignores.a.py: unknown code 'X'")
    Path("pyproject.toml").write_text("[tool.lrlint]\nselekt = []")
    run = lrlint("logs", "empty")
    assert run.returncode == 2
    assert run.stderr.endswith(b"pyproject.toml: tool.lrlint: unknown key 'selekt', did you mean 'select'?\n")


def test_130_on_interrupt_with_one_line(tmp_path: Path) -> None:
    """Reading a pipe that never ends is the longest work there is."""
    with subprocess.Popen(
        [*LRLINT, "check", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdin is not None
        # It is known to wait for input once it has taken in more than a pipe can hold.
        process.stdin.write(b"#" * 300_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr.splitlines()[-1]) == (130, b"lrlint: interrupted")
    assert b"Traceback" not in stderr


def test_a_reader_that_leaves_early_is_no_error() -> None:
    """`lrlint logs | head -1` ends quietly, with the exit code that the findings deserve."""
    leader, follower = os.pipe()
    os.close(leader)
    run = subprocess.run(
        [*LRLINT, "logs", FAULTY], stdout=follower, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False
    )
    os.close(follower)
    assert (run.returncode, run.stderr) == (1, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_2_where_standard_output_cannot_be_written() -> None:
    """A full disk is not a defect of lrlint."""
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            [*LRLINT, "logs", FAULTY], stdout=full, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False
        )
    assert (run.returncode, run.stderr) == (2, b"Error: standard output: cannot write: No space left on device\n")


@pytest.mark.skipif(os.name != "posix", reason="a shell of Unix")
@pytest.mark.parametrize("arguments", [["logs", FAULTY], ["logs", FAULTY, "--format", "json"], ["check", LOGS]])
def test_streams_that_the_shell_closed(arguments: list[str]) -> None:
    """Nobody has asked for what goes to standard error; that the report cannot be written is an error."""

    def closed(stream: str) -> subprocess.CompletedProcess[bytes]:
        command = ["sh", "-c", f'exec "$@" {stream}>&-', "sh", *LRLINT, *arguments]
        return subprocess.run(command, capture_output=True, env=ENVIRONMENT, check=False)

    report = closed("2")
    assert (report.returncode, report.stdout != b"") == (1 if "logs" in arguments else 0, True)
    run = closed("1")
    assert (run.returncode, run.stderr) == (2, b"Error: standard output: cannot write: Bad file descriptor\n")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a working directory cannot be deleted")
@pytest.mark.parametrize("arguments", [["logs"], ["logs", "--no-cache", FAULTY], ["check", LOGS]], ids=" ".join)
def test_2_where_the_working_directory_is_gone(tmp_path: Path, arguments: list[str]) -> None:
    """As after `git checkout` or `rm -r` in another terminal."""
    gone = tmp_path / "gone"
    gone.mkdir()
    run = subprocess.run(
        ["sh", "-c", 'rmdir "$PWD"; exec "$@"', "sh", *LRLINT, *arguments],
        cwd=gone, capture_output=True, env=ENVIRONMENT, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr == b"Error: the working directory: No such file or directory\n"


def test_version_and_help(lrlint: Run) -> None:
    """`-h` works on the command and on every subcommand."""
    assert lrlint("--version").stdout == f"lrlint {__version__}\n".encode()
    for arguments in ([], ["check"], ["logs"], ["rule"]):
        run = lrlint(*arguments, "-h")
        assert (run.returncode, run.stdout[:6]) == (0, b"Usage:")
