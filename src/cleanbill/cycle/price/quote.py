"""The amount of a charge: gross by the price model, discount, net; each rounded once."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from cleanbill.cycle.price.choose import chosen
from cleanbill.cycle.price.tiers import currency_decimals, minor_unit_e14, segments
from cleanbill.engine.dated import unknown
from cleanbill.engine.exact import Rounding, divided, narrow, percentage, wide
from cleanbill.engine.plan import collected
from cleanbill.engine.tables import MasterData
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.scales import AMOUNT_MAX_MINOR, PRICE_MAX_E8, QUANTITY_MAX_E6


def quote(charges: pl.DataFrame, master: MasterData, policy: Policy) -> pl.DataFrame:
    """Return the charges, which must be sorted by service date, with price and amounts.

    Adds ``price_id``, ``price_version``, ``price_level``, ``prices_tied``, ``model``, ``tier``,
    ``decimals``, ``line_price_e8`` (what the line prints), ``gross_minor``,
    ``discount_percent_e6``, ``discount_minor``, ``net_minor``; amounts are null without a price or
    beyond their bounds. Where a price rounds quantities, ``billed_quantity_e6`` is what was priced,
    null where that is the quantity itself. Sizes are priced without sign; a sale of negative
    quantity is negative, a cancellation is not. ``inclusive``: the price includes tax; all null
    where none does.
    """
    priced = chosen(charges, master.prices, policy.price_source)
    return _inclusive(amounts(priced, master), master.prices, policy)


def _inclusive(priced: pl.DataFrame, prices: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Say of each charge whether its price includes tax: as the price says, else the policy.

    The price or amount that a charge brings includes tax where the charge says so.
    """
    usual = pl.lit(True if policy.prices_include_tax else None, dtype=pl.Boolean)
    if priced["includes_tax"].null_count() < priced.height:
        # What another price decides is not the charge's own to say.
        own = (pl.col("price_level") == "charge") | pl.col("model").is_in(BROUGHT)
        usual = pl.coalesce(pl.when(own).then(pl.col("includes_tax")), usual)
    if "includes_tax" not in prices.columns or prices["includes_tax"].null_count() == prices.height:
        return priced.with_columns(usual.alias("inclusive"))
    said = prices.select("price_id", pl.col("includes_tax").alias("inclusive"))
    joined = priced.join(said, on="price_id", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("inclusive", usual))


BROUGHT = ("dynamic", "percentage")
"""Models that take their price or amount from the charge."""


def amounts(priced: pl.DataFrame, master: MasterData) -> pl.DataFrame:
    """Return charges whose price is chosen with their amounts; also how an issued line is replayed.

    Needs what ``chosen`` adds; see ``quote`` for what comes out.
    """
    parts = segments(master.prices, master.tiers)
    models = set(master.prices["model"].unique())
    size = _size(priced.columns)
    framed = priced.lazy().with_columns(
        pl.when(size <= QUANTITY_MAX_E6).then(size).alias("size_e6"),
        currency_decimals().alias("decimals"),
        minor_unit_e14().alias("unit_e14"),
    )
    grossed = _gross(_with_tier(framed, parts, models), models, priced.columns)
    own_percent = pl.coalesce(_percents(parts)).fill_null(0)
    single = pl.col("model").is_in(SINGLE) & pl.col("tier_flat_minor").is_null()
    if _limited(priced.columns):
        # A line held to its minimum or maximum is no product of quantity and price.
        single &= ~pl.col("held_to_limit")
    if "price_increment_e6" in priced.columns:
        rounded = pl.col("size_e6") != pl.col("quantity_e6").abs()
        billed = pl.when(rounded).then(pl.col("size_e6")).alias("billed_quantity_e6")
        grossed = grossed.with_columns(billed)
        single &= pl.col("billed_quantity_e6").is_null()
    return (
        grossed.with_columns(
            own_percent.alias("discount_percent_e6"),
            pl.when(single).then(pl.col("tier_price_e8")).alias("line_price_e8"),
        )
        .with_columns(
            percentage(pl.col("gross_minor"), pl.col("discount_percent_e6")).alias("discount_minor")
        )
        .with_columns((pl.col("gross_minor") - pl.col("discount_minor")).alias("net_minor"))
        .drop(_USED_UP, strict=False)
        .pipe(collected)
    )


SINGLE = ("unit", "volume", "dynamic")
"""Models with one price for all units of a line."""


