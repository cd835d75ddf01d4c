"""LibCST imported quickly says what LibCST says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).parents[2] / "fixtures" / "scripts"
SPELLED_OUT = """
import sys
from hashlib import blake2b
from pathlib import Path
from lrlint.node import Node
from lrlint.source.parsing import parse

def spelled_out(fact):
    if isinstance(fact, Node):
        return type(fact).__name__, *(spelled_out(getattr(fact, field)) for field in type(fact).__match_args__)
    if isinstance(fact, (set, frozenset)):
        return sorted(fact)
    return [spelled_out(one) for one in fact] if isinstance(fact, (list, tuple)) else fact

import dataclasses, libcst
print(dataclasses.dataclass.__module__, libcst.Name.__dataclass_params__.frozen)
for path in sorted(Path(sys.argv[1]).rglob("*.py")):
    print(path.name, blake2b(repr(spelled_out(parse(str(path), path.read_bytes()))).encode()).hexdigest())
"""


def _said(before: str) -> list[str]:
    command = [sys.executable, "-c", before + SPELLED_OUT, str(SCRIPTS)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_facts_are_those_of_libcst_imported_by_itself() -> None:
    """Nodes that can be assigned to hold the same as those that cannot; and dataclasses are themselves again."""
    slowly, quickly = _said("import libcst"), _said("import lrlint.source.libcst_quickly")
    assert (slowly[0], quickly[0]) == ("dataclasses True", "dataclasses False")
    assert len(quickly) > 100
    assert quickly[1:] == slowly[1:]


def test_other_dataclasses_are_as_they_were_written() -> None:
    """Those of modules which LibCST is the first to import, and its own that are imported later."""
    code = """
import dataclasses
from lrlint.source import libcst_quickly

with libcst_quickly._unfrozen():
    @dataclasses.dataclass(frozen=True)
    class Frozen:
        number: int

assert Frozen(1) == Frozen(1) and Frozen.__dataclass_params__.frozen
import libcst.matchers, libcst.metadata, libcst.codemod
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stderr == ""
