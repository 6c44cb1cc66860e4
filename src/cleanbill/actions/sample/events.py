"""What happens in a month: orders, visits, standing charges. Each event gives a few rows."""

from __future__ import annotations

from datetime import date

from cleanbill.actions.sample.catalogue import (
    FREIGHT,
    HOURS,
    METERED,
    MONITORING,
    PAYMENTS,
    SPECIAL_WORK,
    SUBSCRIPTIONS,
    TRAINING,
    TRAVEL,
    Catalogue,
    Item,
)
from cleanbill.actions.sample.draw import Draw
from cleanbill.actions.sample.figures import in_currency, plain
from cleanbill.actions.sample.prices import OWN_GOODS
from cleanbill.actions.sample.profiles import IN_EU, Profile
from cleanbill.actions.sample.rows import Row
from cleanbill.actions.sample.timeline import PERIOD, month_day

_USE_TO = {"graduated": 25_000, "volume": 14_000, "package": 2_400}
"""How much metered use there is at most in a month, by the model of its price."""

_VOLUMES = (100, 10_000, 100_000)
"""Payments of a month come in thousands, in hundred thousands or beyond: the fee has bounds."""


def charge(profile: Profile, item: Item, quantity: str, day: date) -> Row:
    """Return a sale's row with everything that item and customer say about it."""
    return {
        "customer": profile.customer,
        "item": item.item,
        "description": item.description,
        "quantity": quantity,
        "unit": item.unit,
        "currency": profile.currency,
        "service_date": day.isoformat(),
    }


def _references(profile: Profile, draw: Draw) -> Row:
    """Return the customer's own references that all rows of one event share."""
    found: Row = {}
    if profile.purchase_orders:
        found["purchase_order"] = draw.pick(profile.purchase_orders)
    if profile.cost_centres:
        found["cost_centre"] = draw.pick(profile.cost_centres)
    if profile.sites:
        found["ship_to"] = draw.pick(profile.sites)
        found["ship_to_country"] = profile.country
    return found


def goods_order(
    profile: Profile, items: Catalogue, number: int, day: date, draw: Draw
) -> list[Row]:
    """Return an order's lines of different goods and sometimes its freight."""
    most = 3 if profile.kind == "consumer" else 8
    chosen = draw.taken(range(len(items.goods)), draw.between(1, most))
    if profile.own_prices and draw.chance(40):
        own = draw.below(min(OWN_GOODS, len(items.goods)))
        chosen = [own, *(n for n in chosen if n != own)]
    shared = _references(profile, draw) | {"order": f"A-{number}", "delivery": f"LS-{number}"}
    rows = []
    for place in chosen:
        item = items.goods[place]
        row = charge(profile, item, _goods_quantity(profile, item, draw), day) | shared
        if profile.kind == "business" and draw.chance(4):
            row["discount_percent"] = draw.pick(("2", "5", "7.5"))
        rows.append(row)
    if draw.chance(30):
        rows.append(charge(profile, draw.pick(FREIGHT), "1", day) | shared)
    return rows


def _goods_quantity(profile: Profile, item: Item, draw: Draw) -> str:
    if item.unit == "MTR":
        return plain(draw.between(2, 400) * 5, 1)
    if profile.kind == "consumer":
        return str(draw.between(1, 4))
    return str(draw.pick((draw.between(1, 9), draw.between(2, 24), 10 * draw.between(2, 25))))


def service_visit(profile: Profile, number: int, day: date, draw: Draw) -> list[Row]:
    """Return a visit's hours and travel, or in Germany sometimes a training or special work."""
    shared = _references(profile, draw) | {"order": f"WS-{number}"}
    if profile.country == "DE" and draw.chance(4):
        return [charge(profile, TRAINING, str(draw.between(1, 3)), day) | shared]
    if profile.country == "DE" and draw.chance(10):
        return [special_work(profile, day, draw) | shared]
    rows = [
        charge(profile, HOURS[place], plain(draw.between(2, 40) * 25, 2), day) | shared
        for place in draw.taken(range(len(HOURS)), draw.between(1, 2))
    ]
    if draw.chance(70):
        rows.append(charge(profile, TRAVEL, "1", day) | shared)
    return rows


def special_work(profile: Profile, day: date, draw: Draw) -> Row:
    """Return work at a price that the charge brings along."""
    price = in_currency(SPECIAL_WORK.base * draw.between(20, 400) // 100, profile.currency)
    return charge(profile, SPECIAL_WORK, "1", day) | {"unit_price": price}


def monthly(profile: Profile, place: int, draw: Draw) -> list[Row]:
    """Return a customer's charges of the month: subscriptions, use, payments, special work."""
    last = PERIOD.last_day
    assert last is not None
    month = {"service_end": last.isoformat()}
    if profile.kind == "consumer":
        if profile.country not in IN_EU or place % 2:
            return []
        return [charge(profile, MONITORING, "1", PERIOD.start) | month]
    shared = month | _references(profile, draw)
    rows = []
    if place % 2 == 0:
        item = SUBSCRIPTIONS[place // 2 % len(SUBSCRIPTIONS)]
        quantity = "1" if item.model == "flat" else str(draw.between(1, 6))
        rows.append(charge(profile, item, quantity, PERIOD.start) | shared)
    if place % 3 == 0:
        for item in (METERED[place // 3 % len(METERED)], METERED[(place // 3 + 1) % len(METERED)]):
            rows.append(charge(profile, item, _use(item, draw), PERIOD.start) | shared)
    if place % 5 == 1:
        volume = in_currency(draw.between(1, 60_000) * draw.pick(_VOLUMES), profile.currency)
        rows.append(charge(profile, PAYMENTS, "1", PERIOD.start) | shared | {"amount": volume})
    if place % 2 and profile.country == "DE":
        row = special_work(profile, month_day(draw.below(20)), draw)
        rows.append(row | shared | {"service_end": ""})
    return rows


def _use(item: Item, draw: Draw) -> str:
    if draw.chance(10):
        return "1000" if item.model != "package" else "200"
    most = _USE_TO[item.model]
    if item.model == "volume":
        return plain(draw.between(1, most * 1_000), 3)
    return str(draw.between(1, most))


def twin_orders(profile: Profile, item: Item, number: int, draw: Draw) -> tuple[Row, Row]:
    """Return two sales that only their days, orders and references tell apart."""
    shared = _references(profile, draw)
    quantity = str(draw.between(2, 12))
    first, second = month_day(draw.below(7)), month_day(9 + draw.below(7))
    rows = [
        charge(profile, item, quantity, day) | shared | {"order": f"A-{n}", "delivery": f"LS-{n}"}
        for n, day in ((number, first), (number + 1, second))
    ]
    return rows[0], rows[1]
