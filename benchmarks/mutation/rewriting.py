"""Changes to a script: expressions replaced, statements removed, inserted or moved. Everything else stays as it is."""

from __future__ import annotations

from collections import defaultdict

import libcst as cst


class Rewrite(cst.CSTTransformer):
    """A set of changes, named by the nodes of the original tree."""

    def __init__(self) -> None:
        super().__init__()
        self._replaced: dict[cst.CSTNode, cst.CSTNode] = {}
        self._before: dict[cst.CSTNode, list[cst.BaseStatement]] = defaultdict(list)
        self._after: dict[cst.CSTNode, list[cst.BaseStatement]] = defaultdict(list)
        self._removed: set[cst.CSTNode] = set()

    def replace(self, node: cst.CSTNode, text: str) -> Rewrite:
        """Another expression in the place of one."""
        self._replaced[node] = cst.parse_expression(text)
        return self

    def put(self, node: cst.CSTNode, new: cst.CSTNode) -> Rewrite:
        """Another node in the place of one."""
        self._replaced[node] = new
        return self

    def remove(self, line: cst.CSTNode) -> Rewrite:
        """A statement (or an element of a display) less."""
        self._removed.add(line)
        return self

    def before(self, line: cst.CSTNode, *texts: str) -> Rewrite:
        """Statements before a statement."""
        self._before[line].extend(map(cst.parse_statement, texts))
        return self

    def after(self, line: cst.CSTNode, *texts: str) -> Rewrite:
        """Statements after a statement."""
        self._after[line].extend(map(cst.parse_statement, texts))
        return self

    def on_leave(self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT) -> object:  # type: ignore[override]
        """Carry out what was asked for this node."""
        node: cst.CSTNode = self._replaced.get(original_node, updated_node)
        around = [*self._before[original_node]], [*self._after[original_node]]
        if isinstance(node, cst.IndentedBlock) and not node.body:
            node = node.with_changes(body=[cst.parse_statement("pass")])
        if original_node in self._removed:
            return cst.FlattenSentinel([*around[0], *around[1]]) if any(around) else cst.RemoveFromParent()
        if any(around):
            return cst.FlattenSentinel([*around[0], node, *around[1]])
        return node
