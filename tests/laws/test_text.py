"""Numbers survive the way to text and back; what cannot be kept exactly is refused."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.laws.numbers import HIGHEST, LOWEST, TRIES, any_int64, column

from cleanbill.engine.text import fixed_text, money_text, scaled_from_text, trimmed_text
from cleanbill.nouns.scales import unscaled

places = st.sampled_from([0, 2, 3, 4, 6, 8])
NUMBER, TEXT = pl.col("number"), pl.col("text")


@TRIES
@given(values=st.lists(any_int64, min_size=1), decimals=places)
@example(values=[LOWEST, HIGHEST, 0, -1, 1, -5, 99, -100], decimals=2)
def test_fixed_text_is_the_exact_decimal(values: list[int], decimals: int) -> None:
    got = column(fixed_text(NUMBER, decimals), number=values)
    assert got == [format(unscaled(value, decimals), "f") for value in values]


@TRIES
@given(values=st.lists(any_int64, min_size=1), decimals=places)
@example(values=[LOWEST, HIGHEST, 0, -1, 100, -1000000], decimals=6)
def test_trimmed_text_is_the_shortest(values: list[int], decimals: int) -> None:
    got = column(trimmed_text(NUMBER, decimals), number=values)
    for value, text in zip(values, got, strict=True):
        assert isinstance(text, str)
        assert Decimal(text) == unscaled(value, decimals)
        assert "." not in text or text[-1] not in "0."


@TRIES
@given(values=st.lists(st.integers(-HIGHEST, HIGHEST) | any_int64, min_size=1), decimals=places)
def test_text_round_trip(values: list[int], decimals: int) -> None:
    values = [max(value, -HIGHEST) for value in values]
    for writer in (fixed_text, trimmed_text):
        texts = column(writer(NUMBER, decimals), number=values)
        assert column(scaled_from_text(TEXT, decimals, HIGHEST), text=texts) == values


@TRIES
@given(
    value=st.decimals(-(10**12), 10**12, places=9, allow_nan=False),
    decimals=places,
    limit=st.sampled_from([0, 1, 10**6, 10**16, 10**18, HIGHEST]),
)
def test_reading_refuses_instead_of_rounding(value: Decimal, decimals: int, limit: int) -> None:
    exact = value.scaleb(decimals)
    kept = exact == exact.to_integral_value() and abs(exact) <= limit
    got = column(scaled_from_text(TEXT, decimals, limit), text=[format(value, "f")])
    assert got == [int(exact) if kept else None]


@TRIES
@given(text=st.text(max_size=12) | st.text("0123456789+-., eE_٣５", max_size=8))
def test_reading_never_takes_what_is_no_number(text: str) -> None:
    got = column(scaled_from_text(TEXT, 8, 10**18), text=[text])[0]
    if got is not None:
        assert Decimal(text.strip()) * 10**8 == got


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12.34", 1234),
        (" -12.340000000000000000000000 ", -1234),
        ("+.5", 50),
        ("5.", 500),
        ("00012", 1200),
        ("-0", 0),
        ("12.345", None),
        ("1e3", None),
        ("1,234.00", None),
        (".", None),
        ("", None),
        ("--1", None),
        ("+-1", None),
        ("NaN", None),
        ("inf", None),
        ("0x10", None),
        ("1_000", None),
        ("12\n13", None),
        ("１２", None),
        ("10000000000000.01", None),
        ("99999999999999999999999999", None),
        (None, None),
    ],
)
def test_texts(text: str | None, minor: int | None) -> None:
    assert column(scaled_from_text(TEXT, 2, 10**15), text=[text]) == [minor]


@TRIES
@given(rows=st.lists(st.tuples(any_int64, st.sampled_from([0, 2, 3, 4])), min_size=1))
def test_money_text_has_the_decimals_of_each_row(rows: list[tuple[int, int]]) -> None:
    minor, decimals = zip(*rows, strict=True)
    got = column(money_text(NUMBER, pl.col("decimals")), number=minor, decimals=decimals)
    assert got == [format(unscaled(*row), "f") for row in rows]


def test_null_stays_null() -> None:
    for expr in (fixed_text(NUMBER, 2), trimmed_text(NUMBER, 6), fixed_text(NUMBER, 0)):
        assert column(expr, number=[None, 5])[0] is None
