"""The shipped tax data: well-formed, without overlaps or gaps, and equal to known rates."""

from __future__ import annotations

import csv
import json
import re
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "src" / "cleanbill" / "cycle" / "tax" / "data"
REGIMES = ROOT.parent / "shared" / "data" / "gobl" / "data" / "regimes"
START, TODAY = date(2010, 1, 1), date(2026, 11, 1)
EU27 = re.findall("..", "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEITLTLULVMTNLPLPTROSESISK")
CATEGORIES = {"standard", "reduced", "second_reduced", "super_reduced", "zero"}


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(None not in row and None not in row.values() for row in rows), "ragged row"
    return rows


def day(text: str) -> date:
    return date.fromisoformat(text) if text else date.max


RATES = table("vat_rates.csv")
TREATMENTS = table("treatments.csv")


def rate(country: str, category: str, on: date) -> Decimal | None:
    found = [
        Decimal(r["rate_percent"])
        for r in RATES
        if (r["country"], r["category"]) == (country, category)
        and day(r["valid_from"]) <= on < day(r["valid_to"])
    ]
    assert len(found) <= 1
    return found[0] if found else None


def groups() -> dict[tuple[str, str], list[dict[str, str]]]:
    grouped: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in RATES:
        grouped.setdefault((row["country"], row["category"]), []).append(row)
    return {k: sorted(v, key=lambda r: r["valid_from"]) for k, v in grouped.items()}


def test_columns_and_values():
    header = ["rule", "country", "category", "rate_percent", "valid_from", "valid_to", "law"]
    assert list(RATES[0]) == header
    for row in RATES:
        assert row["category"] in CATEGORIES, row
        assert re.fullmatch(r"[A-Z]{2}", row["country"]), row
        assert re.fullmatch(r"0|[1-9][0-9]?(\.[0-9]*[1-9])?", row["rate_percent"]), row
        assert 0 <= Decimal(row["rate_percent"]) <= 27, row
        assert (row["rate_percent"] == "0") == (row["category"] == "zero"), row
        assert day(row["valid_from"]) < day(row["valid_to"]), row
        assert row["law"].strip() == row["law"] != "", row


def test_rule_ids_are_unique_and_say_what_they_name():
    assert len({r["rule"] for r in RATES}) == len(RATES)
    for row in RATES:
        stem = f"{row['country'].lower()}-{row['category'].replace('_', '-')}-"
        assert row["rule"] in (stem + row["valid_from"][:4], stem + row["valid_from"][:7])


def test_periods_do_not_overlap():
    for rows in groups().values():
        for before, after in pairwise(rows):
            assert before["valid_to"], f"{before['rule']} is open but {after['rule']} follows"
            assert before["valid_to"] <= after["valid_from"], after["rule"]


def test_a_change_of_rate_changes_the_rate():
    for rows in groups().values():
        for before, after in pairwise(rows):
            if before["valid_to"] == after["valid_from"]:
                assert before["rate_percent"] != after["rate_percent"], after["rule"]


@pytest.mark.parametrize("country", [*EU27, "GB", "CH", "NO", "IS", "LI"])
def test_standard_rate_has_no_gap(country):
    rows = groups()[country, "standard"]
    assert day(rows[0]["valid_from"]) <= START
    assert all(a["valid_to"] == b["valid_from"] for a, b in pairwise(rows))
    assert rows[-1]["valid_to"] == ""


def test_reduced_rates_stay_below_the_standard_rate():
    for row in RATES:
        standard = rate(row["country"], "standard", max(START, day(row["valid_from"])))
        assert standard is not None
        if row["category"] != "standard":
            assert Decimal(row["rate_percent"]) < standard, row["rule"]


