"""Thrift: the same table, whatever its columns hold."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanbill.engine import thrift
from cleanbill.engine.thrift import thrifty

ROWS = 1200
VALUES = {
    pl.Int64: st.integers(-(2**63), 2**63 - 1),
    pl.String: st.text(max_size=3),
    pl.Boolean: st.booleans(),
    pl.Date: st.dates(date(1, 1, 1), date(9999, 12, 31)),
    pl.List(pl.Int64): st.lists(st.integers(0, 3), max_size=2),
}


@st.composite
def columns(draw: st.DrawFn) -> pl.Series:
    """A column of few values, or of one with an exception anywhere, or of none."""
    kind = draw(st.sampled_from(list(VALUES)))
    value = VALUES[kind] | st.none()
    rows = [draw(value)] * ROWS
    for place in draw(st.lists(st.integers(0, ROWS - 1), max_size=3)):
        rows[place] = draw(value)
    return pl.Series(values=rows, dtype=kind)


@given(st.lists(columns(), min_size=1, max_size=4))
def test_every_value_and_type_stays(found: list[pl.Series]) -> None:
    table = pl.DataFrame([column.alias(f"c{n}") for n, column in enumerate(found)])
    kept = thrifty(table)
    assert kept.schema == table.schema
    assert kept.equals(table, null_equal=True)
    assert kept.sort("c0", maintain_order=True).equals(table.sort("c0", maintain_order=True))


@pytest.mark.parametrize("rows", [0, 1, thrift.FEW, thrift.FEW + 1])
def test_a_table_of_any_size_comes_back(rows: int) -> None:
    table = pl.DataFrame(
        {"a": [1] * rows, "b": list(range(rows))}, schema={"a": pl.Int8, "b": pl.Int64}
    )
    assert thrifty(table).equals(table)
