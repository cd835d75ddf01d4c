"""Symbolic step counts: polynomials over the program's own symbols, with rational coefficients.

A count says how often something happens, in the symbols of the code: `epochs·len(loader)/accum`. The
algebra is done on symbols, identified by binding and never by name; known numbers ride along as values.
Rounding (`//`, `ceil`, `int(0.1 * n)`) is dropped from the algebra and kept as a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from math import prod
from typing import TYPE_CHECKING

from lrlint.node import Node

if TYPE_CHECKING:
    from fractions import Fraction

    Rational = int | Fraction
    """Nearly all are integers, and fractions take ten times as long to add."""


class Symbol(Node):
    """A number that the program does not spell out, identified by the binding it comes from.

    `value` is what it is worth where that is known; `fixed` tells a constant of the code from a default
    that the user may change. `definition` is what else it stands for (`len(loader)` is
    `len(dataset)/batch_size`). `tags` say where it comes from.
    """

    key: Hashable
    label: str
    value: float | None = None
    fixed: bool = False
    definition: Count | None = None
    tags: frozenset[str] = frozenset()

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Symbol) and self.key == other.key)

    def __hash__(self) -> int:
        return hash(self.key)

    def __repr__(self) -> str:
        return f"Symbol({self.key!r})"


Monomial = tuple[tuple[Symbol, int], ...]
"""Symbols with their exponents (never 0), sorted by label and key; the empty monomial is 1."""


def _exact(number: float | Rational) -> Rational:
    """The number as a fraction; the shortest one near a float: 0.1 is 1/10."""
    whole = int(number)
    if whole == number:
        return whole
    from fractions import Fraction

    return Fraction(number).limit_denominator(10**12)


def _ratio(dividend: Rational, divisor: Rational) -> Rational:
    if not dividend % divisor:
        return dividend // divisor
    from fractions import Fraction

    return Fraction(dividend) / divisor


class Count(Node):
    """A polynomial over symbols. `rounded` and `approximate` are marks, not part of the value."""

    terms: Mapping[Monomial, Rational]
    rounded: bool = False
    approximate: bool = False

    @staticmethod
    def of(number: float | Rational) -> Count:
        """The constant count `number`. Raises OverflowError or ValueError for inf and nan."""
        exact = _exact(number)
        return Count({(): exact} if exact else {})

    @staticmethod
    def symbol(symbol: Symbol) -> Count:
        """The count that is one symbol."""
        return Count({((symbol, 1),): 1})

    def __add__(self, other: Count) -> Count:
        return self._with(_sum((*self.terms.items(), *other.terms.items())), other)

    def __sub__(self, other: Count) -> Count:
        negated = ((monomial, -coefficient) for monomial, coefficient in other.terms.items())
        return self._with(_sum((*self.terms.items(), *negated)), other)

    def __mul__(self, other: Count) -> Count:
        products = ((_times(left, right), a * b) for left, a in self.terms.items() for right, b in other.terms.items())
        return self._with(_sum(products), other)

    def __truediv__(self, other: Count) -> Count:
        """The quotient. Raises ZeroDivisionError where `other` is zero."""
        exact = quotient(self, other)
        if exact is not None:
            return exact
        if not other.terms:
            raise ZeroDivisionError("a count divided by zero")
        whole = Symbol(other.identity(), f"({other})", other.value(), definition=other)
        return self * Count({((whole, -1),): 1})

    def _with(self, terms: Mapping[Monomial, Rational], other: Count) -> Count:
        return Count(terms, self.rounded or other.rounded, self.approximate or other.approximate)

    def round(self) -> Count:
        """The same count with the rounding mark, unless it is a plain integer."""
        constant = self.constant()
        if constant is not None:
            return self if constant.denominator == 1 else Count.of(constant.numerator // constant.denominator)
        return Count(self.terms, True, self.approximate)

    def approximately(self) -> Count:
        """The same count, marked as depending on the data."""
        return Count(self.terms, self.rounded, True)

    def constant(self) -> Rational | None:
        """The number that the count is, None where a symbol takes part."""
        if not self.terms:
            return 0
        return self.terms[()] if len(self.terms) == 1 and () in self.terms else None

    def symbols(self) -> set[Symbol]:
        """Every symbol that takes part."""
        return {symbol for monomial in self.terms for symbol, _ in monomial}

    def identity(self) -> Hashable:
        """A hashable that two counts share exactly when they are the same polynomial."""
        return frozenset(self.terms.items())

    def same(self, other: Count) -> bool:
        """Exact equality of the polynomials."""
        return dict(self.terms) == dict(other.terms)

    def value(self, *, only_fixed: bool = False) -> float | None:
        """The number it is worth with the symbols' values, None where one is not known."""
        total = 0.0
        for monomial, coefficient in self.terms.items():
            powers = []
            for symbol, exponent in monomial:
                if symbol.value is None or (only_fixed and not symbol.fixed) or (exponent < 0 and not symbol.value):
                    return None
                powers.append(symbol.value**exponent)
            total += float(coefficient) * prod(powers)
        return total

    def substitute(self, replacement: Callable[[Symbol], Count | None]) -> Count:
        """Every symbol for which `replacement` gives a count replaced by it."""
        total = Count({}, self.rounded, self.approximate)
        for monomial, coefficient in self.terms.items():
            term = Count.of(coefficient)
            for symbol, exponent in monomial:
                factor = replacement(symbol) or Count.symbol(symbol)
                for _ in range(abs(exponent)):
                    term = term * factor if exponent > 0 else term / factor
            total = total + term
        return total

    def expand(self) -> Count:
        """The count with every definition spelled out."""
        expanded = self
        for _ in range(4):
            if all(symbol.definition is None for symbol in expanded.symbols()):
                break
            expanded = expanded.substitute(lambda symbol: symbol.definition)
        return expanded

    def __str__(self) -> str:
        """The count as people write it: `epochs·len(loader)/accum - 1`."""
        text = ""
        for monomial, coefficient in self.terms.items():
            sign = " - " if coefficient < 0 else " + "
            text += (sign if text else sign.strip(" +")) + _term_text(
                monomial, -coefficient if coefficient < 0 else coefficient
            )
        return text or "0"


