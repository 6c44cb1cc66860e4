"""Which price holds: the customer's own, else the agreement's plan, else the list."""

from __future__ import annotations

import polars as pl

from cleanbill.engine.dated import disjoint, in_force
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
    charged = pl.col("unit_price_e8").is_not_null()
    if source is PriceSource.CHARGE or prices.is_empty():
        nothing = [
            pl.lit(None, dtype=prices.schema[c]).alias(f"price_{c}" if c != "price_id" else c)
            for c in _BROUGHT
        ]
        found = charges.with_columns(*nothing, pl.lit(None, dtype=pl.String).alias("price_level"))
    else:
        found = _looked_up(charges, prices)
    if source is PriceSource.LIST:
        return found
    level = pl.when(pl.col("price_level").is_null() & charged).then(pl.lit("charge"))
    return found.with_columns(level.otherwise(pl.col("price_level")).alias("price_level"))


def _looked_up(charges: pl.DataFrame, prices: pl.DataFrame) -> pl.DataFrame:
    found = charges
    names = []
    for level, keys in LEVELS:
        table = level_of(prices, level)
        if table.is_empty():
            continue
        renamed = {c: f"{level}:{c}" for c in _BROUGHT}
        dated = disjoint(table.select(*keys, "valid_from", "valid_to", *_BROUGHT), keys)
        found = in_force(found, dated.rename(renamed), keys)
        names.append(level)
    first = pl.lit(None, dtype=pl.String)
    for level in reversed(names):
        hit = pl.col(f"{level}:price_id").is_not_null()
        first = pl.when(hit).then(pl.lit(level)).otherwise(first)
    found = found.with_columns(first.alias("price_level"))
    picked = []
    for column in _BROUGHT:
        value: pl.Expr = pl.lit(None, dtype=prices.schema[column])
        for level in reversed(names):
            here = pl.col("price_level") == level
            value = pl.when(here).then(pl.col(f"{level}:{column}")).otherwise(value)
        picked.append(value.alias(column if column == "price_id" else f"price_{column}"))
    return found.with_columns(picked).drop(
        f"{level}:{column}" for level in names for column in _BROUGHT
    )
