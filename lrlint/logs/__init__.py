"""Run folders -> `Run`: one reader per format, columns in NumPy."""

from lrlint.logs.reading import LogWarning, read_runs, read_sources
from lrlint.logs.run import Role, Run, Series
from lrlint.logs.sources import find_sources

__all__ = ["LogWarning", "Role", "Run", "Series", "find_sources", "read_runs", "read_sources"]
