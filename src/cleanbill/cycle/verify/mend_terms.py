"""Mend prices and agreements: end the older one, bring a price to what was agreed, add one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from cleanbill.formats import tabular

Row = dict[str, Any]
PRICE_KEY = ("item", "customer", "plan", "currency", "model", "valid_from", "conditions")


class Cannot(ValueError):
    """A proposal cannot be carried out as things are; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row before and after, in the columns that differ."""

    table: str
    """charge, customer, item, price, agreement; or decision, where no row changes."""
    row: str
    """What a person calls the row."""
    key: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    how: str = "set"
    """set, add, close (a charge), decide."""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """The rows that a finding may be about, as they are now."""

    facts: Mapping[str, Any]
    subject_kind: str
    subject: str
    currency: str
    charge: Row | None = None
    customer: Row | None = None
    item: Row | None = None
    prices: Sequence[Row] = ()
    """The current prices of the item, each with ``tiers``."""
    agreements: Sequence[Row] = ()
    charges: Sequence[Row] = ()
    """The open charges of the customer, where the repair may touch several (``mend.several``)."""


def set_on(
    table: str, name: str, key: Mapping[str, Any], row: Row, values: Mapping[str, Any]
) -> list[Change]:
    """Return the change that gives a row these values; none where it has them."""
    after = {column: value for column, value in values.items() if row[column] != value}
    if not after:
        return []
    return [Change(table, name, key, {column: row[column] for column in after}, after)]


def closed(name: str, charge: Row, cause: str) -> Change:
    """Return the change that takes an open charge out of billing."""
    before, after = {"state": "open"}, {"state": "not billable"}
    return Change("charge", name, {"id": charge["id"]}, before, after, "close", cause)


def called(price: Row) -> str:
    """Return what a person calls a price, as findings do."""
    whose = price["customer"] or price["plan"] or "list"
    return f"{price['item']} {whose} {price['currency']} {price['valid_from']}"


def _set(price: Row, values: Mapping[str, Any]) -> list[Change]:
    key = {column: price[column] for column in PRICE_KEY}
    return set_on("price", called(price), key, price, values)


def _the_price(known: Known) -> Row:
    found = [price for price in known.prices if called(price) == known.subject]
    if len(found) != 1:
        raise Cannot(
            f"{'no' if not found else 'more than one'} price is called {known.subject!r} now; "
            "import the price that is right"
        )
    return found[0]


def _unit_price(price: Row) -> Row:
    """The price as one with ``unit_price_e8``, if it has but one tier and is a price per unit."""
    if price["model"] != "unit" or len(price["tiers"]) != 1:
        raise Cannot(f"{called(price)} is no plain price per unit; import it again as it should be")
    return {**price, "unit_price_e8": price["tiers"][0]["unit_price_e8"]}


def price_agreed(known: Known, given: Mapping[str, str]) -> list[Change]:
    """A special price becomes what the list says: its next version."""
    price = _unit_price(_the_price(known))
    return _set(price, tabular.answers("prices", given, price["currency"]))


def price_added(known: Known, given: Mapping[str, str]) -> list[Change]:
    """A list price from the day of the charge on, or what follows a price that is stale or zero."""
    currency = known.currency
    values = tabular.answers("prices", given, currency)
    if values.get("unit_price_e8") is None:
        raise Cannot("say what it should be: unit_price")
    if known.subject_kind == "price":
        price = _unit_price(_the_price(known))
        since = values.pop("valid_from", None)
        if since is None:
            return _set(price, values)
        if since <= price["valid_from"]:
            raise Cannot(f"a price that follows begins after {price['valid_from']}")
        following = {**price, **values, "valid_from": since}
        return [*_set(price, {"valid_to": since}), _new(following)]
    if known.charge is None or known.charge["service_date"] is None:
        raise Cannot("its charge has been billed, corrected or closed meanwhile; look again")
    fresh = dict.fromkeys((*PRICE_KEY, "valid_to"))
    fresh |= {"item": known.charge["item"], "currency": known.charge["currency"], "model": "unit"}
    fresh |= {"valid_from": known.charge["service_date"], **values}
    return [_new(fresh)]


def _new(price: Row) -> Change:
    key = {column: price[column] for column in PRICE_KEY}
    terms = ("discount_percent_e6", "minimum_minor", "maximum_minor", "increment_e6")
    own = ("valid_from", "valid_to", "unit_price_e8", *terms, "increment_rounding", "includes_tax")
    after = {column: price[column] for column in own if price.get(column) is not None}
    return Change("price", called(price), key, {}, after, "add")


def ended_earlier(known: Known, given: Mapping[str, str]) -> list[Change]:
    """Of what is in force twice on the day, the older ends where the newer begins."""
    day = date.fromisoformat(str(known.facts["service_date"]))
    if "item" not in known.facts:
        rows = [a for a in known.agreements if holds(a, day)]
        return [
            Change(
                "agreement",
                f"{older['customer'] or 'everybody'} {older['agreement'] or ''}".strip(),
                {c: older[c] for c in ("customer", "valid_from", "agreement")},
                {"valid_to": older["valid_to"]},
                {"valid_to": newer["valid_from"]},
            )
            for older, newer in _followed(rows)
        ]
    who = known.charge["customer"] if known.charge else None
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for price in known.prices:
        if holds(price, day) and price["customer"] in (None, who):
            key = (price["customer"], price["plan"], price["currency"], price["conditions"])
            groups.setdefault(key, []).append(price)
    return [
        change
        for rows in groups.values()
        for older, newer in _followed(rows)
        for change in _set(older, {"valid_to": newer["valid_from"]})
    ]


def holds(row: Row, day: date) -> bool:
    """Whether a dated row is in force on a day."""
    return row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])


def _followed(rows: list[Row]) -> list[tuple[Row, Row]]:
    """Pairs of what follows each other. Raises Cannot where two begin on the same day."""
    ordered = sorted(rows, key=lambda row: row["valid_from"])
    pairs = list(pairwise(ordered))
    for older, newer in pairs:
        if older["valid_from"] == newer["valid_from"]:
            raise Cannot(
                f"both begin on {older['valid_from']}, so neither is the older; end one of them "
                "by an import"
            )
    return pairs
