"""Calendar arithmetic over columns: in which period of a grid of months a day lies.

The same grids as ``nouns.cadence``, for many rows at once.
"""

from __future__ import annotations

import polars as pl


def month_number(day: pl.Expr) -> pl.Expr:
    """Return the months from the beginning of our count to the month of each day."""
    return day.dt.year().cast(pl.Int64) * 12 + day.dt.month().cast(pl.Int64) - 1


def on(month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """Return a day of each month by its number; the last one where the month is too short."""
    year, place = month // 12, month % 12 + 1
    last = pl.date(year, place, 1).dt.month_end().dt.day().cast(pl.Int64)
    return pl.date(year, place, pl.min_horizontal(day.cast(pl.Int64), last))


def with_period(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Return the rows with ``period_from`` and ``period_to`` of the period each ``day`` lies in.

    In: ``day``, ``origin``, ``months`` and ``billing_day``. Periods are so many months long, one
    begins in the month of the origin, each on the billing day; ``period_to`` is the first day
    after. What several steps need is a column, never worked out twice.
    """
    day, months, billing_day = pl.col("day"), pl.col("months"), pl.col("billing_day")
    base = month_number(pl.col("origin"))
    begun = pl.col("_begun")
    return (
        rows.with_columns(base.alias("_base"), month_number(day).alias("_month"))
        .with_columns(
            (pl.col("_base") + (pl.col("_month") - pl.col("_base")) // months * months).alias(
                "_month"
            )
        )
        .with_columns(on(pl.col("_month"), billing_day).alias("_begun"))
        .with_columns(pl.when(begun > day).then(-months).otherwise(months).alias("_other"))
        .with_columns(on(pl.col("_month") + pl.col("_other"), billing_day).alias("_other"))
        .with_columns(
            pl.min_horizontal("_begun", "_other").alias("period_from"),
            pl.max_horizontal("_begun", "_other").alias("period_to"),
        )
        .drop("_base", "_month", "_begun", "_other")
    )
