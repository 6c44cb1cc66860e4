"""Which price holds: the customer's own, else the agreement's plan, else the list."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.dated import in_force
from cleanbill.engine.plan import collected
from cleanbill.nouns.policy import PriceSource

_BROUGHT = (
    "price_id",
    "version",
    "model",
    "discount_percent_e6",
    "minimum_minor",
    "maximum_minor",
)
LEVELS = (
    ("customer", ("item", "currency", "customer")),
    ("plan", ("item", "currency", "plan")),
    ("list", ("item", "currency")),
)
"""Levels in order of precedence and the key of each."""


def level_of(prices: pl.DataFrame, level: str) -> pl.DataFrame:
    """Return the prices of one level: a customer's, a plan's, or the list."""
    own = pl.col("customer").is_not_null()
    planned = pl.col("plan").is_not_null()
    match level:
        case "customer":
            return prices.filter(own)
        case "plan":
            return prices.filter(~own & planned)
        case _:
            return prices.filter(~own & ~planned)


def chosen(charges: pl.DataFrame, prices: pl.DataFrame, source: PriceSource) -> pl.DataFrame:
    """Return the charges (sorted by service date) with ``price_id``, its terms and ``price_level``.

    ``price_level`` says where the price came from: ``customer``, ``plan``, ``list`` or ``charge``
    (the charge brings its own); null where there is none.
    """
    found = charges.lazy()
    if source is PriceSource.CHARGE or prices.is_empty():
        found = found.with_columns(
            *(pl.lit(None, dtype=prices.schema[c]).alias(_named(c)) for c in _BROUGHT),
            pl.lit(None, dtype=pl.String).alias("price_level"),
        )
    else:
        found = _looked_up(found, prices)
    if source is not PriceSource.LIST:
        alone = pl.col("price_level").is_null() & pl.col("unit_price_e8").is_not_null()
        level = pl.when(alone).then(pl.lit("charge")).otherwise(pl.col("price_level"))
        found = found.with_columns(level.alias("price_level"))
    return found.pipe(collected)


def _named(column: str) -> str:
    return column if column == "price_id" else f"price_{column}"


def _looked_up(found: pl.LazyFrame, prices: pl.DataFrame) -> pl.LazyFrame:
    """Look each level up that has prices, then take the first that answers."""
    levels = []
    for level, keys in LEVELS:
        table = level_of(prices, level)
        if table.is_empty():
            continue
        renamed = {c: f"{level}:{c}" for c in _BROUGHT}
        dated = table.lazy().select(*keys, "valid_from", "valid_to", *_BROUGHT).rename(renamed)
        found = in_force(found, dated, keys, list(renamed.values()))
        levels.append(level)
    first = pl.lit(None, dtype=pl.String)
    picked = {c: pl.lit(None, dtype=prices.schema[c]) for c in _BROUGHT}
    for level in reversed(levels):
        hit = pl.col(f"{level}:price_id").is_not_null()
        first = pl.when(hit).then(pl.lit(level)).otherwise(first)
        for column, value in picked.items():
            picked[column] = pl.when(hit).then(pl.col(f"{level}:{column}")).otherwise(value)
    return found.with_columns(
        first.alias("price_level"), *(v.alias(_named(c)) for c, v in picked.items())
    ).drop(f"{level}:{column}" for level in levels for column in _BROUGHT)
