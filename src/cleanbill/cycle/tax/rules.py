"""The dated tax data that ships with the house: rates, membership, territories, treatments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TypeVar

from cleanbill.cycle.tax.dated_data import (
    Dated,
    Rate,
    dated_rate,
    day_of,
    on_day,
    rows_of,
)
from cleanbill.cycle.tax.regions import (
    FEDERAL,
    NATIONAL,
    Region,
    RegionalData,
    RegionalRate,
    regional_data,
)
from cleanbill.nouns.tax_engine import RULE, named_by

T = TypeVar("T")


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
    regional: RegionalData = field(default_factory=RegionalData)

    @property
    def regime_countries(self) -> tuple[str, ...]:
        """Countries whose taxes are told by a regime of their own."""
        return (*NATIONAL, *FEDERAL)

    @property
    def uncovered(self) -> Mapping[tuple[str, str], str]:
        """Home and place of supplies that are not covered, and why."""
        return self.regional.uncovered

    def law_of(self, rule: str | None) -> str | None:
        """Return the law of a rate or treatment; a rate that was loaded names its file."""
        if rule is not None and rule.startswith("us-"):
            _, state, kind, code, since = rule.split("-", 4)
            where = f"{state.upper()}, jurisdiction {kind} {code}"
            return f"Streamlined Sales Tax rate file of {where}, from {since}"
        if rule is not None and rule.startswith(RULE):
            engine, answer_hash, _ = named_by(rule)
            return self.laws.get(answer_hash, f"Tax engine {engine}, answer {answer_hash}")
        return self.laws.get(rule or "")

    def region(self, country: str, text: str | None, day: date) -> Region | None:
        """Return the province or state that a text names on a day."""
        return self.regional.region(country, text, day)

    def regional_rate(
        self, country: str, region: str, category: str, day: date, tax: str = ""
    ) -> RegionalRate | None:
        """Return the rate of a country, or of a region of it, on a day."""
        return self.regional.rate(country, region, category, day, tax)

    def rate(self, country: str, category: str, day: date) -> Rate | None:
        """Return the rate of a country's category on a day, None where none is known."""
        return on_day(day, self.rates.get((country, category), ()))

    def in_eu(self, country: str, day: date) -> bool:
        """Tell whether the country belonged to the EU's VAT area on a day."""
        return any(day in span for span in self.members.get(country, ()))

    def vat_territory(self, territory: str, day: date) -> str:
        """Return the country as part of which a territory is taxed; mostly itself."""
        return on_day(day, self.territories.get(territory, ())) or territory

    def treatment(self, name: str, country: str) -> tuple[str, Treatment]:
        """Return a treatment and its id, in the seller's national form where there is one."""
        national = f"{name}.{country.lower()}"
        return (national if national in self.treatments else name), self.treatments.get(
            national, self.treatments[name]
        )


def _dated(
    rows: list[dict[str, str]], key: str, value: T, begin: str = "valid_from", end: str = "valid_to"
) -> dict[str, tuple[Dated[T], ...]]:
    """Spans by key, each with the same kind of value."""
    spans: dict[str, tuple[Dated[T], ...]] = {}
    for row in rows:
        start = day_of(row[begin]) or date.min
        spans[row[key]] = (*spans.get(row[key], ()), Dated(value, start, day_of(row[end])))
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
        for row in (*rows_of("treatments.csv"), *rows_of("regime_treatments.csv"))
    }
    regional = regional_data()
    laws = {d.value.rule: d.value.law for spans in rates.values() for d in spans}
    laws |= {row["rule"]: row["law"] for row in rows_of("further_rates.csv")}
    return Rules(
        rates,
        _dated(rows_of("eu_members.csv"), "country", True, "member_from", "member_to"),
        territories,
        treatments,
        {**laws, **regional.laws, **{name: t.law for name, t in treatments.items()}},
        regional,
    )