KNOWN = """
    AT standard 2010-01-01 20 | AT second_reduced 2015-12-31 - | AT second_reduced 2016-01-01 13
    BE standard 2010-01-01 21 | BE reduced 2026-11-01 6 | BE second_reduced 2026-11-01 12
    BG standard 2010-01-01 20 | BG reduced 2011-03-31 7 | BG reduced 2011-04-01 9
    CH standard 2010-12-31 7.6 | CH standard 2011-01-01 8 | CH standard 2017-12-31 8
    CH standard 2018-01-01 7.7 | CH standard 2023-12-31 7.7 | CH standard 2024-01-01 8.1
    CH reduced 2018-06-01 2.5 | CH reduced 2024-01-01 2.6 | CH second_reduced 2018-01-01 3.7
    CY standard 2012-02-29 15 | CY standard 2012-03-01 17 | CY standard 2013-01-14 18
    CY standard 2014-01-12 18 | CY standard 2014-01-13 19
    CZ standard 2009-12-31 19 | CZ standard 2010-01-01 20 | CZ standard 2013-01-01 21
    CZ reduced 2011-12-31 10 | CZ reduced 2012-01-01 14 | CZ reduced 2013-01-01 15
    CZ reduced 2024-01-01 12 | CZ second_reduced 2023-12-31 10 | CZ second_reduced 2024-01-01 -
    DE standard 2020-06-30 19 | DE standard 2020-07-01 16 | DE standard 2020-12-31 16
    DE standard 2021-01-01 19 | DE reduced 2020-12-31 5 | DE reduced 2021-01-01 7
    DK standard 2010-01-01 25 | DK reduced 2026-11-01 -
    EE standard 2010-01-01 20 | EE standard 2023-12-31 20 | EE standard 2024-01-01 22
    EE standard 2025-06-30 22 | EE standard 2025-07-01 24
    ES standard 2010-06-30 16 | ES standard 2010-07-01 18 | ES standard 2012-08-31 18
    ES standard 2012-09-01 21 | ES reduced 2012-09-01 10 | ES super_reduced 2010-01-01 4
    FI standard 2010-06-30 22 | FI standard 2010-07-01 23 | FI standard 2013-01-01 24
    FI standard 2024-08-31 24 | FI standard 2024-09-01 25.5 | FI reduced 2025-12-31 14
    FI reduced 2026-01-01 13.5
    FR standard 2013-12-31 19.6 | FR standard 2014-01-01 20 | FR second_reduced 2013-12-31 7
    GB standard 2009-12-31 15 | GB standard 2010-01-01 17.5 | GB standard 2011-01-03 17.5
    GB standard 2011-01-04 20 | GB second_reduced 2022-03-31 12.5 | GB reduced 2010-12-01 5
    GR standard 2010-03-14 19 | GR standard 2010-03-15 21 | GR standard 2010-06-30 21
    GR standard 2010-07-01 23 | GR standard 2016-05-31 23 | GR standard 2016-06-01 24
    GR reduced 2011-01-01 13 | GR second_reduced 2015-07-19 6.5 | GR second_reduced 2015-07-20 6
    HR standard 2012-02-29 23 | HR standard 2012-03-01 25 | HR reduced 2014-01-01 13
    HU standard 2011-12-31 25 | HU standard 2012-01-01 27
    IE standard 2009-12-31 21.5 | IE standard 2010-01-01 21 | IE standard 2011-12-31 21
    IE standard 2012-01-01 23 | IE standard 2020-08-31 23 | IE standard 2020-09-01 21
    IE standard 2021-02-28 21 | IE standard 2021-03-01 23 | IE second_reduced 2011-06-30 -
    IS standard 2014-12-31 25.5 | IS standard 2015-01-01 24
    IT standard 2011-09-16 20 | IT standard 2011-09-17 21 | IT standard 2013-09-30 21
    IT standard 2013-10-01 22
    LT standard 2010-01-01 21 | LT reduced 2025-12-31 9 | LT reduced 2026-01-01 12
    LU standard 2014-12-31 15 | LU standard 2015-01-01 17 | LU standard 2023-06-01 16
    LU standard 2024-01-01 17 | LU reduced 2023-06-01 7
    LV standard 2010-12-31 21 | LV standard 2011-01-01 22 | LV standard 2012-06-30 22
    LV standard 2012-07-01 21
    MT standard 2010-01-01 18
    NL standard 2012-09-30 19 | NL standard 2012-10-01 21 | NL reduced 2018-12-31 6
    NL reduced 2019-01-01 9
    NO standard 2010-01-01 25 | NO reduced 2011-12-31 14 | NO reduced 2012-01-01 15
    NO second_reduced 2020-04-01 6 | NO second_reduced 2021-10-01 12
    PL standard 2010-12-31 22 | PL standard 2011-01-01 23 | PL reduced 2011-01-01 8
    PT standard 2010-06-30 20 | PT standard 2010-07-01 21 | PT standard 2010-12-31 21
    PT standard 2011-01-01 23
    RO standard 2010-06-30 19 | RO standard 2010-07-01 24 | RO standard 2015-12-31 24
    RO standard 2016-01-01 20 | RO standard 2017-01-01 19 | RO standard 2025-07-31 19
    RO standard 2025-08-01 21 | RO reduced 2025-08-01 11
    SE standard 2010-01-01 25 | SE reduced 2010-01-01 12 | SE second_reduced 2010-01-01 6
    SI standard 2013-06-30 20 | SI standard 2013-07-01 22 | SI reduced 2013-07-01 9.5
    SK standard 2010-12-31 19 | SK standard 2011-01-01 20 | SK standard 2024-12-31 20
    SK standard 2025-01-01 23
"""
KNOWN_RATES = [tuple(part.split()) for part in re.split(r"[|\n]", KNOWN) if part.strip()]


