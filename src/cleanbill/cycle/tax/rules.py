"""The dated tax data that ships with the house: rates, membership, territories, treatments."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
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


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a supply is treated: UNTDID 5305 category, VATEX code, law, and what the bill says."""

    category: str
    reason_code: str
    law: str
    text: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rules:
    """Tax data to be asked: what holds for a country on a day. Every answer has its law."""

    rates: Mapping[tuple[str, str], tuple[Dated[Rate], ...]]
    members: Mapping[str, tuple[Dated[bool], ...]]
    territories: Mapping[str, tuple[Dated[str], ...]]
    treatments: Mapping[str, Treatment]
    laws: Mapping[str, str]
    """Rule of a rate, or treatment, to its law."""

    def rate(self, country: str, category: str, day: date) -> Rate | None:
        """Return the rate of a country's category on a day, None where none is known."""
        return _on(day, self.rates.get((country, category), ()))

    def in_eu(self, country: str, day: date) -> bool:
        """Tell whether the country belonged to the EU's VAT area on a day."""
        return any(day in span for span in self.members.get(country, ()))

    def vat_territory(self, territory: str, day: date) -> str:
        """Return the country as part of which a territory is taxed; mostly itself."""
        return _on(day, self.territories.get(territory, ())) or territory

    def treatment(self, name: str, country: str) -> tuple[str, Treatment]:
        """Return a treatment and its id, in the seller's national form where there is one."""
        national = f"{name}.{country.lower()}"
        return (national if national in self.treatments else name), self.treatments.get(
            national, self.treatments[name]
        )


def _on(day: date, spans: tuple[Dated[T], ...]) -> T | None:
    return next((span.value for span in spans if day in span), None)


def rows_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a table in ``data``, every field as text."""
    text = files("cleanbill.cycle.tax").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def dated_rate(row: dict[str, str]) -> Dated[Rate]:
    """Return the rate of a row that has ``rule, rate_percent, valid_from, valid_to, law``."""
    percent = scaled(row["rate_percent"], RATE_DECIMALS, RATE_MAX_E6)
    rate = Rate(row["rule"], percent, row["law"])
    return Dated(rate, _day(row["valid_from"]) or date.min, _day(row["valid_to"]))


def _dated(
    rows: list[dict[str, str]], key: str, value: T, begin: str = "valid_from", end: str = "valid_to"
) -> dict[str, tuple[Dated[T], ...]]:
    """Spans by key, each with the same kind of value."""
    spans: dict[str, tuple[Dated[T], ...]] = {}
    for row in rows:
        start = _day(row[begin]) or date.min
        spans[row[key]] = (*spans.get(row[key], ()), Dated(value, start, _day(row[end])))
    return spans


@cache
def rules() -> Rules:
    """Return the shipped rules, read once."""
    rates: dict[tuple[str, str], tuple[Dated[Rate], ...]] = {}
    for row in rows_of("vat_rates.csv"):
        key = (row["country"], row["category"])
        rates[key] = (*rates.get(key, ()), dated_rate(row))
    territories: dict[str, tuple[Dated[str], ...]] = {}
    for row in rows_of("special_territories.csv"):
        span = _dated([row], "territory", row["vat_territory"])
        territories[row["territory"]] = (
            territories.get(row["territory"], ()) + span[row["territory"]]
        )
    treatments = {
        row["treatment"]: Treatment(
            row["category"],
            row["reason_code"],
            row["law"],
            {"en": row["text_en"], "de": row["text_de"]},
        )
        for row in rows_of("treatments.csv")
    }
    laws = {d.value.rule: d.value.law for spans in rates.values() for d in spans}
    laws |= {row["rule"]: row["law"] for row in rows_of("further_rates.csv")}
    return Rules(
        rates,
        _dated(rows_of("eu_members.csv"), "country", True, "member_from", "member_to"),
        territories,
        treatments,
        laws | {name: t.law for name, t in treatments.items()},
    )
