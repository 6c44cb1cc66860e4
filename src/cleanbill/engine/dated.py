"""Effective dating over tables: which row is in force for a key on a day.

Rows carry ``valid_from`` and ``valid_to`` (exclusive, null for open). Where two rows of one key
overlap, the later start wins from its first day on; the overlap itself is for a check to report.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def disjoint(table: pl.LazyFrame, keys: Sequence[str]) -> pl.LazyFrame:
    """Return the table with each row ending where the next of its key begins; sorted by start."""
    following = pl.col("valid_from").shift(-1)
    if keys:
        following = following.over(list(keys))
    ordered = table.sort(*keys, "valid_from", nulls_last=False, maintain_order=True)
    return ordered.with_columns(pl.min_horizontal("valid_to", following).alias("valid_to")).sort(
        "valid_from", maintain_order=True
    )


def overlapping(table: pl.LazyFrame, keys: Sequence[str]) -> pl.LazyFrame:
    """Return the rows that begin before an earlier row of their key has ended."""
    last_day = pl.col("valid_to").fill_null(pl.date(9999, 12, 31))
    ordered = table.sort(*keys, "valid_from", maintain_order=True).with_columns(
        last_day.cum_max().shift(1).over(list(keys)).alias("reached")
    )
    return ordered.filter(pl.col("valid_from") < pl.col("reached")).drop("reached")


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
