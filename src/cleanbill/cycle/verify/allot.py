"""Find the purchase order that each charge draws on: its own, its agreement's, the only open one.

Where nobody keeps orders and no agreement names one, charges pass untouched.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from cleanbill.engine.order_tables import Orders
from cleanbill.engine.tables import MasterData
from cleanbill.nouns.policy import OrderChoice, Policy


def allotted(
    charges: pl.DataFrame, master: MasterData, policy: Policy, until: date
) -> pl.DataFrame:
    """Return the charges with the ``purchase_order`` that they are billed on.

    In: identified charges, in any order. Adds ``order_by`` (``agreement`` or ``only_open``; null
    where the charge names its order) and ``purchase_order_id``, null where the order is not known
    or in another currency. Both columns are there only where there is an order to be found.
    """
    agreed = _agreed(master.agreements)
    orders = master.orders
    if agreed.is_empty() and orders.is_empty():
        return charges
    charges = _filled(charges, agreed, "agreement_id", "agreement")
    if policy.purchase_orders is OrderChoice.ONLY_OPEN and not orders.is_empty():
        charges = _filled(charges, _only_open(charges, orders, until), "charge_id", "only_open")
    heads = orders.heads.select(
        "customer", "purchase_order", "currency", pl.col("order_id").alias("purchase_order_id")
    )
    key = ["customer", "purchase_order", "currency"]
    return charges.join(heads, on=key, how="left", maintain_order="left")


def _agreed(agreements: pl.DataFrame) -> pl.DataFrame:
    """The agreements that name an order."""
    if "purchase_order" not in agreements.columns:
        agreements = agreements.with_columns(pl.lit(None, pl.String).alias("purchase_order"))
    found = agreements.select("agreement_id", pl.col("purchase_order").alias("_found"))
    return found.drop_nulls("_found")


def _filled(charges: pl.DataFrame, found: pl.DataFrame, key: str, how: str) -> pl.DataFrame:
    """Give charges without an order the one that was found for their key, and say how."""
    if "order_by" not in charges.columns:
        charges = charges.with_columns(pl.lit(None, pl.String).alias("order_by"))
    if found.is_empty():
        return charges
    joined = charges.join(found, on=key, how="left", maintain_order="left")
    new = pl.col("purchase_order").is_null() & pl.col("_found").is_not_null()
    return joined.with_columns(
        pl.when(new).then(pl.lit(how)).otherwise("order_by").alias("order_by"),
        pl.coalesce("purchase_order", "_found").alias("purchase_order"),
    ).drop("_found")


def open_orders(charges: pl.DataFrame, orders: Orders, until: date) -> pl.DataFrame:
    """Return ``charge_id`` and ``purchase_order`` of each order that is open for a charge.

    Open is an order of the customer, in the charge's currency, that is in force on the day of the
    service and had something left before the run. A blanket order that is called off is drawn by
    its call-offs.
    """
    spent = orders.spent(orders.before)
    blankets = orders.heads["blanket_id"].drop_nulls().implode()
    known = (
        orders.heads.filter(~pl.col("order_id").is_in(blankets))
        .join(orders.current(until), on="order_id")
        .join(spent, on="order_id", how="left")
        .filter((pl.col("drawn_minor").fill_null(0) < pl.col("value_minor")).fill_null(True))
        .select("customer", "currency", "purchase_order", "valid_from", "valid_to")
    )
    lacking = charges.filter(pl.col("purchase_order").is_null()).select(
        "charge_id", "customer", "currency", "service_date"
    )
    day = pl.col("service_date")
    in_force = (day >= pl.col("valid_from")) & (day < pl.col("valid_to")).fill_null(True)
    return (
        lacking.join(known, on=["customer", "currency"])
        .filter(in_force)
        .select("charge_id", "customer", "purchase_order")
    )


def _only_open(charges: pl.DataFrame, orders: Orders, until: date) -> pl.DataFrame:
    """The order of each charge for which just one is open."""
    found = open_orders(charges, orders, until).group_by("charge_id")
    counted = found.agg(pl.len().alias("_count"), pl.col("purchase_order").first().alias("_found"))
    return counted.filter(pl.col("_count") == 1).select("charge_id", "_found")
