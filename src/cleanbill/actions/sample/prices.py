"""``prices.csv``: list prices in every currency, one plan, a few customers' own prices."""

from __future__ import annotations

from datetime import date

from cleanbill.actions.sample.catalogue import HOURS, Catalogue, Item
from cleanbill.actions.sample.figures import CURRENCIES, in_currency
from cleanbill.actions.sample.profiles import PLAN, Profile
from cleanbill.actions.sample.rows import Row
from cleanbill.actions.sample.timeline import PRICE_CHANGE, PRICES_2026, PRICES_ENDED, PRICES_FROM

_TIERS = (("1000", 100), ("10000", 80), ("", 60))
"""Upper ends of the tiers and what a unit costs in them, in percent of the first."""
_ENTRY_FEE = 49_000
"""The first graduated tier has a flat amount beside its unit price, here in euro / 10,000."""
_BELOW_A_UNIT = 10_000
"""Prices below one euro get two more decimals than the currency has."""
_Stretch = tuple[date, date | None, int]
_PLAN_GOODS = 10
OWN_GOODS = 3
"""So many goods, the first of the list, have prices of their own for some customers."""


def price_rows(items: Catalogue, found: list[Profile]) -> list[Row]:
    """Return all rows of ``prices.csv``: the list first, then the plan, then customers' own."""
    rows = [
        row
        for number, item in enumerate(items.items)
        for currency in CURRENCIES
        for row in _list_price(item, currency, _stretches(item, number))
        if item.role != "unlisted"
    ]
    for number, item in enumerate((*items.goods[:_PLAN_GOODS], HOURS[0])):
        rows.append(_discounted(item, "5" if number % 2 else "10") | {"plan": PLAN})
    for profile in found:
        if profile.own_prices:
            rows.extend(_own_prices(items, profile))
    return rows


def _stretches(item: Item, number: int) -> tuple[_Stretch, ...]:
    if item.role == "ended":
        return ((PRICES_FROM, PRICES_ENDED, 100),)
    if item.changes:
        return ((PRICES_FROM, PRICE_CHANGE, 100), (PRICE_CHANGE, None, 103))
    if number % 3 == 0:
        return ((PRICES_FROM, PRICES_2026, 96), (PRICES_2026, None, 100))
    return ((PRICES_FROM, None, 100),)


def _list_price(item: Item, currency: str, stretches: tuple[_Stretch, ...]) -> list[Row]:
    return [
        {
            "item": item.item,
            "currency": currency,
            "model": item.model,
            "valid_from": start.isoformat(),
            "valid_to": end.isoformat() if end else "",
            **segment,
        }
        for start, end, percent in stretches
        for segment in _segments(item, currency, percent)
    ]


def _segments(item: Item, currency: str, percent: int) -> list[Row]:
    """Return the cells of a price's rows that its model needs, one row for each tier."""
    extra = 2 if item.base < _BELOW_A_UNIT else 0
    price = in_currency(item.base, currency, percent, extra)
    match item.model:
        case "unit":
            return [{"unit_price": price}]
        case "flat":
            return [{"flat_amount": price}]
        case "package":
            return [{"unit_price": price, "package_size": "100"}]
        case "percentage":
            flat, low, high = (in_currency(b, currency) for b in (item.base, 50_000, 25_000_000))
            return [{"percent": "1.4", "flat_amount": flat, "minimum": low, "maximum": high}]
        case _:
            rows = [
                {
                    "up_to": end,
                    "unit_price": in_currency(item.base, currency, percent * part // 100, 4),
                }
                for end, part in _TIERS
            ]
            if item.model == "graduated":
                rows[0]["flat_amount"] = in_currency(_ENTRY_FEE, currency)
            return rows


def _discounted(item: Item, percent: str) -> Row:
    """Return a price in euro that is the list price with a line discount."""
    return {
        "item": item.item,
        "currency": "EUR",
        "model": item.model,
        "valid_from": PRICES_2026.isoformat(),
        "unit_price": in_currency(item.base, "EUR"),
        "discount_percent": percent,
    }


def _own_prices(items: Catalogue, profile: Profile) -> list[Row]:
    own = {"customer": profile.customer}
    first, *others = items.goods[:OWN_GOODS]
    lower = _discounted(first, "") | {"unit_price": in_currency(first.base, "EUR", 88)} | own
    return [lower, *(_discounted(item, "12.5") | own for item in others)]