def _size(columns: Collection[str]) -> pl.Expr:
    """The quantity without sign, rounded to the increment of its price where that has one."""
    size = pl.col("quantity_e6").abs()
    if "price_increment_e6" not in columns:
        return size
    step, how = pl.col("price_increment_e6"), pl.col("price_increment_rounding")
    unit = pl.max_horizontal(step, 1)
    within = pl.when(size <= QUANTITY_MAX_E6).then(size)
    steps = (
        pl.when(how == "nearest")
        .then(divided(within, unit))
        .when(how == "down")
        .then(divided(within, unit, Rounding.DOWN))
        .otherwise(divided(within, unit, Rounding.UP))
    )
    return pl.when(step.is_null()).then(size).otherwise(narrow(steps * wide(unit)))


def _percents(parts: pl.DataFrame) -> list[str]:
    """Whose discount counts: the charge's own, else that of the tier, else that of the price."""
    of_tier = ["tier_discount_percent_e6"] if "tier_discount_percent_e6" in parts.columns else []
    return ["discount_percent_e6", *of_tier, "price_discount_percent_e6"]


def _limited(columns: Collection[str]) -> bool:
    return "price_minimum_minor" in columns or "price_maximum_minor" in columns


def _with_tier(charges: pl.LazyFrame, parts: pl.DataFrame, models: Collection[str]) -> pl.LazyFrame:
    """Attach the segment that each quantity falls into; a charge's own price is one segment."""
    own = pl.col("price_level") == "charge"
    flat_known = pl.col("tier_flat_minor").is_not_null()
    brings = own | (pl.col("price_model") == "dynamic") if "dynamic" in models else own
    return _segmented(charges, parts).with_columns(
        pl.when(own).then(pl.lit("unit")).otherwise(pl.col("price_model")).alias("model"),
        pl.when(brings)
        .then(pl.col("unit_price_e8"))
        .when(flat_known)
        .then(pl.col("tier_price_e8").fill_null(0))
        .otherwise(pl.col("tier_price_e8"))
        .alias("tier_price_e8"),
        pl.when(own).then(0).otherwise(pl.col("origin_e6")).cast(pl.Int64).alias("origin_e6"),
        pl.when(own).then(0).otherwise(pl.col("base_e14")).cast(pl.Int128).alias("base_e14"),
    )


MOST_BOUNDS = 12
"""Prices with more tiers than this are looked up by a sorted search instead."""


def _segmented(charges: pl.LazyFrame, parts: pl.DataFrame) -> pl.LazyFrame:
    """Join each charge to the one segment of its price that holds its size.

    Segments of a price reach up to ascending bounds, so the right one is the first that is not
    below the size. Its place is the count of bounds below the size, which needs no row per tier.
    """
    brought = [c for c in parts.columns if c not in ("price_id", "up_to_e6")]
    if parts.is_empty():
        return unknown(charges, parts, brought)
    single = parts.lazy().filter(pl.len().over("price_id") == 1).select("price_id", *brought)
    if parts["price_id"].n_unique() == parts.height:
        return charges.join(single, on="price_id", how="left", maintain_order="left")
    placed = parts.with_columns((pl.int_range(pl.len()).over("price_id")).alias("_place"))
    most = max(parts["price_id"].value_counts()["count"].to_list()) - 1
    if most > MOST_BOUNDS:
        return _searched(charges, parts, brought)
    bounds = [f"_bound{n}" for n in range(most)]
    ladder = placed.group_by("price_id").agg(
        pl.col("up_to_e6").get(n, null_on_oob=True).alias(name) for n, name in enumerate(bounds)
    )
    above = [(pl.col("size_e6") > pl.col(name)).fill_null(False) for name in bounds]
    place = pl.sum_horizontal(a.cast(pl.Int64) for a in above)
    known = pl.when(pl.col("size_e6").is_not_null()).then(place).alias("_place")
    segment = placed.lazy().select("price_id", "_place", *brought)
    return (
        charges.join(ladder.lazy(), on="price_id", how="left", maintain_order="left")
        .with_columns(known)
        .join(segment, on=["price_id", "_place"], how="left", maintain_order="left")
        .drop("_place", *bounds)
    )


