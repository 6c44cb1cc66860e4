"""Who the customers are and what they are used to: the traits behind all files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from cleanbill.actions.sample.draw import Draw
from cleanbill.actions.sample.vocabulary import SITES

_COUNTRIES_PERMILLE = {"DE": 550, "AT": 125, "FR": 100, "NL": 100, "CH": 75, "GB": 50}
IN_EU = ("DE", "AT", "FR", "NL")

_HABITS = (
    ("", "month"),
    ("order", "any"),
    ("delivery", "any"),
    ("ship_to", "month"),
    ("week", "week"),
    ("purchase_order", "any"),
    ("cost_centre", "month"),
    ("order", "day"),
    ("purchase_order,month", "month"),
    ("day", "day"),
    ("cost_centre,month", "month"),
)
"""Groupings of businesses, each with the cut-off that goes with it."""

_DISCOUNTS = ("1", "1.5", "2", "3")
PLAN = "PARTNER-2026"


@dataclass(frozen=True, slots=True)
class Profile:
    """One customer's traits; what the files say about it follows from them."""

    customer: str
    kind: str
    country: str
    currency: str
    grouping: str = ""
    cut_off: str = "month"
    needs_purchase_order: bool = False
    succession: bool = False
    """Two agreements, one after the other, with the change within or before the month."""
    own_prices: bool = False
    plan: str = ""
    document_discount: str = ""
    sites: tuple[str, ...] = ()
    purchase_orders: tuple[str, ...] = ()
    cost_centres: tuple[str, ...] = ()

    @property
    def foreign_eu_business(self) -> bool:
        """Tell whether the customer owes the tax itself (reverse charge)."""
        return self.kind == "business" and self.country in IN_EU and self.country != "DE"


def profiles(customers: int, draw: Draw) -> list[Profile]:
    """Return the traits of all customers, in the order of their numbers."""
    seeds = draw.shuffled(_countries_and_kinds(customers))
    found: list[Profile] = []
    businesses = 0
    for position, (country, kind, place) in enumerate(seeds):
        key = f"K-{20_001 + position}"
        currency = _currency(country, place)
        if kind == "consumer":
            grouping, cut_off = ("order", "any") if position % 2 else ("", "month")
            found.append(Profile(key, kind, country, currency, grouping, cut_off))
        else:
            found.append(_organisation(key, kind, country, currency, businesses, draw))
            businesses += 1
    return found


def _countries_and_kinds(customers: int) -> list[tuple[str, str, int]]:
    """Return country, kind and place within the country of each customer, in fixed shares."""
    counts: Counter[str] = Counter()
    found = []
    for position in range(customers):
        country = _country_at((position * 1_000 + 500) // customers)
        place = counts[country]
        counts[country] += 1
        found.append((country, _kind(country, place), place))
    return found


def _country_at(permille: int) -> str:
    for country, share in _COUNTRIES_PERMILLE.items():
        if permille < share:
            return country
        permille -= share
    raise AssertionError("the shares of the countries add up to a thousand")


def _kind(country: str, place: int) -> str:
    if country == "DE" and place % 15 == 0:
        return "public"
    if country in IN_EU:
        return "consumer" if place % 4 == 1 else "business"
    return "consumer" if place % 6 == 5 else "business"


def _currency(country: str, place: int) -> str:
    if country == "CH":
        return "EUR" if place % 5 == 4 else "CHF"
    if country == "GB":
        return "USD" if place % 3 == 1 else "GBP"
    if place % 40 == 2 and country in ("FR", "NL"):
        return "JPY" if country == "FR" else "KWD"
    return "EUR"


def _organisation(
    key: str, kind: str, country: str, currency: str, place: int, draw: Draw
) -> Profile:
    grouping, cut_off = _HABITS[place % len(_HABITS)]
    needs = kind == "public" or place % 6 == 2
    gives = needs or "purchase_order" in grouping or place % 3 == 0
    private = kind == "business" and not needs
    first = 45_000_000 + draw.below(900_000) * 10
    return Profile(
        customer=key,
        kind=kind,
        country=country,
        currency=currency,
        grouping=grouping,
        cut_off=cut_off,
        needs_purchase_order=needs,
        succession=private and place % 6 == 4,
        own_prices=private and currency == "EUR" and place % 10 == 5,
        plan=PLAN if private and place % 5 == 1 else "",
        document_discount=_DISCOUNTS[place // 4 % 4] if place % 4 == 3 else "",
        sites=SITES[: 2 + place % 3] if grouping == "ship_to" or place % 4 == 1 else (),
        purchase_orders=tuple(f"45{first + n}" for n in range(1 + place % 3)) if gives else (),
        cost_centres=tuple(str(4_100 + 10 * n + place % 7) for n in range(1 + place % 4))
        if "cost_centre" in grouping or place % 5 == 0
        else (),
    )