@pytest.mark.parametrize(("country", "category", "on", "percent"), KNOWN_RATES)
def test_known_rate(country, category, on, percent):
    expected = None if percent == "-" else Decimal(percent)
    assert rate(country, category, day(on)) == expected


def member(country: str, on: date) -> bool:
    return any(
        r["country"] == country and day(r["member_from"]) <= on < day(r["member_to"])
        for r in table("eu_members.csv")
    )


def test_membership():
    rows = table("eu_members.csv")
    assert list(rows[0]) == ["country", "member_from", "member_to", "note"]
    assert {r["country"] for r in rows} == {*EU27, "GB", "EU"}
    assert len(rows) == len({r["country"] for r in rows})
    assert all(r["note"] for r in rows)
    assert all(member(c, TODAY) for c in [*EU27, "EU"])
    assert member("GB", date(2020, 12, 31))
    assert not member("GB", date(2021, 1, 1))
    assert member("HR", date(2013, 7, 1))
    assert not member("HR", date(2013, 6, 30))
    assert not member("RO", date(2006, 12, 31))
    assert not member("PL", date(2004, 4, 30))
    assert not member("CH", TODAY)


def test_special_territories():
    rows = table("special_territories.csv")
    header = ["territory", "country", "vat_territory", "valid_from", "valid_to", "note"]
    assert list(rows[0]) == header
    taxed_as = {r["territory"]: r["vat_territory"] for r in rows}
    assert len(taxed_as) == len(rows)
    assert {"MC": "FR", "IM": "GB", "LI": "CH"}.items() <= taxed_as.items()
    for outside in ("JE", "GG", "GI", "FO", "GL", "AX", "GF", "GP", "MQ", "RE", "YT", "IC"):
        assert taxed_as[outside] == ""
    assert not set(taxed_as) & {*EU27, "GB", "CH", "NO", "EU"}
    countries = {r["country"] for r in RATES}
    assert {code for code in taxed_as.values() if code} <= countries
    for row in rows:
        assert re.fullmatch(r"[A-Z]{2}", row["territory"])
        assert re.fullmatch(r"[A-Z]{2}", row["country"])
        assert day(row["valid_from"]) < day(row["valid_to"])
        assert row["note"]


