"""Which agreements and prices are wrong: the functions behind the checks on terms."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.facts import REFERENCES
from cleanbill.cycle.verify.look import Tables
from cleanbill.engine.exact import wide
from cleanbill.nouns.currency import DECIMALS

_GROUPINGS = (*REFERENCES, "day", "week", "month")


def _agreements(tables: Tables, wrong: pl.Expr, *brought: pl.Expr) -> pl.LazyFrame:
    """The agreements of which this is true, under the name that people know them by."""
    whose = pl.col("customer").fill_null("everybody")
    named = pl.concat_str(whose, pl.lit(" "), pl.col("agreement").fill_null("without a number"))
    found = tables.agreements.lazy().filter(wrong)
    return found.select(
        "agreement_id", whose.alias("customer"), "agreement", named.alias("subject"), *brought
    )


def pays_late(tables: Tables) -> pl.LazyFrame:
    """Agreements that give more time to pay than is plausible."""
    most = tables.limits.payment_days_most
    wrong = pl.lit(most > 0) & (pl.col("payment_days") > most)
    return _agreements(tables, wrong, pl.col("payment_days"))


_document_discount = pl.col("document_discount_percent_e6")
_IMPOSSIBLE = (_document_discount < 0) | (_document_discount > 100 * 10**6)


def discount_large(tables: Tables) -> pl.LazyFrame:
    """Agreements that discount whole bills by more than a specialist may grant."""
    most = tables.limits.discount_percent_most
    wrong = pl.lit(most > 0) & (_document_discount > most * 10**6) & ~_IMPOSSIBLE
    return _agreements(
        tables, wrong, _document_discount, pl.lit(most).alias("discount_percent_most")
    )


def discount_impossible(tables: Tables) -> pl.LazyFrame:
    """Agreements with a discount that none can be."""
    return _agreements(tables, _IMPOSSIBLE, _document_discount)


def _unknown_words(column: str, known: tuple[str, ...]) -> pl.Expr:
    words = pl.col(column).str.replace_all(" ", "").str.split(",")
    strange = words.list.eval(pl.element().filter(~pl.element().is_in([*known, ""])))
    return strange.list.join(", ").alias("words")


def _strange(tables: Tables, column: str, known: tuple[str, ...]) -> pl.LazyFrame:
    words = _unknown_words(column, known)
    return _agreements(tables, pl.col(column).is_not_null(), words).filter(pl.col("words") != "")


def unknown_reference(tables: Tables) -> pl.LazyFrame:
    """Agreements that require a reference which does not exist, and so require nothing."""
    return _strange(tables, "required_references", REFERENCES)


def unknown_grouping(tables: Tables) -> pl.LazyFrame:
    """Agreements that group by what does not exist."""
    return _strange(tables, "grouping", _GROUPINGS)


def ends_soon(tables: Tables) -> pl.LazyFrame:
    """Agreements in force on the last day that end shortly after, with none to follow."""
    left = (pl.col("valid_to") - pl.lit(tables.until)).dt.total_days()
    wrong = (left > 0) & (left <= tables.limits.renewal_days) & pl.col("customer").is_not_null()
    soon = _agreements(tables, wrong, pl.col("valid_to"))
    begins = pl.col("valid_from").alias("begins")
    others = tables.renewals.lazy().select("customer", begins, pl.col("valid_to").alias("ends"))
    follows = (pl.col("begins") <= pl.col("valid_to")) & (
        pl.col("ends").is_null() | (pl.col("valid_to") < pl.col("ends"))
    )
    renewed = soon.join(others, on="customer").filter(follows)
    return soon.join(renewed.select("agreement_id"), on="agreement_id", how="anti")


def lapsed(tables: Tables) -> pl.LazyFrame:
    """Customers whose own agreement ended, so that the one for everybody holds, with the day."""
    ended = pl.col("agreement_lapsed") & pl.col("agreement_id").is_not_null()
    found = tables.charges.lazy().filter(ended).sort("service_date", maintain_order=True)
    told = found.select("customer", "service_date", "agreement")
    return told.with_columns(pl.col("customer").alias("subject"))


def _prices(tables: Tables, wrong: pl.Expr, *brought: pl.Expr) -> pl.LazyFrame:
    """The prices of which this is true, under a name that tells them apart."""
    return _named(tables.prices.lazy().filter(wrong), *brought)


def _named(prices: pl.LazyFrame, *brought: pl.Expr) -> pl.LazyFrame:
    whose = pl.coalesce("customer", "plan", pl.lit("list"))
    parts = (pl.col("item"), whose, "currency", pl.col("valid_from").cast(pl.String))
    return prices.select(
        "price_id", "item", pl.concat_str(*parts, separator=" ").alias("subject"), *brought
    )


def price_zero(tables: Tables) -> pl.LazyFrame:
    """Prices of which every tier is zero."""
    worth = pl.max_horizontal("unit_price_e8", "flat_minor", "percent_e6").fill_null(0)
    free = tables.tiers.lazy().group_by("price_id").agg((worth == 0).all().alias("free"))
    # A dynamic price takes what the event says.
    priced = tables.prices.lazy().filter(pl.col("model") != "dynamic")
    return _named(priced.join(free.filter("free"), on="price_id", how="semi"))


def stale(tables: Tables) -> pl.LazyFrame:
    """Prices that began longer ago than a price may be old."""
    most = tables.limits.price_age_days_most
    age = (pl.lit(tables.until) - pl.col("valid_from")).dt.total_days()
    wrong = pl.lit(most > 0) & (age > most)
    return _prices(tables, wrong, pl.col("valid_from"), pl.lit(most).alias("price_age_days_most"))


def price_rises(tables: Tables) -> pl.LazyFrame:
    """Tiered prices with a tier that costs more per unit than the one below it."""
    tiered = tables.prices.lazy().filter(pl.col("model").is_in(["volume", "graduated"]))
    ladder = tables.tiers.lazy().join(tiered.select("price_id"), on="price_id", how="semi")
    ordered = ladder.sort("price_id", "up_to_e6", nulls_last=True).with_columns(
        pl.col("unit_price_e8").shift(1).over("price_id").alias("lower_price_e8"),
        (pl.int_range(pl.len()).over("price_id") + 1).alias("tier"),
    )
    # A first tier at nothing is a free allowance, not a mistake.
    rising = ordered.filter(
        (pl.col("unit_price_e8") > pl.col("lower_price_e8")) & (pl.col("lower_price_e8") > 0)
    ).select("price_id", "tier", "lower_price_e8", pl.col("unit_price_e8").alias("higher_price_e8"))
    first = rising.unique("price_id", keep="first", maintain_order=True)
    joined = tables.prices.lazy().join(first, on="price_id")
    return _named(joined, pl.col("tier"), pl.col("lower_price_e8"), pl.col("higher_price_e8"))


def minimum_above_maximum(tables: Tables) -> pl.LazyFrame:
    """Prices whose minimum exceeds their maximum."""
    wrong = pl.col("minimum_minor") > pl.col("maximum_minor")
    decimals = pl.col("currency").replace_strict(DECIMALS, default=None, return_dtype=pl.Int8)
    return _prices(
        tables, wrong, pl.col("minimum_minor"), pl.col("maximum_minor"), decimals.alias("decimals")
    )


def _specials(tables: Tables) -> pl.LazyFrame:
    """Special unit prices in force on the last day beside the list price of that day."""
    special = pl.col("customer").is_not_null() | pl.col("plan").is_not_null()
    plain = (pl.col("model") == "unit") & ~(pl.col("discount_percent_e6") > 0).fill_null(False)
    until = pl.lit(tables.until)
    in_force = (pl.col("valid_from") <= until) & (
        pl.col("valid_to").is_null() | (until < pl.col("valid_to"))
    )
    price = pl.col("unit_price_e8").alias("special_price_e8")
    own = (
        tables.prices.lazy()
        .filter(special & plain & in_force & pl.col("conditions").is_null())
        .join(tables.tiers.lazy().select("price_id", price), on="price_id")
    )
    listed = (
        tables.listed.lazy()
        .filter(in_force)
        .sort("valid_from")
        .unique(["item", "currency"], keep="last", maintain_order=True)
        .select("item", "currency", "list_price_e8")
    )
    return own.join(listed, on=["item", "currency"])


def _special(found: pl.LazyFrame, *more: pl.Expr) -> pl.LazyFrame:
    whose = pl.coalesce("customer", pl.concat_str(pl.lit("Plan "), "plan")).alias("whose")
    return _named(found, whose, pl.col("special_price_e8"), pl.col("list_price_e8"), *more)


def special_above_list(tables: Tables) -> pl.LazyFrame:
    """Special prices that are dearer than the list."""
    return _special(_specials(tables).filter(pl.col("special_price_e8") > pl.col("list_price_e8")))


def special_far_below_list(tables: Tables) -> pl.LazyFrame:
    """Special prices that are below the list by more than a specialist may grant."""
    most = tables.limits.discount_percent_most
    below = wide(pl.col("special_price_e8")) * 100 < wide(pl.col("list_price_e8")) * (100 - most)
    found = _specials(tables).filter(pl.lit(most > 0) & below & (pl.col("special_price_e8") > 0))
    return _special(found, pl.lit(most).alias("discount_percent_most"))


def above_last_tier(tables: Tables) -> pl.LazyFrame:
    """Charges above the bound of their price's last tier, which is applied all the same."""
    tiers = tables.tiers.lazy().filter(pl.col("up_to_e6").is_not_null())
    bounded = tiers.select("price_id", "tier", pl.col("up_to_e6").alias("bound_e6"))
    read = ("charge_id", "price_id", "tier", "quantity_e6")
    found = tables.charges.lazy().select(read).join(bounded, on=["price_id", "tier"])
    return found.filter(pl.col("quantity_e6").abs() > pl.col("bound_e6")).select(
        "charge_id", "bound_e6"
    )
