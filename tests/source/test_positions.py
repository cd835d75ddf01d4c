"""Where nodes stand: as Python's own parser and LibCST's position provider say."""

from __future__ import annotations

import argparse
import ast
import inspect
import json.decoder
import textwrap
from types import ModuleType

import libcst as cst
import pytest
import torch.optim.lr_scheduler
from libcst.metadata import MetadataWrapper, PositionProvider

from lrlint.source.positions import positions

LIBRARIES = [argparse, json.decoder, textwrap, torch.optim.lr_scheduler]
CALLS: frozenset[type[cst.CSTNode]] = frozenset({cst.Call})
BLOCKS: frozenset[type[cst.CSTNode]] = frozenset({cst.For, cst.While, cst.FunctionDef})
WANTED: frozenset[type[cst.CSTNode]] = BLOCKS | {cst.Call, cst.Dict, cst.Assign, cst.Lambda}


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)
def test_calls_stand_where_pythons_parser_sees_them(library: ModuleType) -> None:
    """Every call of a real module: 1-based, the end exclusive."""
    text = inspect.getsource(library)
    module = cst.parse_module(text)
    lines = text.splitlines()

    def column(line: int, offset: int) -> int:
        return len(lines[line - 1].encode()[:offset].decode()) + 1

    wanted = sorted(
        (node.lineno, column(node.lineno, node.col_offset), end, column(end, node.end_col_offset or 0))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and (end := node.end_lineno or 0)
    )
    found = positions(module, CALLS)
    assert len(wanted) > 5
    assert sorted(found.values()) == wanted


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.__name__)
def test_nodes_stand_where_libcst_says(library: ModuleType) -> None:
    """Its own provider records everything and takes longer. Of a block only the beginning is the same."""
    wrapper = MetadataWrapper(cst.parse_module(inspect.getsource(library)), unsafe_skip_copy=True)
    found = positions(wrapper.module, WANTED)
    for node, span in wrapper.resolve(PositionProvider).items():
        if type(node) in WANTED:
            start, end = found[id(node)][:2], found[id(node)][2:]
            assert start == (span.start.line, span.start.column + 1)
            assert type(node) in BLOCKS or end == (span.end.line, span.end.column + 1)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_ends_a_line(newline: str) -> None:
    """Windows and old Macs."""
    module = cst.parse_module(newline.join(["x = 1", "if x:", "    f(x)", ""]))
    assert list(positions(module, CALLS).values()) == [(3, 5, 3, 9)]


def test_columns_count_characters() -> None:
    """Not bytes, as editors do not."""
    module = cst.parse_module("längen = ['é', f(1)]\n")
    assert list(positions(module, CALLS).values()) == [(1, 16, 1, 20)]
