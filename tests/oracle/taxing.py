"""Which tax a line carries, for the few cases the generator makes up.

A seller in Germany or the United Kingdom without foreign registrations and without OSS.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.oracle.facts import Customer, Item, SellerFacts, TaxAnswer

MEMBERS = {"AT", "BE", "DE", "FR", "IT", "NL", "PL"}
"""The member states that the generator sells to and from."""

RATES: dict[tuple[str, str], list[tuple[date, str]]] = {
    ("DE", "standard"): [
        (date(2007, 1, 1), "19"),
        (date(2020, 7, 1), "16"),
        (date(2021, 1, 1), "19"),
    ],
    ("DE", "reduced"): [
        (date(1983, 7, 1), "7"),
        (date(2020, 7, 1), "5"),
        (date(2021, 1, 1), "7"),
    ],
    ("GB", "standard"): [(date(2011, 1, 4), "20")],
    ("GB", "reduced"): [(date(1997, 9, 1), "5")],
    ("GB", "zero"): [(date(1973, 4, 1), "0")],
}
"""Rates by country and category, each from the day it came into force."""


def domestic(country: str, category: str, day: date) -> TaxAnswer:
    """Return the seller's own rate in force on the day."""
    if category == "exempt":
        return TaxAnswer("E", Decimal(0), f"{country}-exempt")
    since, rate = [known for known in RATES[country, category] if known[0] <= day][-1]
    return TaxAnswer(
        "Z" if category == "zero" else "S", Decimal(rate), f"{country}-{category}-{since}"
    )


def in_eu(country: str, day: date) -> bool:
    """The United Kingdom's VAT belonged to the EU's until the end of 2020."""
    return country in MEMBERS or (country == "GB" and day < date(2021, 1, 1))


def answer(seller: SellerFacts, customer: Customer, item: Item, day: date) -> TaxAnswer:
    """Return category, rate and rule of a line with this tax point."""
    goods = item.kind not in ("service", "subscription")
    none = Decimal(0)
    if item.tax_category == "exempt" or customer.country == seller.country:
        return domestic(seller.country, item.tax_category, day)
    if in_eu(seller.country, day) and in_eu(customer.country, day):
        if customer.kind == "business" and customer.vat_id:
            return TaxAnswer("K", none, "supply") if goods else TaxAnswer("AE", none, "reverse")
        return domestic(seller.country, item.tax_category, day)
    return TaxAnswer("G", none, "export") if goods else TaxAnswer("O", none, "outside")
