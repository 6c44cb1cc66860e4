"""Rows that equal another, and customers that are there twice."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as some

from cleanbill.cycle.verify import twins
from cleanbill.cycle.verify.alike import alike
from cleanbill.engine.tables import CUSTOMERS, conformed

KEYS = ("a", "b", "c", "d", "e", "f")
ROWS = some.lists(
    some.fixed_dictionaries(
        {
            "a": some.sampled_from(["x", "y", None]),
            "b": some.integers(0, 2),
            "c": some.none(),
            "d": some.booleans(),
            "e": some.sampled_from([None, "x", "y"]),
            "f": some.integers(0, 1),
        }
    ),
    max_size=25,
)


@given(ROWS)
def test_every_row_that_equals_another_is_found_and_hardly_any_other(rows: list[dict]) -> None:
    schema = {"a": pl.String, "b": pl.Int64, "c": pl.String, "d": pl.Boolean, "e": pl.String}
    frame = pl.DataFrame(rows, schema={**schema, "f": pl.Int64}).with_row_index("row")
    equal = frame.filter(frame.select(KEYS).is_duplicated())["row"].to_list()
    assert alike(frame, KEYS)["row"].to_list() == equal


def of(*rows: tuple[str, str | None, str | None, str | None]) -> dict[str, tuple[str, str]]:
    """Return twin and reason by customer, of customers with name, postcode and VAT id."""
    names = ("customer", "name", "postcode", "vat_id")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    found = twins(conformed(frame.with_columns(pl.lit("DE").alias("country")), CUSTOMERS))
    return {customer: (twin, by) for customer, twin, by in found.iter_rows()}


def test_each_customer_of_a_group_is_told_of_another() -> None:
    found = of(
        ("A", "Beta GmbH", "10115", None),
        ("B", "BETA", "10115", None),
        ("C", "Beta G.m.b.H", "20095", None),
        ("D", "beta mbH", "10115", None),
    )
    assert found == {"A": ("B", "name"), "B": ("A", "name"), "D": ("A", "name")}


def test_a_vat_id_counts_however_it_is_written() -> None:
    found = of(("A", "Alpha", "1", "DE 811 569 869"), ("B", "Beta", "2", "de811569869"))
    assert found == {"A": ("B", "vat_id"), "B": ("A", "vat_id")}


def test_firms_of_a_group_at_one_address_are_no_twins() -> None:
    assert not of(
        ("A", "Beta GmbH", "10115", "DE136695976"), ("B", "Beta AG", "10115", "DE811569869")
    )


def test_what_is_not_known_is_not_alike() -> None:
    assert not of(("A", None, "10115", None), ("B", None, "10115", None))
    assert not of(("A", "Beta", None, None), ("B", "Beta", None, None))
    assert not of(("A", "?", "10115", "-"), ("B", "!", "10115", ""))
