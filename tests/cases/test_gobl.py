"""The GOBL examples: every document as GOBL has it by its own rule, and adding up by ours."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from tools import case_gobl, gobl_figures, gobl_page, gobl_printed
from tools.case_gobl import DATA

WRITTEN = """
$regime: XX
currency: EUR
issue_date: "2024-05-09"
supplier: {tax_id: {country: DE}}
lines:
  - quantity: 3
    item: {price: 9.99}
    discounts: [{percent: "10%"}]
    taxes: [{cat: VAT, rate: standard, country: DE}]
"""
GOLDEN: dict[str, Any] = {
    "currency": "EUR",
    "issue_date": "2024-05-09",
    "lines": [{"sum": "29.97", "discounts": [{"amount": "3.00"}], "total": "26.97"}],
    "totals": {
        "sum": "26.97",
        "total": "26.97",
        "taxes": {
            "categories": [
                {
                    "code": "VAT",
                    "rates": [{"base": "26.97", "percent": "19%", "amount": "5.12"}],
                    "amount": "5.12",
                }
            ],
            "sum": "5.12",
        },
        "tax": "5.12",
        "total_with_tax": "32.10",
        "payable": "32.10",
    },
}
"""Digits carried: 26.973 + 5.12487 = 32.09787 is 32.10, above rows that make 32.09."""


def kept(folder: Path, golden: dict[str, Any]) -> Path:
    """Keep one document and its golden result as GOBL keeps its examples."""
    place = folder / "examples/de"
    (place / "out").mkdir(parents=True)
    (place / "small.yaml").write_text(WRITTEN, encoding="utf-8")
    (place / "out/small.json").write_text(json.dumps({"doc": golden}), encoding="utf-8")
    (folder / "data/regimes").mkdir(parents=True)
    return folder


def ended(monkeypatch: pytest.MonkeyPatch, *words: str) -> object:
    """Run the command and return its exit code."""
    monkeypatch.setattr(sys, "argv", ["case_gobl", *words])
    with pytest.raises(SystemExit) as end:
        case_gobl.main()
    return end.value.code


def test_a_document_is_read_by_its_text_and_rated_by_our_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = kept(tmp_path, GOLDEN)
    page = tmp_path / "page.md"
    assert ended(monkeypatch, "--data", str(data), "--page", str(page)) == 0
    text = page.read_text("utf-8")
    assert "| de/small | DE | ✓ | ✓ | ✓ | ✓ | ✗ | ✗ | ✓ |" in text
    assert "golden rows do not add up in print: with_tax: 3209 ≠ 3210" in text
    assert "| our dated data, by name | 1 |" in text


def test_a_difference_that_nobody_explains_ends_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    totals = {**GOLDEN["totals"], "payable": "32.11"}
    data = kept(tmp_path, {**GOLDEN, "totals": totals})
    page = tmp_path / "page.md"
    assert ended(monkeypatch, "--data", str(data), "--page", str(page)) == 1
    assert "payable: 3210 ≠ 3211" in capsys.readouterr().out
    assert "not explained" in page.read_text("utf-8")


def test_a_missing_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ended(monkeypatch, "--data", str(tmp_path)) == 2


def test_every_sum_of_printed_rows_is_checked() -> None:
    """Change any total of a document that adds up, and it is told."""
    totals = {**GOLDEN["totals"], "total_with_tax": "32.09", "payable": "32.09"}
    document = {**GOLDEN, "totals": totals}
    assert gobl_printed.unadded(gobl_figures.golden(document, 2)) == []
    for name in gobl_figures.TOTALS.values():
        wrong = gobl_figures.golden(document, 2)
        wrong.totals[name] += 1
        assert gobl_printed.unadded(wrong), name


def cut(*rows: tuple[int, int]) -> gobl_figures.Figures:
    """Return a document of tax rows of 19 %, each with base and tax."""
    groups = [
        gobl_figures.Group("VAT", "added", False, 19_000_000, 0, base, tax, 0) for base, tax in rows
    ]
    return gobl_figures.Figures(dict.fromkeys(gobl_figures.TOTALS.values(), 0), groups=groups)


def test_rows_that_are_cut_differently_are_compared_by_rate() -> None:
    one, two = cut((1000, 190)), cut((500, 95), (500, 95))
    assert gobl_figures.differences(one, two) == []
    assert "equal sums per rate" in gobl_figures.regrouped(one, two)
    assert gobl_figures.differences(one, cut((500, 95), (500, 96))) == []
    assert gobl_figures.differences(one, cut((500, 95), (500, 97)))
    assert gobl_figures.differences(one, cut((1000, 191)))


@pytest.mark.skipif(
    not (DATA / "examples").is_dir(), reason="the GOBL examples are not at ../shared/data/gobl"
)
def test_every_document_agrees_and_every_difference_has_its_reason() -> None:
    case = case_gobl.run(DATA)
    assert len(case.rows) >= 91
    assert {row.example.name: row.wrong for row in case.rows if row.wrong} == {}
    assert {row.example.name: row.broken for row in case.rows if row.broken} == {}
    assert {row.example.name: row.differs for row in case.rows if not row.explained} == {}
    differing = [row for row in case.rows if row.differs]
    assert all(row.reason for row in differing)
    assert len(differing) * 10 < len(case.rows)
    assert "our dated data, by name" in case.sources
    assert gobl_page.page(case).count("\n| ") > len(case.rows)
