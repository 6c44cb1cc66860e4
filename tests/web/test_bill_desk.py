"""Bills at the desk: found by whatever is known of them, credited line by line, looked at first."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from tests.actions.company import END, Company
from tests.actions.test_retainers import agreed, sold
from tests.web.conftest import Visitor
from tests.web.test_pages import text

from cleanbill.actions import find_bills, look_up
from cleanbill.actions.credit_bill import NoSuchLine, NothingLeft, credit_bill, creditable
from cleanbill.actions.erase_party import erase_party
from cleanbill.store import bill_search
from cleanbill.store.models import Bill, ChargeLink, Customer, Event
from cleanbill.store.typed import amount_of, numbers_from


def numbers(company: Company, words: str, **more: object) -> set[str]:
    found = find_bills.find_bills(company.actor, text=words, **more)
    return {row["number"] for row in found.bills}


def invoice_of(company: Company, customer: str) -> Bill:
    return Bill.objects.filter(customer=customer, kind="invoice").order_by("id")[0]


def test_bills_are_found_by_order_item_amount_and_sequence(billed: Company):
    alpha = invoice_of(billed, "ALPHA")
    assert alpha.number in numbers(billed, "A-1")
    assert alpha.number in numbers(billed, "Data volume")
    assert alpha.number in numbers(billed, "data")
    whole = Decimal(alpha.payable_minor).scaleb(-2)
    for typed in (f"{whole:,.2f}", f"{whole:.2f}", f"{whole:.2f}".replace(".", ",")):
        assert alpha.number in numbers(billed, typed)
    assert alpha.number in numbers(billed, str(alpha.sequence))
    assert alpha.number in numbers(billed, alpha.number.lower())
    assert numbers(billed, "alpha data") == numbers(billed, "data alpha") == {alpha.number}
    assert numbers(billed, "beta A-1") == set()


def test_filters_narrow_what_was_found(billed: Company):
    every = numbers(billed, "")
    assert numbers(billed, "", since=END, until=END) == every
    assert numbers(billed, "", since=date(2026, 11, 1)) == set()
    assert numbers(billed, "", customer="ALPHA") == {invoice_of(billed, "ALPHA").number}
    assert numbers(billed, "BOLT", kind="credit_note", customer="ALPHA") == set()


def test_an_erased_name_is_not_found(billed: Company):
    assert numbers(billed, "gamma s")
    number = invoice_of(billed, "GAMMA").number
    erase_party(billed.actor, "GAMMA", reason="asked for", today=date(2060, 1, 1))
    assert numbers(billed, "gamma s") == set()
    assert number in numbers(billed, "C-1")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1234", "1234"),
        ("1.234", "1234"),
        ("-12,5", "-12.5"),
        ("12a", None),
        ("٣", None),
        ("", None),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, meant: str | None):
    assert amount_of(typed) == (None if meant is None else Decimal(meant))


@pytest.mark.parametrize(
    ("prefix", "typed", "places"),
    [
        ("INV-", "inv-00012", [(120, 129)]),
        ("INV-", "INV-1000", [(100_000, 100_099), (1_000_000, 1_000_999)]),
        ("INV-", "INV-000000", []),
        ("INV-", "IN", [(1, 1_999_999)]),
        ("INV-", "INV-", [(1, 1_999_999)]),
        ("INV-", "INV-1x", []),
        ("INV-", "INX", []),
        ("2026-", "2026-1999999", [(1_999_999, 1_999_999)]),
        ("INV-", "INV-9999999", []),
    ],
)
def test_the_beginning_of_a_number_is_read_as_places_of_its_series(
    prefix: str, typed: str, places: list[tuple[int, int]]
):
    assert numbers_from(prefix, typed, 2_000_000) == places


def test_every_beginning_of_a_number_finds_what_begins_so(billed: Company):
    known = set(Bill.objects.values_list("number", flat=True))
    for number in known:
        for length in range(1, len(number) + 1):
            wanted = {n for n in known if n.startswith(number[:length])}
            # Words of names and items may fit as well.
            assert wanted <= numbers(billed, number[:length])
    assert numbers(billed, "INV-00000") == {n for n in known if n.startswith("INV-00000")}


def test_items_and_amounts_are_looked_for_in_the_latest_bills_and_it_is_said(
    billed: Company, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
):
    october = Bill.objects.count()
    billed.bill(on=date(2026, 11, 30), until=date(2026, 11, 30), key="later")
    alpha = invoice_of(billed, "ALPHA")
    amount = f"{Decimal(alpha.payable_minor).scaleb(-2):.2f}"
    assert alpha.number in numbers(billed, amount)
    assert alpha.number in numbers(billed, "Data volume")
    assert "Give days or a customer" not in text(visitor("auditor"), "/o/acme/bills?q=Data")

    def looking_at(most: int) -> None:
        monkeypatch.setattr(bill_search, "LATEST", most)
        monkeypatch.setattr(bill_search, "LATEST_AMOUNTS", most)

    looking_at(1)
    assert alpha.number not in numbers(billed, amount)
    assert alpha.number not in numbers(billed, "Data volume")
    assert "Give days or a customer" in text(visitor("auditor"), "/o/acme/bills?q=Data")
    assert alpha.number in numbers(billed, "alpha data")
    of_alpha = text(visitor("auditor"), "/o/acme/bills?q=Data&customer=ALPHA")
    assert "Give days or a customer" not in of_alpha
    for typed in (amount, "Data volume"):
        assert alpha.number in numbers(billed, typed, customer="ALPHA")
        looking_at(october)
        assert alpha.number in numbers(billed, typed, until=END)
        looking_at(1)


def test_the_address_holds_the_filter(billed: Company, visitor: Visitor):
    page = text(visitor("auditor"), "/o/acme/bills?q=A-1&since=2026-10-01&until=2026-10-31")
    assert invoice_of(billed, "ALPHA").number in page
    assert 'name="since" value="2026-10-01"' in page
    assert text(visitor("auditor"), "/o/acme/bills?since=2026-99-99")


def test_one_line_is_credited_and_the_rest_later(billed: Company):
    alpha = invoice_of(billed, "ALPHA")
    note = credit_bill(billed.actor, alpha.number, issue_date=END, reason="one", lines=[2])
    paper = billed.document(note)
    assert [line["credits"]["line"] for line in paper["lines"]] == ["2"]
    left = {row["line"]: row["left_e6"] for row in creditable(billed.actor, alpha.number)}
    assert left[2] == 0
    assert all(left[line] for line in left if line != 2)
    with pytest.raises(NothingLeft, match="line 2 of"):
        credit_bill(billed.actor, alpha.number, issue_date=END, reason="again", lines=[2])
    with pytest.raises(NoSuchLine):
        credit_bill(billed.actor, alpha.number, issue_date=END, reason="none", lines=[99])
    rest = billed.document(billed.credit(alpha.number))
    whole = billed.document(alpha.number)["totals"]["payable"]
    back = Decimal(paper["totals"]["payable"]) + Decimal(rest["totals"]["payable"])
    assert back == Decimal(whole)
    assert billed.breaches() == []


def test_only_the_charges_of_credited_lines_are_billed_again(billed: Company):
    alpha = invoice_of(billed, "ALPHA")
    credit_bill(billed.actor, alpha.number, issue_date=END, reason="wrong", lines=[2], reopen=True)
    links = ChargeLink.objects.filter(bill_id=alpha.pk)
    assert set(links.filter(live=False).values_list("line", flat=True)) == {2}
    billed.bill()
    again = Bill.objects.filter(customer="ALPHA", kind="invoice").order_by("-id")[0]
    assert again.line_count == 1
    assert billed.breaches() == []


def test_a_specialist_looks_at_a_credit_and_issues_it(billed: Company, visitor: Visitor):
    number = invoice_of(billed, "ALPHA").number
    client = visitor("specialist")
    there = f"/o/acme/bills/credit/{number}"
    asked = {"line": "1", "issue_date": "2026-10-31", "reason": "Came back <b>broken</b>"}
    page = client.get(there, {**asked, "look": "1"}).content.decode()
    assert "What the customer would get" in page
    assert "<b>broken</b>" not in page
    assert Bill.objects.filter(kind="credit_note", customer="ALPHA").count() == 0
    answer = client.post(there, asked)
    note = Bill.objects.get(kind="credit_note", customer="ALPHA")
    assert answer.headers["Location"] == f"/o/acme/bills/{note.number}"
    timeline = text(client, f"/o/acme/bills/{number}")
    assert note.number in timeline
    assert (
        number in client.get(f"/o/acme/bills/{note.number}").content.decode().split("timeline")[-1]
    )
    assert "&lt;b&gt;broken&lt;/b&gt;" in timeline
    assert client.post(there, asked).status_code == 409
    event = Event.objects.get(action="bill.credited", subject=number)
    assert (event.actor, event.after["lines"]) == ("specialist@example.com", [1])


def test_what_cannot_be_credited_is_told(billed: Company, visitor: Visitor):
    client = visitor("admin")
    number = invoice_of(billed, "ALPHA").number
    there = f"/o/acme/bills/credit/{number}"
    for asked in (
        {"issue_date": "2026-10-31"},
        {"issue_date": "2026-10-01", "reason": "too early"},
        {"issue_date": "yesterday", "reason": "no day"},
    ):
        for answer in (client.post(there, asked), client.get(there, {**asked, "look": "1"})):
            assert answer.status_code == 409
            assert re.search(r'role="alert"', answer.content.decode())
    assert client.post(there, {"reason": "x", "line": "99"}).status_code == 404
    note = look_up.bills(billed.actor, kind="credit_note")[0]["number"]
    assert client.get(f"/o/acme/bills/credit/{note}").status_code == 200
    assert not Event.objects.filter(action="bill.credited").exists()


def test_the_lines_beside_a_retainer_that_is_drawn_can_be_credited(
    billed: Company, visitor: Visitor
):
    november, december = date(2026, 11, 30), date(2026, 12, 31)
    agreed(billed, "R-1,OMEGA,ADVANCE,EUR,2026-11-01,,,")
    advance, bolts = (
        "F1,OMEGA,ADVANCE,1,100.00,EUR,2026-11-03",
        "P1,OMEGA,BOLT,10,,EUR,2026-11-04",
    )
    sold(billed, advance, bolts)
    billed.bill(on=november, until=november, key="november")
    number = Bill.objects.filter(customer="OMEGA").order_by("-id")[0].number
    line = {row["item"]: row["line"] for row in creditable(billed.actor, number)}
    sold(billed, "A,OMEGA,BOLT,60,,EUR,2026-12-02")
    billed.bill(on=december, until=december, key="december")
    drawing = Bill.objects.filter(customer="OMEGA").order_by("-id")[0].number
    notes = Bill.objects.filter(kind="credit_note", customer="OMEGA")
    client, there = visitor("admin"), f"/o/acme/bills/credit/{number}"
    asked = {"issue_date": "2026-12-31", "reason": "not used"}
    for lines in ({"line": str(line["ADVANCE"])}, {}):
        form = {**asked, **lines}
        for answer in (client.get(there, {**form, "look": "1"}), client.post(there, form)):
            assert answer.status_code == 409
            told = re.search(r'role="alert"[^>]*>(.*?)</p>', answer.content.decode(), re.DOTALL)
            assert told
            assert "other bills have drawn since" in told[1]
    assert not notes.exists()
    beside = {**asked, "line": str(line["BOLT"])}
    page = client.get(there, {**beside, "look": "1"}).content.decode()
    assert "What the customer would get" in page
    assert client.post(there, beside).status_code == 302
    billed.credit(drawing, on=december)
    assert client.post(there, {**asked, "line": str(line["ADVANCE"])}).status_code == 302
    assert notes.count() == 3
    assert billed.breaches() == []


def test_who_may_not_credit_sees_no_button(billed: Company, visitor: Visitor):
    number = invoice_of(billed, "ALPHA").number
    assert "bills/credit/" not in text(visitor("auditor"), f"/o/acme/bills/{number}")
    assert "bills/credit/" in text(visitor("approver"), f"/o/acme/bills/{number}")
    answer = visitor("auditor").post(f"/o/acme/bills/credit/{number}", {"reason": "x"})
    assert answer.status_code == 403


def test_a_search_takes_a_bounded_number_of_statements(billed: Company, django_assert_max: int):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for words in ("A-1", "data", "158,27", "beta limited data A-1 133 x", "INV"):
        with CaptureQueriesContext(connection) as said:
            numbers(billed, words)
        assert len(said) <= django_assert_max, words


@pytest.fixture
def django_assert_max() -> int:
    """So many statements may a search of up to six words take."""
    return 60


def test_a_customer_that_is_renamed_is_found_by_both_words(billed: Company):
    Customer.objects.filter(customer="BETA").update(name="Beta Nova Ltd")
    assert numbers(billed, "nova beta") == numbers(billed, "BETA")
