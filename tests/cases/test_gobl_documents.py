"""GOBL documents of other kinds than the kept ones: other places, countries, releases, and wrong
ones, each with a row or a reason."""

from __future__ import annotations

import json
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tools import case_gobl, gobl_later, gobl_prices, gobl_rates
from tools.case_gobl import Case

REGIMES: list[dict[str, Any]] = [
    {
        "country": "MX",
        "currency": "MXN",
        "categories": [
            {"code": "VAT", "rates": [{"rate": "general", "values": [{"percent": "16.0%"}]}]},
            {"code": "ISR", "retained": True},
        ],
    },
    {
        "country": "IE",
        "currency": "EUR",
        "categories": [
            {"code": "VAT", "rates": [{"rate": "general", "values": [{"percent": "23.0%"}]}]}
        ],
    },
]


def document(country: str, price: str, tax: dict[str, Any], amount: str) -> dict[str, Any]:
    """Return a calculated document of one line with one tax."""
    total = f"{Decimal(price) + Decimal(amount):.2f}"
    row = {"base": price, "amount": amount}
    if "percent" in tax:
        row["percent"] = tax["percent"]
    return {
        "$regime": country,
        "currency": "EUR",
        "issue_date": "2026-05-09",
        "lines": [{"quantity": "1", "item": {"price": price}, "sum": price, "taxes": [tax],
                   "total": price}],
        "totals": {
            "sum": price,
            "total": price,
            "taxes": {"categories": [{"code": tax["cat"], "rates": [row], "amount": amount}]},
            "tax": amount,
            "total_with_tax": total,
            "payable": total,
        },
    }  # fmt: skip


def compared(folder: Path, **documents: Any) -> Case:
    """Keep documents in a folder, by name, and compare them."""
    regimes = folder / "regimes"
    regimes.mkdir()
    for regime in REGIMES:
        (regimes / f"{regime['country']}.json").write_text(json.dumps(regime), encoding="utf-8")
    place = folder / "documents/deep"
    place.mkdir(parents=True)
    for name, content in documents.items():
        text = content if isinstance(content, str) else json.dumps(content)
        (place / f"{name}.json").write_text(text, encoding="utf-8")
    return case_gobl.run(folder / "documents", regimes)


def alone(folder: Path, content: Any) -> case_gobl.Row:
    """Return the row of one document."""
    (row,) = compared(folder, one=content).rows
    return row


def test_a_result_without_its_source_is_read_without_what_is_calculated(tmp_path: Path) -> None:
    row = alone(
        tmp_path, {"doc": document("DE", "100.00", {"cat": "VAT", "percent": "19%"}, "19.00")}
    )
    assert row.example.name == "deep/one"
    assert row.example.country == "DE"
    assert "totals" not in row.example.written
    assert "total" not in row.example.written["lines"][0]
    assert (row.wrong, row.broken, row.differs) == ([], [], [])


def test_rules_and_rates_that_gobl_fills_in_are_taken_over(tmp_path: Path) -> None:
    """An extension of a country sets the rounding rule, and names a rate by its local code."""
    named = {"cat": "VAT", "key": "standard", "rate": "general", "percent": "23%"}
    golden = document("PL", "10.005", named, "2.30")
    golden["tax"] = {"rounding": "currency"}
    golden["totals"] |= {"sum": "10.01", "total": "10.01", "total_with_tax": "12.31"}
    golden["totals"]["payable"] = "12.31"
    golden["totals"]["taxes"]["categories"][0]["rates"][0]["base"] = "10.01"
    written = {"supplier": {"tax_id": {"country": "PL"}}, "lines": deepcopy(golden["lines"])}
    written["lines"][0]["taxes"] = [{"cat": "VAT", "ext": {"pl-favat-tax-category": "1"}}]
    place = tmp_path / "documents/deep/out"
    place.mkdir(parents=True)
    (place / "one.json").write_text(json.dumps(golden), encoding="utf-8")
    (place.parent / "one.json").write_text(json.dumps(written), encoding="utf-8")
    (row,) = case_gobl.run(tmp_path / "documents", tmp_path).rows
    assert row.wrong == []
    assert row.example.written["tax"] == {"rounding": "currency"}


