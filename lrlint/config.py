"""Settings: what `[tool.lrlint]` in pyproject.toml and the command line decide, checked and frozen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lrlint.namedtuples import NamedTuple
from lrlint.pyproject import MARK, nearest


class ConfigError(Exception):
    """A configuration that cannot be used. The message names the file, the key and what is wrong."""


class Settings(NamedTuple):
    """What one invocation is to do. (A named tuple because start-up pays five times as much for a dataclass.)

    `select` and `ignore` are codes or prefixes of codes. `exclude` and the patterns of `per_file_ignores`
    (pairs of a pattern and the codes it silences) are written as in .gitignore, relative to `root`, the
    folder of the configuration file. `lr_tags` and `loss_tags` name series of a log outright and `step_tag`
    its step column; empty means: recognise them by their names. `cache_dir` is where facts are kept, None for the
    folder that the system gives.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lr_tags: tuple[str, ...] = ()
    loss_tags: tuple[str, ...] = ()
    step_tag: str | None = None
    cache_dir: str | None = None
    root: str = "."


def load_settings(start: str = ".", file: str | None = None) -> Settings:
    """The settings of `file`, or of the nearest pyproject.toml with a `[tool.lrlint]` at or above `start`.

    Raises ConfigError for a file that is missing, unreadable, not TOML, or holds a key or value that
    lrlint does not know. Without any configuration file the defaults apply.
    """
    try:
        path = file if file is not None else nearest(start)
    except OSError as error:
        raise ConfigError(f"{error.filename}: {error.strerror}") from error
    if path is None:
        return Settings()
    text = _bytes(path)
    table = _lrlint_table(path, text) if file is not None or MARK in text else {}
    return _settings(path, table)._replace(root=os.path.dirname(path) or ".")


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, None where nothing resembles it."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.5)), None)


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The sentence for a name that is not known, with the nearest one that is."""
    nearest = nearest_name(name, known)
    return f"unknown {kind} {name!r}" + (f", did you mean {nearest!r}?" if nearest else "")


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def _lrlint_table(path: str, text: bytes) -> Mapping[str, object]:
    import sys

    if sys.version_info >= (3, 11):
        import tomllib  # novermin
    else:
        import tomli as tomllib
    try:
        document = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from error
    tool = document.get("tool")
    return _table(f"{path}: tool.lrlint", tool.get("lrlint", {}) if isinstance(tool, dict) else {})


def _settings(path: str, table: Mapping[str, object]) -> Settings:
    general = _read(f"{path}: tool.lrlint", {k: v for k, v in table.items() if k != "logs"}, GENERAL, ["logs"])
    logs = _read(f"{path}: tool.lrlint.logs", _table(f"{path}: tool.lrlint.logs", table.get("logs", {})), LOGS)
    return Settings(**general, **logs)


def _read(
    place: str, table: Mapping[str, object], readers: Mapping[str, Reader], others: Iterable[str] = ()
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in readers:
            raise ConfigError(f"{place}: {unknown('key', key, [*readers, *others])}")
        values[key.replace("-", "_")] = readers[key](f"{place}.{key}", value)
    return values


def _table(place: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise ConfigError(f"{place}: expected a table")
    return value


def _strings(place: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{place}: expected a list of strings")
    return tuple(value)


def _string(place: str, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{place}: expected a string")
    return value


def _ignores(place: str, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((pattern, _strings(f"{place}.{pattern}", codes)) for pattern, codes in _table(place, value).items())


Reader = Callable[[str, object], object]

GENERAL: Mapping[str, Reader] = {
    "select": _strings,
    "ignore": _strings,
    "exclude": _strings,
    "per-file-ignores": _ignores,
    "cache-dir": _string,
}
LOGS: Mapping[str, Reader] = {"lr-tags": _strings, "loss-tags": _strings, "step-tag": _string}
