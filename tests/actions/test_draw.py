"""Recurring terms are kept, drawn as charges, corrected and billed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from tests.actions.company import MASTER, TERMS, Company, company_file, founded
from tests.actions.forgery import unguarded
from tests.actions.terms import HEADER, charges, drawn, terms
from tests.store.contents import digest, execute

from cleanbill.actions import draw_terms, look_up_terms
from cleanbill.actions.look_up import explain_bill, findings
from cleanbill.actions.set_up_company import set_up_company
from cleanbill.actions.steer_run import queue_run
from cleanbill.store import faults
from cleanbill.store.models import Finding

SEATS = (
    "SUB-1,ALPHA,BASE,3,10,EUR,month,2026-10-17,,,Seats",
    "SUB-2,BETA,BASE,1,49.90,EUR,month,2026-10-01,,,",
)
REPRICED = "reference,customer,item,quantity,unit_price,currency,every,start,end,price_changes"
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


def steps(tree: Any) -> dict[str, tuple[str, str]]:
    """Return every step of a derivation by its label: value and how."""
    found = {tree.label: (tree.value, tree.how)}
    for part in tree.parts:
        found |= steps(part)
    return found


def test_a_line_says_how_it_came_about(books: Company):
    terms(books, "SUB-1,ALPHA,BASE,3,10,EUR,month,2026-10-17,,,Seats", header=HEADER)
    terms(books, "SUB-2,BETA,BASE,1,30,EUR,month,2026-10-01,2026-10-11,,")
    books.bill()
    told = {}
    for number in books.records():
        told |= {number: steps(explain_bill(books.actor, number, 1))}
    assert [tree["terms"] for tree in told.values()] == [
        ("SUB-1, version 1", "3 × 10 EUR for the whole period 2026-10-17 to 2026-11-16: 30.00"),
        (
            "SUB-2, version 1",
            "1 × 30 EUR × 10 ÷ 31 days of 2026-10-01 to 2026-10-31 = 9.677419…, rounded once: 9.68",
        ),
    ]
    assert told["INV-000001"]["gross"][1] == "price worked out from the terms SUB-1"


def test_a_preview_shows_what_a_run_then_bills(books: Company):
    terms(books, *SEATS)
    before = digest()
    seen = books.preview(documents=9)
    assert digest() == before
    done = books.bill()
    for part in ("charges", "bills", "findings"):
        assert getattr(seen, part).equals(getattr(done, part))
    nets = [json.loads(text)["totals"]["net"] for text in seen.documents]
    assert nets == [books.document(number)["totals"]["net"] for number in books.records()]
    before = digest()
    assert drawn(books, OCTOBER, dry_run=True).charges == 0
    assert drawn(books, NOVEMBER, dry_run=True).charges == 2
    assert digest() == before


def test_the_price_of_terms_stands_whatever_the_policy_says(store: None, tmp_path: Path):
    """BOLT has list prices, one for BETA alone with a discount; the terms have their own."""
    for slug, source in enumerate(("list", "charge", "list_then_charge")):
        books = founded(tmp_path / source, f"p{slug}")
        file = company_file(f"p{slug}").replace("list_then_charge", source)
        set_up_company(file, f"boss@p{slug}.example")
        terms(books, "SUB-1,BETA,BOLT,2,7.77,EUR,month,2026-10-01,,,")
        books.bill()
        (number_of_bill,) = books.records()
        (line,) = books.document(number_of_bill)["lines"]
        assert (line["unit_price"], line["gross"]) == ("7.77", "15.54")
        assert "discount" not in line
        assert books.findings() == set()
        assert books.breaches() == []


LISTED = (
    "LP-1,BETA,BOLT,8,,EUR,month,2026-10-01,,,",
    "LP-2,ALPHA,BOLT,8,,EUR,month,2026-10-01,,,",
    "LP-3,ALPHA,HOUR,12.5,,EUR,month,2026-10-01,,,",
    "LP-4,ALPHA,BASE,3,,EUR,month,2026-10-22,2026-11-07,,",
)
"""The customer's own price with its discount, the list's, one of tiers, a flat amount."""


def test_terms_without_a_price_take_the_one_in_force(books: Company):
    terms(books, *LISTED)
    drawn(books, OCTOBER)
    told = [(q, p, a) for _, _, q, p, a, _ in charges()]
    assert told == [
        (8_000_000, 125_000_000, 1000),
        (8_000_000, 133_000_000, 1064),
        # 10 × 95 + 2.5 × 80.50 + 15.00, as a line would be, and that for the month.
        (1_000_000, 116_625_000_000, 116_625),
        # 49.90 × 16 ÷ 31: a flat amount, whatever the quantity.
        (1_000_000, 2_575_000_000, 2575),
    ]
    books.bill()
    bills = {books.document(n)["customer"]["reference"]: n for n in books.records()}
    (line,) = books.document(bills["BETA"])["lines"]
    assert (line["gross"], line["discount"], line["net"]) == ("10.00", "1.00", "9.00")
    how = steps(explain_bill(books.actor, bills["BETA"], 1))["terms"][1]
    assert how.endswith("the price is the customer price, version 1, in force on 2026-10-01")
    how = steps(explain_bill(books.actor, bills["ALPHA"], 2))["terms"][1]
    assert "the list price, version 1, for 12.5 as a whole" in how
    assert books.breaches() == []


RAMP = """
item,customer,plan,currency,model,valid_from,valid_to,unit_price
BOLT,,,EUR,unit,2026-01-01,2026-10-16,1.33
BOLT,,,EUR,unit,2026-10-16,,2.66
"""


@pytest.mark.parametrize(
    ("how", "october", "november"),
    [("part", [13_300], [26_600]), ("day", [6435, 13_730], [26_600])],
)
def test_a_price_that_begins_within_a_month(
    books: Company, how: str, october: list[int], november: list[int]
):
    """It waits for the next part, unless the terms are to be cut: 15 and 16 of 31 days."""
    books.take("prices", RAMP)
    terms(books, f"RAMP,ALPHA,BOLT,100,,EUR,month,2026-10-01,,{how}", header=REPRICED)
    drawn(books, OCTOBER)
    assert [row[4] for row in charges()] == october
    drawn(books, NOVEMBER)
    assert [row[4] for row in charges()][len(october) :] == november
    assert books.breaches() == []


def test_what_the_lists_said_when_it_was_charged_stays(books: Company):
    """The price of October is corrected later: nothing of October moves, nor when terms do."""
    terms(books, "LP,ALPHA,BOLT,100,,EUR,month,2026-10-01,,,")
    drawn(books, OCTOBER)
    books.take("prices", MASTER["prices"].replace("1.33", "9.99"))
    drawn(books, OCTOBER)
    terms(books, "LP,2026-10-16,200", header="reference,change_from,quantity")
    drawn(books, OCTOBER)
    # Half a month of 100 at 1.33 is credited; 200 at what now is known as the price of that day.
    assert [(row[0], row[4]) for row in charges()] == [
        ("sale", 13_300),
        ("cancellation", -6865),
        ("sale", 103_123),
    ]
    assert books.breaches() == []


def test_one_bad_set_of_terms_stops_no_other(books: Company):
    terms(books, *SEATS, "BAD-1,OMEGA,BOOK,1,,USD,month,2026-10-01,,,")
    outcome = books.bill()
    assert outcome.bills["count"].sum() == 2
    assert books.findings() == {("CB-TRM-001", "BAD-1")}
    assert outcome.findings.select("code", "count").rows() == [("CB-TRM-001", 1)]
    (finding,) = findings(books.actor)
    assert finding["reason"] == (
        "BAD-1 of OMEGA has no price of its own, and for item BOOK no price in USD is in force on "
        "2026-10-01."
    )
    again = books.bill(key="again")
    assert again.findings["count"].sum() == 1
    assert Finding.objects.count() == 1
    terms(books, "BAD-1,OMEGA,BOOK,1,12.34,USD,month,2026-10-01,,,")
    mended = books.bill(key="mended")
    assert (mended.bills["count"].sum(), books.findings()) == (1, set())
    assert books.breaches() == []


def test_terms_that_are_beyond_all_bounds_are_found(books: Company):
    terms(books, *SEATS, "BIG,ALPHA,BASE,1000000,9999999999,EUR,year,2026-10-01,,,")
    assert drawn(books, OCTOBER).charges == 2
    assert books.findings() == {("CB-TRM-002", "BIG")}
    assert books.breaches() == []


def test_only_one_customer_is_drawn(books: Company):
    terms(books, *SEATS)
    books.bill(customer="BETA")
    assert [row[1] for row in charges()] == ["SUB-2/2026-10-01/2026-10-31"]
    assert drawn(books, OCTOBER).charges == 1


def test_a_queued_run_bills_what_was_due_when_it_was_queued(books: Company):
    terms(books, *SEATS)
    queue_run(books.actor, until=OCTOBER, issue_date=OCTOBER, idempotency_key="q")
    assert len(charges()) == 2
    assert books.bill(key="q").bills["count"].sum() == 2


POINTS = [p for p in faults.POINTS if p.startswith("draw")]


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("times", [1, 2])
def test_a_drawing_that_dies_goes_on(
    books: Company, monkeypatch: pytest.MonkeyPatch, point: str, times: int
):
    """Killed at any point and begun again, it gives the charges of one that was not."""
    monkeypatch.setattr(draw_terms, "CHUNK", 1)
    terms(books, *SEATS, "BAD-1,OMEGA,BOOK,1,,USD,month,2026-10-01,,,")
    reached = 0

    def dies(name: str) -> None:
        nonlocal reached
        reached += name == point
        if name == point and reached == times:
            raise KeyboardInterrupt

    monkeypatch.setattr(faults, "armed", dies)
    with pytest.raises(KeyboardInterrupt):
        books.bill(key="one")
    monkeypatch.setattr(faults, "armed", None)
    assert books.bill(key="one").bills["count"].sum() == 2
    assert [row[1] for row in charges()] == [
        "SUB-1/2026-10-17/2026-11-16",
        "SUB-2/2026-10-01/2026-10-31",
    ]
    assert books.findings() == {("CB-TRM-001", "BAD-1")}
    assert books.breaches() == []


FORGED = [
    (
        "UPDATE charge SET amount_minor = 3001 WHERE id = 1",
        {
            ("DRAWN", "charge SUB-1/2026-09-17/2026-10-16: quantity and price come to 3000, "
             "not to 3001"),
            ("DRAWN", "terms SUB-1, part from 2026-09-17: drawn is 3001, due up to 2026-10-31 is "
             "3000"),
        },
    ),
    (
        "UPDATE charge_basis SET basis = REPLACE(basis, '\"counted\": 30', '\"counted\": 29') "
        "WHERE charge_id = 1",
        {("DRAWN", "charge SUB-1/2026-09-17/2026-10-16: the terms give another counted")},
    ),
    (
        "UPDATE charge_basis SET terms_version = 2 WHERE charge_id = 1",
        {
            ("DRAWN", "charge SUB-1/2026-09-17/2026-10-16: version 2 of the terms is not there"),
            ("DRAWN", "terms SUB-1, part from 2026-09-17: drawn is 0, due up to 2026-10-31 is "
             "3000"),
        },
    ),
    (
        "UPDATE terms SET body = REPLACE(body, '\"quantity\":\"3\"', '\"quantity\":\"4\"') "
        "WHERE id = 1",
        {
            ("DRAWN", "charge SUB-1/2026-09-17/2026-10-16: the terms give another "
             "basis_quantity_e6, so_far"),
            ("DRAWN", "charge SUB-1/2026-10-17/2026-11-16: the terms give another "
             "basis_quantity_e6, so_far"),
            *(
                ("DRAWN", f"terms SUB-1, part from {day}: drawn is {drawn}, due up to 2026-10-31 "
                 f"is {due}")
                for day in ("2026-09-17", "2026-10-17")
                for drawn, due in ((3000, 0), (0, 4000))
            ),
        },
    ),
    (
        "UPDATE terms_drawn SET through = '2026-12-31' WHERE reference = 'SUB-1'",
        {
            ("DRAWN", f"terms SUB-1, part from {day}: drawn is 0, due up to 2026-12-31 is 3000")
            for day in ("2026-11-17", "2026-12-17")
        },
    ),
    ("UPDATE terms_drawn SET version = 7 WHERE reference = 'SUB-2'", {("VERSIONS", "terms SUB-2")}),
    ("UPDATE terms SET version = 3 WHERE id = 2", {("VERSIONS", "terms SUB-2")}),
    ("DELETE FROM charge_basis WHERE charge_id = 3", {("BASIS", "charge 3")}),
    ("UPDATE charge SET source = 'file' WHERE id = 3", {("BASIS", "charge 3")}),
    ("UPDATE terms SET source_file = 99 WHERE id = 1", {("BELONGS", "terms SUB-1 version 1")}),
]  # fmt: skip


@pytest.mark.parametrize(("change", "broken"), FORGED)
def test_the_audit_sees_what_was_forged(books: Company, change: str, broken: set[tuple[str, str]]):
    books.take("recurring", TERMS)
    drawn(books, OCTOBER)
    assert books.breaches() == []
    with unguarded():
        execute(change)
    found = set(books.breaches())
    wanted = {code for code, _ in broken}
    assert {breach for breach in found if breach[0] in wanted} == broken


@pytest.mark.parametrize("table", ["terms", "charge_basis"])
def test_what_was_known_never_changes(books: Company, table: str):
    books.take("recurring", TERMS)
    drawn(books, OCTOBER)
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET organisation_id = 2"):
        with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
            execute(statement)


def test_terms_and_what_was_drawn_are_looked_up(books: Company):
    books.take("recurring", TERMS)
    drawn(books, OCTOBER)
    terms(books, "SUB-1,2026-10-27,0", header="reference,change_from,quantity", name="less.csv")
    drawn(books, OCTOBER)
    told = look_up_terms.terms_history(books.actor, "SUB-1")
    assert [(v["version"], v["file"], len(v["changes"])) for v in told["versions"]] == [
        (1, "recurring.csv", 0),
        (2, "less.csv", 1),
    ]
    assert [(c["version"], c["amount_minor"], c["how"]) for c in told["charges"]][1:] == [
        (1, 3000, "3 × 10 EUR for the whole period 2026-10-17 to 2026-11-16: 30.00"),
        (
            2,
            -2032,
            "3 × 10 EUR × 10 ÷ 31 days of 2026-10-17 to 2026-11-16 = 9.677419…, rounded once: "
            "9.68; 30.00 was billed",
        ),
    ]
    (latest, _) = look_up_terms.recurring_terms(books.actor)
    assert (latest["reference"], latest["version"], latest["last_day"]) == ("SUB-1", 2, OCTOBER)
    with pytest.raises(look_up_terms.NoSuchTerms, match="there are no terms SUB-9"):
        look_up_terms.terms_history(books.actor, "SUB-9")


def test_a_share_of_a_period_is_a_piece_and_no_wrong_unit(books: Company):
    terms(books, "SUB-1,ALPHA,HOUR,1,30,EUR,month,2026-10-01,2026-10-11,,")
    books.bill()
    (line,) = books.document("INV-000001")["lines"]
    assert (line["unit"], line["net"], books.findings()) == ("C62", "9.68", set())
