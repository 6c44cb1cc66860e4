"""Spend terms: what a customer has promised to buy at least, or will be asked for at most.

A minimum or a maximum of each month, and a commitment of 120,000 a year with quarterly checks, are
the same thing: amounts for a whole period of a grid, looked at once or several times in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cleanbill.nouns.cadence import Alignment, Cadence, Grid, grid
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.period import Period
from cleanbill.nouns.proration import Convention, ruler
from cleanbill.nouns.scales import AMOUNT_MAX_MINOR


class Unsettled(StrEnum):
    """What a look at the spend does while charges of its days are open or held."""

    WAIT = "wait"
    """Nothing: it says what it waits for."""
    GO_ON = "go_on"
    """It reckons with what is billed; what comes later is corrected then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendTerms:
    """What is billed to a customer is not below a minimum, or not above a maximum, per period.

    ``minimum_minor`` and ``maximum_minor`` are for one whole period of ``cadence``; a broken one
    at the start or the end has its exact share by ``convention``. ``items`` are those whose lines
    count (none: all). ``shortfall_item`` is charged for what the minimum lacks, ``excess_item``
    credited for what goes beyond the maximum. ``check`` is how often within a period the spend is
    compared, with the share of the limit that has passed by then; None: once, at its end.
    ``order``, ``purchase_order`` and ``cost_centre`` go onto every charge.
    """

    reference: str
    customer: str
    currency: str
    cadence: Cadence
    start: date
    end: date | None = None
    minimum_minor: int | None = None
    maximum_minor: int | None = None
    shortfall_item: str | None = None
    excess_item: str | None = None
    items: tuple[str, ...] = ()
    check: Cadence | None = None
    unsettled: Unsettled = Unsettled.WAIT
    alignment: Alignment = Alignment.ANNIVERSARY
    anchor: date | None = None
    billing_day: int | None = None
    billing_month: int | None = None
    convention: Convention = Convention.DAYS
    zone: str = "UTC"
    description: str | None = None
    order: str | None = None
    purchase_order: str | None = None
    cost_centre: str | None = None
    version: int = 1

    def __post_init__(self) -> None:
        decimals_of(self.currency)
        name = self.reference
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"{name} ends on {self.end}; expected a day after {self.start}")
        if self.minimum_minor is None and self.maximum_minor is None:
            raise ValueError(f"{name} has neither a minimum nor a maximum; expected at least one")
        _sided(name, "minimum", self.minimum_minor, "shortfall item", self.shortfall_item)
        _sided(name, "maximum", self.maximum_minor, "excess item", self.excess_item)
        if None not in (self.minimum_minor, self.maximum_minor):
            assert self.minimum_minor is not None
            assert self.maximum_minor is not None
            if self.minimum_minor > self.maximum_minor:
                raise ValueError(f"{name}: the minimum lies above the maximum")
        own = {self.shortfall_item, self.excess_item} & set(self.items)
        if own:
            raise ValueError(
                f"{name}: {sorted(str(i) for i in own)[0]} is what the terms themselves charge; "
                "it cannot count as spend too"
            )
        if self.check is not None and not _divides(self.check, self.cadence):
            raise ValueError(
                f"{name}: a check every {self.check.count} {self.check.unit} does not divide "
                f"periods of {self.cadence.count} {self.cadence.unit}"
            )
        ruler(self.convention, self.grid, 0, self.zone)

    @property
    def grid(self) -> Grid:
        """The periods that the limits are for."""
        return self._along(self.cadence)

    def _along(self, cadence: Cadence) -> Grid:
        anchor = self.anchor or self.start
        return grid(cadence, self.alignment, anchor, self.billing_day, self.billing_month)

    def checks(self, days: Period) -> tuple[date, ...]:
        """Return the days on which the spend of these days is looked at, in order.

        Each is the first day after those that count; the last is the end of ``days``.
        """
        assert days.end is not None
        if self.check is None:
            return (days.end,)
        along = self._along(self.check)
        found, index = [], along.index(days.start) + 1
        while (day := along.begins(index)) < days.end:
            found.append(day)
            index += 1
        return (*found, days.end)


def _sided(name: str, limit: str, minor: int | None, label: str, item: str | None) -> None:
    if minor is not None and not 0 <= minor <= AMOUNT_MAX_MINOR:
        raise ValueError(f"{name}: a {limit} of {minor} does not lie from 0 to {AMOUNT_MAX_MINOR}")
    if (minor is None) != (item is None):
        raise ValueError(f"{name}: a {limit} and its {label} belong together; one is missing")


def _divides(check: Cadence, cadence: Cadence) -> bool:
    """Tell whether whole checks make up a period, more than one of them."""
    short, long = (c.months or c.days for c in (check, cadence))
    alike = bool(check.months) == bool(cadence.months)
    return alike and short < long and long % short == 0
