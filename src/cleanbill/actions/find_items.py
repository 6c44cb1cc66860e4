"""Find items and prices: pages of lists, an item with its prices, a plan with all it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min, Q

from cleanbill.actions.access import Actor, action
from cleanbill.actions.find_customers import Page, differences
from cleanbill.nouns.condition import shown
from cleanbill.store.companies import seller_of
from cleanbill.store.models import Event, Item, Price, PriceTier, SellerRecord

Row = dict[str, Any]
PAGE, SHOWN = 50, 200
LIST = "-"
"""How the price list, which is no plan, is called in an address."""
_PRICE = (
    *("id", "version", "current", "item", "customer", "plan", "currency", "model", "valid_from"),
    *("valid_to", "discount_percent_e6", "minimum_minor", "maximum_minor", "conditions"),
    *("increment_e6", "includes_tax"),
)
_TIER = (
    *("price_id", "tier", "up_to_e6", "unit_price_e8", "flat_minor", "package_size_e6"),
    *("percent_e6", "volume_discount_percent_e6"),
)


class NoSuchItem(LookupError):
    """No item of this organisation has the reference."""


@dataclass(frozen=True, slots=True)
class KnownItem:
    """What is known of an item: its row, its prices with their tiers, its changes."""

    row: Row
    prices: list[Row]
    history: list[Row]


@action("look")
def find_items(actor: Actor, *, text: str = "", after: str = "", size: int = PAGE) -> Page:
    """Return items by reference, behind the one named ``after``, that fit a text."""
    own = Item.objects.filter(organisation_id=actor.organisation_id)
    if text:
        worded = Q()
        for word in text.split()[:6]:
            worded &= Q(description__icontains=word)
        own = own.filter(worded | Q(item__istartswith=text))
    if after:
        own = own.filter(item__gt=after)
    columns = ("item", "description", "kind", "unit", "tax_category", "blocked")
    rows = list(own.order_by("item").values(*columns)[: size + 1])
    return Page(rows[:size], rows[size - 1]["item"] if len(rows) > size else None)


@action("look")
def item(actor: Actor, reference: str) -> KnownItem:
    """Return an item with its prices, replaced versions included, and its changes.

    Raises NoSuchItem.
    """
    own = actor.organisation_id
    row = Item.objects.filter(organisation_id=own, item=reference).values().first()
    if row is None:
        raise NoSuchItem(f"there is no item {reference} in the master data")
    events = Event.objects.filter(
        organisation_id=own, subject=reference, action__startswith="item."
    )
    columns = ("at", "actor", "action", "cause", "before", "after")
    latest = list(events.order_by("-at", "-id").values(*columns)[:SHOWN])
    return KnownItem(
        {c: v for c, v in row.items() if c not in ("id", "organisation_id")},
        _prices(actor, Q(item=reference)),
        [{**event, "changes": differences(event)} for event in latest],
    )


@action("look")
def plans(actor: Actor, *, limit: int = SHOWN) -> list[Row]:
    """Return the price list, the plans and customers' own prices, counted, with their days."""
    own = Price.objects.filter(organisation_id=actor.organisation_id, current=True)
    counted = own.filter(customer=None).values("plan", "currency")
    told = counted.annotate(
        prices=Count("id"), items=Count("item", distinct=True), since=Min("valid_from")
    ).annotate(latest=Max("valid_from"))
    return list(told.order_by("plan", "currency")[:limit])


@action("look")
def prices_of(actor: Actor, plan: str, *, currency: str | None = None) -> list[Row]:
    """Return the current prices of a plan, or of the list (``LIST``), with tiers: all, or of one
    currency.

    Raises LookupError for a plan that is not there.
    """
    which = Q(customer=None, current=True, plan=None if plan == LIST else plan)
    found = _prices(actor, which & Q(currency=currency) if currency else which)
    if not found and plan != LIST:
        raise LookupError(f"there is no price plan {plan}")
    return found


def _prices(actor: Actor, which: Q) -> list[Row]:
    own = Price.objects.filter(organisation_id=actor.organisation_id).filter(which)
    rows = list(
        own.order_by("item", "customer", "plan", "currency", "-valid_from", "-version").values(
            *_PRICE
        )[:SHOWN]
    )
    tiers = PriceTier.objects.filter(
        organisation_id=actor.organisation_id, price_id__in=[row["id"] for row in rows]
    )
    by_price: dict[int, list[Row]] = {}
    for tier in tiers.order_by("price_id", "tier").values(*_TIER):
        by_price.setdefault(tier["price_id"], []).append(tier)
    return [
        {
            **row,
            "tiers": by_price.get(row["id"], []),
            "because": shown(row["conditions"]) if row["conditions"] else "",
        }
        for row in rows
    ]


@action("look")
def registrations(actor: Actor, *, on: date) -> list[Row]:
    """Return where the sellers are registered for tax, since when and until when."""
    found = SellerRecord.objects.filter(organisation_id=actor.organisation_id).order_by("key")
    rows = []
    for record in found:
        seller = seller_of(record.profile)
        for one in seller.registrations:
            ended = one.valid_to is not None and one.valid_to <= on
            rows.append(
                {
                    "seller": seller.name,
                    "country": one.country,
                    "region": one.region,
                    "scheme": one.scheme,
                    "number": one.number,
                    "valid_from": one.valid_from if one.valid_from > date(1900, 1, 1) else None,
                    "valid_to": one.valid_to,
                    "in_force": one.valid_from <= on and not ended,
                }
            )
    return rows