def test_treatments():
    header = ["treatment", "category", "reason_code", "law", "text_en", "text_de"]
    assert list(TREATMENTS[0]) == header
    by_name = {r["treatment"]: r for r in TREATMENTS}
    assert len(by_name) == len(TREATMENTS)
    codes = {"AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}
    margins = {
        "margin_travel": "VATEX-EU-D",
        "margin_second_hand": "VATEX-EU-F",
        "margin_art": "VATEX-EU-I",
        "margin_collectors": "VATEX-EU-J",
    }
    for name, row in by_name.items():
        base, _, country = name.partition(".")
        assert base in by_name, f"{name} has no row to fall back on"
        assert row["law"], name
        untexted = row["category"] in ("S", "Z")
        assert (row["text_en"] == "") == (row["text_de"] == "") == untexted, name
        outside = country.upper() not in ("", *EU27)
        expected = "" if outside else margins.get(base, codes.get(row["category"], ""))
        assert row["reason_code"] == expected, name
    assert by_name["intra_community_goods"]["category"] == "K"
    assert by_name["oss_destination"]["category"] == "S"
    assert (
        "Steuerfreie innergemeinschaftliche Lieferung"
        in by_name["intra_community_goods"]["text_de"]
    )
    assert by_name["reverse_charge_services.de"]["text_de"] == (
        "Steuerschuldnerschaft des Leistungsempfängers"
    )
    assert "Steuerfreie Ausfuhrlieferung" in by_name["export_goods.de"]["text_de"]


# What GOBL calls a rate, where it is not ours; None: a rate we leave out (see SOURCES.md).
OTHER_NAMES: dict[tuple[str, str], str | None] = {
    ("AT", "intermediate"): "second_reduced",
    ("BE", "intermediate"): "second_reduced",
    ("CH", "intermediate"): "second_reduced",
    ("FI", "super-reduced"): "second_reduced",
    ("FR", "intermediate"): "second_reduced",
    ("GR", "super-reduced"): "second_reduced",
    ("IE", "super-reduced"): "second_reduced",
    ("IE", "special"): "super_reduced",
    ("IT", "intermediate"): "reduced",
    ("IT", "reduced"): "second_reduced",
    ("NO", "super-reduced"): "second_reduced",
    ("NO", "special"): None,
    ("PL", "super-reduced"): "second_reduced",
    ("PT", "intermediate"): "second_reduced",
    ("SE", "super-reduced"): "second_reduced",
}

# Days on which GOBL and we begin to differ, and why we keep ours.
EXPLAINED = {
    ("AT", "second_reduced", "2011-01-01"): "13 % began on 2016-01-01 (StRefG 2015/2016)",
    ("FR", "standard", "2011-01-04"): "19.6 % held until 2013-12-31 (L. 2012-1510)",
    ("IE", "second_reduced", "2011-01-01"): "9 % began on 2011-07-01 (F(No.2)A 2011)",
    ("IE", "standard", "2020-09-01"): "21 % for half a year is missing there",
}


@pytest.mark.skipif(not REGIMES.exists(), reason="../shared/data/gobl is not here")
def test_rates_agree_with_gobl():
    compared, differing = 0, set()
    for file in sorted(REGIMES.glob("*.json")):
        regime = json.loads(file.read_text(encoding="utf-8"))
        country = {"EL": "GR"}.get(regime["country"], regime["country"])
        if (country, "standard") not in groups():
            continue
        for category in regime["categories"]:
            if category["code"] != "VAT":
                continue
            for stated in category.get("rates", []):
                name = stated.get("rate", "")
                if not name or "+" in name:  # regional and surcharged rates
                    continue
                usual = {"general": "standard", "super-reduced": "super_reduced"}.get(name, name)
                ours = OTHER_NAMES.get((country, name), usual)
                if ours is None:
                    continue
                days = compared_days(stated.get("values", []), country, ours)
                compared += len(days)
                before = True
                for on, percent in days:
                    same = rate(country, ours, on) == percent
                    if before and not same:
                        differing.add((country, ours, on.isoformat()))
                    before = same
    assert compared > 100
    assert differing == set(EXPLAINED)


def compared_days(values, country, category) -> list[tuple[date, Decimal]]:
    """List the days on which either side changes, with the rate stated by the other side."""
    general = [v for v in values if "ext" not in v and v.get("percent")]
    if not general:
        return []
    dated = sorted((day(v.get("since") or TODAY.isoformat()), v["percent"]) for v in general)
    changes = {START, TODAY, *(since for since, _ in dated)}
    changes |= {day(r["valid_from"]) for r in groups().get((country, category), [])}
    stated = []
    for on in sorted(d for d in changes if START <= d <= TODAY):
        in_force = [percent for since, percent in dated if since <= on]
        if in_force:
            stated.append((on, Decimal(in_force[-1].rstrip("%"))))
    return stated
