"""A made-up bill, for a seller who has issued none yet and wants to see what one looks like.

It is never kept. All its amounts are whole units of the seller's currency, so that its sums hold
in a currency with any number of decimals.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from functools import partial
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
    money = partial(_money, decimals=decimals)
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
        "lines": [_line(place, item, tax, decimals) for place in range(len(LINES))],
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


def _line(place: int, item: str, tax: dict[str, str], decimals: int) -> dict[str, Any]:
    quantity, price = LINES[place]
    amount = _money(quantity * price, decimals)
    return {
        "line": str(place + 1),
        "description": f"{item} {place + 1}",
        "quantity": str(quantity),
        "unit": "C62",
        "unit_price": _money(price, decimals),
        "price_base_quantity": "1",
        "gross": amount,
        "net": amount,
        "tax": tax,
    }


def _money(units: int, decimals: int) -> str:
    return f"{units}.{'0' * decimals}" if decimals else str(units)
