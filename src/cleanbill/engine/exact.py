"""Exact maths on columns: multiply, divide, round, sum and allocate integers.

Schedules of a few amounts are worked out in fractions; ``rounded`` is their one rounding.

Products run in 128 bits: two 64-bit factors cannot wrap there. Results go back to 64 bits; one
that does not fit becomes null, and verification turns a null amount into a finding. Rounding has
its only home here.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from math import floor

import polars as pl


class Rounding(StrEnum):
    """Named ways to round a quotient to a whole number."""

    HALF_UP = "half_up"
    """To the nearest; a tie goes away from zero (commercial rounding)."""
    HALF_EVEN = "half_even"
    """To the nearest; a tie goes to the even neighbour."""
    DOWN = "down"
    """Towards zero."""
    UP = "up"
    """Away from zero."""


def rounded(exact: Fraction, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Return a fraction as a whole number, as ``divided`` rounds columns.

    >>> rounded(Fraction(75 * 11, 30)), rounded(Fraction(-55, 2)), rounded(Fraction(1, 3))
    (28, -28, 0)
    """
    below = floor(exact)
    rest = exact - below
    match rounding:
        case Rounding.HALF_UP:
            more = rest + rest > 1 or (rest + rest == 1 and exact > 0)
        case Rounding.HALF_EVEN:
            more = rest + rest > 1 or (rest + rest == 1 and below % 2 == 1)
        case Rounding.DOWN:
            more = rest > 0 and exact < 0
        case Rounding.UP:
            more = rest > 0 and exact > 0
    return below + more


def percent_of(amount: int, rate_percent_e6: int) -> int:
    """Return ``rate`` percent of one amount, as ``percentage`` does of a column.

    >>> percent_of(1999, 2_500_000)
    50
    """
    return rounded(Fraction(amount * rate_percent_e6, 100 * 10**6))


def shared(whole: int, weights: Sequence[int]) -> list[int]:
    """Return shares of ``whole`` in proportion to ``weights``, as ``allocated`` does of columns.

    For few amounts at a time. ``whole`` is not negative, the weights are positive; where ``whole``
    is not more than their sum, no share is more than its weight.

    >>> shared(5, [100, 100, 100])
    [2, 2, 1]
    """
    if len(weights) == 1:
        return [whole]
    weight = sum(weights)
    parts = [divmod(whole * each, weight) for each in weights]
    shares = [floor_part for floor_part, _ in parts]
    left_over = whole - sum(shares)
    turns = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    for place in turns[:left_over]:
        shares[place] += 1
    return shares


def split_share(share: int, parts: Sequence[int]) -> list[int]:
    """Return how much of each part a share of their sum holds; the whole holds each completely.

    ``parts`` are not negative and ``share`` lies between nothing and their sum. From the last part
    to the first: of what those up to it get, those above get ``round(share * above / up to it)``.
    As the share grows, no part ever shrinks.

    >>> split_share(75, [100, 50]), split_share(150, [100, 50])
    ([50, 25], [100, 50])
    """
    held = []
    up_to = sum(parts)
    for part in reversed(parts):
        above = up_to - part
        kept = rounded(Fraction(share * above, up_to)) if up_to else 0
        held.append(share - kept)
        share, up_to = kept, above
    return held[::-1]


def wide(expr: pl.Expr) -> pl.Expr:
    """Return the integer column in 128 bits, where products of 64-bit numbers cannot wrap."""
    return expr.cast(pl.Int128)


def narrow(expr: pl.Expr) -> pl.Expr:
    """Return the column in 64 bits; what does not fit becomes null."""
    return expr.cast(pl.Int64, strict=False)


def divided(
    numerator: pl.Expr, divisor: int | pl.Expr, rounding: Rounding = Rounding.HALF_UP
) -> pl.Expr:
    """Return ``numerator / divisor`` rounded to a whole number, 128 bits wide.

    ``divisor`` must be positive. Floor division leaves a remainder in ``[0, divisor)`` for either
    sign, from which each mode decides whether to take the next whole number.
    """
    top = wide(numerator)
    under = pl.lit(divisor, dtype=pl.Int128) if isinstance(divisor, int) else wide(divisor)
    floor = top // under
    rest = top % under
    match rounding:
        case Rounding.HALF_UP:
            more = rest + rest + (top >= 0).cast(pl.Int128) > under
        case Rounding.HALF_EVEN:
            more = (rest + rest > under) | ((rest + rest == under) & (floor % 2 == 1))
        case Rounding.DOWN:
            more = (rest > 0) & (top < 0)
        case Rounding.UP:
            more = (rest > 0) & (top > 0)
    return floor + more.cast(pl.Int128)


