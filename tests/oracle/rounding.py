"""The two operations that turn exact fractions into whole minor units."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor


def rounded(exact: Fraction) -> int:
    """Return the nearest whole number; exactly half goes away from zero."""
    size = floor(abs(exact) + Fraction(1, 2))
    return -size if exact < 0 else size


def by_largest_remainder(whole: int, exact_shares: Sequence[Fraction]) -> list[int]:
    """Floor each share; the units left over go one each to the largest remainders, first first."""
    shares = [floor(exact) for exact in exact_shares]
    remainders = [exact - share for exact, share in zip(exact_shares, shares, strict=True)]
    left_over = whole - sum(shares)
    assert 0 <= left_over <= len(shares), "the exact shares do not belong to this whole"
    turns = sorted(range(len(shares)), key=lambda row: (-remainders[row], row))
    for row in turns[:left_over]:
        shares[row] += 1
    return shares


def minor_units(amount: Decimal, decimals: int) -> int:
    """Return a major-unit amount as whole minor units; refuses to lose any."""
    exact = Fraction(amount) * Fraction(10) ** decimals
    assert exact.denominator == 1, f"{amount} has more than {decimals} decimals"
    return int(exact)


def amount_text(minor: int, decimals: int) -> str:
    """Return minor units as printed: all the currency's decimals, a minus where negative."""
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    text = digits if decimals == 0 else f"{digits[:-decimals]}.{digits[-decimals:]}"
    return f"-{text}" if minor < 0 else text
