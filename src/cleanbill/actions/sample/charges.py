"""``charges.csv``: a month of orders, visits, subscriptions, use, payments and cancellations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from cleanbill.actions.sample.catalogue import Catalogue
from cleanbill.actions.sample.draw import Draw
from cleanbill.actions.sample.events import goods_order, monthly, service_visit, twin_orders
from cleanbill.actions.sample.profiles import Profile
from cleanbill.actions.sample.rows import Row
from cleanbill.actions.sample.size import SampleSize
from cleanbill.actions.sample.timeline import (
    CANCELLED_BEFORE,
    LAST_DAY,
    PERIOD,
    month_day,
    on_workday,
)

_ENOUGH = 4
"""Fewer cancellations than this leave no room for equal originals."""
_DAYS = 31


@dataclass(frozen=True, slots=True)
class Charges:
    """The rows in the order of the file, and which of them belong together."""

    rows: list[Row]
    original_of: dict[str, Row]
    """By the reference of a cancellation: the row it cancels."""
    twins: frozenset[str]
    """References of cancellations whose original has an equal beside it."""
    twin_customers: frozenset[str]
    originals: frozenset[str]
    """References of sales that are cancelled, and of their equals: no error may touch them."""


def charges(size: SampleSize, found: list[Profile], items: Catalogue, draw: Draw) -> Charges:
    """Return the month's charges: exactly ``size.charges`` rows, sorted by service date."""
    wanted = size.charges * size.cancellations_permille // 1_000
    pairs = _twin_pairs(found, items, max(2, wanted // 10) if wanted >= _ENOUGH else 0, draw)
    twins = [(_cancellation(first, draw, alone=True), first) for first, _ in pairs]
    sales = list(islice(_sales(found, items, draw), size.charges - wanted - 2 * len(pairs)))
    originals = draw.taken(_cancellable(sales, items), wanted - len(twins))
    others = [(_cancellation(row, draw, alone=False), row) for row in originals]
    rows = [*sales, *(row for pair in pairs for row in pair)]
    rows += [row for row, _ in (*twins, *others)]
    rows.sort(key=lambda row: row["service_date"])
    for number, row in enumerate(rows, start=1):
        row["reference"] = f"S-{PERIOD.start:%Y-%m}-{number:06d}"
    for row, original in (*twins, *others):
        row["cancels"] = original["reference"]
    original_of = {row["reference"]: original for row, original in (*twins, *others)}
    sold = [*original_of.values(), *(second for _, second in pairs)]
    return Charges(
        rows,
        original_of,
        twins=frozenset(row["reference"] for row, _ in twins),
        twin_customers=frozenset(row["customer"] for row, _ in twins),
        originals=frozenset(row["reference"] for row in sold),
    )


def _sales(found: list[Profile], items: Catalogue, draw: Draw) -> Iterator[Row]:
    """Give sales without end: an order for everybody, the standing charges, then what comes."""
    number = 100_001
    for profile in found:
        yield from goods_order(profile, items, number, month_day(draw.below(_DAYS)), draw)
        number += 1
    for place, profile in enumerate(found):
        yield from monthly(profile, place, draw)
    while True:
        profile = draw.pick(found)
        visits = 40 if profile.kind != "consumer" else 15 if profile.country == "DE" else 0
        if draw.chance(visits):
            yield from service_visit(profile, number, _day(draw), draw)
        else:
            yield from goods_order(profile, items, number, _day(draw), draw)
        number += 1


def _day(draw: Draw) -> date:
    """Return a working day, most often of the month, seldom of the few days after it."""
    if draw.chance(3):
        return LAST_DAY - timedelta(days=draw.below(4))
    return month_day(draw.below(_DAYS))


def _twin_pairs(
    found: list[Profile], items: Catalogue, count: int, draw: Draw
) -> list[tuple[Row, Row]]:
    """Return pairs of equal sales of German businesses that are not billed by the week."""
    businesses = [p for p in found if p.kind == "business" and p.country == "DE"]
    customers = [p for p in businesses if not p.succession and p.cut_off != "week"]
    goods = [item for item in items.goods if item.unit == "C62" and not item.changes]
    if not customers or not goods:
        return []
    return [
        twin_orders(draw.pick(customers), draw.pick(goods), 900_001 + 2 * n, draw)
        for n in range(count)
    ]


def _cancellable(rows: list[Row], items: Catalogue) -> list[Row]:
    by_piece = {i.item for i in items.items if i.model == "unit" and i.kind in ("goods", "service")}
    before = CANCELLED_BEFORE.isoformat()
    return [row for row in rows if row["item"] in by_piece and row["service_date"] < before]


def _cancellation(original: Row, draw: Draw, *, alone: bool) -> Row:
    """Return the cancellation of a sale, whole or in part; ``alone`` names no order."""
    quantity = original["quantity"]
    if quantity.isdecimal() and int(quantity) > 1 and draw.chance(40) and not alone:
        quantity = str(draw.between(1, int(quantity) - 1))
    sign = "-" if draw.chance(50) else ""
    day = on_workday(date.fromisoformat(original["service_date"]) + timedelta(draw.between(1, 5)))
    row = original | {
        "kind": "cancellation",
        "quantity": sign + quantity,
        "service_date": day.isoformat(),
    }
    if alone:
        row |= {"order": "", "delivery": ""}
        row["service_date"] = CANCELLED_BEFORE.isoformat()
    return row
