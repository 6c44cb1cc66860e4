"""Recurring terms from a seed, for many cases: what ``recurring.py`` draws, without a search."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from tests.laws.recurring import CURRENCIES, EDGES, MOST, ZONES, length

from cleanbill.nouns.cadence import Alignment, Cadence, Unit
from cleanbill.nouns.proration import Convention, Stub
from cleanbill.nouns.recurring import Change, RecurringTerms, Timing

STARTS = [date.fromisoformat(day) for day in EDGES.split()]
FIRST, SPAN = date(2022, 1, 1), 1825


def terms(rng: Random, reference: str = "T", near: date | None = None) -> RecurringTerms:
    """Return terms of any cadence, alignment and convention; ``near``: of so many days around."""
    unit = rng.choice(list(Unit))
    cadence = Cadence(unit, rng.choice((1, rng.randint(1, MOST.get(unit, 2)))))
    alignment = rng.choice(list(Alignment))
    start = day(rng) if near is None else near + timedelta(rng.randint(-60, 60))
    size = length(cadence)
    conventions = [c for c in Convention if cadence.months or c is not Convention.THIRTY]
    in_months = bool(cadence.months)
    billing_days = {Unit.DAY: [None], Unit.WEEK: [None, *range(1, 8)]}
    month_days = [None, None, *range(1, 32), 28, 29, 30, 31, 31]
    calendar = in_months and alignment is Alignment.CALENDAR
    return RecurringTerms(
        reference=reference,
        customer="C",
        item="one",
        currency=rng.choice(CURRENCIES),
        quantity_e6=quantity(rng),
        unit_price_e8=price(rng),
        cadence=cadence,
        start=start,
        end=later(rng, start, size),
        trial_end=later(rng, start, size) if rng.random() < 0.5 else None,
        alignment=alignment,
        anchor=rng.choice((None, day(rng))),
        billing_day=rng.choice(billing_days.get(unit, month_days)),
        billing_month=rng.choice((None, rng.randint(1, 12))) if calendar else None,
        timing=rng.choice(list(Timing)),
        convention=rng.choice(conventions),
        zone=rng.choice(ZONES),
        stub=rng.choice(list(Stub)),
        changes=changes(rng, start, 2 * size),
    )


def horizon(rng: Random, of: RecurringTerms) -> date:
    """Return a day from before the terms to some periods after their start."""
    return of.start + timedelta(rng.randint(-2, min(4 * length(of.cadence), 1600)))


def day(rng: Random) -> date:
    return rng.choice((rng.choice(STARTS), FIRST + timedelta(rng.randint(0, SPAN))))


def later(rng: Random, start: date, size: int) -> date | None:
    return rng.choice((None, start + timedelta(rng.randint(0, 3 * size))))


def quantity(rng: Random) -> int:
    return rng.choice((rng.randint(0, 5) * 10**6, rng.randint(1, 10**10)))


def price(rng: Random) -> int:
    whole = rng.randint(0, 10**6) * 10**8
    return rng.choice((rng.randint(0, 2000) * 5 * 10**5, whole, rng.randint(1, 10**13)))


def changes(rng: Random, start: date, span: int) -> tuple[Change, ...]:
    return tuple(
        Change(
            start + timedelta(rng.randint(-span // 4, span)),
            rng.choice((None, None, "other")),
            rng.choice((None, quantity(rng))),
            rng.choice((None, price(rng))),
        )
        for _ in range(rng.choice((0, 0, 1, 2, 3)))
    )
