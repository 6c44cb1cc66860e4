"""Effective dating over tables: which row is in force for a key on a day.

Rows carry ``valid_from`` and ``valid_to`` (exclusive, null for open). Where two rows of one key
overlap, the later start wins from its first day on until it ends; the overlap itself is for a check
to report.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cleanbill.engine.plan import collected

FOREVER = pl.date(9999, 12, 31)
"""Stands for "until further notice"."""


def disjoint(table: pl.LazyFrame, keys: Sequence[str]) -> pl.LazyFrame:
    """Return the table as stretches that never overlap, sorted by their start.

    Among overlapping rows of a key the later start holds from its first day on; where it ends
    before the other, the other holds again. A row that another interrupts comes back twice.
    """
    following = _over(pl.col("valid_from").shift(-1), keys)
    rows = collected(table).sort(*keys, "valid_from", nulls_last=False, maintain_order=True)
    begun, last = pl.col("valid_from"), pl.col("valid_to").fill_null(FOREVER)
    inside = (_over(begun.shift(-1), keys) < last) & (_over(last.shift(-1), keys) < last)
    if rows.select(inside.fill_null(False).any()).item():
        rows = _unfolded(rows, keys)
    ended = pl.min_horizontal("valid_to", following).alias("valid_to")
    return rows.lazy().with_columns(ended).sort("valid_from", maintain_order=True)


def _over(value: pl.Expr, keys: Sequence[str]) -> pl.Expr:
    return value.over(list(keys)) if keys else value


def _unfolded(rows: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Look at every day on which a row of a key begins or ends: who holds from there on?"""
    placed = rows.with_row_index("_row").with_columns(
        pl.struct(keys).rle_id().alias("_key") if keys else pl.lit(0).alias("_key")
    )
    days = pl.concat(
        [
            placed.select("_key", pl.col("valid_from").alias("_day")),
            placed.select("_key", pl.col("valid_to").alias("_day")).drop_nulls("_day"),
        ]
    ).unique()
    held = days.join(placed, on="_key").filter(
        (pl.col("valid_from") <= pl.col("_day"))
        & (pl.col("_day") < pl.col("valid_to").fill_null(FOREVER))
    )
    latest = held.sort("_key", "_day", "_row").unique(
        ["_key", "_day"], keep="last", maintain_order=True
    )
    return latest.with_columns(pl.col("_day").alias("valid_from")).select(rows.columns)


def overlapping(table: pl.LazyFrame, keys: Sequence[str]) -> pl.LazyFrame:
    """Return the rows that begin before an earlier row of their key has ended.

    Each is in force, in what is returned, only while that earlier row still is.
    """
    last_day = pl.col("valid_to").fill_null(FOREVER)
    ordered = table.sort(*keys, "valid_from", maintain_order=True).with_columns(
        last_day.cum_max().shift(1).over(list(keys)).alias("reached")
    )
    both = pl.min_horizontal(last_day, "reached").alias("valid_to")
    return (
        ordered.filter(pl.col("valid_from") < pl.col("reached")).with_columns(both).drop("reached")
    )


def in_force(
    rows: pl.LazyFrame,
    table: pl.LazyFrame,
    keys: Sequence[str],
    brought: Sequence[str],
    day: str = "service_date",
) -> pl.LazyFrame:
    """Return ``rows`` (same order, same count) with what the table's row in force brings.

    ``rows`` must be sorted by ``day``. The ``brought`` columns of the table are null where no row
    is in force; where two overlap, the later start counts.
    """
    dated = disjoint(table, keys).select(
        *keys, *brought, pl.col("valid_from").alias("_from"), pl.col("valid_to").alias("_to")
    )
    joined = rows.join_asof(
        dated,
        left_on=day,
        right_on="_from",
        by=list(keys) or None,
        strategy="backward",
        check_sortedness=False,
    )
    open_still = pl.col("_to").is_null() | (pl.col(day) < pl.col("_to"))
    return joined.with_columns(
        pl.when(open_still).then(pl.col(c)).otherwise(None).alias(c) for c in brought
    ).drop("_from", "_to")


def unknown(rows: pl.LazyFrame, table: pl.DataFrame, brought: Sequence[str]) -> pl.LazyFrame:
    """Return ``rows`` with the ``brought`` columns of an empty table: null, in their types."""
    return rows.with_columns(pl.lit(None, dtype=table.schema[c]).alias(c) for c in brought)
