"""`lrlint logs --follow` beside trainers at work, each in a process of its own."""

from __future__ import annotations

import json
import os
import pty
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import ENVIRONMENT, LRLINT, Run

SECONDS = 60.0
"""For which a test waits at most."""

TENSORBOARD_WRITER = """
import sys
from torch.utils.tensorboard import SummaryWriter
writer = SummaryWriter(sys.argv[1], flush_secs=1)
for line in sys.stdin:
    for step in range(*map(int, line.split())):
        writer.add_scalar("train/loss", float("nan") if step >= 100 else 3 / (step + 1), step)
        writer.add_scalar("lr", 0.1, step)
    writer.flush()
    print("written", flush=True)
"""


class Following:
    """A command that follows, and its lines as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def until(self, text: str) -> list[str]:
        """The lines up to one with `text` in it."""
        found: list[str] = []
        while not found or text not in found[-1]:
            found.append(self.lines.get(timeout=SECONDS))
        return found

    def end(self, by: signal.Signals) -> tuple[int, list[str], str]:
        """The exit code, the lines left and the errors once `by` is sent."""
        self.process.send_signal(by)
        assert self.process.stderr is not None
        errors = self.process.stderr.read()
        code = self.process.wait(timeout=SECONDS)
        self.reader.join(SECONDS)
        return code, list(self.lines.queue), errors


@pytest.fixture
def follow() -> Iterator[Callable[..., Following]]:
    """Start `lrlint logs --follow` with further arguments."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> Following:
        command = [*LRLINT, "logs", "--follow", "--isolated", *arguments]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, env=ENVIRONMENT, stdout=pipe, stderr=pipe, text=True))
        return Following(started[-1])

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_findings_are_told_while_a_trainer_writes(follow: Callable[..., Following], tmp_path: Path) -> None:
    """TensorBoard's own writer: silence while all is well, then the finding, once; Ctrl-C sums up and exits with 1."""
    folder = tmp_path / "runs" / "one"
    folder.mkdir(parents=True)
    following = follow(str(tmp_path / "runs"), "--format", "json")
    with subprocess.Popen(
        [sys.executable, "-c", TENSORBOARD_WRITER, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=ENVIRONMENT,
    ) as trainer:  # fmt: skip
        assert trainer.stdin is not None
        assert trainer.stdout is not None
        trainer.stdin.write("0 90\n")
        trainer.stdout.readline()
        trainer.stdin.write("90 110\n")
        trainer.stdout.readline()
        *_, line = following.until('"finding"')
        finding = json.loads(line)["finding"]
        assert (finding["code"], finding["run"], finding["first_step"]) == ("RUN101", str(folder), 100)
        trainer.stdin.write("110 120\n")
        trainer.stdout.readline()
        (folder.parent / "two").mkdir()
        (folder.parent / "two" / "log.csv").write_text("step,loss\n1,2\n2,1\n3,nan\n4,nan\n")
        *_, line = following.until("two")
        assert json.loads(line)["finding"]["code"] == "RUN101"
        trainer.stdin.close()
    code, rest, errors = following.end(signal.SIGINT)
    assert (code, errors) == (1, "")
    summary = [json.loads(line) for line in rest]
    assert [(line["summary"]["runs"], line["summary"]["findings"]) for line in summary] == [(2, 2)]


def test_a_growing_csv_is_told_as_text(follow: Callable[..., Following], tmp_path: Path) -> None:
    """Under the name of its run; SIGTERM ends it like Ctrl-C."""
    log = tmp_path / "log.csv"
    log.write_text("step,loss\n1,2\n2,1\n")
    following = follow(str(log))
    with log.open("a") as file:
        file.write("3,nan\n4,nan\n")
    name, finding, *_ = following.until("help:")
    assert name == f"{log}:"
    assert finding.startswith("  RUN101 [error] loss, ")
    code, rest, errors = following.end(signal.SIGTERM)
    assert (code, errors) == (1, "")
    assert [line for line in rest if line][-1].startswith("Found 1 error (1 run in 1 file, ")


def test_without_findings_the_exit_code_is_0_and_with_unread_files_2(
    follow: Callable[..., Following], tmp_path: Path
) -> None:
    """As without --follow, for what holds at the end; what could not be read is named by then."""
    log = tmp_path / "log.csv"
    log.write_text("step,loss\n1,2\n2,1\n")
    absent = tmp_path / "absent.csv"
    fine, broken = follow(str(log)), follow(str(absent))
    assert broken.until("absent")[-1] == f"{absent}: not read: no such file or folder"
    assert broken.end(signal.SIGINT)[0] == 2
    code, rest, errors = fine.end(signal.SIGINT)
    assert (code, [line.split(" (")[0] for line in rest if line], errors) == (0, ["No findings"], "")


def test_a_series_that_no_run_has_is_told_until_it_comes(follow: Callable[..., Following], tmp_path: Path) -> None:
    """It may be logged for the first time later on; then the exit code is that of all else."""
    log = tmp_path / "log.jsonl"
    log.write_text("".join(f'{{"step": {step}, "loss": {9 - step}}}\n' for step in range(9)))
    following, late = (follow(str(log), "--lr-tag", name) for name in ("los", "eta"))
    sentence = "--lr-tag: not read: unknown series 'los', did you mean 'loss'?"
    assert following.until("los")[-1] == sentence
    late.until("eta")
    with log.open("a") as file:
        file.write('{"step": 9, "loss": 0, "eta": 0.1}\n{"step": 10, "loss": NaN, "eta": 0.1}\n')
    late.until("help:")
    assert (following.end(signal.SIGINT)[0], late.end(signal.SIGINT)[0]) == (2, 1)


def test_following_ends_when_nobody_reads_it_any_more(tmp_path: Path) -> None:
    """`lrlint logs --follow | head -1`."""
    log = tmp_path / "log.csv"
    log.write_text("step,loss\n1,2\n2,nan\n3,nan\n")
    reader, writer = os.pipe()
    os.close(reader)
    with subprocess.Popen([*LRLINT, "logs", "--follow", str(log)], env=ENVIRONMENT, stdout=writer) as process:
        os.close(writer)
        assert process.wait(timeout=SECONDS) == 1


@pytest.mark.parametrize(
    "options",
    [
        ["--format", "sarif"],
        ["--format", "github"],
        ["--html", "a.html"],
        ["--plot", "a"],
        ["--output", "a.txt"],
    ],
)
def test_what_is_written_at_the_end_does_not_go_with_follow(lrlint: Run, options: list[str]) -> None:
    """One clear line."""
    run = lrlint("logs", "--follow", *options)
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.decode().splitlines()[-1].startswith("Error: --follow ")


def test_a_terminal_is_told_that_silence_is_meant(tmp_path: Path) -> None:
    """And a pipe is not."""
    (tmp_path / "log.csv").write_text("step,loss\n1,2\n2,1\n")
    leader, follower = pty.openpty()
    command = [*LRLINT, "logs", "--follow", str(tmp_path)]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=follower, stderr=follower) as process:
        os.close(follower)
        shown = b""
        while b"\n" not in shown:
            shown += os.read(leader, 1000)
        assert shown == b"following 1 run in 1 file; Ctrl-C ends it\r\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=SECONDS) == 0
    os.close(leader)
