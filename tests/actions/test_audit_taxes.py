"""Taxes and prices are worked out again by the version of calculation that each bill names."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from tests.actions.company import Company
from tests.actions.forgery import forged, unguarded
from tests.store.contents import execute

from cleanbill.cycle import price, tax
from cleanbill.cycle.calculation import CALCULATIONS, CURRENT, Calculation
from cleanbill.engine.tables import MasterData

NUMBER = "INV-000001"
NEXT = '"version":"next"'


@pytest.fixture
def issued(billed: Company) -> Company:
    assert billed.breaches() == []
    return billed


def renamed() -> None:
    """Have a bill name a version that this release does not know."""
    forged(NUMBER, f'"version":"{CURRENT}"', NEXT)


def test_the_version_that_issues_can_be_carried_out():
    assert CURRENT in CALCULATIONS


def test_a_version_that_nobody_knows(issued: Company):
    renamed()
    assert set(issued.breaches()) == {("CALCULATION", f"bill {NUMBER}")}


def test_each_bill_is_worked_out_by_its_own_version(
    issued: Company, monkeypatch: pytest.MonkeyPatch
):
    renamed()
    monkeypatch.setitem(CALCULATIONS, "next", CALCULATIONS[CURRENT])
    assert issued.breaches() == []

    def dearer(
        lines: pl.DataFrame, method: str, inclusive: str
    ) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        taxed, groups, further = tax.assess(lines, method, inclusive)
        return taxed, groups.with_columns(pl.col("tax_minor") + 1), further

    monkeypatch.setitem(CALCULATIONS, "next", Calculation(price.amounts, dearer))
    assert set(issued.breaches()) == {("TAX", f"bill {NUMBER} tax rows")}

    def cheaper(charges: pl.DataFrame, master: MasterData) -> pl.DataFrame:
        return price.amounts(charges, master).with_columns(pl.col("net_minor") - 1)

    monkeypatch.setitem(CALCULATIONS, "next", Calculation(cheaper, tax.assess))
    found = issued.breaches()
    assert {code for code, _ in found} == {"REPLAY"}
    assert all(row.startswith(f"bill {NUMBER} ") for _, row in found)


def test_a_line_whose_part_of_the_tax_is_another(issued: Company):
    with unguarded():
        execute(
            "UPDATE bill_line SET tax_minor = tax_minor + 1 WHERE line = 1 AND bill_id = "
            "(SELECT id FROM bill WHERE number = %s)",
            NUMBER,
        )
    assert ("TAX", f"bill {NUMBER} line 1") in issued.breaches()


@pytest.mark.parametrize(
    ("old", "change", "why"),
    [
        ("rate_percent_e6", "rate_percent_e6 + 1", "gives another rate"),
        ("tax_category", "'E'", "gives another category"),
        ("tax_rule", "'de-none-1999'", "there is no rule de-none-1999"),
    ],
)
def test_a_line_that_bears_what_its_rule_does_not_say(
    issued: Company, old: str, change: str, why: str
):
    with unguarded():
        execute(
            f"UPDATE bill_line SET {old} = {change} WHERE line = 1 AND bill_id = "
            "(SELECT id FROM bill WHERE number = %s)",
            NUMBER,
        )
    rows = [row for code, row in issued.breaches() if code == "TAX-RULE"]
    assert len(rows) == 1
    assert rows[0].startswith(f"bill {NUMBER} line 1: ")
    assert why in rows[0]


def test_a_rule_that_did_not_hold_on_the_day(issued: Company, monkeypatch: pytest.MonkeyPatch):
    known = tax.rules()
    later = {
        key: tuple(replace(span, valid_from=span.valid_from.replace(year=2200)) for span in spans)
        for key, spans in known.rates.items()
    }
    monkeypatch.setattr(tax, "rules", lambda: replace(known, rates=later))
    rows = [row for code, row in issued.breaches() if code == "TAX-RULE"]
    assert rows
    assert all("was not in force on" in row for row in rows)