def _searched(charges: pl.LazyFrame, parts: pl.DataFrame, brought: list[str]) -> pl.LazyFrame:
    """Find the segments of long ladders: a join to the nearest bound, sorted by size."""
    by_bound = parts.lazy().select("price_id", "up_to_e6", *brought).sort("up_to_e6")
    return (
        charges.with_row_index("_place")
        .sort("size_e6", nulls_last=True, maintain_order=True)
        .join_asof(
            by_bound,
            left_on="size_e6",
            right_on="up_to_e6",
            by="price_id",
            strategy="forward",
            check_sortedness=False,
        )
        .sort("_place")
        .drop("_place", "up_to_e6", strict=False)
    )


MANY_PACKAGES, DEAR_PACKAGE_E8 = 10**13, 10**13


def _gross(
    charges: pl.LazyFrame, models: Collection[str], columns: Collection[str]
) -> pl.LazyFrame:
    """Add ``gross_minor`` by model; what several steps need is a column, never worked out twice."""
    price = pl.col("tier_price_e8")
    begun = divided(pl.col("size_e6"), pl.max_horizontal("package_size_e6", 1), Rounding.UP)
    packs = begun if "package" in models else pl.lit(None, dtype=pl.Int128)
    # So many packages at such a price are more than any line may amount to; all else fits 128 bits.
    fits = (packs <= MANY_PACKAGES) | (price.abs() <= DEAR_PACKAGE_E8)
    charges = charges.with_columns(
        pl.when(price.abs() <= PRICE_MAX_E8).then(price).alias("price"),
        pl.when(fits).then(packs * 10**6).alias("packs_e6"),
    ).with_columns(_unrounded(models).alias("exact"))
    whole = divided(pl.col("exact"), pl.col("unit_e14"))
    if "percentage" in models:
        percent = divided(pl.col("exact"), 10**8)
        whole = pl.when(pl.col("model") == "percentage").then(percent).otherwise(whole)
    charges = charges.with_columns(whole.alias("whole"))
    if _limited(columns):
        charges = _within_limits(charges, columns)
    negative = (pl.col("quantity_e6") < 0) & (pl.col("kind") == "sale")
    signed = pl.when(negative).then(0 - pl.col("whole")).otherwise(pl.col("whole"))
    bounded = pl.when(pl.col("whole").abs() <= AMOUNT_MAX_MINOR).then(narrow(signed))
    return charges.with_columns(bounded.alias("gross_minor"))


def _within_limits(charges: pl.LazyFrame, columns: Collection[str]) -> pl.LazyFrame:
    """Hold the amount to its price's minimum and maximum, before it gets its sign."""
    held = pl.col("whole")
    for limit, nearer in (("minimum", pl.max_horizontal), ("maximum", pl.min_horizontal)):
        if f"price_{limit}_minor" in columns:
            held = nearer(held, wide(pl.col(f"price_{limit}_minor")))
    known = pl.when(pl.col("whole").is_not_null()).then(held)
    other = (known != pl.col("whole")).fill_null(False)
    return charges.with_columns(known.alias("whole"), other.alias("held_to_limit"))


def _unrounded(models: Collection[str]) -> pl.Expr:
    """The exact amount before its one rounding: at 14 decimals; for percentages at 10**8 minor."""
    price, base = wide(pl.col("price")), pl.col("base_e14")
    exact = base + wide(pl.col("size_e6") - pl.col("origin_e6")) * price
    # A sale's amount may be negative (a voucher): its percentage is, too. What is cancelled or
    # delivered back is priced by its size, and gets its sign at the end.
    given = (pl.col("kind") == "sale") & (pl.col("quantity_e6") >= 0)
    of = pl.when(given).then(pl.col("amount_minor")).otherwise(pl.col("amount_minor").abs())
    share = wide(of) * wide(pl.col("percent_e6"))
    others = {
        "flat": base,
        "package": pl.col("packs_e6") * price + base,
        "percentage": share + wide(pl.col("tier_flat_minor").fill_null(0)) * 10**8,
    }
    for model, amount in others.items():
        if model in models:
            exact = pl.when(pl.col("model") == model).then(amount).otherwise(exact)
    return exact


_USED_UP = (
    *("size_e6", "unit_e14", "origin_e6", "base_e14", "package_size_e6", "percent_e6", "from_e6"),
    *("tier_price_e8", "tier_flat_minor", "price", "packs_e6", "exact", "whole"),
    *("price_minimum_minor", "price_maximum_minor", "price_model", "price_discount_percent_e6"),
    *("price_increment_e6", "price_increment_rounding", "held_to_limit"),
    *("tier_discount_percent_e6", "attributes"),
)
"""Columns that only this room needs."""
