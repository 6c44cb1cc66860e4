"""Recurring terms: what a customer has bought until further notice, how often it is charged, and
what has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from cleanbill.nouns.cadence import Alignment, Cadence, Grid, grid
from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.period import Period
from cleanbill.nouns.proration import Convention, Stub, ruler
from cleanbill.nouns.scales import PRICE_MAX_E8, QUANTITY_MAX_E6


class Repricing(StrEnum):
    """What a price that begins within a period does, where the terms take theirs from the lists."""

    PART = "part"
    """Nothing before the next part: the price in force on the first day of a part holds in it."""
    DAY = "day"
    """It cuts the period: from its first day on the new price is charged."""


class Timing(StrEnum):
    """When a period is due."""

    ADVANCE = "advance"
    """On its first day."""
    ARREARS = "arrears"
    """On the first day after it."""


@dataclass(frozen=True, slots=True)
class Change:
    """From a business day on, another item, quantity or price; None leaves it as it was."""

    day: date
    item: str | None = None
    quantity_e6: int | None = None
    unit_price_e8: int | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """Days for which terms say the same; without a price, that of the lists holds."""

    period: Period
    item: str
    quantity_e6: int
    unit_price_e8: int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days for which item, quantity and price stay as they are."""

    period: Period
    item: str
    quantity_e6: int
    unit_price_e8: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringTerms:
    """What is charged period by period. All days are business days, in the seller's ``zone``.

    ``unit_price_e8`` is the price of one unit for one whole period; None: the price in force for
    the customer, its plan or everybody, as ``repricing`` says. In force from ``start`` to
    before ``end`` (None: until further notice; equal to ``start``: never). Free before
    ``trial_end``. Unless ``anchor`` gives another day, an anniversary is that of the first day
    that is paid for. ``version`` counts how often what is known of the terms was corrected.
    ``order``, ``purchase_order`` and ``cost_centre`` go onto every charge.
    """

    reference: str
    customer: str
    item: str
    currency: str
    quantity_e6: int
    unit_price_e8: int | None
    cadence: Cadence
    start: date
    end: date | None = None
    trial_end: date | None = None
    alignment: Alignment = Alignment.ANNIVERSARY
    anchor: date | None = None
    billing_day: int | None = None
    billing_month: int | None = None
    timing: Timing = Timing.ADVANCE
    convention: Convention = Convention.DAYS
    stub: Stub = Stub.GRID
    repricing: Repricing = Repricing.PART
    zone: str = "UTC"
    changes: tuple[Change, ...] = ()
    description: str | None = None
    unit: str | None = None
    order: str | None = None
    purchase_order: str | None = None
    cost_centre: str | None = None
    version: int = 1

    def __post_init__(self) -> None:
        decimals_of(self.currency)
        name = self.reference
        if self.end is not None and self.end < self.start:
            raise ValueError(f"{name} ends on {self.end}, before it starts on {self.start}")
        if self.trial_end is not None and self.trial_end < self.start:
            raise ValueError(f"{name}: the trial ends on {self.trial_end}, before {self.start}")
        for what in (Change(self.start, None, self.quantity_e6, self.unit_price_e8), *self.changes):
            _checked(name, "quantity", what.quantity_e6, QUANTITY_MAX_E6)
            _checked(name, "unit price", what.unit_price_e8, PRICE_MAX_E8)
        # Days and conventions that do not fit the cadence are refused here, not in the middle of
        # a run.
        ruler(self.convention, self.grid, 0, self.zone)

    @property
    def first_day(self) -> date:
        """The first day that is paid for."""
        return max(self.start, self.trial_end or self.start)

    @property
    def grid(self) -> Grid:
        """The periods that the terms are charged by."""
        anchor = self.anchor or self.first_day
        return grid(self.cadence, self.alignment, anchor, self.billing_day, self.billing_month)

    @property
    def listed(self) -> bool:
        """Whether a price of the lists is needed for some of the days."""
        # A price, once said, holds until another is said: whoever begins with one always has one.
        return self.unit_price_e8 is None and any(cut.unit_price_e8 is None for cut in self.cuts())

    def stretches(self) -> tuple[Stretch, ...]:
        """Return the days that are paid for, cut where something changes, in order.

        Raises ValueError where a price of the lists is needed: it must be looked up before.
        """
        found = []
        for cut in self.cuts():
            if cut.unit_price_e8 is None:
                raise ValueError(
                    f"{self.reference} has no price of its own on {cut.period.start}; its price "
                    "must be looked up before it is charged"
                )
            found.append(Stretch(cut.period, cut.item, cut.quantity_e6, cut.unit_price_e8))
        return tuple(found)

    def cuts(self) -> tuple[Cut, ...]:
        """Return the days that are paid for, cut where the terms say something else, in order.

        Changes come in any order; of two on one day, what the later one in the list says counts.
        One from before the first day holds from that day; one that changes nothing cuts nothing.
        """
        if self.end is not None and self.end <= self.first_day:
            return ()
        now = (self.item, self.quantity_e6, self.unit_price_e8)
        cuts = {self.first_day: now}
        for change in sorted(self.changes, key=lambda change: change.day):
            if self.end is not None and change.day >= self.end:
                break
            new = (change.item, change.quantity_e6, change.unit_price_e8)
            now = (
                now[0] if new[0] is None else new[0],
                now[1] if new[1] is None else new[1],
                now[2] if new[2] is None else new[2],
            )
            cuts[max(change.day, self.first_day)] = now
        days = list(cuts)
        kept = days[:1] + [b for a, b in pairwise(days) if cuts[a] != cuts[b]]
        ends = [*kept[1:], self.end]
        return tuple(Cut(Period(a, b), *cuts[a]) for a, b in zip(kept, ends, strict=True))


def _checked(name: str, label: str, value: int | None, limit: int) -> None:
    if value is not None and not 0 <= value <= limit:
        raise ValueError(f"{name}: a {label} of {value} does not lie from 0 to {limit}")
