"""Retainers from their file to bills, credits, list and audit: funded, drawn, left."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.actions.company import END, Company, founded
from tests.actions.forgery import unguarded
from tests.formats.test_bill_schema import errors
from tests.store.contents import execute

from cleanbill.actions import run_billing
from cleanbill.actions.credit_bill import RetainerDrawn
from cleanbill.actions.list_retainers import retainers
from cleanbill.actions.look_up import explain_bill
from cleanbill.actions.return_retainers import return_retainers

HEAD = "reference,customer,item,quantity,unit_price,currency,service_date,kind,cancels\n"
RETAINERS = "retainer,customer,item,currency,valid_from,items,unused,months\n"
NOVEMBER, DECEMBER = date(2026, 11, 30), date(2026, 12, 31)
ITEMS = """
item,description,kind,unit,tax_category
ADVANCE,Retainer,service,C62,standard
READING,Retainer for books,service,C62,reduced
"""


def agreed(books: Company, *rows: str) -> None:
    """Import the items that bill retainers, and retainers."""
    books.take("items", ITEMS)
    report = books.take("retainers", RETAINERS + "".join(f"{row}\n" for row in rows))
    assert report.intake.rejected.is_empty()


def sold(books: Company, *rows: str) -> None:
    """Import charges as ``reference,customer,item,quantity,unit_price,currency,day``."""
    full = (row + "," * (8 - row.count(",")) for row in rows)
    report = books.take("charges", HEAD + "".join(f"{row}\n" for row in full))
    assert report.intake.rejected.is_empty()


def draws(document: dict[str, Any]) -> list[tuple[str, ...]]:
    """What a bill says of retainers: which, of which bill, how much, what is left of it."""
    rows = document.get("allowances", [])
    told = ("coupon", "prepaid_by", "amount", "left")
    return [tuple(row.get(t, "") for t in told) for row in rows if "prepaid_by" in row]


def figures(books: Company, day: date | None = None) -> list[tuple[str, ...]]:
    rows = retainers(books.actor, day=day)
    return [(row["retainer"], row["funded"], row["drawn"], row["left"]) for row in rows]


def test_what_is_paid_in_advance_is_drawn_at_the_rate_card_until_it_is_used_up(books: Company):
    agreed(books, "R-1,OMEGA,ADVANCE,EUR,2026-01-01,,,")
    sold(books, "F1,OMEGA,ADVANCE,1,1000.00,EUR,2026-10-01")
    books.bill()
    assert books.document("INV-000001")["totals"]["payable"] == "1190.00"
    assert figures(books) == [("R-1", "1000.00", "0.00", "1000.00")]
    sold(books, "A,OMEGA,HOUR,8,,EUR,2026-11-02", "B,OMEGA,BOLT,10,,EUR,2026-11-03")
    books.bill(on=NOVEMBER, until=NOVEMBER)
    second = books.document("INV-000002")
    # 8 hours at 95.00, 10 bolts at 1.33.
    assert [line["net"] for line in second["lines"]] == ["760.00", "13.30"]
    assert draws(second) == [("R-1", "INV-000001", "773.30", "226.70")]
    assert second["totals"]["payable"] == "0.00"
    sold(books, "C,OMEGA,HOUR,4,,EUR,2026-12-02")
    books.bill(on=DECEMBER, until=DECEMBER)
    third = books.document("INV-000003")
    assert draws(third) == [("R-1", "INV-000001", "226.70", "0.00")]
    # 380.00 - 226.70 = 153.30, and 19 % of it.
    assert third["totals"]["net"] == "153.30"
    assert third["totals"]["payable"] == "182.43"
    assert figures(books) == [("R-1", "1000.00", "1000.00", "0.00")]
    assert errors(third) == []
    assert books.findings() == set()
    assert books.breaches() == []


PLAIN = "R-1,OMEGA,ADVANCE,EUR,2026-01-01,,,"


def paid(books: Company, amount: str = "1000.00", terms: str = PLAIN) -> None:
    """Bill a retainer of October in advance."""
    agreed(books, terms)
    sold(books, f"F1,OMEGA,ADVANCE,1,{amount},EUR,2026-10-01")
    books.bill()


def test_a_credit_gives_back_and_what_is_drawn_is_not_credited(books: Company):
    paid(books)
    sold(books, "A,OMEGA,BOLT,100,,EUR,2026-11-02")
    books.bill(on=NOVEMBER, until=NOVEMBER)
    assert figures(books) == [("R-1", "1000.00", "133.00", "867.00")]
    with pytest.raises(RetainerDrawn, match="INV-000001"):
        books.credit("INV-000001", on=NOVEMBER)
    sold(books, "X,OMEGA,ADVANCE,1,1000.00,EUR,2026-12-01,cancellation,F1")
    books.bill(on=DECEMBER, until=DECEMBER)
    assert books.findings() == {("CB-RTN-002", "X")}
    note = books.document(books.credit("INV-000002", on=DECEMBER))
    assert draws(note) == [("R-1", "INV-000001", "133.00", "")]
    assert figures(books) == [("R-1", "1000.00", "0.00", "1000.00")]
    books.bill(on=DECEMBER, until=DECEMBER, key="again")
    assert books.findings() == set()
    assert figures(books) == [("R-1", "0.00", "0.00", "0.00")]
    assert books.breaches() == []


def test_another_rate_is_told_and_not_drawn(books: Company):
    paid(books)
    sold(books, "A,OMEGA,BOOK,1,,EUR,2026-11-02")
    books.bill(on=NOVEMBER, until=NOVEMBER)
    assert draws(books.document("INV-000002")) == []
    assert {code for code, _ in books.findings()} == {"CB-RTN-001"}
    assert figures(books) == [("R-1", "1000.00", "0.00", "1000.00")]


@pytest.mark.parametrize("meanwhile", ["draw", "credit"])
def test_what_others_do_meanwhile_is_seen(
    books: Company, monkeypatch: pytest.MonkeyPatch, meanwhile: str
):
    paid(books, "100.00")
    sold(books, "A,OMEGA,BOLT,60,,EUR,2026-11-02", "B,OMEGA,BOLT,60,,EUR,2026-11-03")
    opened, calls = run_billing.open_books, []

    def opening(*args: Any, **more: Any) -> Any:
        own = opened(*args, **more)
        calls.append(1)
        if len(calls) == 1 and meanwhile == "draw":
            books.bill(on=NOVEMBER, until=date(2026, 11, 2), key="meanwhile")
        elif len(calls) == 1:
            books.credit("INV-000001", on=NOVEMBER)
        return own

    monkeypatch.setattr(run_billing, "open_books", opening)
    books.bill(on=NOVEMBER, until=NOVEMBER)
    assert len(calls) > 1
    if meanwhile == "draw":
        assert figures(books) == [("R-1", "100.00", "100.00", "0.00")]
    else:
        assert figures(books) == [("R-1", "0.00", "0.00", "0.00")]
    assert books.breaches() == []


def test_a_retainer_is_filled_up_once_when_it_falls_below_its_bound(books: Company):
    books.take("items", ITEMS)
    head = RETAINERS.replace("unused,months", "top_up_below,top_up_to")
    books.take("retainers", f"{head}R-1,OMEGA,ADVANCE,EUR,2026-01-01,,200.00,500.00\n")
    books.bill()
    assert books.document("INV-000001")["totals"]["net"] == "500.00"
    sold(books, "A,OMEGA,BOLT,250,,EUR,2026-11-02")
    books.bill(on=NOVEMBER, until=NOVEMBER)
    # 250 × 1.33 = 332.50; 167.50 are left, less than 200.00: 332.50 fill it up.
    assert figures(books) == [("R-1", "500.00", "332.50", "167.50")]
    assert books.preview(on=DECEMBER, until=DECEMBER, documents=1).bills["count"].sum() == 1
    books.bill(on=DECEMBER, until=DECEMBER)
    assert books.document("INV-000003")["totals"]["net"] == "332.50"
    assert figures(books) == [("R-1", "832.50", "332.50", "500.00")]
    books.bill(on=DECEMBER, until=DECEMBER, key="again")
    assert len(books.records()) == 3
    assert books.breaches() == []


def test_what_is_unused_expires_or_is_credited(books: Company):
    paid(books, "100.00", "R-1,OMEGA,ADVANCE,EUR,2026-01-01,,credited,1")
    agreed(books, "R-2,ALPHA,ADVANCE,EUR,2026-01-01,,expires,1")
    sold(books, "F2,ALPHA,ADVANCE,1,100.00,EUR,2026-10-01", "A,OMEGA,BOLT,30,,EUR,2026-10-30")
    assert return_retainers(books.actor, issue_date=END) == []
    books.bill(key="again")
    assert figures(books, NOVEMBER) == [
        ("R-1", "100.00", "39.90", "0.00"),
        ("R-2", "100.00", "0.00", "0.00"),
    ]
    (number,) = return_retainers(books.actor, issue_date=NOVEMBER)
    note = books.document(number)
    assert note["totals"]["net"] == "60.10"
    assert note["totals"]["payable"] == "71.52"
    assert return_retainers(books.actor, issue_date=NOVEMBER) == []
    sold(books, "B,ALPHA,BOLT,30,,EUR,2026-11-02")
    books.bill(on=NOVEMBER, until=NOVEMBER)
    assert figures(books)[1] == ("R-2", "100.00", "0.00", "100.00")
    assert books.breaches() == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_rows_that_make_no_sense_are_refused_with_what_to_do(books: Company):
    paid(books)
    sold(books, "A,OMEGA,BOLT,1,,EUR,2026-11-02")
    books.bill(on=NOVEMBER, until=NOVEMBER)
    for row, problem in (
        ("X,OMEGA,ADVANCE,EUR,2026-05-01,,,", "item:funds_another"),
        ("X,OMEGA,READING,EUR,2026-05-01,,expires,", "unused:endless"),
        ("X,OMEGA,READING,EUR,2026-05-01,,,1", "months:unused"),
        ('X,OMEGA,READING,EUR,2026-05-01,"HOUR, READING",,', "items:own"),
        ("R-1,BETA,ADVANCE,EUR,2026-01-01,,,", "retainer:in_use"),
        ("R-1,OMEGA,ADVANCE,USD,2026-01-01,,,", "retainer:in_use"),
    ):
        rejected = books.take("retainers", f"{RETAINERS}{row}\n").intake.rejected
        assert rejected["problem"].to_list() == [problem]
    again = books.take("retainers", f"{RETAINERS}R-1,OMEGA,ADVANCE,EUR,2026-01-01,HOUR,,\n")
    assert (again.created, again.changed, again.unchanged) == (0, 1, 0)
    coupon = "coupon,currency,amount,valid_from\nR-1,EUR,5.00,2026-01-01\n"
    assert books.take("coupons", coupon).intake.rejected.height == 1
    given = "coupon,customer,valid_from\nR-1,BETA,2026-01-01\n"
    assert books.take("redemptions", given).intake.rejected.height == 1


BROKEN = [
    "UPDATE bill_coupon SET funding_id = NULL",
    "UPDATE bill_coupon SET left_minor = -1",
    "UPDATE bill_line SET net_minor = 100 WHERE item = 'ADVANCE'",
    "UPDATE bill_line SET rate_percent_e6 = 7000000 WHERE item = 'ADVANCE'",
]


@pytest.mark.parametrize("change", BROKEN)
def test_the_audit_sees_a_retainer_that_gave_what_it_had_not(books: Company, change: str):
    paid(books)
    sold(books, "A,OMEGA,BOLT,100,,EUR,2026-11-02")
    books.bill(on=NOVEMBER, until=NOVEMBER)
    assert books.breaches() == []
    with unguarded():
        execute(change)
    assert "RETAINER-DRAWN" in {code for code, _ in books.breaches()}


def test_explain_tells_which_bill_paid(books: Company):
    paid(books)
    sold(books, "A,OMEGA,BOLT,100,,EUR,2026-11-02")
    books.bill(on=NOVEMBER, until=NOVEMBER)
    step = explain_bill(books.actor, "INV-000002", 1)
    shares = next(part for part in step.parts if part.label == "share of reductions")
    assert [(part.label, part.value) for part in shares.parts] == [("retainer R-1", "133.00")]


def test_what_includes_tax_is_drawn_by_what_includes_it(store: str, tmp_path: Path):
    books = founded(tmp_path / "gross", "gross", "prices_include_tax = true")
    paid(books, "119.00")
    assert figures(books) == [("R-1", "119.00", "0.00", "119.00")]
    sold(books, "A,OMEGA,BOLT,50,,EUR,2026-11-02")
    books.bill(on=NOVEMBER, until=NOVEMBER)
    sold(books, "B,OMEGA,BOLT,100,,EUR,2026-12-02")
    books.bill(on=DECEMBER, until=DECEMBER)
    second, third = books.document("INV-000002"), books.document("INV-000003")
    # 50 × 1.33 = 66.50 of 119.00; then 52.50 of 133.00. All of it is with tax.
    assert draws(second) == [("R-1", "INV-000001", "66.50", "52.50")]
    assert second["totals"]["payable"] == "0.00"
    assert draws(third) == [("R-1", "INV-000001", "52.50", "0.00")]
    assert third["totals"]["payable"] == "80.50"
    assert books.breaches() == []
