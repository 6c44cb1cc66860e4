"""Rows of retainers that nothing could be drawn by, or that would draw one sum twice."""

from __future__ import annotations

from datetime import date

import polars as pl

from cleanbill.engine.findings import Faults, first_faults

TERMS = ("currency", "funded_by", "credited")
"""What stays once a bill has drawn a retainer, beside whose it is."""


def _names_itself() -> pl.Expr:
    """Whether the item that bills it is among the items that it pays for."""
    named = pl.format(",{},", pl.col("items").str.replace_all(r"\s*,\s*", ",").str.strip_chars())
    return named.str.contains(pl.format(",{},", "item"), literal=True).fill_null(False)


_BELOW, _TO = pl.col("top_up_below_minor"), pl.col("top_up_to_minor")
_ROLLING = pl.col("unused") == "rolls_over"
_LASTING = pl.col("months").is_not_null()
_ALONE: Faults = (
    (
        "valid_to:too_early",
        (pl.col("valid_to") <= pl.col("valid_from")).fill_null(False),
        "valid_to is the first day after: it must lie behind valid_from.",
    ),
    ("months:zero", (pl.col("months") == 0).fill_null(False), "Give at least one month."),
    (
        "months:unused",
        _ROLLING & _LASTING,
        "What rolls over lasts as long as the retainer: leave months out, or say that what is "
        "unused is expires or credited.",
    ),
    (
        "unused:endless",
        ~_ROLLING & ~_LASTING & pl.col("valid_to").is_null(),
        "Say when it ends: months that each billed line lasts, or valid_to.",
    ),
    (
        "items:own",
        _names_itself(),
        "A retainer cannot pay for itself: leave its own item out of items.",
    ),
    (
        "top_up:half",
        _BELOW.is_null() != _TO.is_null(),
        "Give both top_up_below and top_up_to, or neither.",
    ),
    (
        "top_up:no_more",
        ((_BELOW < 0) | (_TO <= 0) | (_TO < _BELOW)).fill_null(False),
        "Fill up to an amount above zero that is not less than top_up_below.",
    ),
)
"""What a row tells by itself."""


def retainer_faults(
    rows: pl.DataFrame, coupons: pl.DataFrame, given: pl.DataFrame, used: pl.DataFrame
) -> pl.DataFrame:
    """Return ``row``, ``problem`` and ``what_to_do`` of retainers that cannot be used.

    In: typed rows as ``formats.tabular`` gives them; the COUPONS and REDEMPTIONS there are; the
    terms of those that bills have used.
    """
    plain = coupons.filter(pl.col("funded_by").is_null())["coupon"]
    faults: Faults = (
        (
            "retainer:twice",
            pl.col("retainer").is_duplicated(),
            "Two rows of the file are this retainer: keep one of them.",
        ),
        (
            "retainer:is_coupon",
            pl.col("retainer").is_in(plain.implode()),
            "A coupon has this code: give the retainer another.",
        ),
        *_ALONE,
        (
            "item:funds_another",
            _funding_another(rows, coupons, given),
            "Another retainer of the customer is billed by this item in these days, and one sum "
            "cannot be drawn twice: give each an item of its own, or days that do not meet.",
        ),
        (
            "retainer:in_use",
            _changed(rows, given, used),
            "Bills have drawn this retainer: its customer, item, currency, first day and credited "
            "stay. Give the new terms a new code.",
        ),
    )
    return first_faults(rows, faults)


def as_coupons(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return retainers as they are kept: COUPONS, and REDEMPTIONS of them."""
    text = pl.lit(None, dtype=pl.String)
    coupons = rows.with_columns(
        pl.col("retainer").alias("coupon"),
        pl.col("item").alias("funded_by"),
        pl.lit(0, dtype=pl.Int32).alias("priority"),
        pl.lit(False).alias("repeatable"),
        pl.lit("together").alias("stacking"),
        pl.lit("stays").alias("rest"),
    )
    return coupons, coupons.with_columns(text.alias("redemption"))


def _funding_another(rows: pl.DataFrame, coupons: pl.DataFrame, given: pl.DataFrame) -> pl.Expr:
    """Whether the item bills another retainer of the customer in some of the days."""
    days = ("retainer", "customer", "item", "valid_from", "valid_to")
    funding = coupons.select("coupon", pl.col("funded_by").alias("item")).drop_nulls("item")
    known = given.join(funding, on="coupon", how="inner").rename({"coupon": "retainer"})
    stays = known.select(days).join(rows, on="retainer", how="anti")
    own = rows.select(days)
    pairs = own.join(pl.concat([stays, own]), on=["customer", "item"], suffix="_other")
    ends = ("valid_to", "valid_to_other")
    end, end_other = (pl.col(c).fill_null(date.max) for c in ends)
    meet = (pl.col("valid_from") < end_other) & (pl.col("valid_from_other") < end)
    met = pairs.filter((pl.col("retainer") != pl.col("retainer_other")) & meet)["retainer"]
    return pl.col("retainer").is_in(met.implode())


def _changed(rows: pl.DataFrame, given: pl.DataFrame, used: pl.DataFrame) -> pl.Expr:
    """Whether a row gives a retainer that bills have drawn other terms, or another owner."""
    whose = given.select("coupon", "customer", "valid_from")
    told, _ = as_coupons(rows)
    both = told.join(used, on="coupon", suffix="_used").join(whose, on="coupon", suffix="_given")
    other = [pl.col(c).ne_missing(pl.col(f"{c}_used")) for c in TERMS]
    other += [pl.col(c) != pl.col(f"{c}_given") for c in ("customer", "valid_from")]
    return pl.col("retainer").is_in(both.filter(pl.any_horizontal(other))["coupon"].implode())
