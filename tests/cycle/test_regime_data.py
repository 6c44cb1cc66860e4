"""The shipped data of regimes: well-formed, without overlaps or gaps, and equal to known rates."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from tests.cycle.test_tax_data import REGIMES, TREATMENTS, day, table

from cleanbill.cycle import tax
from cleanbill.cycle.tax.regions import FEDERAL, NATIONAL
from cleanbill.cycle.tax.regions import state_numbers as states
from cleanbill.formats.tabular.columns import KINDS

RATES = table("regime_rates.csv")
REGIONS = table("regions.csv")
SAID = table("regime_treatments.csv")
SOURCING = table("us_sourcing.csv")
Key = tuple[str, str, str, str]


def groups() -> dict[Key, list[dict[str, str]]]:
    """Return the rates of each country, region, tax and category, in order."""
    found: dict[Key, list[dict[str, str]]] = {}
    for row in RATES:
        key = (row["country"], row["region"], row["tax"], row["category"])
        found.setdefault(key, []).append(row)
    return {key: sorted(rows, key=lambda r: r["valid_from"]) for key, rows in found.items()}


def test_every_row_of_every_table_has_its_law_and_its_days() -> None:
    for row in (*RATES, *REGIONS, *SOURCING):
        assert row["law"].strip() == row["law"] != "", row
        assert day(row["valid_from"]) < day(row["valid_to"]), row
    for row in (*SAID, *table("us_taxability.csv"), *table("regime_uncovered.csv")):
        assert row["law"].strip() == row["law"] != "", row


def test_rules_are_unique_and_say_what_they_name() -> None:
    assert len({row["rule"] for row in RATES}) == len(RATES)
    for row in RATES:
        assert row["country"] in (*NATIONAL, *FEDERAL)
        assert re.fullmatch(r"0|[1-9]\d?(\.\d*[1-9])?", row["rate_percent"]), row
        assert row["rule"].startswith(row["country"].lower() + "-"), row
        assert row["rule"].endswith(row["valid_from"][:4]), row
        assert (row["rate_percent"] == "0") == (row["category"] == "zero"), row
        assert row["compound"] in ("", "yes")
    known = {choice for field in KINDS["items"] for choice in field.choices}
    assert {row["category"] for row in RATES} <= known


def test_rates_neither_overlap_nor_repeat_themselves() -> None:
    for rows in groups().values():
        for before, after in pairwise(rows):
            assert before["valid_to"], f"{before['rule']} is open but {after['rule']} follows"
            assert before["valid_to"] <= after["valid_from"], after["rule"]
            if before["valid_to"] == after["valid_from"]:
                assert (before["rate_percent"], before["compound"]) != (
                    after["rate_percent"],
                    after["compound"],
                )


def test_only_british_columbia_has_a_gap() -> None:
    """Its own tax was part of HST for three years; everywhere else one rate follows the other."""
    gaps = {
        (key[1], before["valid_to"], after["valid_from"])
        for key, rows in groups().items()
        for before, after in pairwise(rows)
        if before["valid_to"] != after["valid_from"]
    }
    assert gaps == {("BC", "2010-07-01", "2013-04-01")}


def test_no_day_has_two_taxes_of_one_kind_in_a_province() -> None:
    """Harmonized tax and the province's own never hold on the same day."""
    for (country, region, name, _), rows in groups().items():
        own = [r for r in RATES if (r["country"], r["region"]) == (country, region) and region]
        if name == "HST":
            for row in rows:
                for other in own:
                    apart = (
                        other["tax"] == "HST"
                        or day(other["valid_to"]) <= day(row["valid_from"])
                        or day(row["valid_to"]) <= day(other["valid_from"])
                    )
                    assert apart, (row["rule"], other["rule"])


def test_indian_rates_have_exact_halves() -> None:
    for row in RATES:
        if row["country"] == "IN":
            assert Decimal(row["rate_percent"]) * 500_000 % 1 == 0


def test_regions_are_told_apart_on_every_day() -> None:
    """No code, number or name stands for two regions of a country on one day."""
    for country in FEDERAL:
        rows = [row for row in REGIONS if row["country"] == country]
        for place, row in enumerate(rows):
            for other in rows[place + 1 :]:
                at_once = day(row["valid_from"]) < day(other["valid_to"]) and day(
                    other["valid_from"]
                ) < day(row["valid_to"])
                names = [
                    {r["region"], r["name"].upper(), *r["aliases"].upper().split("|")} - {""}
                    for r in (row, other)
                ]
                if at_once:
                    assert not names[0] & names[1], (row["region"], other["region"])
    assert len([r for r in REGIONS if r["country"] == "CA"]) == 13
    assert len(states()) == 51
    indian = {r["number"] for r in REGIONS if r["country"] == "IN" and not r["valid_to"]}
    assert indian == {f"{n:02}" for n in range(1, 39) if n not in (25, 28)}


def test_treatments_have_texts_and_countries() -> None:
    names = [row["treatment"] for row in SAID]
    assert len(set(names)) == len(names)
    assert not set(names) & {row["treatment"] for row in TREATMENTS}
    for row in SAID:
        assert row["category"] in ("E", "G", "O", "Z", "AE")
        assert row["text_en"]
        assert row["text_de"]
        assert row["treatment"].rsplit(".", 1)[1].upper() in (*NATIONAL, *FEDERAL)
    for country in NATIONAL:
        for kind in ("outside_scope", "exempt", "export_goods", "export_services"):
            assert f"{kind}.{country.lower()}" in names
    claims = {choice for field in KINDS["exemptions"] for choice in field.choices} - {"sez"}
    assert {f"exempt_{kind}.us" for kind in claims} <= set(names)


def test_sourcing_is_known_of_every_member_of_the_agreement() -> None:
    members = "AR GA IN IA KS KY MI MN NE NV NJ NC ND OH OK RI SD TN UT VT WA WV WI WY".split()
    by_state = {row["state"]: row["sourcing"] for row in SOURCING}
    assert len(by_state) == len(SOURCING)
    assert set(members) <= set(by_state) <= set(states().values())
    assert {s for s in members if by_state[s] == "origin"} == {"OH", "TN", "UT"}


@pytest.mark.skipif(not REGIMES.is_dir(), reason="../shared/data/gobl is not here")
@pytest.mark.parametrize(
    ("country", "code", "on"),
    [
        *(("SG", "GST", d) for d in ("1994-04-01", "2003-06-01", "2004-01-01", "2007-07-01")),
        *(("SG", "GST", d) for d in ("2023-01-01", "2024-01-01", "2026-11-01")),
        *(("AE", "VAT", d) for d in ("2018-01-01", "2026-11-01")),
        *(("SA", "VAT", d) for d in ("2018-01-01", "2020-06-30", "2020-07-01", "2026-11-01")),
        ("CA", "GST", "2022-01-01"),
    ],
)
def test_rates_are_those_that_gobl_has(country: str, code: str, on: str) -> None:
    regime = json.loads((REGIMES / f"{country.lower()}.json").read_text("utf-8"))
    category = next(c for c in regime["categories"] if c["code"] == code)
    general = next(r for r in category["rates"] if r["rate"] == "general")
    theirs = next(v["percent"] for v in general["values"] if v.get("since", "0001") <= on)
    ours = tax.rules().regional_rate(country, "", "standard", date.fromisoformat(on))
    assert ours is not None
    assert Decimal(ours.value.rate_percent_e6).scaleb(-6) == Decimal(theirs.rstrip("%"))
