"""History: prepared from bills, kept up bill by bill, and what a run says by it."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
from tests.actions.company import Company

from cleanbill.actions import look_up
from cleanbill.actions.credit_bill import credit_bill
from cleanbill.actions.prepare_history import Prepared, prepare_history
from cleanbill.engine.history_tables import USUAL
from cleanbill.store import history

HEAD = "reference,customer,item,kind,quantity,unit_price,currency,service_date,order\n"
MONTHS = [date(2026, 1, 14) + timedelta(days=30 * n) for n in range(9)]


def month(company: Company, day: date, *more: str, quantity: int = 10) -> None:
    """Bill a month: bolts and a base fee for ALPHA, bolts for BETA."""
    rows = [
        f"A-{day},ALPHA,BOLT,sale,{quantity},,EUR,{day},A-{day}",
        f"F-{day},ALPHA,BASE,sale,1,,EUR,{day},A-{day}",
        f"B-{day},BETA,BOLT,sale,{quantity},,EUR,{day},B-{day}",
    ]
    company.take("charges", HEAD + "\n".join([*rows, *more]) + "\n")
    company.bill(on=day, until=day, key=str(day))


def usual(company: Company) -> list[dict[str, object]]:
    """Everything that is usual, in order."""
    own = company.actor.organisation_id
    rows = pl.concat([*history.usual(own), history.usual_of_items(own)])
    return rows.sort("customer", "item", "currency").to_dicts()


def test_keeping_up_gives_what_preparing_anew_gives(books: Company) -> None:
    for day in MONTHS[:3]:
        month(books, day)
    assert prepare_history(books.actor).rows == 7
    for n, day in enumerate(MONTHS[3:6]):
        month(books, day, quantity=20 + n)
    number = look_up.bills(books.actor, customer="BETA", kind="invoice")[1]["number"]
    credit_bill(books.actor, number, issue_date=MONTHS[6], reason="wrong")
    prepare_history(books.actor)
    kept = usual(books)
    assert prepare_history(books.actor) == Prepared(0, 0)
    assert usual(books) == kept
    again = prepare_history(books.actor, anew=True)
    assert again.lines == 17
    assert usual(books) == kept
    bolts = next(r for r in kept if (r["customer"], r["item"]) == ("BETA", "BOLT"))
    assert (bolts["bills"], bolts["quantity_e6"], bolts["gap_days"]) == (5, 10 * 10**6, 30)
    assert set(bolts) == set(USUAL)


def test_a_run_keeps_up_and_says_what_is_unusual(books: Company) -> None:
    for day in MONTHS[:6]:
        month(books, day)
    day = MONTHS[6]
    assert not [f for f in look_up.findings(books.actor) if f["code"].startswith("CB-HIS")]
    prepare_history(books.actor)
    month(books, day)
    own = books.actor.organisation_id
    later = MONTHS[7]
    rows = f"A-{later},ALPHA,BOLT,sale,1000,,EUR,{later},A-9\n"
    books.take("charges", HEAD + rows)
    books.bill(on=later, until=later, key="last")
    state = history.state(own)
    assert state is not None
    assert 0 < state.through_bill_id < history.last_bill_id(own)
    told = {f["code"]: f["reason"] for f in look_up.findings(books.actor)}
    assert told["CB-HIS-003"] == (
        "Quantity 1,000 of BOLT is 100 × what ALPHA usually has, 10 (7 bills)."
    )
    assert "BASE (every 30 days on 7 bills" in told["CB-HIS-007"]
    month(books, MONTHS[8])
    still = {f["code"] for f in look_up.findings(books.actor)}
    assert "CB-HIS-007" not in still


def test_what_was_taken_back_whole_is_not_usual(billed: Company) -> None:
    prepare_history(billed.actor)
    before = usual(billed)
    number = look_up.bills(billed.actor, customer="BETA", kind="invoice")[0]["number"]
    credit_bill(billed.actor, number, issue_date=date(2026, 10, 31), reason="wrong")
    prepare_history(billed.actor)
    assert usual(billed) != before
    for each in look_up.bills(billed.actor, kind="invoice"):
        if each["number"] != number and each["customer"]:
            credit_bill(billed.actor, each["number"], issue_date=date(2026, 10, 31), reason="wrong")
    prepare_history(billed.actor)
    assert usual(billed) == []