def test_a_tax_without_rate_and_percentage_asks_for_nothing(tmp_path: Path) -> None:
    tax = {"cat": "VAT", "ext": {"it-exempt": "N3"}}
    row = alone(tmp_path, document("IT", "100.00", tax, "0.00"))
    assert (row.wrong, row.differs) == ([], [])


def test_what_a_tax_of_an_unknown_country_does_is_told_by_the_document(tmp_path: Path) -> None:
    made = document("PE", "100.00", {"cat": "DETR", "percent": "10%"}, "10.00")
    made["totals"] |= {"tax": "0.00", "total_with_tax": "100.00", "payable": "90.00"}
    made["totals"]["retained_tax"] = "10.00"
    made["totals"]["taxes"]["categories"][0]["retained"] = True
    row = alone(tmp_path, made)
    assert (row.wrong, row.differs) == ([], [])


def test_a_currency_has_the_decimals_that_gobl_prints(tmp_path: Path) -> None:
    made = document("HU", "100", {"cat": "VAT", "percent": "27%"}, "27")
    made["currency"] = "HUF"
    made["totals"] |= {"total_with_tax": "127", "payable": "127"}
    row = alone(tmp_path, made)
    assert row.wrong == []
    assert row.notes == ["HUF with 0 decimals; ISO 4217 lists 2"]


def test_another_rate_by_law_is_a_difference_with_its_reason(tmp_path: Path) -> None:
    """Ireland's rate was 21 % from September 2020 to February 2021."""
    tax = {"cat": "VAT", "rate": "general", "percent": "23%"}
    made = document("IE", "100.00", tax, "23.00")
    row = alone(tmp_path, {**made, "issue_date": "2020-10-01"})
    assert row.wrong
    assert row.explained
    assert "IE VAT general on 2020-10-01: 23 % ≠ 21 %" in row.wrong_reason
    assert not row.broken


def test_tags_of_older_documents_name_the_rate(tmp_path: Path) -> None:
    tax = {"cat": "VAT", "tags": ["standard"]}
    made = document("MX", "100.00", tax, "16.00")
    made["totals"]["taxes"]["categories"][0]["rates"][0]["percent"] = "16%"
    assert alone(tmp_path, made).wrong == []


def charged(rate: str, amount: str, total: str, tax: str) -> dict[str, Any]:
    """Return a document of a line of 10.00 with a charge per unit of 0.333 units."""
    made = document("MX", "10.00", {"cat": "VAT", "percent": "16%"}, tax)
    charge = {"rate": rate, "quantity": "0.333", "amount": amount}
    made["lines"][0] |= {"charges": [charge], "total": total}
    made["totals"] |= {"sum": total, "total": total}
    made["totals"]["taxes"]["categories"][0]["rates"][0]["base"] = total
    payable = f"{Decimal(total) + Decimal(tax):.2f}"
    made["totals"] |= {"total_with_tax": payable, "payable": payable}
    return made


def test_a_charge_per_unit_has_the_decimals_of_its_rate(tmp_path: Path) -> None:
    """1.50 × 0.333 is 0.50, so that 10.50 and 16 % make 12.18; 0.4995 would be 12.1794."""
    assert alone(tmp_path, charged("1.50", "0.50", "10.50", "1.68")).wrong == []


def included(rounding: str, base: str, tax: str) -> dict[str, Any]:
    """Return three lines of prices that include 13 %, together 60.80."""
    made = document("PT", "12.50", {"cat": "VAT", "percent": "13%"}, tax)
    line = made["lines"][0]
    dinner = {**deepcopy(line), "item": {"price": "35.80"}, "sum": "35.80", "total": "35.80"}
    made["lines"] = [line, deepcopy(line), dinner]
    made["tax"] = {"prices_include": "VAT", "rounding": rounding}
    made["totals"] |= {"sum": "60.80", "total": base, "tax_included": tax}
    made["totals"] |= {"total_with_tax": "60.80", "payable": "60.80"}
    made["totals"]["taxes"]["categories"][0]["rates"][0]["base"] = base
    return made


