"""The days of the sample: the month billed, the days after it, and when prices changed."""

from __future__ import annotations

from datetime import date, timedelta

from cleanbill.nouns.period import Period

PERIOD = Period(date(2026, 10, 1), date(2026, 11, 1))
"""The month that is billed."""
LAST_DAY = date(2026, 11, 5)
"""The last day of a clean charge: the export was made a few days after the month."""
LAST_WEEK = date(2026, 10, 26)
"""The week that ends after the month: who is billed by the week gets it on the next bill."""
PRICES_FROM = date(2020, 1, 1)
PRICES_2026 = date(2026, 1, 1)
PRICES_ENDED = date(2026, 7, 1)
PRICE_CHANGE = date(2026, 10, 16)
"""Within the month some prices go up."""
CANCELLED_BEFORE = date(2026, 10, 26)
"""Originals of cancellations lie before this day, so that the cancellation is in the month."""


def on_workday(day: date) -> date:
    """Return the day, or the Friday before when it is a Saturday or Sunday."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def month_day(offset: int) -> date:
    """Return the working day at or before the month's first day plus ``offset``."""
    return on_workday(PERIOD.start + timedelta(days=offset))
