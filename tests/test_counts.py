"""The algebra of step counts, and how counts are compared and written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrlint.counts import ONE, ZERO, Count, Symbol, equal_up_to_rounding, quotient

E, B, A, N = (Symbol(name, name) for name in ("E", "B", "A", "N"))
epochs, batches, accumulation = map(Count.symbol, (E, B, A))
VALUES = {E: 7, B: 11, A: 3, N: 5}

fractions = st.fractions(min_value=-20, max_value=20, max_denominator=12)
monomials = st.dictionaries(st.sampled_from([E, B, A, N]), st.integers(-2, 3).filter(bool), max_size=3).map(
    lambda powers: tuple(sorted(powers.items(), key=lambda item: item[0].label))
)
counts = st.dictionaries(monomials, fractions.filter(bool), max_size=4).map(Count)


def worth(count: Count) -> Fraction:
    """The number that a count is with E = 7, B = 11, A = 3 and N = 5."""
    total = Fraction(0)
    for monomial, coefficient in count.terms.items():
        for symbol, exponent in monomial:
            coefficient *= Fraction(VALUES[symbol]) ** exponent
        total += coefficient
    return total


@given(counts, counts)
def test_arithmetic_on_counts_is_arithmetic_on_what_they_are_worth(a: Count, b: Count) -> None:
    """Sums, differences and products."""
    assert worth(a + b) == worth(a) + worth(b)
    assert worth(a - b) == worth(a) - worth(b)
    assert worth(a * b) == worth(a) * worth(b)


@given(counts, counts, counts)
def test_counts_form_a_ring(a: Count, b: Count, c: Count) -> None:
    """Commutative, associative, distributive, with 0 and 1."""
    assert (a + b).same(b + a)
    assert (a * b).same(b * a)
    assert ((a + b) * c).same(a * c + b * c)
    assert ((a * b) * c).same(a * (b * c))
    assert (a - a).same(ZERO)
    assert (a * ONE).same(a)
    assert (a + ZERO).same(a)


@given(counts, counts)
def test_same_counts_share_their_identity(a: Count, b: Count) -> None:
    """And others do not."""
    assert (a.identity() == b.identity()) == a.same(b)


@given(counts, monomials, fractions.filter(bool))
def test_division_by_one_term_is_exact(a: Count, monomial: tuple[tuple[Symbol, int], ...], c: Fraction) -> None:
    """`a / b · b` is `a`."""
    b = Count({monomial: c})
    assert ((a / b) * b).same(a)


@given(counts, fractions.filter(bool))
def test_a_multiple_of_a_count_divides_by_it(a: Count, c: Fraction) -> None:
    """`(E·B + E) / (B + 1)` is E: the divisor may have several terms."""
    if a.terms:
        found = quotient(a * Count.of(c), a)
        assert found is not None
        assert found.same(Count.of(c))


def test_a_division_that_does_not_go_up_becomes_a_symbol_of_its_own() -> None:
    """It can be multiplied back, and equal divisions are equal."""
    whole = batches + ONE
    assert (epochs / whole).same(epochs / (ONE + batches))
    assert not (epochs / whole).same(epochs / batches)
    assert str(epochs / whole) == "E/(B + 1)"


def test_division_by_zero_is_an_error() -> None:
    """As with numbers."""
    with pytest.raises(ZeroDivisionError):
        epochs / ZERO


@given(counts)
def test_rounding_is_a_mark_and_not_another_value(a: Count) -> None:
    """Unless the count is a plain number: that is rounded."""
    rounded = a.round()
    constant = a.constant()
    if constant is None:
        assert rounded.same(a)
        assert rounded.rounded
    else:
        assert rounded.constant() == constant.numerator // constant.denominator


def test_marks_are_contagious() -> None:
    """A product with a rounded count is rounded, one with an approximate count is approximate."""
    product = epochs.round() * batches.approximately()
    assert product.rounded
    assert product.approximate
    assert not (epochs * batches).rounded


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (epochs * batches, epochs * batches, True),
        (epochs * batches + epochs, epochs * batches, True),
        (epochs * batches - Count.of(1), epochs * batches, True),
        (epochs - ONE, epochs, True),
        (epochs + Count.of(2), epochs, True),
        (epochs + Count.of(5), epochs, False),
        (epochs * batches + accumulation, epochs * batches, False),
        (Count.of(100), Count.of(101), False),
        (epochs, batches, False),
        (Count.of(2) * epochs, epochs, False),
    ],
)
def test_counts_that_differ_by_rounding_are_equal(left: Count, right: Count, equal: bool) -> None:
    """By one or two per epoch, never by another symbol, never between plain numbers."""
    assert equal_up_to_rounding(left, right) is equal
    assert equal_up_to_rounding(right, left) is equal


def test_the_value_needs_the_values_of_all_symbols() -> None:
    """A default is a value, a constant of the code a fixed one."""
    default, fixed = Symbol("d", "args.epochs", 90), Symbol("f", "EPOCHS", 90, fixed=True)
    assert (Count.symbol(default) * Count.of(2)).value() == 180
    assert (Count.symbol(default) * Count.of(2)).value(only_fixed=True) is None
    assert (Count.symbol(fixed) * Count.of(2)).value(only_fixed=True) == 180
    assert (Count.symbol(fixed) * batches).value() is None


def test_a_length_is_what_it_is_defined_as() -> None:
    """`len(loader)` is `len(dataset)/batch_size`."""
    dataset, size = Count.symbol(Symbol("n", "len(dataset)")), Count.symbol(Symbol("b", "batch_size"))
    loader = Count.symbol(Symbol("l", "len(loader)", definition=dataset / size))
    assert (epochs * loader).expand().same(epochs * dataset / size)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (ZERO, "0"),
        (Count.of(100), "100"),
        (Count.of(-3), "-3"),
        (epochs * batches / accumulation - ONE, "B·E/A - 1"),
        (Count.of(2) * epochs, "2·E"),
        (epochs / Count.of(2), "0.5·E"),
        (Count.of(3) / accumulation, "3/A"),
        (ONE / (Count.of(2) * accumulation), "1/2/A"),
        (epochs * epochs, "E^2"),
    ],
)
def test_counts_are_written_as_people_write_them(count: Count, text: str) -> None:
    """In the symbols of the code."""
    assert str(count) == text
