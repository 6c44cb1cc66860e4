"""Sellers and policies as the database keeps them: nouns in, nouns out."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from cleanbill.nouns.limits import Limits
from cleanbill.nouns.policy import (
    IssueDates,
    NotBillable,
    OrderChoice,
    Policy,
    PriceSource,
    Uncancelled,
)
from cleanbill.nouns.seller import (
    Address,
    Bank,
    ChosenEngine,
    Contact,
    Registration,
    Seller,
    Taxability,
)


def seller_json(seller: Seller) -> dict[str, Any]:
    """Return a seller as JSON values; dates as ISO text. What it does not say stays out."""
    data = asdict(seller)
    if not seller.taxability:
        del data["taxability"]
    if not seller.tax_engines:
        del data["tax_engines"]
    for registration in data["registrations"]:
        for end in ("valid_from", "valid_to"):
            day = registration[end]
            registration[end] = day.isoformat() if day else None
        if not registration["region"]:
            del registration["region"]
    return data


def seller_of(data: dict[str, Any]) -> Seller:
    """Return the seller that ``seller_json`` wrote."""
    registrations = tuple(
        Registration(
            **{
                **r,
                "valid_from": date.fromisoformat(r["valid_from"]),
                "valid_to": date.fromisoformat(r["valid_to"]) if r["valid_to"] else None,
            }
        )
        for r in data["registrations"]
    )
    address = {**data["address"], "lines": tuple(data["address"]["lines"])}
    return Seller(
        **{
            **data,
            "address": Address(**address),
            "contact": Contact(**data["contact"]),
            "bank": Bank(**data["bank"]),
            "registrations": registrations,
            "taxability": tuple(Taxability(**t) for t in data.get("taxability", ())),
            "tax_engines": tuple(ChosenEngine(**c) for c in data.get("tax_engines", ())),
            "legal": tuple(data["legal"]),
        }
    )


def policy_json(policy: Policy) -> dict[str, Any]:
    """Return a policy as JSON values."""
    data = asdict(policy)
    data["not_billable"] = [asdict(rule) for rule in policy.not_billable]
    return data


def policy_of(data: dict[str, Any]) -> Policy:
    """Return the policy that ``policy_json`` wrote."""
    rules = tuple(
        NotBillable(**{**r, "items": tuple(r["items"]), "item_kinds": tuple(r["item_kinds"])})
        for r in data["not_billable"]
    )
    return Policy(
        **{
            **data,
            "price_source": PriceSource(data["price_source"]),
            "issue_dates": IssueDates(data["issue_dates"]),
            "purchase_orders": OrderChoice(data.get("purchase_orders", OrderChoice.NAMED)),
            "unlinked_cancellations": {
                k: Uncancelled(v) for k, v in data["unlinked_cancellations"].items()
            },
            "not_billable": rules,
            "checks": Limits(**data.get("checks", {})),
        }
    )
