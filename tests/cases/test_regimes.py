"""Taxes per day and place as a specialist would tell them: `regimes/*.toml`, one row per day.

An expectation reads `HST 13` (tax and percent), `GST 5 + QST 9.975`, `… on top` where a tax is
charged on the taxes before it, `Z` or `G export_goods.ca` where no tax is due (category and what
the bill says), `? uncovered` where a finding keeps the charge back, `… ! unproven` for a warning.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.cases import sample_sales_tax

from cleanbill.cycle import tax
from cleanbill.engine.tables import EXEMPTIONS, MasterData, conformed, empty
from cleanbill.nouns.scales import unscaled
from cleanbill.nouns.seller import Address, Registration, Seller, Taxability

FILES = sorted((Path(__file__).parent / "regimes").glob("*.toml"))
KEYS = {
    *("says", "to", "days", "item", "category", "registered", "taxability", "exemptions"),
    *("without", "vat_id", "seller_region", "home", "postcode", "street", "seller_postcode"),
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield name and case, with the seller of its file."""
    for file in FILES:
        content = tomllib.loads(file.read_text("utf-8"))
        for case in content["case"]:
            assert case.keys() <= KEYS, case["says"]
            yield f"{file.stem}: {case['says']}", {**case, "seller": content["seller"]}


CASES = dict(cases())


def seller_of(case: dict[str, Any]) -> Seller:
    """Return the seller of a case."""
    given = case["seller"]
    home = case.get("home", given["country"])
    known = given["registrations"] or [{"country": home, "valid_from": date(1980, 1, 1)}]
    rows = [] if case.get("without") == "registrations" else known
    address = Address(
        lines=("200 Elm St",),
        postcode=case.get("seller_postcode", given.get("postcode", "")),
        region=case.get("seller_region", given["region"]),
        country=home,
    )
    return Seller(
        "s",
        "Seller",
        "USD",
        address,
        registrations=tuple(Registration(**r) for r in [*rows, *case.get("registered", [])]),
        taxability=tuple(Taxability(**t) for t in case.get("taxability", [])),
    )


def lines_of(case: dict[str, Any]) -> pl.DataFrame:
    """Return one line for each place and day of a case."""
    rows = []
    for place in case["to"]:
        country, _, region = place.partition("-")
        for day in case["days"]:
            rows.append(
                {
                    "service_date": date.fromisoformat(day),
                    "customer": "C",
                    "customer_country": country,
                    "customer_region": region or None,
                    "customer_kind": "business",
                    "has_vat_id": False,
                    "customer_vat_id": case.get("vat_id"),
                    "customer_postcode": case.get("postcode"),
                    "customer_street": case.get("street"),
                    **dict.fromkeys(("ship_to_country", "ship_to_region", "ship_to_postcode")),
                    "ship_to_street": None,
                    "item_kind": case.get("item", "goods"),
                    "item_tax_category": case.get("category", "standard"),
                }
            )
    texts = [c for c in rows[0] if c not in ("service_date", "has_vat_id")]
    kinds = {**dict.fromkeys(texts, pl.String), "service_date": pl.Date, "has_vat_id": pl.Boolean}
    return pl.DataFrame(rows, schema=kinds)


def told(row: dict[str, Any]) -> str:
    """Return the answer for a line as a specialist writes it."""
    if row["tax_category"] is None:
        return f"? {row['tax_gap'] or 'no rate'}"
    if not row["rate_percent_e6"]:
        said = row["tax_rule"] if row["tax_rule"] in tax.rules().treatments else ""
        return f"{row['tax_category']} {said}".strip()
    parts = [f"{row['tax'] or 'VAT'} {unscaled(row['rate_percent_e6'], 6).normalize():f}"]
    for more in row["further_taxes"] or []:
        assert more["kind"] == "added"
        percent = f"{unscaled(more['rate_percent_e6'], 6).normalize():f}"
        parts.append(f"{more['tax']} {percent}" + (" on top" if more["compound"] else ""))
    warned = f" ! {row['tax_gap']}" if row["tax_gap"] else ""
    return " + ".join(parts) + warned


def master_of(case: dict[str, Any]) -> MasterData:
    """Return the exemptions of a case, and the sample rates of an American one."""
    claims = [{"customer": "C", **claim} for claim in case.get("exemptions", [])]
    known = pl.DataFrame(claims) if claims else empty(EXEMPTIONS)
    rates, boundaries = sample_sales_tax.tables()
    return MasterData(
        exemptions=conformed(known, EXEMPTIONS), us_rates=rates, us_boundaries=boundaries
    )


@pytest.mark.parametrize("name", CASES)
def test_the_taxes_are_those_that_a_specialist_tells(name: str) -> None:
    case = CASES[name]
    found = tax.determine(lines_of(case), seller_of(case), tax.rules(), master_of(case))
    expected = [text for _ in case["to"] for text in case["days"].values()]
    assert [told(row) for row in found.iter_rows(named=True)] == expected
    assert found["service_date"].to_list() == lines_of(case)["service_date"].to_list()
    held = found.filter(pl.col("tax_gap").is_not_null())
    assert held["tax_needed"].null_count() == 0
    borne = found.filter(pl.col("tax_category").is_not_null())
    us_rates = master_of(case).us_rates
    assert tax.unfounded(borne, tax.rules(), us_rates).is_empty()
    american = borne.filter(pl.col("tax_rule").str.starts_with("us-"))
    assert tax.unfounded(american, tax.rules()).height == american.height
    ruled = found.filter(pl.col("tax_rule").is_not_null())["tax_rule"]
    assert all(tax.rules().law_of(rule) for rule in ruled)


def test_no_two_cases_say_the_same() -> None:
    said = [case["says"] for case in CASES.values()]
    assert len(said) == len(set(said)) > 60
