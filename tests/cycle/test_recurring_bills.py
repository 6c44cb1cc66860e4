"""Recurring charges become bills like any charge, and their corrections become credit notes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
from tests.laws.product import issued_of, originals_of
from tests.oracle.facts import Batch, Customer, Item, SellerFacts
from tests.oracle.frames import master_data, policy_of, seller_of

from cleanbill.cycle.price import corrections, recurring_charges
from cleanbill.cycle.run import bill
from cleanbill.formats.bill_json import read
from cleanbill.nouns.cadence import Cadence, Unit
from cleanbill.nouns.recurring import Change, RecurringTerms

BOOKS = Batch(
    SellerFacts("DE", "EUR"),
    price_source="charge",
    customers=(Customer("C1", "business", "DE"),),
    items=(Item("basic", "subscription"), Item("plus", "subscription")),
)
TERMS = RecurringTerms(
    reference="SUB-1",
    customer="C1",
    item="basic",
    currency="EUR",
    quantity_e6=3 * 10**6,
    unit_price_e8=10 * 10**8,
    cadence=Cadence(Unit.MONTH),
    start=date(2026, 3, 17),
    billing_day=1,
    description="Seats",
    unit="MON",
)
MARCH, APRIL, MAY = Decimal("14.52"), Decimal("30.00"), Decimal("30.00")
"""30 × 15 ÷ 31 = 14.516…; then two whole months."""


def numbered(rows: pl.DataFrame, first: int) -> pl.DataFrame:
    place = pl.int_range(first, first + rows.height, eager=True)
    return rows.with_columns(place.alias("charge_id"), place.alias("content_hash"))


def test_terms_are_billed_corrected_and_credited() -> None:
    master, seller, policy = master_data(BOOKS), seller_of(BOOKS), policy_of(BOOKS)
    charged = numbered(recurring_charges([TERMS], date(2026, 5, 1)), 1)
    until, issue = date(2026, 5, 1), date(2026, 5, 2)
    first = bill(charged, master, seller, policy, until=until, issue_date=issue)
    issued = issued_of(first, BOOKS, master, 1)
    (invoice,) = (read(text) for chunk in issued for text in chunk.bills["document"])
    assert [Decimal(line["net"]) for line in invoice["lines"]] == [MARCH, APRIL, MAY]
    assert [line["quantity"] for line in invoice["lines"]] == ["1", "3", "3"]
    assert [line["unit"] for line in invoice["lines"]] == ["C62", "MON", "MON"]
    assert Decimal(invoice["totals"]["net"]) == MARCH + APRIL + MAY

    # On 5 May we learn that the customer changed to the larger plan on 16 April, at 20.00.
    change = Change(date(2026, 4, 16), item="plus", unit_price_e8=20 * 10**8)
    known = replace(TERMS, changes=(change,), version=2)
    second = bill(
        numbered(corrections(TERMS, known, until), 100),
        master,
        seller,
        policy,
        until=date(2026, 5, 5),
        issue_date=date(2026, 5, 6),
        originals=originals_of(issued),
    )
    assert second.charges["disposition"].to_list() == ["clear"] * 4
    chunks = issued_of(second, BOOKS, master, 2)
    documents = [read(text) for chunk in chunks for text in chunk.bills["document"]]
    nets: dict[str, list[str]] = {"invoice": [], "credit_note": []}
    for document in documents:
        nets[document["kind"]] += [line["net"] for line in document["lines"]]
    # Of April 15.00 go back and 30.00 are due for plus; May goes back whole and is 60.00 now.
    assert sorted(nets["credit_note"]) == ["15.00", "30.00"]
    assert sorted(nets["invoice"]) == ["30.00", "60.00"]
    reversals = [line for d in documents for line in d["lines"] if "credits" in line]
    linked = [(line["net"], line["quantity"], line["credits"]["line"]) for line in reversals]
    assert linked == [("15.00", "1.5", "2"), ("30.00", "3", "3")]
