"""Hugging Face's trainer_state.json: every checkpoint repeats the history, so the last one is the run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source, failed, open_text
from lrlint.logs.rows import fill

_CHECKPOINT = r"checkpoint-(\d+)"
_HISTORY = r'"log_history"\s*:\s*\['


class HuggingFaceReader(Reader):
    """The folder that holds the checkpoints is the run."""

    format = "huggingface"

    def named(self, name: str) -> bool:
        """The file's fixed name."""
        return name == "trainer_state.json"

    def claims(self, candidate: Candidate) -> bool:
        """By the name, or by a history under its key."""
        return self.named(candidate.name) or (
            candidate.head.lstrip()[:1] == b"{" and b'"log_history"' in candidate.head
        )

    def run_of(self, path: str) -> str:
        """The folder of the run: that of the file, or the one around its checkpoint."""
        folder, name = os.path.split(os.path.dirname(path))
        return (folder or ".") if re.fullmatch(_CHECKPOINT, name) else os.path.dirname(path) or "."

    def ordered(self, files: Sequence[str]) -> tuple[str, ...]:
        """The newest file alone: the run's own state, written at its end, or that of the last checkpoint."""
        return (max(files, key=_age),)

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run, with the trainer's counts and intervals as hyperparameters."""
        recording = Recording()
        path = source.files[0]
        try:
            with open_text(path) as file:
                text = file.read()
        except OSError as error:
            recording.problems.append(failed(path, error))
        else:
            state = _state(path, text, recording.problems)
            history = state.get("log_history")
            rows = [row for row in history if isinstance(row, dict)] if isinstance(history, list) else []
            fill(recording, rows, settings)
            recording.hyperparameters = {k: v for k, v in state.items() if isinstance(v, (int, float, str))}
            if not recording.series and not recording.problems:
                recording.problems.append(Problem(path, "the log history is empty", lost=False))
        yield recording


READER = HuggingFaceReader()


def _age(path: str) -> tuple[float, int]:
    """How late in the run a state was written."""
    checkpoint = re.fullmatch(_CHECKPOINT, os.path.basename(os.path.dirname(path)))
    return (float(checkpoint[1]), 0) if checkpoint else (float("inf"), 1)


def _state(path: str, text: str, problems: list[Problem]) -> Mapping[str, object]:
    """The trainer's state; of a file that breaks off, as much of the history as is whole."""
    import json  # as late as in jsonl.py

    try:
        state = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        rows = list(_whole_rows(text))
        problems.append(Problem(path, f"no whole JSON: {len(rows)} rows of the history could be read", line))
        return {"log_history": rows}
    if isinstance(state, dict):
        return state
    problems.append(Problem(path, "not the state of a trainer"))
    return {}


def _whole_rows(text: str) -> Iterator[object]:
    from json import JSONDecoder

    decode = JSONDecoder().raw_decode
    history = re.search(_HISTORY, text)
    at = text.find("{", history.end()) if history else -1
    while at >= 0:
        try:
            row, end = decode(text, at)
        except (ValueError, RecursionError):
            return
        yield row
        rest = text[end : end + 200].lstrip()
        at = text.find("{", end) if rest.startswith(",") else -1
