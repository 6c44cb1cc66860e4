"""Exact arithmetic over columns agrees with fractions, at the limits of 64 bits too."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.laws.numbers import (
    HIGHEST,
    LOWEST,
    TRIES,
    amounts,
    any_divisor,
    any_int64,
    column,
    fitting,
    nearest,
)

from cleanbill.engine import exact
from cleanbill.engine.exact import Rounding

MODES = list(Rounding)
FACTORS = st.lists(st.tuples(any_int64, any_int64, any_divisor), min_size=1, max_size=20)
LEFT, RIGHT, UNDER = pl.col("left"), pl.col("right"), pl.col("under")


@pytest.mark.parametrize("mode", MODES)
@TRIES
@given(rows=FACTORS)
@example(rows=[(LOWEST, LOWEST, 1), (LOWEST, HIGHEST, HIGHEST), (HIGHEST, HIGHEST, HIGHEST)])
@example(rows=[(LOWEST, 1, 1), (LOWEST, -1, 1), (HIGHEST, 1, 1), (LOWEST, -1, 2)])
@example(rows=[(n, 1, 2) for n in range(-7, 8)])
def test_multiplied_rounds_the_exact_quotient(
    mode: Rounding, rows: list[tuple[int, int, int]]
) -> None:
    left, right, under = zip(*rows, strict=True)
    got = column(exact.multiplied(LEFT, RIGHT, UNDER, mode), left=left, right=right, under=under)
    assert got == [fitting(nearest(Fraction(a * b, c), mode)) for a, b, c in rows]


@pytest.mark.parametrize("mode", MODES)
@TRIES
@given(values=st.lists(any_int64, min_size=1), factor=any_int64, divisor=any_divisor)
def test_multiplied_by_constants(
    mode: Rounding, values: list[int], factor: int, divisor: int
) -> None:
    got = column(exact.multiplied(LEFT, factor, divisor, mode), left=values)
    assert got == [fitting(nearest(Fraction(v * factor, divisor), mode)) for v in values]


@pytest.mark.parametrize("mode", MODES)
@TRIES
@given(size=st.integers(0, 10**14), half=st.integers(1, 10**12))
def test_ties_and_their_neighbours(mode: Rounding, size: int, half: int) -> None:
    divisor = 2 * half
    tops = [sign * (size * divisor + half + off) for sign in (1, -1) for off in (-1, 0, 1)]
    tops = [top for top in tops if fitting(top) is not None]
    if tops:
        got = column(exact.divided(LEFT, divisor, mode), left=tops)
        assert got == [nearest(Fraction(top, divisor), mode) for top in tops]


@TRIES
@given(amount=st.lists(amounts, min_size=1), rate=st.integers(0, 10**11))
@example(amount=[150, 5000, -150], rate=19_000_000)
@example(amount=[5000, -5000], rate=1_130_000)
@example(amount=[10**16], rate=10**11)
def test_percentage(amount: list[int], rate: int) -> None:
    got = column(exact.percentage(LEFT, RIGHT), left=amount, right=[rate] * len(amount))
    assert got == [fitting(nearest(Fraction(a * rate, 10**8), "half_up")) for a in amount]


@TRIES
@given(values=st.lists(any_int64, max_size=50))
@example(values=[HIGHEST, 1])
@example(values=[LOWEST, -1])
@example(values=[HIGHEST, HIGHEST, LOWEST, LOWEST, 2])
def test_total_never_wraps(values: list[int]) -> None:
    assert column(exact.total(LEFT), left=values) == [fitting(sum(values))]


def shares_of(
    tops: list[int], divisor: int, whole: list[int], group: list[int]
) -> list[int | None]:
    expr = exact.apportioned(LEFT, divisor, pl.col("whole"), ["group"])
    return column(expr, left=tops, whole=whole, group=group)


@st.composite
def exact_shares(draw: st.DrawFn) -> tuple[list[int], int, int]:
    """Draw numerators, a divisor, and the whole nearest to the sum of their quotients."""
    divisor = draw(st.one_of(st.integers(1, 10), st.just(10**8), st.integers(1, 10**12)))
    tops = draw(st.lists(st.integers(-(10**16), 10**16), min_size=1, max_size=40))
    if draw(st.booleans()):
        tops = [draw(st.sampled_from(tops)) for _ in tops]
    return tops, divisor, nearest(Fraction(sum(tops), divisor), "half_up")


@TRIES
@given(drawn=exact_shares())
@example(drawn=([21, 21], 2, 21))
@example(drawn=([-1, -1, -2], 2, -2))
@example(drawn=([1, 1, 1], 3, 1))
def test_apportioned_is_largest_remainder(drawn: tuple[list[int], int, int]) -> None:
    tops, divisor, whole = drawn
    rows = range(len(tops))
    got = shares_of(tops, divisor, [whole] * len(tops), [0] * len(tops))
    floors = [top // divisor for top in tops]
    turns = sorted(rows, key=lambda row: (-(tops[row] % divisor), row))
    lucky = set(turns[: whole - sum(floors)])
    assert got == [floors[row] + (row in lucky) for row in rows]
    assert sum(share for share in got if share is not None) == whole
    assert all(abs(Fraction(tops[row], divisor) - (got[row] or 0)) < 1 for row in rows)


@TRIES
@given(parts=st.lists(exact_shares(), min_size=1, max_size=4), seed=st.randoms())
def test_apportioned_keeps_groups_apart(
    parts: list[tuple[list[int], int, int]], seed: object
) -> None:
    """Groups whose rows lie mixed get what each gets alone; the same again when asked again."""
    divisor = parts[0][1]
    rows = [(top, group) for group, part in enumerate(parts) for top in part[0]]
    seed.shuffle(rows)  # type: ignore[attr-defined]
    of = {g: [top for top, group in rows if group == g] for g in range(len(parts))}
    wholes = {g: nearest(Fraction(sum(tops), divisor), "half_up") for g, tops in of.items()}
    tops, groups = [top for top, _ in rows], [group for _, group in rows]
    whole = [wholes[group] for group in groups]
    together = shares_of(tops, divisor, whole, groups)
    assert together == shares_of(tops, divisor, whole, groups)
    for group, alone in of.items():
        size = len(alone)
        mixed = [share for share, g in zip(together, groups, strict=True) if g == group]
        assert mixed == shares_of(alone, divisor, [wholes[group]] * size, [0] * size)


def allocated_of(whole: int, weights: list[int]) -> list[int | None]:
    expr = exact.allocated(pl.col("whole"), pl.col("weight"), ["group"])
    size = len(weights)
    return column(expr, whole=[whole] * size, weight=weights, group=[0] * size)


@TRIES
@given(whole=amounts, weights=st.lists(amounts, min_size=1, max_size=40))
@example(whole=30, weights=[334, 333, 333])
@example(whole=2, weights=[1, 1, 1])
@example(whole=-2, weights=[1, 1, 1])
@example(whole=7, weights=[5, -5])
@example(whole=7, weights=[0, 0])
@example(whole=5, weights=[-1, -2])
@example(whole=10**16, weights=[10**16] * 40)
def test_allocated_in_proportion(whole: int, weights: list[int]) -> None:
    got = allocated_of(whole, weights)
    everything = sum(weights)
    if everything == 0:
        assert got == [whole] + [0] * (len(weights) - 1)
        return
    shares = [Fraction(whole * weight, everything) for weight in weights]
    if any(fitting(floor(share)) is None for share in shares):
        return
    assert sum(share for share in got if share is not None) == whole
    for share, given_share in zip(shares, got, strict=True):
        assert given_share is not None
        assert abs(share - given_share) < 1
        assert share.denominator > 1 or given_share == share


def test_ties_go_to_the_row_that_stands_first() -> None:
    assert allocated_of(2, [1, 1, 1]) == [1, 1, 0]
    assert allocated_of(-1, [1, 1, 1]) == [0, 0, -1]
    assert allocated_of(1, [-1, -1, -1]) == [1, 0, 0]


def test_shares_that_do_not_fit_are_null() -> None:
    assert allocated_of(10**16, [10**16, -(10**16) + 1]) == [None, None]


def test_one_row_takes_all_even_at_the_limits() -> None:
    for whole in (HIGHEST, LOWEST, 0):
        for weight in (HIGHEST, LOWEST, 1, -1, 0):
            assert allocated_of(whole, [weight]) == [whole]


def test_no_result_is_ever_a_float() -> None:
    frame = pl.DataFrame({"a": [3], "b": [2], "g": [1]}, schema=dict.fromkeys("abg", pl.Int64))
    a, b = pl.col("a"), pl.col("b")
    results = frame.select(
        exact.multiplied(a, b, 7).alias("multiplied"),
        exact.percentage(a, b).alias("percentage"),
        exact.total(a).alias("total"),
        exact.apportioned(a, 2, b, ["g"]).alias("apportioned"),
        exact.allocated(a, b, ["g"]).alias("allocated"),
    )
    assert set(results.dtypes) == {pl.Int64}
