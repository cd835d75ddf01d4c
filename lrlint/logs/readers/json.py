"""One JSON document: a list of rows, or lists of numbers by name as Keras' History holds them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrlint.config import Settings
from lrlint.findings import Problem
from lrlint.logs.readers.base import Candidate, Reader, Recording, Source, failed, open_text
from lrlint.logs.roles import holds_a_log
from lrlint.logs.rows import Row, fill

_KEY = r'"([^"\\]+)"\s*:'
_LIST_KEY = r'"([^"\\]+)"\s*:\s*\[\s*(?:-?[\d.]|NaN|-?Infinity|null)'


class JsonReader(Reader):
    """One run per file."""

    format = "json"
    rank = 3

    def named(self, name: str) -> bool:
        """Files ending in .json."""
        return name.lower().endswith(".json")

    def claims(self, candidate: Candidate) -> bool:
        """Whether the document begins with a row, or with lists of numbers, of a training log."""
        text = candidate.head.decode("utf-8", "replace").lstrip()
        if re.match(r"\[\s*\{", text):
            return holds_a_log(re.findall(_KEY, text.split("}", 1)[0]), candidate.settings)
        return text.startswith("{") and holds_a_log(re.findall(_LIST_KEY, text), candidate.settings)

    def read(self, source: Source, settings: Settings) -> Iterator[Recording]:
        """The one run of the file."""
        import json  # as late as in jsonl.py

        recording = Recording()
        try:
            with open_text(source.path) as file:
                rows = _rows(json.load(file))
        except OSError as error:
            recording.problems.append(failed(source.path, error))
        except json.JSONDecodeError as error:
            recording.problems.append(Problem(source.path, f"no JSON: {error.msg}", error.lineno))
        except RecursionError:
            recording.problems.append(Problem(source.path, "no log: JSON nested too deeply"))
        else:
            fill(recording, rows, settings)
            if not recording.series:
                recording.problems.append(Problem(source.path, "holds no rows of numbers"))
        yield recording


READER = JsonReader()


def _rows(document: object) -> list[Row]:
    if isinstance(document, list):
        return [row for row in document if isinstance(row, dict)]
    if not isinstance(document, dict):
        return []
    columns = {name: values for name, values in document.items() if isinstance(values, list)}
    longest = max(map(len, columns.values()), default=0)
    return [
        {name: values[index] for name, values in columns.items() if index < len(values)} for index in range(longest)
    ]
