"""What recurring terms owe, day by day: slow, obvious, in fractions, sharing nothing.

Every paid day is asked: which period are you in, and how much of it are you? Days next to each
other that agree on period, item, quantity and price are one row.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.oracle.facts import DECIMALS
from tests.oracle.rounding import rounded

DAY = timedelta(1)


@dataclass(frozen=True)
class Terms:
    """``step`` and ``unit`` ("months" or "days") say how long periods are; ``origin`` is where
    one begins, for months on ``day`` of its month. ``first`` to before ``end`` is paid for."""

    step: int
    unit: str
    origin: date
    day: int
    first: date
    end: date | None
    in_advance: bool
    convention: str
    zone: str
    currency: str
    item: str
    quantity: Decimal
    price: Decimal
    counted: bool = False
    changes: tuple[tuple[date, str | None, Decimal | None, Decimal | None], ...] = field(default=())


@dataclass(frozen=True)
class Owed:
    first: date
    last: date
    item: str
    due: date
    share: Fraction
    minor: int


def begins(terms: Terms, number: int) -> date:
    if terms.unit == "days":
        return terms.origin + number * terms.step * DAY
    year, month = terms.origin.year, terms.origin.month
    for _ in range(abs(number) * terms.step):
        month += 1 if number > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    return date(year, month, min(terms.day, monthrange(year, month)[1]))


def period_around(terms: Terms, day: date) -> tuple[date, date]:
    number = 0
    while begins(terms, number) > day:
        number -= 1
    while begins(terms, number + 1) <= day:
        number += 1
    return begins(terms, number), begins(terms, number + 1)


def state(terms: Terms, day: date) -> tuple[str, Decimal, Decimal]:
    item, quantity, price = terms.item, terms.quantity, terms.price
    for since, new_item, new_quantity, new_price in sorted(terms.changes, key=lambda c: c[0]):
        if since <= day:
            item = item if new_item is None else new_item
            quantity = quantity if new_quantity is None else new_quantity
            price = price if new_price is None else new_price
    return item, quantity, price


def seconds(day: date, zone: str) -> int:
    """The length of a local day: 24 hours, less what the clock was put forward in it."""
    here = [datetime(d.year, d.month, d.day, tzinfo=ZoneInfo(zone)) for d in (day, day + DAY)]
    offsets = [h.utcoffset() for h in here]
    assert offsets[0] is not None
    assert offsets[1] is not None
    forward = offsets[1] - offsets[0]
    return int((DAY - forward).total_seconds())


def weight(terms: Terms, day: date, start: date, end: date, opening_day: int) -> int:
    """How much one day counts in the period it is measured by; nothing outside."""
    if not start <= day < end:
        return 0
    if terms.convention == "days":
        return 1
    if terms.convention == "seconds":
        return seconds(day, terms.zone)
    if terms.convention == "none":
        return 1 if day == start else 0

    def thirtieths(edge: date) -> int:
        if edge == start:
            return 0
        if edge == end:
            return 30 * terms.step
        opening = start.year * 360 + start.month * 30 + opening_day
        passed = edge.year * 360 + edge.month * 30 + edge.day - opening
        return min(max(passed, 0), 30 * terms.step)

    return thirtieths(day + DAY) - thirtieths(day)


def measure(terms: Terms, start: date, end: date, day: date, stop: date) -> tuple[date, date, int]:
    """The period that days from ``day`` to before ``stop`` are measured by."""
    if not terms.counted or (day, stop) == (start, end):
        return start, end, terms.day
    edge, direction = (stop, -1) if day > start else (start, 1)
    away = replace(terms, origin=edge, day=edge.day)
    first, last = sorted([edge, begins(away, direction)])
    return first, last, edge.day


def owed(terms: Terms, through: date) -> list[Owed]:
    """Return what is due up to and including a day; what counts for nothing is left out."""
    rows: list[Owed] = []
    day = terms.first
    while day <= through and (terms.end is None or day < terms.end):
        start, end = period_around(terms, day)
        stop = end if terms.end is None else min(end, terms.end)
        rows += of_period(terms, start, end, day, stop)
        day = stop
    return [row for row in rows if row.due <= through]


def of_period(terms: Terms, start: date, end: date, day: date, stop: date) -> list[Owed]:
    first, last, opening = measure(terms, start, end, day, stop)
    whole = sum(
        weight(terms, first + n * DAY, first, last, opening) for n in range((last - first).days)
    )
    exact, given, rows = Fraction(), 0, []
    while day < stop:
        since, now, counted = day, state(terms, day), 0
        while day < stop and state(terms, day) == now:
            counted += weight(terms, day, first, last, opening)
            day += DAY
        if counted and now[1]:
            share = Fraction(counted, whole)
            unit = 10 ** DECIMALS[terms.currency]
            exact += Fraction(now[1]) * Fraction(now[2]) * unit * share
            due = since if terms.in_advance else stop
            rows.append(Owed(since, day - DAY, now[0], due, share, rounded(exact) - given))
            given = rounded(exact)
    return rows
