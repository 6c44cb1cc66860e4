"""American sales tax rates as loaded: which jurisdictions tax an address, and how much.

The files are those of the Streamlined Sales Tax Governing Board. A place is looked up by its
address where the file has addresses, else by its nine-digit ZIP code, else by the first five
digits; where several rates hold there, the lowest combined one does (Agreement § 305(F), (G)).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import polars as pl

from cleanbill.cycle.tax.dated_data import Dated, Rate, on_day

STATE, COUNTY = "45", "00"
PLACES = ("01", "02", "03", "04", "05")
"""Kinds of jurisdiction (X12 element 1721): state, county, and city, town, village, borough,
township."""
_ZIP = re.compile(r"(\d{5})(?:-?(\d{4}))?")
_HOUSE = re.compile(r"(\d+)\s+(.+)")


class Levy(NamedTuple):
    """The rates of a jurisdiction, in millionths of a percent."""

    kind: str
    code: str
    name: str | None
    general_within_e6: int
    general_into_e6: int
    food_within_e6: int
    food_into_e6: int
    since: date

    def rate(self, *, within: bool, food: bool) -> int:
        """Return the rate of a sale within the state or into it, of food and drugs or others."""
        if food:
            return self.food_within_e6 if within else self.food_into_e6
        return self.general_within_e6 if within else self.general_into_e6


class Boundary(NamedTuple):
    """A row of a boundary file: where it applies, and who taxes there."""

    state: str
    record: str
    plus4_low: str | None
    plus4_high: str | None
    number_low: int | None
    number_high: int | None
    parity: str | None
    street: str | None
    state_taxed: bool
    county: str | None
    place: str | None
    districts: str | None
    valid_from: date
    valid_to: date | None

    def holds(self, day: date) -> bool:
        """Tell whether the row holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def has_house(self, house: tuple[int, str]) -> bool:
        """Tell whether the row is one of addresses and this is one of them."""
        number, street = house
        if self.record != "A" or self.street != street:
            return False
        low, high = self.number_low, self.number_high
        if low is None or high is None or not low <= number <= high:
            return False
        return self.parity not in ("O", "E") or (number % 2 == 1) == (self.parity == "O")

    def has_plus4(self, plus4: str) -> bool:
        """Tell whether the row is one of nine-digit ZIP codes and this is one of them."""
        low, high = self.plus4_low, self.plus4_high
        return self.record == "4" and low is not None and low <= plus4 <= (high or low)


class Postcode(NamedTuple):
    """An American ZIP code; ``plus4`` are its last four digits where they are known."""

    zip: str
    plus4: str | None

    @classmethod
    def of(cls, text: str | None) -> Postcode | None:
        """Return the ZIP code that a text is, None if it is none."""
        found = _ZIP.fullmatch((text or "").strip())
        return cls(found[1], found[2]) if found else None


def house(text: str | None) -> tuple[int, str] | None:
    """Return house number and street of an address as boundary files spell it, or None."""
    found = _HOUSE.fullmatch(" ".join(re.sub(r"[.,#]", " ", (text or "").upper()).split()))
    return (int(found[1]), found[2]) if found else None


