"""Periods: half-open stretches of days ``[start, end)``; days from instants, and back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``start`` to before ``end``; ``end`` None means until further notice."""

    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"a period must end after it starts: {self.start} to {self.end}")

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    @property
    def last_day(self) -> date | None:
        """The last day inside the period, as documents print it."""
        return None if self.end is None else self.end - timedelta(days=1)

    @property
    def days(self) -> int | None:
        """The number of days, or None for an open period."""
        return None if self.end is None else (self.end - self.start).days

    def overlaps(self, other: Period) -> bool:
        """Tell whether at least one day lies in both."""
        return (other.end is None or self.start < other.end) and (
            self.end is None or other.start < self.end
        )


def business_day(instant: datetime, zone: str) -> date:
    """Return the local calendar day of an aware instant; the one way from instants to days.

    >>> from datetime import UTC
    >>> business_day(datetime(2026, 3, 31, 22, 30, tzinfo=UTC), "Europe/Berlin")
    datetime.date(2026, 4, 1)
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant} carries no time zone; say which one it is in")
    return instant.astimezone(ZoneInfo(zone)).date()


def midnight(day: date, zone: str) -> datetime:
    """Return the instant at which a business day begins; the one way from days to instants.

    Where the clocks are put forward at midnight the day begins with the hour that is there, and
    where it strikes twelve twice, with the first.

    >>> midnight(date(2026, 4, 1), "Europe/Berlin")
    datetime.datetime(2026, 3, 31, 22, 0, tzinfo=datetime.timezone.utc)
    """
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def day_from(text: str) -> date:
    """Return the day that somebody wrote, as 2026-10-31; raises ValueError in words."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date; expected the form 2026-10-31") from None
