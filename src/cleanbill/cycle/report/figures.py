"""The figures of the house and their course: by month of the bill, and by run.

Whole numbers throughout: money in minor units, shares in thousandths, averages in tenths of a day.
A figure that cannot be told is None, never nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from cleanbill.engine.exact import Rounding, rounded

MONTHS = 12
RUNS = 12


class BilledDay(NamedTuple):
    """What a day, or several of one month, have of one kind and currency; ``credited`` is a kind,
    too: invoices of these days that a credit note has touched since.
    """

    day: date
    kind: str
    currency: str
    bills: int
    payable_minor: int
    waited_days: int


@dataclass(slots=True)
class Billed:
    """What a month's bills of one currency come to."""

    invoices: int = 0
    payable_minor: int = 0
    credit_notes: int = 0
    credited_minor: int = 0


@dataclass(slots=True)
class Month:
    """A month of bills, in all currencies where a figure has none."""

    first: date
    by_currency: dict[str, Billed] = field(default_factory=dict)
    invoices: int = 0
    touched: int = 0
    """Invoices of the month that a credit note has touched, whenever it did."""
    returned: int = 0
    """Drafts that second review returned in the month: they would have gone out."""
    waited_days: int = 0

    @property
    def whole(self) -> int:
        """How many were right or wrong the first time."""
        return self.invoices + self.returned

    @property
    def right(self) -> int:
        """How many were neither credited nor returned."""
        return self.invoices - self.touched

    @property
    def right_permille(self) -> int | None:
        """The share that was right, rounded down: all is said only where all were right."""
        if not self.whole:
            return None
        return rounded(Fraction(1000 * self.right, self.whole), Rounding.DOWN)

    @property
    def days_tenths(self) -> int | None:
        """The average days from an invoice's last service to its date, in tenths."""
        if not self.invoices:
            return None
        return rounded(Fraction(10 * self.waited_days, self.invoices))

    def billed(self, currency: str) -> Billed:
        """Return what was billed in a currency."""
        return self.by_currency.get(currency, Billed())


@dataclass(frozen=True, slots=True)
class Left:
    """How many charges a run left, and what they are worth."""

    count: int
    worth_minor: int


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How things stood when a run had ended; None where the run did not yet say so."""

    run: int
    day: date
    """The run's issue date: ages are counted up to it."""
    unbilled: int | None = None
    oldest_days: int | None = None
    middle_days: int | None = None
    worth: Mapping[tuple[str, str | None], Left] | None = None

    def left(self, disposition: str, currency: str) -> Left | None:
        """Return what was held or waiting in a currency."""
        if self.worth is None:
            return None
        return self.worth.get((disposition, currency), Left(0, 0))


def first_of_months(today: date) -> list[date]:
    """Return the first days of the last twelve months, that of ``today`` the last."""
    at = 12 * today.year + today.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(at - MONTHS + 1, at + 1)]


def by_month(
    days: Iterable[BilledDay], returned: Iterable[tuple[date, int]], today: date
) -> list[Month]:
    """Return the last twelve months, from the first of them in which there was anything.

    ``returned`` are drafts that second review returned, by day. What is dated later than the month
    of ``today``, or earlier than the twelve, is not looked at. Empty where there is nothing.
    """
    months = {first: Month(first) for first in first_of_months(today)}
    begun: set[date] = set()
    for day in days:
        month = months.get(day.day.replace(day=1))
        if month is not None:
            begun.add(month.first)
            _count(month, day)
    for on, times in returned:
        month = months.get(on.replace(day=1))
        if month is not None:
            begun.add(month.first)
            month.returned += times
    return [month for first, month in months.items() if begun and first >= min(begun)]


def _count(month: Month, day: BilledDay) -> None:
    sums = month.by_currency.setdefault(day.currency, Billed())
    match day.kind:
        case "invoice":
            month.invoices += day.bills
            month.waited_days += day.waited_days
            sums.invoices += day.bills
            sums.payable_minor += day.payable_minor
        case "credit_note":
            sums.credit_notes += day.bills
            sums.credited_minor += day.payable_minor
        case "credited":
            month.touched += day.bills


def run_end(run: int, day: date, left: Mapping[str, Any] | None) -> RunEnd:
    """Return how things stood at the end of a run, from what it has kept of ``left_unbilled``."""
    if left is None:
        return RunEnd(run, day)
    return RunEnd(
        run,
        day,
        left["count"],
        _age(left["oldest"], day, left["count"]),
        _age(left["middle"], day, left["count"]),
        {
            (row["disposition"], row["currency"]): Left(row["count"], row["worth_minor"])
            for row in left["worth"]
        },
    )


def _age(served: str | None, day: date, count: int) -> int | None:
    """Days since a service; none where nothing is left, unknown where nothing left has a day."""
    if served is None:
        return None if count else 0
    return max(0, (day - date.fromisoformat(served)).days)


def currencies(months: Sequence[Month], runs: Sequence[RunEnd], main: str) -> list[str]:
    """Return the currencies of the figures: the seller's own first, then by name."""
    found = {c for month in months for c in month.by_currency}
    found |= {c for run in runs for _, c in run.worth or () if c is not None}
    return [main, *sorted(found - {main})]
