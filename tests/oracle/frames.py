"""Plain facts as the tables, seller and policy that the product takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import polars as pl
from tests.oracle.facts import DECIMALS, Batch, Charge, Coupon, Price

from cleanbill.engine.coupon_tables import REDEEMABLE
from cleanbill.engine.tables import (
    AGREEMENTS,
    CHARGES,
    CUSTOMERS,
    ITEMS,
    PRICES,
    TIERS,
    MasterData,
    Schema,
)
from cleanbill.nouns.condition import canonical
from cleanbill.nouns.policy import Policy, PriceSource, Uncancelled
from cleanbill.nouns.seller import Address, Seller


def whole(number: Decimal | None, decimals: int) -> int | None:
    """Return the number at an integer scale; refuses to lose a decimal."""
    if number is None:
        return None
    scaled = number.scaleb(decimals)
    assert scaled == int(scaled), f"{number} has more than {decimals} decimals"
    return int(scaled)


def table(schema: Schema, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return a table of the schema; columns a row does not name are null."""
    full = [{column: row.get(column) for column in schema} for row in rows]
    return pl.DataFrame(full, schema=dict(schema))


def charge_row(charge: Charge) -> dict[str, Any]:
    decimals = DECIMALS[charge.currency]
    return {
        "charge_id": charge.charge_id,
        "source": "generated",
        "reference": charge.reference,
        "occurrence": 1,
        "customer": charge.customer,
        "item": charge.item,
        "kind": charge.kind,
        "quantity_e6": whole(charge.quantity, 6),
        "unit_price_e8": whole(charge.unit_price, 8),
        "amount_minor": whole(charge.amount, decimals),
        "discount_percent_e6": whole(charge.discount_percent, 6),
        "currency": charge.currency,
        "service_date": charge.service_date,
        "order": charge.order,
        "purchase_order": charge.purchase_order,
        "cost_centre": charge.cost_centre,
        "cancels": charge.cancels,
        "content_hash": charge.charge_id,
        "attributes": json.dumps(dict(charge.attributes)) if charge.attributes else None,
    }


def charges_frame(charges: Iterable[Charge]) -> pl.DataFrame:
    return table({**CHARGES, "attributes": pl.String}, map(charge_row, charges))


def customers_frame(batch: Batch) -> pl.DataFrame:
    return table(
        CUSTOMERS,
        (
            {
                "customer": customer.customer,
                "name": f"Customer {customer.customer}",
                "kind": customer.kind,
                "street": "Long Street 1",
                "city": "Town",
                "postcode": "12345",
                "country": customer.country,
                "vat_id": customer.vat_id,
                "blocked": False,
            }
            for customer in batch.customers
        ),
    )


def items_frame(batch: Batch) -> pl.DataFrame:
    return table(
        ITEMS,
        (
            {
                "item": item.item,
                "description": f"Item {item.item}",
                "kind": item.kind,
                "unit": "C62",
                "tax_category": item.tax_category,
                "blocked": False,
            }
            for item in batch.items
        ),
    )


def price_row(price: Price) -> dict[str, Any]:
    decimals = DECIMALS[price.currency]
    return {
        "price_id": price.price_id,
        "version": 1,
        "item": price.item,
        "customer": price.customer,
        "plan": price.plan,
        "currency": price.currency,
        "model": price.model,
        "valid_from": price.valid_from,
        "valid_to": price.valid_to,
        "discount_percent_e6": whole(price.discount_percent, 6),
        "minimum_minor": whole(price.minimum, decimals),
        "maximum_minor": whole(price.maximum, decimals),
        "conditions": canonical(dict(price.conditions)) if price.conditions else None,
        "increment_e6": whole(price.increment, 6),
        "increment_rounding": price.increment_rounding,
        "includes_tax": price.includes_tax,
    }


def tier_rows(price: Price) -> list[dict[str, Any]]:
    return [
        {
            "price_id": price.price_id,
            "tier": number,
            "up_to_e6": whole(tier.up_to, 6),
            "unit_price_e8": whole(tier.unit_price, 8),
            "flat_minor": whole(tier.flat_amount, DECIMALS[price.currency]),
            "package_size_e6": whole(tier.package_size, 6),
            "percent_e6": whole(tier.percent, 6),
            "volume_discount_percent_e6": whole(tier.volume_discount_percent, 6),
        }
        for number, tier in enumerate(price.tiers, 1)
    ]


def agreements_frame(batch: Batch) -> pl.DataFrame:
    return table(
        AGREEMENTS,
        (
            {
                "agreement_id": agreement.agreement_id,
                "customer": agreement.customer,
                "agreement": f"A-{agreement.agreement_id}",
                "valid_from": agreement.valid_from,
                "valid_to": agreement.valid_to,
                "grouping": ",".join(agreement.grouping),
                "cut_off": "any",
                "plan": agreement.plan,
                "document_discount_percent_e6": whole(agreement.document_discount_percent, 6),
                "currency": agreement.currency,
                "document_discount_tiers": "; ".join(f"{p} from {b}" for p, b in agreement.tiers)
                or None,
                "early_payment": agreement.early,
                "early_payment_base": agreement.early_base,
            }
            for agreement in batch.agreements
        ),
    )


def coupon_row(coupon: Coupon) -> dict[str, Any]:
    decimals = DECIMALS[coupon.currency]
    return {
        "redemption_id": coupon.redemption_id,
        "customer": coupon.customer,
        "given_from": coupon.given_from,
        "given_to": coupon.given_to,
        "coupon": coupon.code,
        "currency": coupon.currency,
        "amount_minor": whole(coupon.amount, decimals),
        "percent_e6": whole(coupon.percent, 6),
        "valid_from": coupon.valid_from,
        "valid_to": coupon.valid_to,
        "bills": coupon.bills,
        "budget_minor": whole(coupon.budget, decimals),
        "items": ",".join(coupon.items) or None,
        "priority": coupon.priority,
        "stacking": "alone" if coupon.alone else "together",
        "rest": "lapses" if coupon.lapses else "stays",
        "credited": "keeps" if coupon.keeps else "returns",
        "used_minor": whole(sum(coupon.before, Decimal(0)), decimals),
        "uses": len(coupon.before),
        "spent_minor": whole(sum(coupon.before, Decimal(0)), decimals),
    }


def master_data(batch: Batch) -> MasterData:
    return MasterData(
        customers=customers_frame(batch),
        items=items_frame(batch),
        prices=table(PRICES, map(price_row, batch.prices)),
        tiers=table(TIERS, (row for price in batch.prices for row in tier_rows(price))),
        agreements=agreements_frame(batch),
        coupons=table(REDEEMABLE, map(coupon_row, batch.coupons)),
    )


def seller_of(batch: Batch) -> Seller:
    facts = batch.seller
    return Seller(
        key="generated",
        name="Generated Ltd",
        currency=facts.currency,
        address=Address(("Quay 1",), "Town", "20457", country=facts.country),
        # Who shifts the tax to a customer must have an id; whether it is right only warns.
        vat_id=f"{facts.country}999999999",
        tax_method=facts.tax_method,
        cash_unit_minor=facts.cash_unit_minor,
        inclusive_method=facts.inclusive_method,
    )


def policy_of(batch: Batch) -> Policy:
    return Policy(
        price_source=PriceSource(batch.price_source),
        unlinked_cancellations={"*": Uncancelled.CREDIT},
        prices_include_tax=batch.seller.prices_include_tax,
    )
