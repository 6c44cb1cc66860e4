"""Rates beside value added tax: surcharges on it, taxes of regions, taxes withheld."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from cleanbill.cycle.tax.dated_data import Dated, Rate, dated_rate, rows_of


@dataclass(frozen=True, slots=True)
class FurtherRates:
    """Dated rates by country, tax and category; every rate has its law."""

    rates: Mapping[tuple[str, str, str], tuple[Dated[Rate], ...]]

    def rate(self, country: str, tax: str, category: str, day: date) -> Rate | None:
        """Return the rate in force on a day, None where none is known."""
        spans = self.rates.get((country, tax, category), ())
        return next((span.value for span in spans if day in span), None)


@cache
def further_rates() -> FurtherRates:
    """Return the shipped rates of ``data/further_rates.csv``, read once."""
    rates: dict[tuple[str, str, str], tuple[Dated[Rate], ...]] = {}
    for row in rows_of("further_rates.csv"):
        key = (row["country"], row["tax"], row["category"])
        rates[key] = (*rates.get(key, ()), dated_rate(row))
    return FurtherRates(rates)
