"""Robust figures of many groups at once, in whole numbers: middle, spread, lowest, highest.

Every figure is one of the values, or the distance of one from the middle; nothing is averaged, so
nothing is rounded. Groups are told apart by a number, which sorts faster than text.
"""

from __future__ import annotations

import polars as pl

OUT_OF = 10
"""One value in so many is left out at either end before the lowest and the highest are taken."""


def spelled(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``group``, ``middle``, ``spread``, ``low``, ``high`` of each group's values.

    In: ``group`` and ``value``, whole numbers; rows without a value do not count. The middle is the
    lower median, the spread the lower median of the distances from it.
    """
    ordered = rows.drop_nulls("value").sort("group", "value")
    groups = ordered.group_by("group", maintain_order=True).agg(pl.len().cast(pl.Int64).alias("n"))
    size = groups["n"]
    start = size.cum_sum() - size
    half = start + (size - 1) // 2
    value = ordered["value"]
    middle = value.gather(half)
    begins = pl.col("group") != pl.col("group").shift(1)
    whose = ordered.select(begins.fill_null(False).cast(pl.Int64).cum_sum()).to_series()
    away = ordered.select("group", (pl.col("value") - middle.gather(whose)).abs().alias("away"))
    return groups.select(
        "group",
        middle.alias("middle"),
        away.sort("group", "away")["away"].gather(half).alias("spread"),
        value.gather(start + size // OUT_OF).alias("low"),
        value.gather(start + size - 1 - size // OUT_OF).alias("high"),
    )
