"""Attach to each charge what the master data know: customer, item, agreement in force."""

from __future__ import annotations

import polars as pl

from cleanbill.cycle.verify.places import located
from cleanbill.cycle.verify.vat_ids import vat_id_valid
from cleanbill.engine.dated import in_force, overlapping, unknown
from cleanbill.engine.plan import collected
from cleanbill.engine.tables import AGREEMENTS, MasterData
from cleanbill.nouns.policy import NotBillable, Policy
from cleanbill.nouns.seller import Seller


def identify(
    charges: pl.DataFrame,
    master: MasterData,
    seller: Seller,
    policy: Policy,
    *,
    places: bool = False,
) -> pl.DataFrame:
    """Return the charges sorted by service date, with columns on customer, item and agreement.

    Adds ``customer_*``, ``item_*``, ``vat_id_valid``, ``has_vat_id``, the terms of the agreement in
    force, ``not_billable`` (the reason, or null) and ``site_unknown``. Unknown references leave
    nulls. With ``places`` the addresses of customer and delivery come, too.
    """
    found = charges.lazy().sort("service_date", "charge_id", maintain_order=True)
    found = located(found, charges, master, seller, policy, places=places)
    customers, items = _customers(charges, master), _items(master)
    found = found.join(customers, on="customer", how="left", maintain_order="left")
    found = found.join(items, on="item", how="left", maintain_order="left")
    cash = pl.col("customer").is_null() & pl.lit(policy.cash_sales)
    country = pl.coalesce("ship_to_country", pl.lit(seller.address.country))
    kind = pl.when(cash).then(pl.lit("cash")).otherwise(pl.col("customer_kind"))
    place = pl.when(cash).then(country).otherwise(pl.col("customer_country"))
    return (
        _terms(found, master)
        .with_columns(
            kind.alias("customer_kind"),
            place.alias("customer_country"),
            cash.alias("cash"),
            pl.col("has_vat_id").fill_null(False),
            pl.coalesce("description", "item_description").alias("description"),
            pl.coalesce("unit", "item_unit").alias("unit"),
        )
        .with_columns(_not_billable(policy.not_billable).alias("not_billable"))
        .pipe(collected)
    )


def _customers(charges: pl.DataFrame, master: MasterData) -> pl.LazyFrame:
    table = master.customers.join(charges.select("customer"), on="customer", how="semi")
    ids = table["vat_id"].drop_nulls().unique().to_list()
    valid = pl.LazyFrame(
        {"vat_id": ids, "vat_id_valid": [vat_id_valid(i) for i in ids]},
        schema={"vat_id": pl.String, "vat_id_valid": pl.Boolean},
    )
    street_known = pl.col("street").is_not_null() | pl.col("postcode").is_not_null()
    return (
        table.lazy()
        .join(valid, on="vat_id", how="left", maintain_order="left")
        .select(
            "customer",
            pl.lit(True).alias("customer_known"),
            pl.col("name").alias("customer_name"),
            pl.col("kind").alias("customer_kind"),
            pl.col("country").alias("customer_country"),
            pl.col("vat_id").alias("customer_vat_id"),
            pl.col("vat_id_valid"),
            pl.col("vat_id_valid").fill_null(False).alias("has_vat_id"),
            pl.col("blocked").fill_null(False).alias("customer_blocked"),
            (street_known & pl.col("city").is_not_null()).alias("address_known"),
            pl.col("language").alias("customer_language"),
            *_schemes(table),
        )
    )


def _schemes(customers: pl.DataFrame) -> list[pl.Expr]:
    """The schemes by which customers are taxed; no column where nobody is under one."""
    known = "tax_scheme" in customers.columns and customers["tax_scheme"].is_not_null().any()
    return [pl.col("tax_scheme").alias("customer_tax_scheme")] if known else []


def _items(master: MasterData) -> pl.LazyFrame:
    return master.items.lazy().select(
        "item",
        pl.lit(True).alias("item_known"),
        pl.col("description").alias("item_description"),
        pl.col("kind").alias("item_kind"),
        pl.col("unit").alias("item_unit"),
        pl.col("tax_category").alias("item_tax_category"),
        pl.col("blocked").fill_null(False).alias("item_blocked"),
    )


_TERMS = tuple(
    "agreed_currency" if c == "currency" else c
    for c in AGREEMENTS
    if c not in ("customer", "valid_from", "valid_to", "purchase_order")
)
"""What an agreement brings to a charge; its purchase order is looked up where one says any."""


def _terms(charges: pl.LazyFrame, master: MasterData) -> pl.LazyFrame:
    """The customer's own agreement on the day, else the one for everybody."""
    table = master.agreements.rename({"currency": "agreed_currency"})
    own = table.filter(pl.col("customer").is_not_null())
    common = table.filter(pl.col("customer").is_null())
    if own.is_empty():
        flags = (pl.lit(None, dtype=pl.Boolean).alias(c) for c in _FLAGS)
        terms = unknown(charges, table, _TERMS).with_columns(flags)
    else:
        doubled = overlapping(own.lazy(), ["customer"]).with_columns(
            pl.lit(True).alias("agreements_overlap")
        )
        twice = collected(doubled)
        terms = in_force(charges, own.lazy(), ["customer"], _TERMS)
        if twice.is_empty():
            terms = unknown(terms, twice, ["agreements_overlap"])
        else:
            terms = in_force(terms, twice.lazy(), ["customer"], ["agreements_overlap"])
        having = (
            own.lazy()
            .group_by("customer")
            .agg((pl.len() > 0).alias("has_agreements"), pl.col("valid_from").min().alias("since"))
        )
        terms = terms.join(having, on="customer", how="left", maintain_order="left")
        # One had begun, and none is in force: it has ended.
        ended = pl.col("agreement_id").is_null() & (pl.col("since") <= pl.col("service_date"))
        terms = terms.with_columns(pl.when(ended).then(True).alias("agreement_lapsed"))
        terms = terms.drop("since")
    if common.is_empty():
        return terms
    names = {c: f"common:{c}" for c in _TERMS}
    general = common.lazy().drop("customer").rename(names)
    terms = in_force(terms, general, [], list(names.values()))
    lacking = pl.col("agreement_id").is_null()
    return terms.with_columns(
        pl.when(lacking).then(pl.col(theirs)).otherwise(pl.col(c)).alias(c)
        for c, theirs in names.items()
    ).drop(names.values())


_FLAGS = ("agreements_overlap", "has_agreements", "agreement_lapsed")


def _not_billable(rules: tuple[NotBillable, ...]) -> pl.Expr:
    """The reason of the first rule whose every condition holds."""
    chosen = pl.lit(None, dtype=pl.String)
    for rule in reversed(rules):
        conditions = [pl.lit(True)]
        if rule.items:
            conditions.append(pl.col("item").is_in(rule.items))
        if rule.item_kinds:
            conditions.append(pl.col("item_kind").is_in(rule.item_kinds))
        if rule.kind:
            conditions.append(pl.col("kind") == rule.kind)
        if rule.order_starts_with:
            conditions.append(pl.col("order").str.starts_with(rule.order_starts_with))
        for wanted, fact in (
            (rule.customer_missing, pl.col("customer").is_null()),
            (rule.price_zero, pl.col("unit_price_e8").fill_null(0) == 0),
            (rule.quantity_negative, pl.col("quantity_e6") < 0),
        ):
            if wanted is not None:
                conditions.append(fact if wanted else ~fact)
        holds = pl.all_horizontal(conditions).fill_null(False)
        chosen = pl.when(holds).then(pl.lit(rule.reason)).otherwise(chosen)
    return chosen
