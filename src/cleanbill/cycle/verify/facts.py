"""The columns that only checks read: added to identified, priced and taxed charges."""

from __future__ import annotations

from datetime import date

import polars as pl

from cleanbill.cycle.verify.verdicts import NOTHING, Verdicts
from cleanbill.engine.dated import in_force, overlapping
from cleanbill.engine.habit_tables import ODD_ORDERS
from cleanbill.engine.plan import collected
from cleanbill.engine.tables import MasterData
from cleanbill.nouns.drawn import DRAWN
from cleanbill.nouns.limits import Limits
from cleanbill.nouns.policy import IssueDates, Policy, Uncancelled
from cleanbill.nouns.seller import Seller

REFERENCES = ("purchase_order", "order", "delivery", "cost_centre", "ship_to")
_LIMITS = (
    *("late_days", "future_days", "service_days_most", "quantity_most", "line_amount_most"),
    *("price_factor", "discount_percent_most", "approval_amount", "small_amount"),
)
"""The limits that expressions measure by."""


def with_facts(
    charges: pl.DataFrame,
    links: pl.DataFrame,
    master: MasterData,
    policy: Policy,
    seller: Seller,
    until: date,
    verdicts: Verdicts | None = None,
) -> pl.DataFrame:
    """Return the charges with what checks read beside what they bring along."""
    facts = charges.lazy().join(links.lazy(), on="charge_id", how="left", maintain_order="left")
    facts = _price_overlaps(facts, master)
    facts = _listed(facts, charges, master)
    facts = _odd(facts, master.odd_orders)
    alone = [
        kind for kind, what in policy.unlinked_cancellations.items() if what is Uncancelled.CREDIT
    ]
    any_kind = policy.unlinked_cancellations.get("*") is Uncancelled.CREDIT
    # What terms give back without naming an original is agreed, whatever the policy says of others.
    wanted_alone = pl.col("item_kind").is_in(alone) | any_kind | pl.col("source").is_in(DRAWN)
    return facts.with_columns(
        *decided(policy, seller, until, verdicts),
        (wanted_alone & pl.col("cancels").is_null()).fill_null(False).alias("credit_alone"),
        _lacks_reference(charges["required_references"]).alias("lacks_reference"),
        _waiting(until).alias("waiting"),
        pl.col("cut_off").fill_null("any"),
        _floors(policy.checks, seller).alias("floor_price_e8"),
    ).pipe(collected)


def decided(
    policy: Policy, seller: Seller, until: date, verdicts: Verdicts | None = None
) -> list[pl.Expr]:
    """Return what is the same for every row: decisions, limits, the seller, the last day.

    Only limits differ, where customers have their own.
    """
    said = {
        "price_source": policy.price_source.value,
        "addresses_required": policy.customers_have_addresses,
        "dated_by_run": policy.issue_dates is IssueDates.RUN,
        "seller_country": seller.address.country,
        "seller_currency": seller.currency,
        "seller_vat_id": seller.vat_id or None,
        "seller_tax_number": seller.tax_number or None,
    }
    usual = verdicts or NOTHING
    limits = [usual.limit(n, getattr(policy.checks, n)).alias(n) for n in _LIMITS]
    texts = [
        pl.lit(v, dtype=pl.Boolean if isinstance(v, bool) else pl.String).alias(n)
        for n, v in said.items()
    ]
    return [*texts, *limits, pl.lit(until).alias("until")]


def _lacks_reference(required: pl.Series) -> pl.Expr:
    """Whether a reference is missing that the agreement wants; agreements want few combinations."""
    wanted = {text: text.replace(" ", "").split(",") for text in required.drop_nulls().unique()}
    lacking = [
        pl.col("required_references").is_in([t for t, words in wanted.items() if name in words])
        & pl.col(name).is_null()
        for name in REFERENCES
        if any(name in words for words in wanted.values())
    ]
    return pl.any_horizontal(lacking).fill_null(False) if lacking else pl.lit(False)


def _waiting(until: date) -> pl.Expr:
    day = pl.col("service_date")
    cut_off = pl.col("cut_off").fill_null("any")
    over = (
        pl.when(cut_off == "month")
        .then(day.dt.month_end())
        .when(cut_off == "week")
        .then(day.dt.truncate("1w").dt.offset_by("6d"))
        .otherwise(day)
    )
    return (over > until).fill_null(False)


def _floors(limits: Limits, seller: Seller) -> pl.Expr:
    """The lowest price that may be charged for each row's item, null where nobody has said."""
    floors = limits.floors_e8()
    if not floors:
        return pl.lit(None, dtype=pl.Int64)
    floor = pl.col("item").replace_strict(floors, default=None, return_dtype=pl.Int64)
    return pl.when(pl.col("currency") == seller.currency).then(floor)


def _price_overlaps(facts: pl.LazyFrame, master: MasterData) -> pl.LazyFrame:
    """Mark charges on a day when two prices of their price's key are in force."""
    none = facts.with_columns(pl.lit(False).alias("prices_overlap"))
    if master.prices.is_empty():
        return none
    keys = ["item", "currency", "customer", "plan", "conditions"]
    filled = master.prices.lazy().with_columns(
        pl.col("customer", "plan", "conditions").fill_null("")
    )
    doubled = overlapping(filled, keys).pipe(collected)
    if doubled.is_empty():
        return none
    marked = doubled.lazy().with_columns(pl.lit(True).alias("prices_overlap"))
    return in_force(facts, marked, ["price_id"], ["prices_overlap"])


def _listed(facts: pl.LazyFrame, charges: pl.DataFrame, master: MasterData) -> pl.LazyFrame:
    """Add the lowest and highest list price that the item has or had in the row's currency."""
    names = ("list_low_e8", "list_high_e8")
    if charges["unit_price_e8"].null_count() == charges.height or master.prices.is_empty():
        return facts.with_columns(pl.lit(None, dtype=pl.Int64).alias(n) for n in names)
    everybody = pl.col("customer").is_null() & pl.col("plan").is_null()
    listed = master.prices.lazy().filter(everybody & (pl.col("model") == "unit"))
    price = pl.col("unit_price_e8").filter(pl.col("unit_price_e8") > 0)
    bounds = (
        listed.select("price_id", "item", "currency")
        .join(master.tiers.lazy().select("price_id", "unit_price_e8"), on="price_id")
        .group_by("item", "currency")
        .agg(price.min().alias(names[0]), price.max().alias(names[1]))
    )
    return facts.join(bounds, on=["item", "currency"], how="left", maintain_order="left")


def _odd(facts: pl.LazyFrame, odd: pl.DataFrame) -> pl.LazyFrame:
    """Add what is odd about the order of a row."""
    key = ("source", "order", "kind")
    told = {c: kind for c, kind in ODD_ORDERS.items() if c not in key}
    if odd.is_empty():
        return facts.with_columns(pl.lit(None, dtype=kind).alias(c) for c, kind in told.items())
    return facts.join(odd.lazy(), on=key, how="left", maintain_order="left")
