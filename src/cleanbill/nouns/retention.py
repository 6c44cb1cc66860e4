"""How long a bill must be kept: rules by country of the seller and kind of document, with law.

The data are `data/retention.csv`: years, from when they count, the law, since when it holds (empty:
since before any bill here). A country that is not in it gets the longest of them, so that nothing
is erased too early.
"""

from __future__ import annotations

import csv
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

ANY_BILL = "bill"
YEAR_END = "12-31"
COUNTED_FROM = ("issue_date", "calendar_year", "business_year", "business_year_in_calendar_year")
"""Where the years begin: on the day itself; at the end of its calendar year; of its business year;
of the calendar year in which its business year ends."""


@dataclass(frozen=True, slots=True)
class Retention:
    """A duty to keep documents: for how many years, counted from when, by which law."""

    country: str
    document: str
    years: int
    counted_from: str
    valid_from: date
    law: str


def retention(country: str, document: str, on: date) -> Retention:
    """Return the rule for a seller's documents (``invoice``, ``credit_note``), as it is on a day.

    What the law says on the day somebody asks counts, not what it said when the bill was issued.
    """
    held = [
        rule
        for rule in _rules()
        if rule.country == country and rule.document in (document, ANY_BILL)
    ]
    past = [rule for rule in held if rule.valid_from <= on]
    # The document's own rule goes before the one for any bill, the later before the earlier.
    return max(past or [_longest()], key=lambda rule: (rule.document == document, rule.valid_from))


def last_day(rule: Retention, issued_on: date, year_end: str = YEAR_END) -> date:
    """Return the last day on which a document of ``issued_on`` must still be kept.

    ``year_end`` is the last day of the seller's business year, as month and day.

    >>> rule = retention("DE", "invoice", date(2026, 1, 1))
    >>> last_day(rule, date(2026, 1, 1)), last_day(rule, date(2026, 12, 31))
    (datetime.date(2034, 12, 31), datetime.date(2034, 12, 31))
    """
    match rule.counted_from:
        case "issue_date":
            begun = issued_on
        case "calendar_year":
            begun = date(issued_on.year, 12, 31)
        case "business_year":
            begun = _business_year_end(issued_on, year_end)
        case _:
            begun = date(_business_year_end(issued_on, year_end).year, 12, 31)
    if rule.counted_from == "business_year":
        month, day = _month_and_day(year_end)
        return _on(begun.year + rule.years, month, day)
    return _on(begun.year + rule.years, begun.month, begun.day)


def checked_year_end(text: str) -> str:
    """Return the text if it is a month and a day such as ``06-30``. Raises ValueError."""
    month, day = _month_and_day(text)
    if not (1 <= month <= 12 and 1 <= day <= monthrange(2000, month)[1]):
        raise ValueError(f"{text!r} is no day of the year; expected month and day, such as 06-30")
    return text


def _month_and_day(text: str) -> tuple[int, int]:
    month, dash, day = text.partition("-")
    if not (dash and month.isdecimal() and day.isdecimal() and len(text) == len("12-31")):
        raise ValueError(f"{text!r} is no day of the year; expected month and day, such as 06-30")
    return int(month), int(day)


def _business_year_end(day: date, year_end: str) -> date:
    """Return the end of the business year in which a day lies."""
    month, last = _month_and_day(year_end)
    end = _on(day.year, month, last)
    return end if day <= end else _on(day.year + 1, month, last)


def _on(year: int, month: int, day: int) -> date:
    """Return the day, or the last of its month where the month is too short."""
    return date(year, month, min(day, monthrange(year, month)[1]))


@cache
def _rules() -> tuple[Retention, ...]:
    text = files("cleanbill.nouns").joinpath("data", "retention.csv").read_text(encoding="utf-8")
    return tuple(
        Retention(
            row["country"],
            row["document"],
            int(row["years"]),
            row["counted_from"],
            date.fromisoformat(row["valid_from"] or "0001-01-01"),
            row["law"],
        )
        for row in csv.DictReader(text.splitlines())
    )


@cache
def _longest() -> Retention:
    """The rule for countries of which no law is known here: as long as anywhere."""
    years = max(rule.years for rule in _rules())
    law = f"no rule of this country is known here, so the longest known is kept: {years} years"
    return Retention("", ANY_BILL, years, "business_year_in_calendar_year", date.min, law)
