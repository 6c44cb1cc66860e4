"""How often something recurs, and the grid of periods that follows: month ends, leap years, weeks.

A grid is endless in both directions. It remembers the day on which its periods begin: one that
begins on the 31st begins on 28 February and then on 31 March again.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from cleanbill.nouns.period import Period


class Unit(StrEnum):
    """What a cadence counts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"


class Alignment(StrEnum):
    """Where a grid gets its phase from."""

    ANNIVERSARY = "anniversary"
    """From the day on which the terms begin: periods count from that month (or week, or day)."""
    CALENDAR = "calendar"
    """From the calendar: quarters begin in January, April, July, October, whoever is billed."""


MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.HALF_YEAR: 6, Unit.YEAR: 12}
DAYS = {Unit.DAY: 1, Unit.WEEK: 7}
SHORTEST = 28
"""Every month has so many days."""
WEEK_ZERO = date(2000, 1, 3)
"""A Monday: weeks that are aligned to the calendar are counted from it, two at a time too."""
DAY_ZERO = date(2000, 1, 1)
"""Months and days that are aligned to the calendar are counted from it."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """Every ``count`` units: ``Cadence(Unit.MONTH, 2)`` is every two months."""

    unit: Unit
    count: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.count <= 1200:
            raise ValueError(f"a cadence counts from 1 to 1200 units, not {self.count}")

    @property
    def months(self) -> int:
        """The months of a period; 0 where it is counted in days."""
        return MONTHS.get(self.unit, 0) * self.count

    @property
    def days(self) -> int:
        """The days of a period; 0 where it is counted in months."""
        return DAYS.get(self.unit, 0) * self.count


@dataclass(frozen=True, slots=True)
class Grid:
    """The periods of a cadence. Period 0 begins in the month of ``origin`` on ``day``.

    Where periods are counted in days, period 0 begins on ``origin`` itself and ``day`` means
    nothing.
    """

    cadence: Cadence
    origin: date
    day: int = 1

    def begins(self, index: int) -> date:
        """Return the first day of a period; ``index`` may be negative."""
        if days := self.cadence.days:
            return self.origin + timedelta(index * days)
        return on(month_number(self.origin) + index * self.cadence.months, self.day)

    def index(self, day: date) -> int:
        """Return which period a day lies in."""
        if days := self.cadence.days:
            return (day - self.origin).days // days
        index = (month_number(day) - month_number(self.origin)) // self.cadence.months
        return index if self.begins(index) <= day else index - 1

    def period(self, index: int) -> Period:
        """Return a period; the next one begins where it ends."""
        return Period(self.begins(index), self.begins(index + 1))


def month_number(day: date) -> int:
    """Return the months from the beginning of our count to the month of a day."""
    return day.year * 12 + day.month - 1


def on(month: int, day: int) -> date:
    """Return a day of a month by its number; the last one where the month is too short.

    >>> on(2026 * 12 + 1, 31)
    datetime.date(2026, 2, 28)
    """
    year, index = divmod(month, 12)
    last = day if day <= SHORTEST else min(day, monthrange(year, index + 1)[1])
    return date(year, index + 1, last)


def grid(
    cadence: Cadence,
    alignment: Alignment,
    anchor: date,
    billing_day: int | None = None,
    billing_month: int | None = None,
) -> Grid:
    """Return the grid of terms that begin on ``anchor``.

    ``billing_day`` is the day of the month (1 to 31) or, for weeks, of the week (1 is Monday) on
    which periods begin; without it, that of the anchor, or of the calendar: the 1st, a Monday.
    ``billing_month`` (1 to 12) is a month in which a period begins; only the calendar has one.
    Raises ValueError where day or month is none, or means nothing for this cadence.

    >>> monthly = grid(Cadence(Unit.MONTH), Alignment.ANNIVERSARY, date(2026, 1, 31))
    >>> [f"{monthly.begins(n):%m-%d}" for n in range(4)]
    ['01-31', '02-28', '03-31', '04-30']
    """
    calendar = alignment is Alignment.CALENDAR
    if billing_month is not None and not (calendar and cadence.months and 1 <= billing_month <= 12):
        raise ValueError(
            f"billing month {billing_month}: expected 1 to 12, for calendar months, quarters, "
            "half-years or years"
        )
    if cadence.months:
        day = _checked(billing_day, 31, "month") or (1 if calendar else anchor.day)
        origin = date(DAY_ZERO.year, billing_month or 1, 1) if calendar else anchor
        return Grid(cadence, origin, day)
    if cadence.unit is Unit.DAY:
        if billing_day is not None:
            raise ValueError("a cadence of days has no billing day; leave it out")
        return Grid(cadence, DAY_ZERO if calendar else anchor)
    weekday = _checked(billing_day, 7, "week") or (1 if calendar else anchor.isoweekday())
    monday = WEEK_ZERO if calendar else anchor - timedelta(anchor.isoweekday() - 1)
    return Grid(cadence, monday + timedelta(weekday - 1))


def _checked(day: int | None, last: int, what: str) -> int | None:
    if day is not None and not 1 <= day <= last:
        raise ValueError(f"billing day {day}: expected a day of the {what}, 1 to {last}")
    return day
