"""Proration of many subscriptions at once: the schedule's own arithmetic, over columns.

For periods counted in months and the convention of days. It gives what ``schedule.parts`` gives,
amount for amount.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from cleanbill.cycle.price.tiers import minor_unit_e14
from cleanbill.engine.calendar import with_period
from cleanbill.engine.exact import cumulated, running, wide
from cleanbill.engine.plan import collected
from cleanbill.nouns.scales import AMOUNT_MAX_MINOR


def placed(subscriptions: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the period that each one's ``day`` lies in.

    In: ``day``, ``origin``, ``months``, ``billing_day`` (see engine.calendar). Adds
    ``period_from`` and ``period_to``, the first day after it.
    """
    return subscriptions.lazy().pipe(with_period).pipe(collected)


def prorated(parts: pl.DataFrame, over: Sequence[str] = ("terms", "period_from")) -> pl.DataFrame:
    """Return the parts with ``counted``, ``counted_whole`` and ``amount_minor``.

    In: the parts of each period in order of time, with ``part_from``, ``part_to``,
    ``period_from``, ``period_to`` (each to: the first day after), ``quantity_e6``,
    ``unit_price_e8`` and ``currency``. Those of one period (equal in ``over``) add up to their
    exact sum, rounded once. A period with a part that would be beyond the bounds as a whole has
    null amounts.
    """
    value = wide(pl.col("quantity_e6")) * wide(pl.col("unit_price_e8"))
    bounded = pl.when(value.abs() <= AMOUNT_MAX_MINOR * minor_unit_e14()).then(value)
    return (
        parts.lazy()
        .with_columns(
            (pl.col("part_to") - pl.col("part_from")).dt.total_days().alias("counted"),
            (pl.col("period_to") - pl.col("period_from")).dt.total_days().alias("counted_whole"),
        )
        .with_columns(
            (bounded * wide(pl.col("counted"))).alias("_part"),
            (wide(pl.col("counted_whole")) * minor_unit_e14()).alias("_divisor"),
        )
        .with_columns(running(pl.col("_part"), over).alias("_so_far"))
        .with_columns(
            cumulated(pl.col("_so_far"), pl.col("_part"), pl.col("_divisor")).alias("amount_minor")
        )
        .drop("_part", "_divisor", "_so_far")
        .pipe(collected)
    )