ONE = Count.of(1)
ZERO = Count.of(0)


def _sum(terms: Iterable[tuple[Monomial, Rational]]) -> dict[Monomial, Rational]:
    total: dict[Monomial, Rational] = {}
    for monomial, coefficient in terms:
        total[monomial] = total.get(monomial, 0) + coefficient
    return {monomial: coefficient for monomial, coefficient in total.items() if coefficient}


def _times(left: Monomial, right: Monomial, power: int = 1) -> Monomial:
    if not right or (not left and power == 1):
        return left or right
    exponents = dict(left)
    for symbol, exponent in right:
        exponents[symbol] = exponents.get(symbol, 0) + power * exponent
    return tuple(
        sorted(((s, e) for s, e in exponents.items() if e), key=lambda item: (item[0].label, repr(item[0].key)))
    )


def quotient(dividend: Count, divisor: Count) -> Count | None:
    """`dividend / divisor` where it is exact: a single term, or a term times the divisor. Else None."""
    if not divisor.terms:
        return None
    if not dividend.terms:
        return ZERO
    if len(divisor.terms) == 1:
        ((monomial, coefficient),) = divisor.terms.items()
        terms = {_times(left, monomial, -1): _ratio(a, coefficient) for left, a in dividend.terms.items()}
        return dividend._with(terms, divisor)
    if len(dividend.terms) < len(divisor.terms):
        return None
    first, a = next(iter(dividend.terms.items()))
    for monomial, b in divisor.terms.items():
        candidate = Count({_times(first, monomial, -1): _ratio(a, b)})
        if (candidate * divisor).same(dividend):
            return dividend._with(candidate.terms, divisor)
    return None


def equal_up_to_rounding(left: Count, right: Count) -> bool:
    """Whether two counts differ at most by rounding, or by one or two per epoch.

    What may differ is a term of lower order than one that they share: `E·B` and `E·B + E`, `E` and `E - 1`.
    """
    difference = left - right
    if not difference.terms:
        return True
    if not left.terms or left.constant() is not None or right.constant() is not None:
        return False
    shared = [monomial for monomial, a in left.terms.items() if right.terms.get(monomial) == a]
    return all(
        -2 <= coefficient <= 2 and any(_divides(monomial, whole) for whole in shared)
        for monomial, coefficient in difference.terms.items()
    )


def _divides(monomial: Monomial, whole: Monomial) -> bool:
    exponents = dict(whole)
    return monomial != whole and all(0 < exponent <= exponents.get(symbol, 0) for symbol, exponent in monomial)


def _term_text(monomial: Monomial, coefficient: Rational) -> str:
    above = [_power_text(symbol, exponent) for symbol, exponent in monomial if exponent > 0]
    below = [_power_text(symbol, -exponent) for symbol, exponent in monomial if exponent < 0]
    if coefficient.denominator != 1 and not below:
        number = f"{float(coefficient):g}"
        return "·".join([number, *above])
    if coefficient.numerator != 1 or not above:
        above.insert(0, str(coefficient.numerator))
    if coefficient.denominator != 1:
        below.insert(0, str(coefficient.denominator))
    return "/".join(["·".join(above), *below])


def _power_text(symbol: Symbol, exponent: int) -> str:
    return symbol.label if exponent == 1 else f"{symbol.label}^{exponent}"