def test_prices_that_include_tax_follow_the_release_or_a_later_one(tmp_path: Path) -> None:
    """Each line for itself is 11.06 + 11.06 + 31.68; all of them 53.81, and 6.99 of 60.80."""
    case = compared(tmp_path, later=included("currency", "53.81", "6.99"))
    (row,) = case.rows
    assert row.wrong == []
    assert row.notes == [gobl_later.INCLUDED]


def test_instalments_may_be_of_what_is_due(tmp_path: Path) -> None:
    made = document("DE", "100.00", {"cat": "VAT", "percent": "19%"}, "19.00")
    due = {"percent": "50%", "amount": "34.50"}
    made["payment"] = {"advances": [{"amount": "50.00"}], "terms": {"due_dates": [due]}}
    made["totals"] |= {"advance": "50.00", "due": "69.00"}
    row = alone(tmp_path, made)
    assert row.wrong == []
    assert row.notes == [gobl_later.OF_DUE]


def test_prices_finer_than_ours_are_taken_with_their_quantity(tmp_path: Path) -> None:
    """12.888 kl at 0.827901924 are 10.669…, so 10.67."""
    made = document("SG", "10.67", {"cat": "GST", "percent": "9%"}, "0.96")
    made["tax"] = {"rounding": "currency"}
    made["lines"][0] |= {"quantity": "12.888", "item": {"price": "0.827901924"}}
    row = alone(tmp_path, made)
    assert row.wrong == []
    assert row.notes == [gobl_prices.FINER]
    assert gobl_prices.factors("3.12345678", "2.00") == (10**6, 624_691_356)
    assert gobl_prices.factors("3.00000000", "2.00") == (3 * 10**6, 2 * 10**8)
    assert gobl_prices.amount_e8("0.123456785") == 12_345_679


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "rule": ({"tax": {"rounding": "bankers"}}, "unknown rounding rule 'bankers'"),
    "currency": ({"currency": "ZZZ"}, "'ZZZ' is no ISO 4217 currency"),
    "day": ({"issue_date": "soon"}, "Invalid isoformat string"),
    "price": ({"lines": [{"quantity": "1", "item": {"price": "x"}}]}, "'x' is no number"),
    "quantity": ({"lines": [{"item": {"price": "1.00"}}]}, "'quantity' is missing"),
    "large": ({"lines": [{"quantity": "1", "item": {"price": "1" * 20}}]}, "beyond the limit"),
    "exchange": (
        {"lines": [{"quantity": "1", "item": {"price": "1.00", "currency": "USD"}}]},
        "no exchange rate from USD to EUR",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_expressed_is_a_row_with_its_reason(tmp_path: Path, name: str) -> None:
    change, said = WRONG[name]
    made = document("DE", "1.00", {"cat": "VAT", "percent": "19%"}, "0.19")
    row = alone(tmp_path, {**made, **change})
    assert said in row.wrong[0]
    assert not row.explained


def test_what_is_no_document_is_left_out_with_its_reason(tmp_path: Path) -> None:
    made = document("DE", "1.00", {"cat": "VAT", "percent": "19%"}, "0.19")
    outlays = {**made, "totals": {**made["totals"], "outlays": "3.00"}}
    case = compared(
        tmp_path, broken="{", rows=[1], other={"a": "b"}, lines={**made, "lines": "x"},
        outlays=outlays,
    )  # fmt: skip
    assert case.rows == []
    assert case.left_out == {
        "cannot be read as JSON": ["deep/broken"],
        "no document: a list or a text instead of fields": ["deep/rows"],
        "no document of GOBL with totals": ["deep/other"],
        "lines are no rows of fields": ["deep/lines"],
        "carries outlays, which GOBL has given up": ["deep/outlays"],
    }


def test_a_percentage_that_is_none_is_said() -> None:
    with pytest.raises(ValueError, match="'many' is no percentage"):
        gobl_rates.percent("many")
