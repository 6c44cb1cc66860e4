"""The amount of a charge: gross by the price model, discount, net; each rounded once."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from cleanbill.cycle.price.choose import chosen
from cleanbill.cycle.price.tiers import currency_decimals, minor_unit_e14, segments
from cleanbill.engine.exact import Rounding, divided, narrow, percentage, wide
from cleanbill.engine.tables import MasterData
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.scales import AMOUNT_MAX_MINOR, PRICE_MAX_E8, QUANTITY_MAX_E6


def quote(charges: pl.DataFrame, master: MasterData, policy: Policy) -> pl.DataFrame:
    """Return the charges, which must be sorted by service date, with price and amounts.

    Adds ``price_id``, ``price_version``, ``price_level``, ``model``, ``tier``, ``decimals``,
    ``line_price_e8`` (what the line prints), ``gross_minor``, ``discount_percent_e6``,
    ``discount_minor``, ``net_minor``; amounts are null without a price or beyond their bounds.
    Sizes are priced without sign; a sale of negative quantity is negative, a cancellation is not.
    """
    return amounts(chosen(charges, master.prices, policy.price_source), master)


def amounts(priced: pl.DataFrame, master: MasterData) -> pl.DataFrame:
    """Return charges whose price is chosen with their amounts; also how an issued line is replayed.

    Needs what ``chosen`` adds; see ``quote`` for what comes out.
    """
    parts = segments(master.prices, master.tiers)
    size = pl.col("quantity_e6").abs()
    framed = priced.with_columns(
        pl.when(size <= QUANTITY_MAX_E6).then(size).alias("size_e6"),
        currency_decimals().alias("decimals"),
        minor_unit_e14().alias("unit_e14"),
    )
    tiered = _with_tier(framed, parts)
    models = tiered["model"].unique().to_list()
    return (
        tiered.with_columns(_gross(models).alias("gross_minor"))
        .with_columns(
            pl.coalesce("discount_percent_e6", "price_discount_percent_e6")
            .fill_null(0)
            .alias("discount_percent_e6"),
        )
        .with_columns(
            percentage(pl.col("gross_minor"), pl.col("discount_percent_e6")).alias("discount_minor")
        )
        .with_columns(
            (pl.col("gross_minor") - pl.col("discount_minor")).alias("net_minor"),
            pl.when(pl.col("model").is_in(["unit", "volume"]) & pl.col("tier_flat_minor").is_null())
            .then(pl.col("tier_price_e8"))
            .alias("line_price_e8"),
        )
        .drop(
            "size_e6",
            "unit_e14",
            "origin_e6",
            "base_e14",
            "package_size_e6",
            "percent_e6",
            "from_e6",
            "up_to_e6",
            "tier_price_e8",
            "tier_flat_minor",
            "price_minimum_minor",
            "price_maximum_minor",
            "price_model",
            "price_discount_percent_e6",
        )
    )


def _with_tier(charges: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Attach the segment that each quantity falls into; a charge's own price is one segment."""
    found = _segmented(charges, parts)
    own = pl.col("price_level") == "charge"
    flat_known = pl.col("tier_flat_minor").is_not_null()
    return found.with_columns(
        pl.when(own).then(pl.lit("unit")).otherwise(pl.col("price_model")).alias("model"),
        pl.when(own)
        .then(pl.col("unit_price_e8"))
        .when(flat_known)
        .then(pl.col("tier_price_e8").fill_null(0))
        .otherwise(pl.col("tier_price_e8"))
        .alias("tier_price_e8"),
        pl.when(own).then(0).otherwise(pl.col("origin_e6")).cast(pl.Int64).alias("origin_e6"),
        pl.when(own).then(0).otherwise(pl.col("base_e14")).cast(pl.Int128).alias("base_e14"),
    )


def _segmented(charges: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    if parts.is_empty():
        return charges.with_columns(
            pl.lit(None, dtype=kind).alias(c) for c, kind in parts.schema.items() if c != "price_id"
        )
    size = pl.col("size_e6")
    several = parts.filter(pl.len().over("price_id") > 1)
    many = pl.col("price_id").is_in(several["price_id"].unique().implode()).fill_null(False)
    tiered = charges.filter(many)
    if tiered.is_empty():
        single = parts.filter(pl.len().over("price_id") == 1)
        return charges.join(single, on="price_id", how="left", maintain_order="left")
    reached = tiered.join(several, on="price_id", how="left", maintain_order="left").filter(
        (size <= pl.col("up_to_e6"))
        & ((size > pl.col("from_e6")) | ((size == 0) & (pl.col("from_e6") == 0)))
    )
    lost = tiered.join(reached.select("charge_id"), on="charge_id", how="anti")
    single = parts.filter(pl.len().over("price_id") == 1)
    plain = charges.filter(~many).join(single, on="price_id", how="left", maintain_order="left")
    return pl.concat([plain, reached, lost], how="diagonal_relaxed").sort(
        "service_date", "charge_id", maintain_order=True
    )


def _gross(models: Collection[str]) -> pl.Expr:
    """The gross amount by model; only the models that occur are worked out."""
    price = pl.when(pl.col("tier_price_e8").abs() <= PRICE_MAX_E8).then(pl.col("tier_price_e8"))
    linear = pl.col("base_e14") + wide(pl.col("size_e6") - pl.col("origin_e6")) * wide(price)
    gross = divided(linear, pl.col("unit_e14"))
    others = {"flat": _flat, "package": _package, "percentage": _percentage}
    for model, amount in others.items():
        if model in models:
            gross = pl.when(pl.col("model") == model).then(amount(price)).otherwise(gross)
    bounded = pl.when(gross.abs() <= AMOUNT_MAX_MINOR).then(narrow(gross))
    negative = (pl.col("quantity_e6") < 0) & (pl.col("kind") == "sale")
    return pl.when(negative).then(-bounded).otherwise(bounded)


def _flat(_price: pl.Expr) -> pl.Expr:
    return divided(pl.col("base_e14"), pl.col("unit_e14"))


def _package(price: pl.Expr) -> pl.Expr:
    packs = divided(pl.col("size_e6"), pl.max_horizontal(pl.col("package_size_e6"), 1), Rounding.UP)
    priced = wide(narrow(packs * 10**6)) * wide(price) + pl.col("base_e14")
    return divided(priced, pl.col("unit_e14"))


def _percentage(_price: pl.Expr) -> pl.Expr:
    share = wide(pl.col("amount_minor").abs()) * wide(pl.col("percent_e6"))
    fixed = wide(pl.col("tier_flat_minor").fill_null(0)) * 10**8
    percent = divided(share + fixed, 10**8)
    at_least = pl.max_horizontal(percent, wide(pl.col("price_minimum_minor")))
    held_in = pl.min_horizontal(at_least, wide(pl.col("price_maximum_minor")))
    return pl.when(percent.is_not_null()).then(held_in)
