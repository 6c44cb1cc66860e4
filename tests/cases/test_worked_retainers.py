"""Worked cases of retainers: what bills draw of what was billed in advance, and what it leaves."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.laws.retained import Retained, Retainer, back, company, sale
from tests.oracle.facts import Charge

CASES = tomllib.loads((Path(__file__).parent / "retainers/retainers.toml").read_text("utf-8"))
BEGIN = date(2026, 3, 10)


def retainer_of(text: str) -> Retainer:
    """Return a retainer as it is written, for example ``R: ADVANCE, on HOUR, 1 month, keeps``."""
    code, rest = text.split(": ")
    item, *more = rest.split(", ")
    scope = next((m.removeprefix("on ").split(" and ") for m in more if m.startswith("on ")), [])
    months = next((int(m.split()[0]) for m in more if m.endswith("month")), None)
    return Retainer(code, item, tuple(scope), months, "keeps" in more)


def charge_of(text: str, number: int, day: date, sold: dict[str, Charge]) -> Charge:
    """Return a charge as it is written: ``H: HOUR 30.00 on 2026-03-31``, or ``back H 0.5``."""
    if text.startswith("back "):
        _, name, part = text.split()
        return back(number, f"{name} {number}", sold[name], Decimal(part), day)
    found = re.fullmatch(r"(\w+): (\w+) ([\d.]+)(?: on ([\d-]+))?", text)
    assert found, text
    name, item, amount, on = found.groups()
    sold[name] = sale(number, name, item, Decimal(amount), date.fromisoformat(on) if on else day)
    return sold[name]


@pytest.mark.parametrize("case", CASES["case"], ids=lambda case: case["says"][:50])
def test_it_is_drawn_as_told(case: dict[str, Any]) -> None:
    books = Retained(company(), retainers=tuple(map(retainer_of, case["retainers"])))
    sold: dict[str, Charge] = {}
    number, day, named = 0, BEGIN, dict[str, str]()
    for run in case["runs"]:
        day += timedelta(days=7)
        charges = []
        for text in run["charges"]:
            number += 1
            charges.append(charge_of(text, number, day, sold))
        documents = books.run(tuple(charges), day)
        for document in documents:
            named[document["number"]] = f"B-{len(named) + 1}"
        invoices = [d for d in documents if d["kind"] == "invoice"]
        draws = [
            f"{row['coupon']} {row['amount']} of {named[row['prepaid_by']]}, {row['left']} left"
            for document in invoices
            for row in document.get("allowances", [])
        ]
        assert draws == run.get("draws", [])
        assert [d["totals"]["net"] for d in documents] == run["nets"]
        assert [d["totals"]["payable"] for d in documents] == run["payable"]
        codes = books.findings[-1].filter(books.findings[-1]["code"].str.starts_with("CB-RTN"))
        assert codes["code"].unique().sort().to_list() == run.get("told", [])