def multiplied(
    left: pl.Expr,
    right: pl.Expr | int,
    divisor: int | pl.Expr,
    rounding: Rounding = Rounding.HALF_UP,
) -> pl.Expr:
    """Return ``left * right / divisor``, rounded once, in 64 bits (null when it does not fit)."""
    factor = pl.lit(right, dtype=pl.Int128) if isinstance(right, int) else wide(right)
    return narrow(divided(wide(left) * factor, divisor, rounding))


def percentage(
    amount: pl.Expr, rate_percent_e6: pl.Expr, rounding: Rounding = Rounding.HALF_UP
) -> pl.Expr:
    """Return ``rate`` percent of an amount in minor units: 19 % of 1000 is 190."""
    return multiplied(amount, rate_percent_e6, 100 * 10**6, rounding)


def to_step(value: pl.Expr, unit: int | pl.Expr) -> pl.Expr:
    """Return the multiple of ``unit`` nearest to ``value``, a tie away from zero; 128 bits wide."""
    return divided(value, unit) * (wide(unit) if isinstance(unit, pl.Expr) else unit)


def fraction(left: pl.Expr, right: pl.Expr | int, divisor: int | pl.Expr, unit: pl.Expr) -> pl.Expr:
    """Return ``left * right / divisor`` rounded once to a multiple of ``unit``, 128 bits wide.

    For intermediates that carry more digits than the currency: ``left`` is a scaled amount and
    ``unit`` the smallest step in which it is kept.
    """
    factor = pl.lit(right, dtype=pl.Int128) if isinstance(right, int) else wide(right)
    under = pl.lit(divisor, dtype=pl.Int128) if isinstance(divisor, int) else wide(divisor)
    return divided(wide(left) * factor, under * wide(unit)) * wide(unit)


def wide_total(expr: pl.Expr) -> pl.Expr:
    """Return the sum, 128 bits wide; null when a part is null."""
    return pl.when(expr.null_count() == 0).then(wide(expr).sum())


def total(expr: pl.Expr) -> pl.Expr:
    """Return the sum, added up in 128 bits; null when it does not fit 64 or a part is null."""
    return narrow(wide_total(expr))


def added(*parts: pl.Expr) -> pl.Expr:
    """Return the sum of columns row by row; null when it does not fit 64 bits or a part is null."""
    return narrow(pl.sum_horizontal([wide(p) for p in parts], ignore_nulls=False))


def running(part: pl.Expr, over: Sequence[str]) -> pl.Expr:
    """Return the sum of each row and those above it in its group, 128 bits wide.

    The order of rows is part of the input. Null in a whole group of which a part is null.
    """
    known = part.null_count().over(over) == 0
    return pl.when(known).then(wide(part).cum_sum().over(over))


def cumulated(so_far: pl.Expr, part: pl.Expr, divisor: pl.Expr) -> pl.Expr:
    """Return ``part / divisor`` rounded so that the rows of a group add up as they go.

    Each row gets what the sum up to and including it (``so_far``, see ``running``) comes to,
    rounded once, less what stands above it already. ``divisor`` is positive and one for all rows
    of a group. Null when it does not fit 64 bits. Have ``so_far`` in a column: an expression
    would be worked out many times.
    """
    return narrow(divided(so_far, divisor) - divided(wide(so_far) - wide(part), divisor))


def apportioned(
    numerator: pl.Expr,
    divisor: int | pl.Expr,
    whole: pl.Expr,
    over: Sequence[str],
) -> pl.Expr:
    """Return whole-numbered shares that add up to ``whole`` in each group (largest remainder).

    Row ``i`` deserves exactly ``numerator / divisor`` (divisor positive); these exact shares must
    add up to less than one from ``whole``. Each row gets the floor of its share; the units left
    over go to the largest remainders, ties to the row that stands first. The order of rows is
    part of the input.
    """
    top = wide(numerator)
    under = pl.lit(divisor, dtype=pl.Int128) if isinstance(divisor, int) else wide(divisor)
    floor = top // under
    rest = top % under
    left_over = wide(whole) - floor.sum().over(over)
    turn = (under - rest).rank("ordinal").over(over)
    return narrow(floor + (turn.cast(pl.Int128) <= left_over).cast(pl.Int128))


def allocated(whole: pl.Expr, weight: pl.Expr, over: Sequence[str]) -> pl.Expr:
    """Return shares of ``whole`` in proportion to ``weight`` that add up to it in each group.

    Where the weights of a group add up to zero, its first row takes all.
    """
    weights = wide(weight).sum().over(over)
    sign = pl.when(weights < 0).then(-1).otherwise(1).cast(pl.Int128)
    safe = pl.when(weights == 0).then(1).otherwise(weights * sign)
    shares = apportioned(wide(whole) * wide(weight) * sign, safe, whole, over)
    first = pl.int_range(pl.len()).over(over) == 0
    lone = pl.when(first).then(whole).otherwise(0).cast(pl.Int64)
    return pl.when(weights == 0).then(lone).otherwise(shares)
