"""Python code as facts: every form of syntax becomes one of a few."""

from __future__ import annotations

import pickle

import pytest

from lrlint.source import syntax as ir
from lrlint.source.parsing import parse


def lowered(code: str) -> list[ir.Statement]:
    """The facts of a module with this code."""
    return parse("module.py", code.encode()).body


def expression(code: str) -> ir.Expression:
    """The fact of one expression."""
    (statement,) = lowered(code)
    assert isinstance(statement, ir.Evaluate)
    return statement.value


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("scheduler.step()", "scheduler.step()"),
        ("a + b * 2", "a + b * 2"),
        ("loaders['train']", "loaders['train']"),
        ("self.opt.param_groups[0]", "self.opt.param_groups[0]"),
        ("range(1, n)", "range(1, n)"),
        ("-x", "…"),
    ],
)
def test_an_expression_can_be_written_down_again(code: str, text: str) -> None:
    """As far as messages need it."""
    assert ir.text_of(expression(code)) == text


def test_a_chain_of_comparisons_is_their_conjunction() -> None:
    """`0 < i < n` compares twice."""
    chain = expression("0 < i < n")
    assert isinstance(chain, ir.Boolean)
    assert chain.operator == "and"
    assert [type(side) for side in (chain.left, chain.right)] == [ir.Compare, ir.Compare]


def test_a_call_knows_its_arguments_and_its_place() -> None:
    """Stars and keywords are told apart."""
    call = expression("f(a, *b, c=1, **d)")
    assert isinstance(call, ir.Call)
    assert [(argument.keyword, argument.star) for argument in call.arguments] == [
        (None, ""),
        (None, "*"),
        ("c", ""),
        (None, "**"),
    ]
    assert call.at == (1, 1, 1, 19)


@pytest.mark.parametrize(
    "code",
    [
        "if a:\n    f()\nelif b:\n    g()\nelse:\n    h()\n",
        "match a:\n    case 1:\n        f()\n    case 2 if b:\n        g()\n    case _:\n        h()\n",
    ],
)
def test_alternatives_become_nested_conditions(code: str) -> None:
    """`elif` and `match` alike; the last alternative is the `else` of the innermost."""
    (outer,) = lowered(code)
    assert isinstance(outer, ir.If)
    (inner,) = outer.otherwise
    assert isinstance(inner, ir.If)
    assert [type(statement) for statement in inner.otherwise] == [ir.Evaluate]


def test_a_loop_knows_what_its_body_assigns() -> None:
    """Names, attributes, unpacked targets, and those of loops inside; not those of functions inside."""
    code = """
for i, (x, y) in data:
    total += x
    self.step = i
    while running:
        best, *rest = x
    def inner():
        hidden = 1
    with open(p) as file:
        pass
    if (n := f()):
        pass
"""
    (loop,) = lowered(code)
    assert isinstance(loop, ir.For)
    assert loop.assigned == {"total", "self.step", "best", "rest", "file", "n"}


def test_a_function_is_relevant_where_a_schedule_can_be_touched_in_it() -> None:
    """A model's forward pass need not be followed."""
    plain, telling = lowered("def forward(self, x):\n    return x\n\ndef fit(opt):\n    opt.step()\n")
    assert isinstance(plain, ir.FunctionDefinition)
    assert isinstance(telling, ir.FunctionDefinition)
    assert (plain.relevant, telling.relevant) == (False, True)


def test_a_generator_is_known_by_its_yield() -> None:
    """Its own, not that of a function inside."""
    outer, generator = lowered("def f():\n    def g():\n        yield 1\n\ndef h():\n    yield from f()\n")
    assert isinstance(outer, ir.FunctionDefinition)
    assert isinstance(generator, ir.FunctionDefinition)
    assert (outer.generator, generator.generator) == (False, True)


@pytest.mark.parametrize(
    "code",
    [
        "async def f():\n    async for x in y:\n        await g(x)\n",
        "async def f():\n    async with a as b, c:\n        pass\n",
        "try:\n    f()\nexcept* ValueError as e:\n    g()\nelse:\n    h()\nfinally:\n    i()\n",
        "x: int = 1\ny: str\n",
        "del a, b[0]\nassert a\nraise E from e\nglobal n\n",
        "[a async for a in b if c for d in e]\n",
        "x[1:2, ..., ::3] = lambda *a, k=1, **b: (yield)\n",
        "f'{a!r:>{width}}' 'b' f'{c=}'\n",
        "print(*a, sep='')\n@decorator(1)\nclass C(A, metaclass=M):\n    x = 1\n",
        "def f(a, /, b: int = 1, *, c, **d) -> None: ...\n",
        "if a: b = 1; c = 2\n",
        "type X = int\n",
    ],
)
def test_every_form_of_syntax_is_accepted_and_can_be_pickled(code: str) -> None:
    """Facts travel between processes and into the cache."""
    body = lowered(code)
    assert pickle.dumps(pickle.loads(pickle.dumps(body))) == pickle.dumps(body)


@pytest.mark.parametrize("test", ["TYPE_CHECKING", "typing.TYPE_CHECKING", "TYPE_CHECKING or SLOW"])
def test_what_only_type_checkers_import_is_left_out(test: str) -> None:
    """The other branch stays, whatever form it has."""
    (statement,) = lowered(f"if {test}:\n    import a\nelse:\n    import b\n")
    assert isinstance(statement, ir.Import)
    assert statement.module == "b"
    assert lowered(f"if {test}:\n    import a\n") == []
    (kept,) = lowered(f"if {test}:\n    import a\nelif x:\n    import b\n")
    assert isinstance(kept, ir.If)
