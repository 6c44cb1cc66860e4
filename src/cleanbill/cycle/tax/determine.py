"""Which tax a supply bears: treatment, category and rate by seller, customer, place, item, day.

Cases are few where lines are many, so each distinct case is determined once. The rules follow
Directive 2006/112/EC as it stood on the tax point: domestic supplies, intra-community supplies
of goods (Art. 138), services to businesses (Art. 44, 196), export (Art. 146), supplies to
consumers at destination under the one-stop shop (Art. 33, 58 since 2021-07-01).
"""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.tax.rules import Rules
from cleanbill.engine.dated import disjoint, in_force
from cleanbill.nouns.seller import Seller

CASE = (
    "service_date",
    "customer_country",
    "ship_to_country",
    "customer_kind",
    "has_vat_id",
    "item_kind",
    "item_tax_category",
)
SERVICE_KINDS = ("service", "subscription", "fee")


def determine(lines: pl.DataFrame, seller: Seller, rules: Rules) -> pl.DataFrame:
    """Return the lines (same order) with ``treatment, tax_category, rate_percent_e6, tax_rule``.

    Needs the columns of ``CASE``. Category is the letter of UNTDID 5305; it, rate and rule are null
    where the country, category and day have no rate. ``tax_place_foreign`` and ``tax_place_eu`` say
    whether the place lies abroad, and whether it and the seller lie in the EU that day.
    """
    cases = lines.select(CASE).unique(maintain_order=True).sort("service_date", maintain_order=True)
    placed = _placed(cases, seller, rules)
    treated = placed.with_columns(_treatment(seller).alias("treatment"))
    rated = _rated(treated, seller, rules)
    foreign = pl.col("place") != seller.address.country
    answer = rated.select(
        *CASE,
        "treatment",
        "tax_category",
        "rate_percent_e6",
        "tax_rule",
        foreign.fill_null(False).alias("tax_place_foreign"),
        (pl.col("place_eu") & pl.col("seller_eu")).alias("tax_place_eu"),
    )
    return lines.join(answer, on=list(CASE), how="left", nulls_equal=True, maintain_order="left")


def _placed(cases: pl.DataFrame, seller: Seller, rules: Rules) -> pl.DataFrame:
    """Add where each case is taxed, and whether seller and place belong to the EU that day."""
    # Goods are taxed where they go (Art. 32), services where the customer is (Art. 44, 45).
    sent_to = pl.when(~pl.col("item_kind").is_in(SERVICE_KINDS)).then(pl.col("ship_to_country"))
    place = pl.coalesce(sent_to, "customer_country")
    cases = cases.with_columns(
        place.alias("territory"), pl.lit(seller.address.country).alias("seller_country")
    )
    territories = disjoint(rules.territories, ["territory"])
    cases = in_force(cases, territories, ["territory"])
    members = disjoint(rules.members.with_columns(pl.lit(True).alias("eu")), ["country"])
    cases = cases.with_columns(pl.coalesce("vat_territory", "territory").alias("place"))
    for of, column in (("place", "place_eu"), ("seller_country", "seller_eu")):
        table = members.rename({"country": of, "eu": column})
        cases = in_force(cases, table, [of]).with_columns(pl.col(column).fill_null(False))
    held = [
        (pl.col("service_date") >= r.valid_from)
        & ((pl.col("service_date") < r.valid_to) if r.valid_to else pl.lit(True))
        & ((pl.col("place") == r.country) if not r.scheme else pl.col("place_eu"))
        for r in seller.registrations
        if r.country != seller.address.country
    ]
    registered = pl.any_horizontal(held) if held else pl.lit(False)
    return cases.with_columns(
        registered.alias("registered_there"),
        (~pl.col("item_kind").is_in(SERVICE_KINDS)).alias("goods"),
        (pl.col("customer_kind").is_in(["business", "public"]) & pl.col("has_vat_id")).alias(
            "taxable_person"
        ),
    )


def _treatment(seller: Seller) -> pl.Expr:
    domestic = pl.col("place") == seller.address.country
    both_eu = pl.col("place_eu") & pl.col("seller_eu")
    goods, person = pl.col("goods"), pl.col("taxable_person")
    business = pl.col("customer_kind").is_in(["business", "public"])
    category = pl.col("item_tax_category")
    return (
        pl.when(pl.col("place").is_null())
        .then(None)
        .when(category == "outside")
        .then(pl.lit("outside_scope"))
        .when(domestic & (category == "exempt"))
        .then(pl.lit("domestic_exempt"))
        .when(domestic)
        .then(pl.lit("domestic"))
        .when(both_eu & (category == "exempt"))
        .then(pl.lit("domestic_exempt"))
        .when(both_eu & person & goods)
        .then(pl.lit("intra_community_goods"))
        .when(both_eu & person)
        .then(pl.lit("reverse_charge_services"))
        .when(both_eu & pl.col("registered_there") & ~business)
        .then(pl.lit("oss_destination"))
        .when(both_eu)
        .then(pl.lit("domestic"))
        .when(goods)
        .then(pl.lit("export_goods"))
        .when(business)
        .then(pl.lit("services_outside_eu"))
        .otherwise(pl.lit("domestic"))
    )


def _rated(cases: pl.DataFrame, seller: Seller, rules: Rules) -> pl.DataFrame:
    """Look up the rate of taxed cases; free ones carry the treatment as their rule."""
    taxed = pl.col("treatment").is_in(["domestic", "oss_destination"])
    there = pl.when(pl.col("treatment") == "oss_destination").then(pl.col("place"))
    cases = cases.with_columns(
        there.otherwise(pl.lit(seller.address.country)).alias("rate_country"),
        pl.col("item_tax_category").alias("rate_category"),
    )
    rates = disjoint(
        rules.rates.select(
            pl.col("country").alias("rate_country"),
            pl.col("category").alias("rate_category"),
            pl.col("rate_percent_e6").alias("rate"),
            "rule",
            "valid_from",
            "valid_to",
        ),
        ["rate_country", "rate_category"],
    )
    cases = in_force(cases, rates, ["rate_country", "rate_category"])
    letters = dict(rules.treatments.select("treatment", "category").iter_rows())
    national = f".{seller.address.country.lower()}"
    own = {k.removesuffix(national): k for k in letters if k.endswith(national)}
    free_rule = pl.when(~taxed).then(pl.col("treatment").replace(own))
    free = free_rule.replace_strict(letters, default=None, return_dtype=pl.String)
    letter = (
        pl.when(pl.col("rate") == 0).then(pl.lit("Z")).when(pl.col("rate") > 0).then(pl.lit("S"))
    )
    return cases.with_columns(
        pl.when(taxed).then(letter).otherwise(free).alias("tax_category"),
        pl.when(taxed)
        .then(pl.col("rate"))
        .when(free.is_not_null())
        .then(0)
        .cast(pl.Int64)
        .alias("rate_percent_e6"),
        pl.when(taxed)
        .then(pl.col("rule"))
        .when(free.is_not_null())
        .then(free_rule)
        .alias("tax_rule"),
    )
