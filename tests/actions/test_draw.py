"""Recurring terms are kept, drawn as charges, corrected and billed."""

from __future__ import annotations

from datetime import date

from tests.actions.company import Company
from tests.actions.terms import charges, drawn, terms
from tests.store.contents import digest

OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 30)


def test_terms_are_drawn_once(books: Company):
    report = terms(
        books,
        "SUB-1,ALPHA,BASE,3,10,EUR,month,2026-09-17,,,Seats",
        "SUB-2,BETA,BASE,1,49.90,EUR,month,2026-10-01,,,",
    )
    assert (report.created, report.changed) == (2, 0)
    first = drawn(books, OCTOBER)
    assert (first.looked_at, first.charges, first.amounts) == (2, 3, {"EUR": 10_990})
    assert charges() == [
        ("sale", "SUB-1/2026-09-17/2026-10-16", 3_000_000, 1_000_000_000, 3000, None),
        ("sale", "SUB-1/2026-10-17/2026-11-16", 3_000_000, 1_000_000_000, 3000, None),
        ("sale", "SUB-2/2026-10-01/2026-10-31", 1_000_000, 4_990_000_000, 4990, None),
    ]
    before = digest()
    assert drawn(books, OCTOBER).looked_at == 0
    assert digest() == before
    assert books.breaches() == []


def test_a_correction_credits_the_charge_it_corrects(books: Company):
    """Two lines alike in item, price and quantity: the credit goes to the one of its terms."""
    terms(books, *(f"SUB-{n},ALPHA,BASE,1,30,EUR,month,2026-10-01,,," for n in (1, 2)))
    outcome = books.bill()
    assert outcome.bills["net_minor"].sum() == 6000
    report = terms(books, "SUB-2,2026-10-17,0", header="reference,change_from,quantity")
    assert (report.created, report.changed) == (0, 1)
    drawn(books, OCTOBER)
    assert charges()[2] == (
        *("cancellation", "SUB-2/2026-10-17/2026-10-31/credit-2"),
        *(484_000, 3_000_000_000, -1452, "SUB-2/2026-10-01/2026-10-31"),
    )
    books.bill()
    (number,) = [n for n in books.records() if n.startswith("CN")]
    (line,) = books.document(number)["lines"]
    assert (line["net"], line["credits"]["line"]) == ("14.52", "2")
    assert books.breaches() == []
    assert books.findings() == set()
