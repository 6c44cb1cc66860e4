"""Dated values and their tables: a value from a day until another, a rate with its law."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from typing import Generic, TypeVar

from cleanbill.nouns.scales import RATE_DECIMALS, RATE_MAX_E6, scaled

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dated(Generic[T]):
    """A value in force from a day on, until before another (None: until further notice)."""

    value: T
    valid_from: date
    valid_to: date | None

    def __contains__(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate by its rule: a stable id, percent in millionths, and the law it stands in."""

    rule: str
    rate_percent_e6: int
    law: str

    def named(self, part: str) -> Rate:
        """Return the rate under the rule of a part of it, as ``in-standard-2017.igst``."""
        return replace(self, rule=f"{self.rule}.{part}")

    def half(self, part: str) -> Rate:
        """Return half of the rate, exactly; raises ValueError where there is no such half."""
        half, left = divmod(self.rate_percent_e6, 2)
        if left:
            raise ValueError(f"{self.rule} has no exact half")
        return replace(self.named(part), rate_percent_e6=half)


def on_day(day: date, spans: tuple[Dated[T], ...]) -> T | None:
    """Return the value in force on a day, None where there is none."""
    return next((span.value for span in spans if day in span), None)


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a table in ``data``, every field as text."""
    text = files("cleanbill.cycle.tax").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def day_of(text: str) -> date | None:
    """Return the day of ISO text, None for empty text."""
    return date.fromisoformat(text) if text else None


def span_of(row: dict[str, str], value: T) -> Dated[T]:
    """Return a value over the ``valid_from`` and ``valid_to`` of a row."""
    return Dated(value, day_of(row["valid_from"]) or date.min, day_of(row["valid_to"]))


def dated_rate(row: dict[str, str]) -> Dated[Rate]:
    """Return the rate of a row that has ``rule, rate_percent, valid_from, valid_to, law``."""
    percent = scaled(row["rate_percent"], RATE_DECIMALS, RATE_MAX_E6)
    return span_of(row, Rate(row["rule"], percent, row["law"]))
