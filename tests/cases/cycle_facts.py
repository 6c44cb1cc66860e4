"""Facts of how many periods are due: read from a file, or made and counted by the convention.

A fact says ``period``, ``start``, ``target``, ``billing_day`` and ``cycles``; it may say
``change`` (the end of the terms), ``count`` (every so many periods) and ``trial_end``.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from cleanbill.nouns.cadence import Cadence, Unit
from cleanbill.nouns.proration import Stub
from cleanbill.nouns.recurring import RecurringTerms

Fact = dict[str, Any]
PERIODS = {
    "daily": Cadence(Unit.DAY),
    "weekly": Cadence(Unit.WEEK),
    "biweekly": Cadence(Unit.WEEK, 2),
    "thirty_days": Cadence(Unit.DAY, 30),
    "monthly": Cadence(Unit.MONTH),
    "bimestrial": Cadence(Unit.MONTH, 2),
    "quarterly": Cadence(Unit.QUARTER),
    "triannual": Cadence(Unit.MONTH, 4),
    "semiannual": Cadence(Unit.HALF_YEAR),
    "biannual": Cadence(Unit.HALF_YEAR),
    "annual": Cadence(Unit.YEAR),
    "biennial": Cadence(Unit.YEAR, 2),
    "triennial": Cadence(Unit.YEAR, 3),
}
NEEDED = ("period", "start", "target", "cycles")
WORDS = (*NEEDED, "billing_day", "change", "count", "trial_end", "case", "by_grid", "says")


class UnknownFact(ValueError):
    """A fact says what nobody here understands; the message says what."""


def terms(fact: Fact, stub: Stub) -> RecurringTerms:
    """Return one unit at 1.00 as a fact has it, due in advance; raises ValueError."""
    missing = [word for word in NEEDED if not fact.get(word)]
    unknown = [word for word in fact if word not in WORDS]
    if missing or unknown or fact["period"] not in PERIODS:
        raise UnknownFact(
            f"{fact}: " + "; ".join(
                [f"{word} is missing" for word in missing]
                + [f"{word} is no word of a fact" for word in unknown]
                or [f"period is none of {', '.join(PERIODS)}"]
            )
        )  # fmt: skip
    period = PERIODS[fact["period"]]
    return RecurringTerms(
        reference="T",
        customer="C",
        item="plan",
        currency="EUR",
        quantity_e6=10**6,
        unit_price_e8=10**8,
        cadence=Cadence(period.unit, period.count * int(fact.get("count") or 1)),
        start=date.fromisoformat(fact["start"]),
        end=_day(fact, "change"),
        trial_end=_day(fact, "trial_end"),
        billing_day=int(fact["billing_day"]) if fact.get("billing_day") else None,
        stub=stub,
    )


def _day(fact: Fact, word: str) -> date | None:
    return date.fromisoformat(fact[word]) if fact.get(word) else None


def made(rng: Random) -> Fact:
    """Return a fact without its cycles: month ends and leap days more often than others."""
    name = rng.choice([name for name, cadence in PERIODS.items() if cadence.months])
    days = PERIODS[name].months * 30
    start = rng.choice((date(2024, 2, 29), date(2023, 1, 31), date(2023, 1, 1)))
    start += timedelta(rng.choice((0, rng.randrange(1100))))
    fact: Fact = {
        "period": name,
        "start": str(start),
        "target": str(start + timedelta(rng.randrange(-3, 3 * days))),
        "billing_day": rng.choice((*range(1, 32), 28, 29, 30, 31)),
    }
    if rng.random() < 0.6:
        fact["change"] = str(start + timedelta(rng.randrange(1, 3 * days)))
    return fact


def counted(fact: Fact) -> Fraction:
    """Return the cycles by the convention of the peer's facts, month by month."""
    months = PERIODS[fact["period"]].months
    start, target = (date.fromisoformat(fact[word]) for word in ("start", "target"))
    end = _day(fact, "change") or date.max
    if target < start:
        return Fraction(0)

    def billing(number: int) -> date:
        return on(start.year * 12 + start.month - 1 + number * months, fact["billing_day"])

    first = next(number for number in (0, 1) if billing(number) >= start)
    due = Fraction(0)
    if billing(first) > start:
        # Before the first billing day: of the period that ends where the part does.
        stop = min(billing(first), end)
        due += Fraction((stop - start).days, (stop - away(stop, -months)).days)
    number = first
    while billing(number) <= target and billing(number) < end:
        begun = billing(number)
        if end < billing(number + 1):
            due += Fraction((end - begun).days, (away(begun, months) - begun).days)
        else:
            due += 1
        number += 1
    return due


def away(day: date, months: int) -> date:
    return on(day.year * 12 + day.month - 1 + months, day.day)


def on(month: int, day: int) -> date:
    year, index = divmod(month, 12)
    return date(year, index + 1, min(day, monthrange(year, index + 1)[1]))