@dataclass(frozen=True, slots=True)
class American:
    """Loaded rates and boundaries, to be asked by place and day."""

    levies: Mapping[tuple[str, str, str], tuple[Dated[Levy], ...]] = field(default_factory=dict)
    """By state, kind and code."""
    boundaries: Mapping[str, tuple[Boundary, ...]] = field(default_factory=dict)
    """By the five digits of a ZIP code."""
    days: frozenset[date] = frozenset()
    """Days on which a rate or boundary begins or ends."""

    def knows(self, state: str) -> bool:
        """Tell whether rates of a state are loaded."""
        return any(known == state for known, _, _ in self.levies)

    def levied(
        self, state: str, number: str, postcode: Postcode, street: str | None, day: date
    ) -> list[Levy] | str:
        """Return what is levied at a place on a day, the state's first; or what is missing.

        ``number`` is the state's FIPS code, under which its rate stands.
        """
        rows = self._rows(state, postcode, house(street), day)
        if not rows:
            return f"no boundary row of {state} for ZIP code {postcode.zip} on this day"
        found: list[list[Levy]] = []
        for row in rows:
            levies = self._levies(state, number, row, day)
            if isinstance(levies, str):
                return levies
            found.append(levies)
        return min(found, key=lambda levies: sum(levy.general_into_e6 for levy in levies))

    def _rows(
        self, state: str, postcode: Postcode, address: tuple[int, str] | None, day: date
    ) -> list[Boundary]:
        known = self.boundaries.get(postcode.zip, ())
        there = [row for row in known if row.state == state and row.holds(day)]
        plus4 = postcode.plus4
        exact = [row for row in there if address is not None and row.has_house(address)]
        near = [row for row in there if plus4 is not None and row.has_plus4(plus4)]
        return exact[:1] or near[:1] or [row for row in there if row.record == "Z"]

    def _levies(self, state: str, number: str, row: Boundary, day: date) -> list[Levy] | str:
        wanted: list[tuple[Iterable[str], str]] = []
        if row.state_taxed:
            wanted.append(((STATE,), number))
        if row.county:
            wanted.append(((COUNTY,), row.county))
        if row.place:
            wanted.append((PLACES, row.place))
        for district in (row.districts or "").split():
            kind, _, code = district.partition(":")
            wanted.append(((kind,), code))
        levies = []
        for kinds, code in wanted:
            spans = [s for kind in kinds for s in self.levies.get((state, kind, code), ())]
            levy = on_day(day, tuple(spans))
            if levy is None:
                return f"no rate of {state} for jurisdiction {'/'.join(kinds)} {code} on this day"
            levies.append(levy)
        return levies


def rule_of(state: str, kind: str, code: str, since: date) -> str:
    """Return the rule under which bills name a rate of a jurisdiction."""
    return f"us-{state.lower()}-{kind}-{code}-{since}"


def rules_of(us_rates: pl.DataFrame) -> dict[str, list[Dated[Rate]]]:
    """Return what each rule of loaded rates (US_RATES) may charge, and on which days."""
    found: dict[str, list[Dated[Rate]]] = {}
    percents = [c for c in us_rates.columns if c.endswith("_e6")]
    for row in us_rates.iter_rows(named=True):
        rule = rule_of(row["state"], row["kind"], row["code"], row["valid_from"])
        for percent in {row[c] for c in percents}:
            span = Dated(Rate(rule, percent, ""), row["valid_from"], row["valid_to"])
            found.setdefault(rule, []).append(span)
    return found


def american(us_rates: pl.DataFrame, us_boundaries: pl.DataFrame, zips: pl.Series) -> American:
    """Return the loaded tables (US_RATES, US_BOUNDARIES) as far as ZIP codes can ask for them.

    ``zips`` are ZIP codes as they were written; only their first five characters count.
    """
    if us_rates.is_empty():
        return American()
    levies: dict[tuple[str, str, str], tuple[Dated[Levy], ...]] = {}
    for row in us_rates.iter_rows(named=True):
        key = (row["state"], row["kind"], row["code"])
        levy = Levy(**{c: row[c] for c in Levy._fields if c != "since"}, since=row["valid_from"])
        span = Dated(levy, row["valid_from"], row["valid_to"])
        levies[key] = (*levies.get(key, ()), span)
    asked = zips.drop_nulls().str.strip_chars().str.slice(0, 5).unique().alias("zip").to_frame()
    near = us_boundaries.join(asked, on="zip", how="semi")
    boundaries: dict[str, list[Boundary]] = {}
    for at, *rest in near.select("zip", *Boundary._fields).iter_rows():
        boundaries.setdefault(at, []).append(Boundary(*rest))
    days = pl.concat([table[c] for table in (us_rates, near) for c in ("valid_from", "valid_to")])
    return American(
        levies,
        {at: tuple(rows) for at, rows in boundaries.items()},
        frozenset(days.drop_nulls().unique()),
    )
