"""A made-up bill, for a seller who has issued none yet and wants to see what one looks like.

It is never kept. All its amounts are whole units of the seller's currency, so that its sums hold
in a currency with any number of decimals.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from cleanbill.formats import bill_json
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.seller import Seller

LINES = ((2, 400), (10, 35), (1, 50))
"""Quantity and price of each line."""
RATE_PERCENT, TAX = 20, 240
NUMBER = "0000"
_WORDS = {
    "en": ("Sample customer", "Sample street 1", "Sample item", "Sample reason"),
    "de": ("Musterkunde", "Musterstraße 1", "Musterposten", "Mustergrund"),
    "ar": ("عميل نموذجي", "شارع نموذجي 1", "بند نموذجي", "سبب نموذجي"),
}


def made_up_bill(seller: Seller, kind: str, language: str, today: date) -> bill_json.Document:
    """Return a made-up invoice or credit note of a seller, in a language."""
    decimals = decimals_of(seller.currency)
    customer, street, item, reason = _WORDS.get(language, _WORDS["en"])

    def money(units: int) -> str:
        return f"{units}.{'0' * decimals}" if decimals else str(units)

    net = sum(quantity * price for quantity, price in LINES)
    tax = {"category": "S", "rate_percent": str(RATE_PERCENT)}
    document: dict[str, Any] = {
        "currency": seller.currency,
        "customer": {
            "kind": "business",
            "name": customer,
            "address": {"lines": [street], "country": seller.address.country},
        },
        "decimals": decimals,
        "issue_date": today.isoformat(),
        "kind": kind,
        "language": language,
        "lines": [
            {
                "line": str(place),
                "description": f"{item} {place}",
                "quantity": str(quantity),
                "unit": "C62",
                "unit_price": money(price),
                "price_base_quantity": "1",
                "gross": money(quantity * price),
                "net": money(quantity * price),
                "tax": tax,
            }
            for place, (quantity, price) in enumerate(LINES, 1)
        ],
        "number": NUMBER,
        "payment": {
            **{name: text for name, text in asdict(seller.bank).items() if text},
            "reference": NUMBER,
        },
        "schema": bill_json.SCHEMA,
        "seller": bill_json.seller_block(seller),
        "taxes": [{**tax, "base": money(net), "tax": money(TAX)}],
        "totals": {
            "lines_net": money(net),
            "net": money(net),
            "tax": money(TAX),
            "gross": money(net + TAX),
            "payable": money(net + TAX),
        },
    }
    if kind == "credit_note":
        return {**document, "reason": reason}
    return {**document, "due_date": (today + timedelta(days=14)).isoformat()}
