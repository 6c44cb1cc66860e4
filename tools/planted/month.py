"""The rows of one month: orders with their lines, standing charges, freight, cancellations."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from math import pi, sin
from random import Random

from tools.planted.company import CENT, Company, Customer, Habit, Row

LAST = (2026, 9)
"""The month under test, counted from 0: October 2026."""
_ZONES = tuple(Decimal(price) for price in ("6.90", "9.90", "14.90", "24.90"))
_NEXT_YEAR = 2026


def month(made: Company, year: int, place: int) -> list[Row]:
    """Return the clean rows of a month (``place`` 0 is January), in the order of their days."""
    dice = made.dice(f"month {year}-{place}")
    back = LAST[0] * 12 + LAST[1] - year * 12 - place
    known = [one for one in made.customers.values() if one.since >= back]
    standing = [one for one in known if one.standing]
    rows = [row for one in standing for row in _standing(one, year, place)]
    season = 1 + 0.15 * sin(2 * pi * place / 12) if back else 1
    orders = max(1, round((made.bills - len(standing)) * season * len(known) / len(made.customers)))
    weights = list(accumulate(one.weight for one in known))
    for n, one in enumerate(dice.choices(known, cum_weights=weights, k=orders)):
        rows += _order(made, dice, one, f"{year}{place + 1:02}-{n:05}", _workday(dice, year, place))
    rows += _cancellations(dice, rows)
    rows.sort(key=lambda row: row["service_date"])
    for n, row in enumerate(rows):
        row["reference"] = f"{year}{place + 1:02}-{n:06}"
    for row in rows:
        if isinstance(original := row.get("cancels"), _Link):
            row["cancels"] = original.row["reference"]
    return rows


class _Link(str):
    """Stands for the reference of another row until it has one."""

    row: Row


def _workday(dice: Random, year: int, place: int) -> date:
    """A day of the month; one order in fifty is sent late, from the month before."""
    if dice.random() < 0.02:
        return date(year, place + 1, 1) - timedelta(days=dice.randint(1, 20))
    day = date(year, place + 1, dice.randint(1, monthrange(year, place + 1)[1]))
    return day if day.weekday() < 5 else max(day - timedelta(days=2), day.replace(day=1))


def _order(made: Company, dice: Random, one: Customer, number: str, day: date) -> list[Row]:
    """An order: some of what the customer usually takes, with what belongs to it."""
    count = min(len(one.habits), 1 + sum(dice.random() < 0.55 for _ in range(4)))
    shared = {"order": f"O-{number}", "delivery": f"D-{number}"}
    if one.needs_order or dice.random() < 0.2:
        shared["purchase_order"] = f"PO{dice.randint(100_000, 999_999)}"
    rows = []
    for habit in dice.sample(one.habits, count):
        # Now and then somebody stocks up, and that is right.
        bulk = dice.choice((4, 5, 6)) if dice.random() < 0.003 else 1
        quantity = Decimal(str(round(float(habit.usual) * dice.lognormvariate(0, 0.3) * bulk, 1)))
        if habit.item.whole:
            quantity = Decimal(round(quantity))
        row = _row(one, habit, max(quantity, Decimal(1)), day) | shared
        if dice.random() < 0.03:
            row["discount_percent"] = dice.choice(("2", "3", "5", "10", "15"))
        rows.append(row)
        if habit.item.companion:
            other = made.items[habit.item.companion]
            rows.append(
                _row(one, Habit(other, Decimal(1), other.price, other.price), Decimal(1), day)
                | shared
            )
    if dice.random() < 0.3:
        zone = _ZONES[sum(map(ord, one.customer)) % len(_ZONES)]
        price = zone if dice.random() < 0.8 else dice.choice(_ZONES)
        freight = Habit(made.items["FREIGHT"], Decimal(1), price, price)
        rows.append(_row(one, freight, Decimal(1), day) | shared)
    return rows


def _standing(one: Customer, year: int, place: int) -> list[Row]:
    day = date(year, place + 1, 1)
    number = f"{one.customer}-{year}{place + 1:02}"
    shared = {"order": f"M-{number}", "delivery": "", "service_end": _month_end(day)}
    if one.needs_order:
        shared["purchase_order"] = f"PO-{one.customer}"
    return [_row(one, habit, habit.usual, day) | shared for habit in one.standing]


def _month_end(day: date) -> str:
    return day.replace(day=monthrange(day.year, day.month)[1]).isoformat()


def _row(one: Customer, habit: Habit, quantity: Decimal, day: date) -> Row:
    back = LAST[0] * 12 + LAST[1] - day.year * 12 - day.month + 1
    price = habit.before if back >= habit.raised > 0 else habit.price
    if day.year < _NEXT_YEAR and habit.item.item != "FREIGHT":
        price = max((price / Decimal("1.03")).quantize(CENT), CENT)
    return {
        "customer": one.customer,
        "item": habit.item.item,
        "kind": "sale",
        "quantity": f"{quantity.normalize():f}",
        "unit": habit.item.unit,
        "unit_price": f"{price.quantize(CENT)}" if habit.item.carries else "",
        "currency": "EUR",
        "service_date": day.isoformat(),
    }


def _cancellations(dice: Random, rows: list[Row]) -> list[Row]:
    """One sale in fifty comes back, in whole or in part, within the month."""
    goods = [row for row in rows if row["item"][0] in "GB" and int(row["service_date"][-2:]) < 22]
    found = []
    for row in dice.sample(goods, len(goods) // 50):
        sold = Decimal(row["quantity"])
        back = sold if dice.random() < 0.6 or sold < 2 else Decimal(dice.randint(1, int(sold) - 1))
        day = date.fromisoformat(row["service_date"]) + timedelta(days=dice.randint(1, 6))
        link = _Link("original")
        link.row = row
        more = {"kind": "cancellation", "quantity": f"{back:f}", "service_date": day.isoformat()}
        found.append(row | more | {"cancels": link})
    return found
