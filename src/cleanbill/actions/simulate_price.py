"""Simulate a price: what a quantity of an item would cost a customer on a day, and why.

It is the very pricing of a run, over a charge that nobody keeps: the agreement of the day chooses
the plan, the price with the best fitting conditions wins, tiers and limits hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from cleanbill.actions.access import Actor, action
from cleanbill.cycle import explain, price, verify
from cleanbill.engine.tables import CHARGES, conformed
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import (
    AMOUNT_MAX_MINOR,
    PRICE_DECIMALS,
    QUANTITY_DECIMALS,
    QUANTITY_MAX_E6,
    scaled,
    unscaled,
)
from cleanbill.store import reading
from cleanbill.store.companies import policy_of, seller_of
from cleanbill.store.models import Organisation, SellerRecord


@dataclass(frozen=True, slots=True)
class Simulated:
    """What pricing says; ``found`` is false where there is no price, and then ``why`` says why."""

    found: bool
    why: str
    currency: str
    plan: str | None
    level: str | None
    version: int | None
    valid_from: date | None
    tier: int | None
    gross_minor: int | None
    discount_minor: int | None
    net_minor: int | None
    steps: tuple[explain.Step, ...] = ()


@action("look")
def simulate_price(
    actor: Actor,
    item: str,
    quantity: str,
    *,
    day: date,
    customer: str | None = None,
    currency: str | None = None,
    amount: str | None = None,
) -> Simulated:
    """Return the price of so much of an item on a day, for a customer or for anybody.

    Without ``currency`` it is the seller's. ``amount`` is what a price by percentage is of. Raises
    ValueError for a quantity, an amount or a currency that is none, LookupError for an item or a
    customer that is not known.
    """
    own = actor.organisation_id
    organisation = Organisation.objects.get(pk=own)
    policy = policy_of(organisation.policy)
    seller = seller_of(SellerRecord.objects.filter(organisation_id=own).order_by("id")[0].profile)
    money = (currency or seller.currency).upper()
    decimals = decimals_of(money)
    charge = {
        "charge_id": 1,
        "source": "file",
        "reference": "simulated",
        "occurrence": 1,
        "customer": customer or None,
        "item": item,
        "kind": "sale",
        "quantity_e6": scaled(quantity, QUANTITY_DECIMALS, QUANTITY_MAX_E6),
        "amount_minor": scaled(amount, decimals, AMOUNT_MAX_MINOR) if amount else None,
        "currency": money,
        "service_date": day,
        "content_hash": 0,
        "repeats": 0,
    }
    table = conformed(pl.DataFrame([charge]), CHARGES)
    master = reading.master_data(own, table, seller.address.postcode)
    if master.items.filter(pl.col("item") == item).is_empty():
        raise LookupError(f"there is no item {item} in the master data")
    if customer and master.customers.filter(pl.col("customer") == customer).is_empty():
        raise LookupError(f"there is no customer {customer} in the master data")
    quoted = price.quote(verify.identify(table, master, seller, policy), master, policy)
    row = quoted.row(0, named=True)
    if row["net_minor"] is None:
        return _none(row, money)
    own_price = master.prices.filter(pl.col("price_id") == row["price_id"]).row(0, named=True)
    tiers = master.tiers.filter(pl.col("price_id") == row["price_id"]).sort("tier").to_dicts()
    line = _line(row)
    how = explain.price_how(line, own_price)
    steps = explain.price_parts(line, row, own_price, tiers)
    return Simulated(
        True,
        how,
        money,
        row.get("plan"),
        row["price_level"],
        row["price_version"],
        own_price["valid_from"],
        row["tier"],
        row["gross_minor"],
        row["discount_minor"],
        row["net_minor"],
        steps,
    )


def _none(row: dict[str, Any], currency: str) -> Simulated:
    if row["price_id"] is not None:
        why = "the price asks for something that a simulation does not know, such as an amount"
    elif row.get("facts_lacking"):
        why = f"prices of this item ask for {row['facts_lacking']}, which a charge has to bring"
    else:
        why = f"no price of this item in {currency} is in force on that day"
    return Simulated(False, why, currency, row.get("plan"), *(None,) * 7)


def _line(row: dict[str, Any]) -> dict[str, Any]:
    """The priced charge as explanations read a bill's line."""
    decimals = row["decimals"]
    printed = row["line_price_e8"] or 0
    return {
        "gross": str(unscaled(row["gross_minor"], decimals)),
        "quantity": str(unscaled(row["quantity_e6"], QUANTITY_DECIMALS).normalize()),
        "unit": row["unit"] or "",
        "unit_price": str(unscaled(printed, PRICE_DECIMALS)),
        "decimals": decimals,
        "keys": {
            "price": row["price_level"],
            "price_version": str(row["price_version"]),
            "model": row["model"],
            **({} if row["tier"] is None else {"tier": str(row["tier"])}),
        },
    }
