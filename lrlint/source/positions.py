"""Where nodes stand in the source, from one code generation.

LibCST keeps no positions: its own provider records every node and costs five times as much as this, which
only notes how many tokens were written before and after the nodes that are asked for.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
from types import TracebackType

from lrlint.source.libcst_quickly import CodegenState
from lrlint.source.libcst_quickly import libcst as cst
from lrlint.source.syntax import Span

_NEWLINE = re.compile(r"\r\n?|\n")


class _Mark:
    """Notes the token counts around one node."""

    __slots__ = ("node", "recorder", "start")

    def __init__(self, recorder: _Recorder, node: cst.CSTNode) -> None:
        self.recorder = recorder
        self.node = node

    def __enter__(self) -> None:
        self.start = len(self.recorder.tokens)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.recorder.marks[id(self.node)] = (self.start, len(self.recorder.tokens))


class _Nothing:
    """The mark of a node that nobody asked for."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


_NOTHING = _Nothing()


class _Recorder(CodegenState):
    """A code generation that notes where the wanted nodes begin and end."""

    def __init__(self, module: cst.Module, wanted: frozenset[type[cst.CSTNode]]) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.wanted = wanted
        self.marks: dict[int, tuple[int, int]] = {}

    def record_syntactic_position(  # type: ignore[override]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> _Mark | _Nothing:
        return _Mark(self, node) if type(node) in self.wanted else _NOTHING


def positions(module: cst.Module, wanted: frozenset[type[cst.CSTNode]]) -> Mapping[int, Span]:
    """The span of every node of the `wanted` classes, by the node's `id()`.

    Lines and columns are 1-based and count code points; the end column is exclusive. A block ends where the
    next statement begins.
    """
    recorder = _Recorder(module, wanted)
    module._codegen(recorder)
    offsets = [0, *accumulate(map(len, recorder.tokens))]
    lines = [0, *(match.end() for match in _NEWLINE.finditer("".join(recorder.tokens)))]

    def place(token: int) -> tuple[int, int]:
        offset = offsets[min(token, len(offsets) - 1)]
        line = bisect_right(lines, offset)
        return line, offset - lines[line - 1] + 1

    return {node: (*place(start), *place(end)) for node, (start, end) in recorder.marks.items()}
