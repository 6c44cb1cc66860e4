"""Find the sale that a cancellation reverses: one is linked, several proposed, none guessed."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.plan import collected
from cleanbill.nouns.drawn import DRAWN


def originals_of(charges: pl.LazyFrame, earlier: pl.DataFrame) -> pl.LazyFrame:
    """Return the sales of this batch and the earlier billed ones, in the columns of ORIGINALS."""
    own = charges.filter((pl.col("kind") == "sale") & (pl.col("quantity_e6") > 0)).select(
        *_SHARED, pl.lit("drafted").alias("state"), pl.lit(0, dtype=pl.Int64).alias("credited_e6")
    )
    if earlier.is_empty():
        return own
    return pl.concat([own, earlier.lazy().select(*_SHARED, "state", "credited_e6")])


_SHARED = (
    *("charge_id", "reference", "source", "customer", "item", "unit_price_e8", "quantity_e6"),
    *("currency", "service_date"),
)
_CANCELLING = (
    *("charge_id", "source", "customer", "item", "unit_price_e8", "currency", "service_date"),
    "cancels",
)


_TOLD = {"original_price_e8": "price_e8", "original_currency": "currency", "original_date": "date"}
"""What is told of the one original."""

_LINK = {
    "charge_id": pl.Int64,
    "candidates": pl.Int64,
    "proposals": pl.String,
    "original_id": pl.Int64,
    "original_state": pl.String,
    "credited_e6": pl.Int64,
    "exceeds": pl.Boolean,
    "original_price_e8": pl.Int64,
    "original_currency": pl.String,
    "original_date": pl.Date,
}


def link(charges: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Return one row per cancellation: how many originals are possible, and the one if it is one.

    A cancellation that names what it ``cancels`` may reverse only that reference. Otherwise a
    possible original has the same customer, item, currency and unit price, at least the cancelled
    quantity, and comes before (by day, then by the order in which rows came in). Columns:
    ``charge_id``, ``candidates`` (count), ``proposals`` (up to five references), ``original_id``,
    ``original_state``, ``credited_e6`` (what earlier bills credit of it), ``exceeds``, and price,
    currency and day of the original.
    """
    billable = pl.col("not_billable").is_null()
    cancelling = (pl.col("kind") == "cancellation") & billable
    found = charges.filter(cancelling)
    if found.is_empty():
        return pl.DataFrame(schema=_LINK)
    # Narrow before it is paired: a pair has few columns, a charge many.
    cancellations = found.lazy().select(
        *_CANCELLING, pl.col("quantity_e6").abs().alias("cancelled_e6")
    )
    told = charges.lazy().select(*_SHARED, "kind", "not_billable")
    sales = originals_of(told.filter(billable), earlier)
    pairs = pl.concat([_named(cancellations, sales), _alike(cancellations, sales)])
    counted = pairs.group_by("charge_id").agg(
        pl.len().cast(pl.Int64).alias("candidates"),
        pl.col("sale_reference").sort_by("sale_id").head(5).str.join(", ").alias("proposals"),
        pl.col("sale_id").first().alias("original_id"),
        pl.col("sale_state").first().alias("original_state"),
        pl.col("sale_quantity_e6").first(),
        pl.col("sale_credited_e6").first(),
        *(pl.col(f"sale_{c}").first() for c in _TOLD.values()),
    )
    answer = cancellations.select("charge_id", "cancelled_e6").join(
        counted, on="charge_id", how="left", maintain_order="left"
    )
    alone = pl.col("candidates") == 1
    answer = answer.with_columns(
        pl.col("candidates").fill_null(0),
        pl.when(alone).then(pl.col("original_id")).alias("original_id"),
        pl.when(alone).then(pl.col("original_state")).alias("original_state"),
        *(pl.when(alone).then(pl.col(f"sale_{c}")).alias(name) for name, c in _TOLD.items()),
    ).sort("charge_id", maintain_order=True)
    taken = pl.col("cancelled_e6").cum_sum().over("original_id") - pl.col("cancelled_e6")
    before = pl.col("sale_credited_e6") + taken
    linked = pl.col("original_id").is_not_null()
    answer = answer.with_columns(
        pl.when(linked).then(pl.col("sale_credited_e6")).alias("credited_e6"),
        (linked & (before + pl.col("cancelled_e6") > pl.col("sale_quantity_e6"))).alias("exceeds"),
    )
    return collected(answer.select(*_LINK))


def _pairs(joined: pl.LazyFrame) -> pl.LazyFrame:
    return joined.select(
        "charge_id",
        "sale_id",
        "sale_reference",
        "sale_state",
        "sale_quantity_e6",
        "sale_credited_e6",
        "sale_price_e8",
        "sale_currency",
        "sale_date",
    )


def _renamed(sales: pl.LazyFrame) -> pl.LazyFrame:
    return sales.rename(
        {
            "charge_id": "sale_id",
            "reference": "sale_reference",
            "state": "sale_state",
            "quantity_e6": "sale_quantity_e6",
            "credited_e6": "sale_credited_e6",
            "service_date": "sale_date",
            "unit_price_e8": "sale_price_e8",
            "currency": "sale_currency",
        }
    )


def _named(cancellations: pl.LazyFrame, sales: pl.LazyFrame) -> pl.LazyFrame:
    """Pairs by the reference that the cancellation names, within its source, item and customer."""
    naming = cancellations.filter(pl.col("cancels").is_not_null())
    keys = ["source", "customer", "item", "cancels"]
    target = _renamed(sales).with_columns(pl.col("sale_reference").alias("cancels"))
    return _pairs(naming.join(target, on=keys, how="inner", nulls_equal=True))


def _alike(cancellations: pl.LazyFrame, sales: pl.LazyFrame) -> pl.LazyFrame:
    """Pairs by likeness. A sale without a customer cannot be told from another: no pairs.

    What terms take back names its original, or has none.
    """
    unnamed = pl.col("cancels").is_null() & ~pl.col("source").is_in(DRAWN)
    silent = cancellations.filter(unnamed & pl.col("customer").is_not_null())
    keys = ["customer", "item", "currency", "unit_price_e8"]
    sold = _renamed(sales).with_columns(
        pl.col("sale_currency").alias("currency"), pl.col("sale_price_e8").alias("unit_price_e8")
    )
    joined = silent.join(sold, on=keys, how="inner", nulls_equal=True)
    earlier = pl.col("sale_date") < pl.col("service_date")
    # Sources know more than the day but charges do not: within a day, rows stand in their order.
    same_day = pl.col("sale_date") == pl.col("service_date")
    before = earlier | (same_day & (pl.col("sale_id") < pl.col("charge_id")))
    enough = pl.col("sale_quantity_e6") >= pl.col("cancelled_e6")
    return _pairs(joined.filter(before & enough))
