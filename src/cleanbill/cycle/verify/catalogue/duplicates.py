"""Checks on charges that seem to be there twice."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.alike import alike
from cleanbill.cycle.verify.declare import WARN, row_check, table_check
from cleanbill.cycle.verify.look import Tables
from cleanbill.engine.tables import CHARGES
from cleanbill.nouns.finding import Mending, Owner, Proposal

_FIRST = ("customer", "item", "quantity_e6", "service_date")
"""What tells most rows apart."""
_APART = ("charge_id", "reference", "occurrence", "content_hash", "repeats")
_ALIKE = (*_FIRST, *(c for c in CHARGES if c not in (*_FIRST, *_APART)))
"""All that a row says beside its reference."""
_SAME_SUPPLY = ("customer", "item", "quantity_e6", "currency", "service_date")


def _under_another_reference(tables: Tables) -> pl.LazyFrame:
    """Sales that name an order or delivery and equal an earlier row in all but the reference."""
    named = pl.col("order").is_not_null() | pl.col("delivery").is_not_null()
    read = tables.charges.select("charge_id", "reference", "repeats", *_ALIKE)
    rows = read.filter((pl.col("kind") == "sale") & (pl.col("repeats") == 0) & named)
    return _later_of_equals(rows, _ALIKE, "reference")


def _from_another_source(tables: Tables) -> pl.LazyFrame:
    """Sales that another source has reported for the same customer, item, quantity and day."""
    charges = tables.charges
    if charges["source"].n_unique() < 2:
        return pl.LazyFrame(schema={"charge_id": pl.Int64})
    read = charges.select("charge_id", "reference", "source", "kind", *_SAME_SUPPLY)
    rows = read.filter((pl.col("kind") == "sale") & pl.col("customer").is_not_null())
    return _later_of_equals(rows, _SAME_SUPPLY, "source")


def _later_of_equals(rows: pl.DataFrame, keys: tuple[str, ...], differing: str) -> pl.LazyFrame:
    """Rows that equal an earlier one in the keys, but not in one column; ``twin``: the earlier.

    Null equals null here: two rows without an order are alike in it.
    """
    few = alike(rows, keys)
    if few.is_empty():
        return pl.LazyFrame(schema={"charge_id": pl.Int64})
    filled = [k for k in keys if rows[k].null_count() < rows.height]
    wanted = dict.fromkeys(("charge_id", "reference", differing, *filled))
    return (
        few.lazy()
        .select(*wanted)
        .sort("charge_id")
        .with_columns(
            pl.col("reference").first().over(filled).alias("twin"),
            pl.col(differing).first().over(filled).alias("twin_source"),
        )
        .filter(pl.col(differing) != pl.col("twin_source"))
        .select("charge_id", "twin", "twin_source")
    )


CHECKS = (
    row_check(
        "CB-CHG-001",
        WARN,
        "Exact duplicate",
        "This row repeats an earlier one in every field ({reference}).",
        "If it was meant once, write this charge off; if twice, dismiss the finding.",
        pl.col("repeats") > 0,
        "reference item quantity",
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("reference",)),
    ),
    table_check(
        "CB-CHG-049",
        WARN,
        "Same row under another reference",
        "{reference} says in every field what {twin} says: {quantity} of {item} on {service_date}, "
        "order {order}.",
        "Ask {source} whether this was delivered twice; if not, write {reference} off.",
        _under_another_reference,
        "reference twin item quantity service_date order source",
        about="charge_id",
        needs={"charges": " ".join((*_ALIKE, "reference", "repeats", "order"))},
        owner=Owner.SPECIALIST,
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("reference", "twin")),
    ),
    table_check(
        "CB-CHG-025",
        WARN,
        "Reported by two sources",
        "{source} and {twin_source} both report {quantity} of {item} for {customer} on "
        "{service_date} ({reference}, {twin}).",
        "Find out which of the two sources bills this, and write the other row off.",
        _from_another_source,
        "reference twin source twin_source customer item quantity service_date",
        about="charge_id",
        needs={"charges": " ".join((*_SAME_SUPPLY, "reference", "source", "kind"))},
        owner=Owner.SPECIALIST,
        proposal=Proposal(Mending.MERGE_DUPLICATE, ("reference", "twin")),
    ),
)
