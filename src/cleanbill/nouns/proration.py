"""Proration: which share of a period a part of it is, as two whole numbers, by a named convention.

A ruler lies along one period and says how far from its start a day is. A part from one day to
another is ``at(end) - at(start)`` of ``whole``; parts that meet never overlap and never leave
anything out, and together they are the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from cleanbill.nouns.cadence import Cadence, Grid, month_number, on
from cleanbill.nouns.period import Period, midnight


class Convention(StrEnum):
    """What is counted."""

    DAYS = "days"
    """Days, of the days that this very period has."""
    SECONDS = "seconds"
    """Seconds in the zone of the terms: a day has 23, 24 or 25 hours."""
    THIRTY = "thirty"
    """Days of months that all have 30, years that have 360; the 31st counts for nothing, and the
    last of February stands for the days up to the 30th."""
    NONE = "none"
    """Whole or nothing: who is there on the first day of a period owes all of it."""


class Stub(StrEnum):
    """Which period the broken one at the start or the end of terms is measured by."""

    GRID = "grid"
    """By the period of the grid that it lies in."""
    COUNTED = "counted"
    """By one counted from its edge: a broken start back from where it ends, a broken end on from
    where it begins. It differs where a month is too short for the billing day (one that ends on
    28 February and would begin on 31 January is counted from 28 January), and where terms begin
    and end between two billing days. Some systems count so; two broken halves may differ from a
    whole."""


@dataclass(frozen=True, slots=True)
class Ruler:
    """Measures places in one period. ``start_day`` and ``months`` serve the convention thirty."""

    convention: Convention
    period: Period
    months: int
    start_day: int
    zone: str = "UTC"

    @property
    def _end(self) -> date:
        assert self.period.end is not None
        return self.period.end

    @property
    def whole(self) -> int:
        """How long the period is."""
        match self.convention:
            case Convention.DAYS:
                return (self._end - self.period.start).days
            case Convention.SECONDS:
                return self._seconds(self._end)
            case Convention.THIRTY:
                return 30 * self.months
            case _:
                return 1

    def at(self, edge: date | datetime) -> int:
        """Return how far a day's beginning lies from the start: from 0 to ``whole``.

        An aware instant can be placed too, where seconds are counted. Raises ValueError for an
        instant elsewhere.
        """
        if isinstance(edge, datetime):
            if self.convention is not Convention.SECONDS:
                raise ValueError(f"{edge} is an instant; {self.convention} are counted by days")
            return min(max(self._seconds(edge), 0), self.whole)
        if edge <= self.period.start:
            return 0
        if edge >= self._end:
            return self.whole
        match self.convention:
            case Convention.DAYS:
                return (edge - self.period.start).days
            case Convention.SECONDS:
                return self._seconds(edge)
            case Convention.THIRTY:
                return self._thirty(edge)
            case _:
                return 1

    def _seconds(self, edge: date | datetime) -> int:
        end = edge if isinstance(edge, datetime) else midnight(edge, self.zone)
        passed = end - midnight(self.period.start, self.zone)
        return passed.days * 86_400 + passed.seconds

    def _thirty(self, edge: date) -> int:
        months = month_number(edge) - month_number(self.period.start)
        # Where the 31st begins, 30 days have passed, as many as where the next month begins.
        return min(max(30 * months + edge.day - self.start_day, 0), self.whole)


def ruler(
    convention: Convention,
    along: Grid,
    index: int,
    zone: str = "UTC",
    counted: date | None = None,
) -> Ruler:
    """Return the ruler of a period of a grid.

    ``counted``: the day from which one of equal cadence is counted to measure by (see Stub): on
    from the period's own start, back from any other day. Raises ValueError where months of 30
    days are wanted and there are no months.
    """
    cadence, period = along.cadence, along.period(index)
    if convention is Convention.THIRTY and not cadence.months:
        raise ValueError(
            f"months of 30 days cannot measure a period of {cadence.count} {cadence.unit}; "
            "expected the convention days, seconds or none"
        )
    start_day = along.day
    if counted is not None:
        period, start_day = _counted(cadence, period, counted), counted.day
    return Ruler(convention, period, cadence.months, start_day, zone)


def _counted(cadence: Cadence, period: Period, edge: date) -> Period:
    def away(count: int) -> date:
        if cadence.days:
            return edge + timedelta(count * cadence.days)
        return on(month_number(edge) + count * cadence.months, edge.day)

    return Period(edge, away(1)) if edge == period.start else Period(away(-1), edge)
