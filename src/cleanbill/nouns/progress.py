"""Progress billing: a schedule of values, claims by what is complete to date, and retainage.

The words are those of construction: an *application* claims for each line of the schedule what
has been completed to date; of all that, a percentage is retained until it is released.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cleanbill.nouns.currency import decimals_of
from cleanbill.nouns.scales import AMOUNT_MAX_MINOR, RATE_DECIMALS

WHOLE_E6 = 100 * 10**RATE_DECIMALS
FOREVER = date(1, 1, 1)


class Retained(StrEnum):
    """What a retainage percentage is taken of."""

    TO_DATE = "to_date"
    """Of all that is complete to date: a lower percentage gives back part of what is held."""
    EACH_CLAIM = "each_claim"
    """Of what each claim adds: a lower percentage holds for what comes from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A line of the schedule of values. ``since``: the day of the change order that brought it.

    A change order that takes something away is a line below zero; its item is of the kind discount.
    """

    line: str
    item: str
    scheduled_minor: int
    description: str | None = None
    since: date = FOREVER
    change_order: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """From a day on, so much is retained."""

    since: date
    percent_e6: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """A line of a claim: complete to date, as percent of the scheduled value or as an amount."""

    line: str
    percent_e6: int | None = None
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An application for payment. Lines that it does not name stay as they were."""

    number: int
    day: date
    lines: tuple[Complete, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainageRelease:
    """What was retained is given free on a day: an amount, or None for all that is held."""

    name: str
    day: date
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressTerms:
    """A contract that is billed by progress.

    ``retainage`` in percent, from the earliest day on; none: nothing is retained.
    ``retainage_item`` (of the kind discount) stands on the rows that retain and release.
    """

    reference: str
    customer: str
    currency: str
    values: tuple[Value, ...]
    retainage: tuple[Step, ...] = ()
    retained: Retained = Retained.TO_DATE
    retainage_item: str | None = None
    order: str | None = None
    purchase_order: str | None = None
    cost_centre: str | None = None
    version: int = 1

    def __post_init__(self) -> None:
        decimals_of(self.currency)
        name = self.reference
        if not self.values:
            raise ValueError(f"{name} has an empty schedule of values; expected at least one line")
        for line, count in Counter(value.line for value in self.values).items():
            if count > 1:
                raise ValueError(f"{name}: line {line} stands twice in the schedule of values")
            if not line or "/" in line or line.strip() != line or line == "retainage":
                raise ValueError(
                    f"{name}: {line!r} is no name for a line of the schedule; expected one without "
                    "slash or space around it, and not 'retainage'"
                )
        for value in self.values:
            if not 0 < abs(value.scheduled_minor) <= AMOUNT_MAX_MINOR:
                raise ValueError(f"{name}, line {value.line}: a scheduled value must not be 0")
        if self.retainage and self.retainage_item is None:
            raise ValueError(f"{name} retains a percentage; expected the retainage item, too")
        for step in self.retainage:
            if not 0 <= step.percent_e6 <= WHOLE_E6:
                raise ValueError(f"{name}: retainage from {step.since} must be 0 to 100 %")
        for since, count in Counter(step.since for step in self.retainage).items():
            if count > 1:
                raise ValueError(f"{name}: two retainages begin on {since}")

    def retainage_on(self, day: date) -> int:
        """Return the percentage (e6) that is retained on a day."""
        steps = [step for step in self.retainage if step.since <= day]
        return max(steps, key=lambda step: step.since).percent_e6 if steps else 0
