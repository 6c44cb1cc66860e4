"""Effective dating over tables: which row is in force for a key on a day.

Rows carry ``valid_from`` and ``valid_to`` (exclusive, null for open). Where two rows of one key
overlap, the later start wins from its first day on; the overlap itself is for a check to report.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def disjoint(table: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return the table with each row ending where the next of its key begins; sorted by start."""
    ordered = table.sort(*keys, "valid_from", nulls_last=False, maintain_order=True)
    following = (
        pl.col("valid_from").shift(-1).over(list(keys)) if keys else pl.col("valid_from").shift(-1)
    )
    return ordered.with_columns(pl.min_horizontal("valid_to", following).alias("valid_to")).sort(
        "valid_from", maintain_order=True
    )


def overlapping(table: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return the rows that begin before an earlier row of their key has ended."""
    last_day = pl.col("valid_to").fill_null(pl.date(9999, 12, 31))
    ordered = table.sort(*keys, "valid_from", maintain_order=True).with_columns(
        last_day.cum_max().shift(1).over(list(keys)).alias("reached")
    )
    return ordered.filter(pl.col("valid_from") < pl.col("reached")).drop("reached")


def in_force(
    rows: pl.DataFrame, table: pl.DataFrame, keys: Sequence[str], day: str = "service_date"
) -> pl.DataFrame:
    """Return ``rows`` (same order, same count) with the columns of the table's row in force.

    ``rows`` must be sorted by ``day``; ``table`` comes from ``disjoint``. Columns are null where
    no row is in force; ``valid_from`` and ``valid_to`` do not travel.
    """
    brought = [c for c in table.columns if c not in (*keys, "valid_from", "valid_to")]
    if table.is_empty():
        return rows.with_columns(pl.lit(None, dtype=table.schema[c]).alias(c) for c in brought)
    joined = rows.join_asof(
        table.rename({"valid_from": "_from", "valid_to": "_to"}),
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
