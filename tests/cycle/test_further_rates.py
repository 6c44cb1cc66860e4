"""Rates beside value added tax: well-formed, without overlaps, and equal to known rates."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from tests.cycle.test_tax_data import REGIMES, day, table

from cleanbill.cycle.tax import further_rates

RATES = table("further_rates.csv")
SURCHARGE = "equivalence-surcharge"


def percent(tax: str, category: str, on: str) -> Decimal | None:
    """Return Spain's rate on a day."""
    found = further_rates().rate("ES", tax, category, date.fromisoformat(on))
    return None if found is None else Decimal(found.rate_percent_e6).scaleb(-6)


def test_every_row_is_whole_and_no_two_overlap() -> None:
    assert len({row["rule"] for row in RATES}) == len(RATES)
    grouped: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for row in RATES:
        assert row["law"]
        assert day(row["valid_from"]) < day(row["valid_to"])
        assert Decimal(row["rate_percent"]) > 0
        grouped.setdefault((row["country"], row["tax"], row["category"]), []).append(row)
    for rows in grouped.values():
        for earlier, later in pairwise(sorted(rows, key=lambda r: r["valid_from"])):
            assert day(earlier["valid_to"]) <= day(later["valid_from"]), later


@pytest.mark.parametrize(
    ("tax", "category", "on", "expected"),
    [
        (SURCHARGE, "standard", "2012-08-31", "4"),
        (SURCHARGE, "standard", "2012-09-01", "5.2"),
        (SURCHARGE, "reduced", "2024-01-01", "1.4"),
        (SURCHARGE, "super_reduced", "2024-01-01", "0.5"),
        ("IGIC", "standard", "2019-06-30", "6.5"),
        ("IGIC", "standard", "2020-01-01", "7"),
        ("IRPF", "professional", "2015-07-11", "19"),
        ("IRPF", "professional", "2015-07-12", "15"),
    ],
)
def test_a_rate_holds_from_its_first_day(tax: str, category: str, on: str, expected: str) -> None:
    assert percent(tax, category, on) == Decimal(expected)


def test_what_is_not_known_is_not_guessed() -> None:
    assert percent(SURCHARGE, "standard", "2009-12-31") is None
    assert percent("IRPF", "capital", "2015-12-31") is None
    assert further_rates().rate("FR", "IRPF", "professional", date(2024, 1, 1)) is None


@pytest.mark.skipif(not REGIMES.is_dir(), reason="../shared/data/gobl is not here")
@pytest.mark.parametrize(
    "on", ["2011-01-01", "2013-01-01", "2015-03-01", "2016-01-01", "2026-01-01"]
)
def test_the_rates_are_those_that_gobl_has(on: str) -> None:
    regime = json.loads((REGIMES / "es.json").read_text("utf-8"))
    rates = {
        (category["code"], rate["rate"]): next(
            v for v in rate["values"] if v.get("since", "0001-01-01") <= on
        )
        for category in regime["categories"]
        for rate in category.get("rates", [])
        if rate.get("values") and rate["values"][-1].get("since", "0001-01-01") <= on
    }
    names = {
        "general+eqs": "standard",
        "reduced+eqs": "reduced",
        "super-reduced+eqs": "super_reduced",
    }
    for theirs, ours in names.items():
        stated = Decimal(rates["VAT", theirs]["surcharge"].rstrip("%"))
        assert percent(SURCHARGE, ours, on) == stated, theirs
    assert percent("IRPF", "professional", on) == Decimal(
        rates["IRPF", "pro"]["percent"].rstrip("%")
    )
