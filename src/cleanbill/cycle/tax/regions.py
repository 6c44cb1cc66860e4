"""Regions with taxes of their own: provinces and states, their names, rates and sourcing rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from cleanbill.cycle.tax.dated_data import Dated, Rate, dated_rate, on_day, rows_of, span_of

NATIONAL = ("AU", "NZ", "SG", "AE", "SA")
FEDERAL = ("CA", "IN", "US")
INDIAN_HALVES = ("cgst", "sgst", "utgst")
"""Taxes that bear half of an Indian rate each; between states IGST bears it whole."""


@dataclass(frozen=True, slots=True)
class Region:
    """A province or state: its code, the number that tax offices give it, name and kind.

    ``kind`` is ``ut`` for an Indian territory without a legislature.
    """

    region: str
    number: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class RegionalRate:
    """A rate and its tax's name on bills (None: VAT); a compound one is charged on taxes, too."""

    value: Rate
    tax: str | None
    compound: bool


@dataclass(frozen=True, slots=True)
class RegionalData:
    """Data of the countries beside the European ones. Keys are in capitals."""

    regions: Mapping[tuple[str, str], tuple[Dated[Region], ...]] = field(default_factory=dict)
    """By country and code, name or other name."""
    rates: Mapping[tuple[str, str, str], tuple[Dated[RegionalRate], ...]] = field(
        default_factory=dict
    )
    """By country, region (empty: all of it) and category."""
    uncovered: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Home and place whose supplies are not covered, and why."""
    sourcing: Mapping[str, tuple[Dated[str], ...]] = field(default_factory=dict)
    """By American state: ``destination``, ``origin`` (of goods within the state) or ``mixed``."""
    taxability: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By kind and tax category of an item: which American rate it bears."""
    laws: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[str, list[Dated[Rate]]] = field(default_factory=dict)
    """Every rate by its rule; in India also the parts of it."""

    @property
    def days(self) -> set[date]:
        """The days on which a region, a rate or a sourcing rule begins or ends."""
        spans: list[Dated[Any]] = [
            span
            for table in (self.regions, self.rates, self.sourcing)
            for spans in table.values()
            for span in spans
        ]
        found = {day for span in spans for day in (span.valid_from, span.valid_to)}
        return {day for day in found if day is not None}

    def region(self, country: str, text: str | None, day: date) -> Region | None:
        """Return the region that a text names: its code, with or without country, or its name."""
        named = (text or "").strip().upper().removeprefix(f"{country}-")
        return on_day(day, self.regions.get((country, named), ()))

    def rate(
        self, country: str, region: str, category: str, day: date, tax: str = ""
    ) -> RegionalRate | None:
        """Return the rate on a day; where a region has several taxes, that of the name ``tax``."""
        for span in self.rates.get((country, region, category), ()):
            if day in span and (span.value.tax == tax if tax else span.value.tax != "HST"):
                return span.value
        return None


@cache
def regional_data() -> RegionalData:
    """Return the shipped data, read once."""
    regions: dict[tuple[str, str], tuple[Dated[Region], ...]] = {}
    for row in rows_of("regions.csv"):
        found = span_of(row, Region(row["region"], row["number"], row["name"], row["kind"]))
        names = {row["region"], row["name"], *row["aliases"].split("|")} - {""}
        for name in names:
            key = (row["country"], name.upper())
            regions[key] = (*regions.get(key, ()), found)
    rates: dict[tuple[str, str, str], tuple[Dated[RegionalRate], ...]] = {}
    rules: dict[str, list[Dated[Rate]]] = {}
    for row in rows_of("regime_rates.csv"):
        of_day = dated_rate(row)
        place = (row["country"], row["region"], row["category"])
        rate = RegionalRate(of_day.value, row["tax"] or None, row["compound"] == "yes")
        rates[place] = (*rates.get(place, ()), span_of(row, rate))
        whole = [of_day.value]
        if row["country"] == "IN":
            whole += [of_day.value.named("igst"), *map(of_day.value.half, INDIAN_HALVES)]
        rules |= {part.rule: [span_of(row, part)] for part in whole}
    sourcing: dict[str, tuple[Dated[str], ...]] = {}
    for row in rows_of("us_sourcing.csv"):
        spans = sourcing.get(row["state"], ())
        sourcing[row["state"]] = (*spans, span_of(row, row["sourcing"]))
    return RegionalData(
        regions,
        rates,
        {(row["country"], row["place"]): row["note"] for row in rows_of("regime_uncovered.csv")},
        sourcing,
        {
            (row["item_kind"], row["item_tax_category"]): row["taxed"]
            for row in rows_of("us_taxability.csv")
        },
        {rule: span.value.law for rule, (span,) in rules.items()},
        rules,
    )


def state_numbers() -> dict[str, str]:
    """Return the postal code of each American state by its FIPS number, as rate files have it."""
    return {
        row["number"]: row["region"] for row in rows_of("regions.csv") if row["country"] == "US"
    }
