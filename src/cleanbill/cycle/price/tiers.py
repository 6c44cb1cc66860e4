"""Tiers as segments: every price model becomes ``base + (quantity - origin) * unit_price``.

A segment reaches from above ``from_e6`` up to and including ``up_to_e6``. ``base_e14`` is what the
segments below contribute, at the scale of quantity times price (14 decimals, 128 bits), so that
a tiered amount is exact until its one rounding.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from cleanbill.engine.exact import wide
from cleanbill.engine.plan import collected
from cleanbill.nouns.currency import DECIMALS

SEGMENTS = {
    "price_id": pl.Int64,
    "tier": pl.Int32,
    "from_e6": pl.Int64,
    "up_to_e6": pl.Int64,
    "origin_e6": pl.Int64,
    "base_e14": pl.Int128,
    "tier_price_e8": pl.Int64,
    "tier_flat_minor": pl.Int64,
    "package_size_e6": pl.Int64,
    "percent_e6": pl.Int64,
    "tier_discount_percent_e6": pl.Int64,
}
"""The last column only where a tier has a discount."""
WITHOUT_FLAT = ("unit", "package", "dynamic")
"""Models whose formula knows no flat amount; an import refuses one."""
OPEN_E6 = 2**63 - 1
"""Stands for "and everything above"."""


@cache
def currency_decimals() -> pl.Expr:
    """Return the decimals of each row's ``currency``, null for an unknown one."""
    return pl.col("currency").replace_strict(DECIMALS, default=None, return_dtype=pl.Int8)


@cache
def minor_unit_e14() -> pl.Expr:
    """Return what one minor unit of the row's ``currency`` is at 14 decimals, 128 bits wide."""
    units = {code: 10 ** (14 - decimals) for code, decimals in DECIMALS.items()}
    unit = pl.col("currency").replace_strict(units, default=None, return_dtype=pl.Int64)
    return unit.cast(pl.Int128)


def _laddered(prices: pl.DataFrame, tiers: pl.DataFrame) -> pl.LazyFrame:
    """The tiers of each price from below to above, the highest without end, with ``flat``."""
    heads = prices.lazy().select("price_id", "model", "currency")
    highest = pl.int_range(pl.len()).over("price_id") == pl.len().over("price_id") - 1
    flat = pl.when(~pl.col("model").is_in(WITHOUT_FLAT)).then(pl.col("flat_minor")).fill_null(0)
    bound = pl.when(highest).then(OPEN_E6).otherwise(pl.col("up_to_e6"))
    return (
        tiers.lazy()
        .join(heads, on="price_id", maintain_order="left")
        .with_columns(pl.col("up_to_e6").fill_null(OPEN_E6), wide(flat).alias("flat"))
        .sort("price_id", "up_to_e6", maintain_order=True)
        .with_columns(bound.alias("up_to_e6"))
    )


def segments(prices: pl.DataFrame, tiers: pl.DataFrame) -> pl.DataFrame:
    """Return one row per tier with ``from_e6``, ``origin_e6`` and ``base_e14`` worked out.

    In: PRICES and TIERS. A flat amount counts once for a volume tier, and for each tier entered
    of a graduated price.
    """
    discounts = tiers["volume_discount_percent_e6"]
    discounted = discounts.null_count() < tiers.height
    columns = [c for c in SEGMENTS if discounted or c != "tier_discount_percent_e6"]
    if tiers.is_empty():
        return pl.DataFrame(schema=SEGMENTS).select(columns)
    ordered = _laddered(prices, tiers)
    below = pl.col("up_to_e6").shift(1).over("price_id").fill_null(0)
    graduated = pl.col("model") == "graduated"
    framed = ordered.with_columns(
        below.alias("from_e6"),
        (pl.col("flat") * minor_unit_e14()).alias("flat_e14"),
    )
    filled = wide(pl.col("up_to_e6") - pl.col("from_e6")) * wide(
        pl.col("unit_price_e8").fill_null(0)
    ) + pl.col("flat_e14")
    counted = framed.with_columns(
        pl.when(graduated & (pl.col("up_to_e6") < OPEN_E6)).then(filled).otherwise(0).alias("part")
    )
    lower = wide(pl.col("part")).cum_sum().over("price_id") - pl.col("part")
    return (
        counted.with_columns(
            pl.when(graduated)
            .then(pl.col("from_e6"))
            .otherwise(0)
            .cast(pl.Int64)
            .alias("origin_e6"),
            (
                pl.when(graduated).then(lower).otherwise(0).cast(pl.Int128) + pl.col("flat_e14")
            ).alias("base_e14"),
        )
        .rename(
            {
                "unit_price_e8": "tier_price_e8",
                "flat_minor": "tier_flat_minor",
                "volume_discount_percent_e6": "tier_discount_percent_e6",
            }
        )
        .select(columns)
        .pipe(collected)
    )
