"""What the laws of exact arithmetic share: numbers at the limits, columns made of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Any

import polars as pl
from hypothesis import settings
from hypothesis import strategies as st

LOWEST, HIGHEST = -(2**63), 2**63 - 1

TRIES = settings(max_examples=200, deadline=None)

EDGES = [0, 1, -1, 2, -2, 3, 5, 9, 10, 10**8, 10**16, 10**18, -(10**18)]
EDGES += [HIGHEST, HIGHEST - 1, LOWEST, LOWEST + 1, 2**62, 2**32, 2**31 - 1]

any_int64 = st.one_of(st.sampled_from(EDGES), st.integers(-100, 100), st.integers(LOWEST, HIGHEST))
any_divisor = st.one_of(
    st.sampled_from([1, 2, 3, 4, 7, 10**8, 10**14, HIGHEST]),
    st.integers(1, 100),
    st.integers(1, HIGHEST),
)
amounts = st.one_of(st.integers(-50, 50), st.integers(-(10**16), 10**16))
"""Minor units of one line, within the bounds of the schema."""


def fitting(exact: int) -> int | None:
    """Return the number when 64 bits hold it, else None."""
    return exact if LOWEST <= exact <= HIGHEST else None


def nearest(exact: Fraction, mode: str) -> int:
    """Return the whole number that a rounding mode chooses, from its definition."""
    below, above = floor(exact), ceil(exact)
    towards, away = (below, above) if exact >= 0 else (above, below)
    if mode == "down":
        return towards
    if mode == "up":
        return away
    if exact - below != above - exact:
        return below if exact - below < above - exact else above
    if mode == "half_up":
        return away
    return below if below % 2 == 0 else above


def column(expr: pl.Expr, **columns: Sequence[object]) -> list[Any]:
    """Return what an expression makes of Int64 columns (text columns stay text)."""
    series = [
        pl.Series(name, values, dtype=pl.String if name == "text" else pl.Int64)
        for name, values in columns.items()
    ]
    return pl.DataFrame(series).select(expr.alias("result"))["result"].to_list()
