"""Credits take back exactly what was billed: in parts down to zero, whole, once and no more."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from tests.actions.company import MONTH, Company
from tests.store.contents import everything, value

from cleanbill.actions.credit_bill import NothingLeft
from cleanbill.actions.look_up import NoSuchBill
from cleanbill.store.models import ChargeLink, Event, Posting
from cleanbill.store.numbers import SeriesOrder

HEAD = "reference,customer,item,kind,quantity,unit_price,currency,service_date,cancels\n"
FIGURES = ("gross", "net", "tax_share", "document_discount_share", "discount")


def sale(reference: str, quantity: str, item: str = "BOLT", customer: str = "BETA") -> str:
    return f"{reference},{customer},{item},,{quantity},,EUR,2026-10-01,\n"


def cancellation(reference: str, quantity: str, of: str, item: str = "BOLT") -> str:
    return f"{reference},BETA,{item},cancellation,{quantity},,EUR,2026-10-02,{of}\n"


def summed(papers: list[dict], line: str) -> dict[str, Decimal]:
    """Add up the figures of all credits of a line."""
    lines = [n for p in papers for n in p["lines"] if n["credits"]["line"] == line]
    return {f: sum((Decimal(n.get(f, "0")) for n in lines), Decimal(0)) for f in FIGURES}


def figures(line: dict) -> dict[str, Decimal]:
    return {f: Decimal(line.get(f, "0")) for f in FIGURES}


def allowances(paper: dict) -> list[tuple]:
    return [(a["amount"], a["tax"]) for a in paper.get("allowances", [])]


def notes(books: Company) -> list[dict]:
    papers = map(json.loads, books.bills().values())
    return [p for p in papers if p["kind"] == "credit_note"]


def test_a_cancellation_finds_its_sale_in_an_earlier_run(books: Company):
    books.take("charges", HEAD + sale("A", "7"))
    books.bill()
    books.take("charges", HEAD + cancellation("B", "2", of="A"))
    books.bill()
    (note,) = notes(books)
    assert note["lines"][0]["credits"] == {"line": "1", "number": "INV-000001"}
    assert note["preceding"] == [{"issue_date": "2026-10-31", "number": "INV-000001"}]
    assert books.breaches() == []


@pytest.mark.parametrize("parts", [["1"] * 7, ["2", "2", "3"], ["0.333333", "0.666667", "6"]])
def test_partial_credits_end_exactly_at_the_line(books: Company, parts: list[str]):
    books.take("charges", HEAD + sale("A", "7"))
    books.bill()
    for n, quantity in enumerate(parts):
        books.take("charges", HEAD + cancellation(f"C{n}", quantity, of="A"))
        books.bill()
    assert summed(notes(books), "1") == figures(books.document("INV-000001")["lines"][0])
    with pytest.raises(NothingLeft):
        books.credit("INV-000001")
    assert value("SELECT SUM(amount_minor) FROM posting WHERE account = 'receivable'") == 0
    assert books.breaches() == []


def test_all_parts_in_one_run_end_exactly_too(books: Company):
    rows = [cancellation(f"C{n}", "1", of="A") for n in range(7)]
    books.take("charges", HEAD + sale("A", "7") + "".join(rows))
    books.bill()
    assert summed(notes(books), "1") == figures(books.document("INV-000001")["lines"][0])
    assert books.breaches() == []


def test_nothing_is_credited_beyond_the_line(books: Company):
    books.take("charges", HEAD + sale("A", "7"))
    books.bill()
    books.take("charges", HEAD + cancellation("B", "5", of="A"))
    books.bill()
    books.take("charges", HEAD + cancellation("C", "3", of="A"))
    books.bill()
    assert len(notes(books)) == 1
    assert books.findings() == {("CB-CHG-014", "C")}


def test_a_whole_bill_is_reversed_per_line_per_tax_and_in_total(books: Company):
    books.take("charges", MONTH.replace("S-11,BETA,BOLT,cancellation", "S-11,BETA,BOLT,sale"))
    books.bill()
    for number in [n for n in books.bills() if n.startswith("INV")]:
        note = books.document(books.credit(number))
        bill = books.document(number)
        assert note["totals"] == bill["totals"]
        assert note["taxes"] == bill["taxes"]
        assert allowances(note) == allowances(bill)
        assert [figures(n) for n in note["lines"]] == [figures(n) for n in bill["lines"]]
        assert note["reason"] == "wrong"
    accounts = Posting.objects.values_list("account", "tax_rule").distinct()
    for account, rule in accounts:
        rows = Posting.objects.filter(account=account, tax_rule=rule)
        assert sum(rows.values_list("amount_minor", flat=True)) == 0
    assert books.breaches() == []


def test_what_is_left_after_parts_is_credited_exactly(books: Company):
    books.take("charges", HEAD + sale("A", "7") + sale("D", "3", "BOOK"))
    books.bill()
    books.take("charges", HEAD + cancellation("B", "2", of="A"))
    books.bill()
    books.credit("INV-000001")
    bill = books.document("INV-000001")
    for line in bill["lines"]:
        assert summed(notes(books), line["line"]) == figures(line)
    payable = sum(Decimal(n["totals"]["payable"]) for n in notes(books))
    assert payable == Decimal(bill["totals"]["payable"])
    assert books.breaches() == []


def test_crediting_twice_or_crediting_a_credit_is_refused(books: Company):
    books.take("charges", HEAD + sale("A", "7"))
    books.bill()
    note = books.credit("INV-000001")
    before = everything()
    with pytest.raises(NothingLeft, match="INV-000001 has been credited completely already"):
        books.credit("INV-000001")
    with pytest.raises(NothingLeft, match=f"{note} is a credit note"):
        books.credit(note)
    with pytest.raises(NoSuchBill, match="there is no bill INV-000009"):
        books.credit("INV-000009")
    assert everything() == before


def test_a_credited_charge_stays_consumed(books: Company):
    books.take("charges", HEAD + sale("A", "7"))
    books.bill()
    books.credit("INV-000001")
    books.bill()
    assert len(books.bills()) == 2
    books.take("charges", HEAD + cancellation("B", "1", of="A"))
    books.bill()
    assert books.findings() == {("CB-CHG-014", "B")}


def test_a_reopened_charge_is_billed_again(books: Company):
    books.take("charges", HEAD + sale("A", "7") + sale("D", "3", "BOOK"))
    books.bill()
    note = books.credit("INV-000001", reopen=True)
    event = Event.objects.get(action="bill.credited")
    assert event.after == {"credit_note": note, "charges_reopened": 2}
    assert (event.subject, event.cause) == ("INV-000001", "wrong")
    books.bill()
    again, bill = books.document("INV-000002"), books.document("INV-000001")
    assert again["totals"] == bill["totals"]
    assert (
        sorted(ChargeLink.objects.values_list("turn", "live")) == [(1, False)] * 2 + [(2, True)] * 2
    )
    assert books.breaches() == []
    books.credit("INV-000002", reopen=True)
    books.bill()
    assert "INV-000003" in books.bills()
    assert books.breaches() == []


def test_reopening_takes_the_cancellations_along(books: Company):
    """Sold 10, returned 3, billed anew: the customer owes 7, not 10."""
    books.take("charges", HEAD + sale("A", "10") + cancellation("B", "3", of="A"))
    books.bill()
    owed = value("SELECT SUM(amount_minor) FROM posting WHERE account = 'receivable'")
    books.credit("INV-000001", reopen=True)
    assert value("SELECT SUM(amount_minor) FROM posting WHERE account = 'receivable'") == 0
    books.bill()
    assert value("SELECT SUM(amount_minor) FROM posting WHERE account = 'receivable'") == owed
    assert books.breaches() == []


def test_a_credit_note_is_dated_neither_before_its_bill_nor_before_the_last_one(books: Company):
    books.take("charges", HEAD + sale("A", "7") + sale("D", "7", customer="ALPHA"))
    books.bill()
    before = everything()
    with pytest.raises(SeriesOrder, match="INV-000001 is dated 2026-10-31; a credit note of 2026"):
        books.credit("INV-000001", on=date(2026, 10, 30))
    assert everything() == before
    books.credit("INV-000001", on=date(2026, 11, 30))
    with pytest.raises(SeriesOrder, match="series CN- has reached 2026-11-30"):
        books.credit("INV-000002", on=date(2026, 11, 29))


def test_a_credit_in_the_middle_of_a_run_is_noticed(books: Company):
    """Somebody credits the bill whole while a run is about to credit it by a cancellation."""
    books.take("charges", HEAD + sale("A", "10"))
    books.bill()
    books.take("charges", HEAD + cancellation("B", "10", of="A") + sale("C", "1"))

    def meanwhile(stage: str, done: int, whole: int) -> None:
        if stage == "Issuing" and not notes(books):
            books.credit("INV-000001")

    books.bill(chunk=1, progress=meanwhile)
    assert len(notes(books)) == 1
    assert books.findings() == {("CB-CHG-014", "B")}
    assert books.breaches() == []


def test_a_bill_with_a_rebate_is_reversed_exactly(books: Company):
    rebate = "B,BETA,LESS,,-1,5.00,EUR,2026-10-01,\n"
    books.take("charges", HEAD + sale("A", "100") + rebate)
    books.bill()
    note = books.document(books.credit("INV-000001"))
    assert note["totals"] == books.document("INV-000001")["totals"]
    with pytest.raises(NothingLeft):
        books.credit("INV-000001")
    assert books.breaches() == []
