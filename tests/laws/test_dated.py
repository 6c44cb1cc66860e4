"""Effective dating: every day the latest start in force holds, whatever else is there."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanbill.engine.dated import in_force, overlapping

FIRST = date(2026, 1, 1)
DAYS = st.integers(0, 12)
ROWS = st.lists(
    st.tuples(st.sampled_from(["A", "B"]), DAYS, st.one_of(st.none(), st.integers(1, 12))),
    max_size=6,
)


def day(n: int) -> date:
    return FIRST + timedelta(days=n)


def table(rows: list[tuple[str, int, int | None]]) -> pl.LazyFrame:
    made = [
        (key, n, day(start), None if length is None else day(start + length))
        for n, (key, start, length) in enumerate(rows)
    ]
    schema = {"key": pl.String, "n": pl.Int64, "valid_from": pl.Date, "valid_to": pl.Date}
    return pl.DataFrame(made, schema=schema, orient="row").lazy()


def asked() -> pl.LazyFrame:
    days = [(key, day(n)) for n in range(-1, 27) for key in ("A", "B")]
    schema = {"key": pl.String, "service_date": pl.Date}
    return pl.DataFrame(days, schema=schema, orient="row").lazy()


def covering(rows: list[tuple[str, int, int | None]], key: str, on: date) -> list[tuple[int, int]]:
    """The (start, place) of all rows of the key that cover the day."""
    return [
        (start, n)
        for n, (own, start, length) in enumerate(rows)
        if own == key and day(start) <= on and (length is None or on < day(start + length))
    ]


@settings(deadline=None, max_examples=300)
@given(rows=ROWS)
def test_the_latest_start_holds_until_it_ends(rows: list[tuple[str, int, int | None]]) -> None:
    found = in_force(asked(), table(rows), ["key"], ["n"]).collect()
    for key, on, n in found.select("key", "service_date", "n").iter_rows():
        covers = covering(rows, key, on)
        assert n == (max(covers)[1] if covers else None), (key, on)


@settings(deadline=None, max_examples=300)
@given(rows=ROWS)
def test_a_day_is_doubled_exactly_where_two_rows_cover_it(
    rows: list[tuple[str, int, int | None]],
) -> None:
    doubled = overlapping(table(rows), ["key"]).with_columns(pl.lit(True).alias("doubled"))
    found = in_force(asked(), doubled, ["key"], ["doubled"]).collect()
    for key, on, twice in found.select("key", "service_date", "doubled").iter_rows():
        assert bool(twice) == (len(covering(rows, key, on)) > 1), (key, on)
