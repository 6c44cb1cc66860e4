"""Bill documents for the tests of formats: built from a few lines, sums worked out in Decimal."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

GERMAN_SELLER: dict[str, Any] = {
    "accent": "#1f4e3d",
    "address": {
        "city": "Hamburg",
        "country": "DE",
        "lines": ["Kaispeicherweg 11"],
        "postcode": "20457",
    },
    "contact": {"email": "rechnung@nordlicht.example", "name": "Rechnungsstelle"},
    "initials": "NL",
    "key": "nordlicht",
    "legal": ["Amtsgericht Hamburg, HRB 999871"],
    "name": "Nordlicht Anlagenservice GmbH",
    "tagline": "Technischer Betrieb",
    "tax_number": "12/345/67890",
    "vat_id": "DE999999999",
}
AMERICAN_SELLER: dict[str, Any] = {
    "address": {
        "city": "Portland",
        "country": "US",
        "lines": ["410 Millrace Ave"],
        "postcode": "97299",
        "region": "OR",
    },
    "key": "tallpine",
    "name": "Tallpine Cloud Hosting, Inc.",
}
AUSTRIAN_CUSTOMER: dict[str, Any] = {
    "address": {
        "city": "Schwechat",
        "country": "AT",
        "lines": ["Industriestraße 140", "Tor 3"],
        "postcode": "2320",
    },
    "kind": "business",
    "name": "Donauwerk Papier AG",
    "reference": "K-20077",
    "vat_id": "ATU99999994",
}


def rounded(amount: Decimal, decimals: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def line(number: int, quantity: str, price: str, decimals: int = 2, **more: Any) -> dict[str, Any]:
    """One line; ``more`` adds or replaces keys."""
    base = Decimal(more.get("price_base_quantity", "1"))
    gross = rounded(Decimal(quantity) * Decimal(price) / base, decimals)
    return {
        "description": f"Item {number}",
        "gross": str(gross),
        "keys": {"model": "unit"},
        "line": str(number),
        "net": str(gross),
        "price_base_quantity": "1",
        "quantity": quantity,
        "tax": {"category": "S", "rate_percent": "19"},
        "unit": "C62",
        "unit_price": price,
        **more,
    }


def bill(*lines: dict[str, Any], decimals: int = 2, **more: Any) -> dict[str, Any]:
    """A bill of these lines without a document discount; ``more`` adds or replaces keys."""
    groups: dict[tuple[str, str], Decimal] = {}
    for each in lines:
        key = (each["tax"]["category"], each["tax"]["rate_percent"])
        groups[key] = groups.get(key, Decimal(0)) + Decimal(each["net"])
    taxes = [
        {
            "base": str(base),
            "category": category,
            "rate_percent": rate,
            "tax": str(rounded(base * Decimal(rate) / 100, decimals)),
        }
        for (category, rate), base in groups.items()
    ]
    net = sum(groups.values(), rounded(Decimal(0), decimals))
    tax = sum((Decimal(group["tax"]) for group in taxes), Decimal(0))
    document = {
        "currency": "EUR",
        "customer": AUSTRIAN_CUSTOMER,
        "decimals": decimals,
        "due_date": "2026-12-03",
        "issue_date": "2026-11-03",
        "kind": "invoice",
        "language": "en",
        "lines": list(lines),
        "number": "RE-2026-000001",
        "payment": {
            "bic": "COBADEFFXXX",
            "days": "30",
            "holder": "Nordlicht Anlagenservice GmbH",
            "iban": "DE89370400440532013000",
            "reference": "RE-2026-000001",
        },
        "schema": "cleanbill.bill/1",
        "seller": GERMAN_SELLER,
        "taxes": taxes,
        "totals": {
            "gross": str(net + tax),
            "lines_net": str(net),
            "net": str(net),
            "payable": str(net + tax),
            "tax": str(tax),
        },
        **more,
    }
    return {key: value for key, value in document.items() if value is not None}


def discounted_bill() -> dict[str, Any]:
    """A German bill with two tax rates and two percent off the whole."""
    return bill(
        line(1, "5.5", "38.65", discount="21.26", discount_percent="10", net="191.32", unit="HUR"),
        line(2, "12", "49.9", tax={"category": "S", "rate_percent": "7"}),
        allowances=[
            {
                "amount": "3.83",
                "percent": "2",
                "reason": "Document discount",
                "tax": {"category": "S", "rate_percent": "19"},
            },
            {
                "amount": "11.98",
                "percent": "2",
                "reason": "Document discount",
                "tax": {"category": "S", "rate_percent": "7"},
            },
        ],
        language="de",
        taxes=[
            {"base": "187.49", "category": "S", "rate_percent": "19", "tax": "35.62"},
            {"base": "586.82", "category": "S", "rate_percent": "7", "tax": "41.08"},
        ],
        totals={
            "document_discount": "15.81",
            "gross": "851.01",
            "lines_net": "790.12",
            "net": "774.31",
            "payable": "851.00",
            "rounding": "-0.01",
            "tax": "76.70",
        },
    )


def credit_note() -> dict[str, Any]:
    """A credit note in dinars that reverses two lines of an exported sale."""
    export = {"category": "G", "rate_percent": "0"}
    return bill(
        line(1, "3", "412.375", 3, tax=export, credits={"line": "3", "number": "INV-7"}),
        line(2, "120", "0.8755", 3, tax=export, credits={"line": "7", "number": "INV-7"}),
        currency="KWD",
        decimals=3,
        due_date=None,
        kind="credit_note",
        number="CN-2026-0093",
        preceding=[{"issue_date": "2026-09-28", "number": "INV-7"}],
        reason="Return of goods",
    )


def long_bill(count: int, **more: Any) -> dict[str, Any]:
    """A bill of many lines of different height."""
    lines = [
        line(
            number,
            str(number % 9 + 1),
            "31.4",
            description=f"Work {number}",
            detail="Checked, cleaned and recorded. " * (number % 5),
        )
        for number in range(1, count + 1)
    ]
    return bill(*lines, **more)
