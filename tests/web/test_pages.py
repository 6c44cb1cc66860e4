"""What the pages say: the same figures as the command line, in sentences and with explanations."""

from __future__ import annotations

import json
import re

from django.test import Client
from tests.actions.company import Company
from tests.web.conftest import Visitor

from cleanbill.actions import find_bills, look_up


def text(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_home_names_what_is_held_with_its_money(billed: Company, visitor: Visitor):
    page = text(visitor("specialist"), "/o/acme/")
    for row in look_up.findings_summary(billed.actor):
        shown = row["title"] in page
        assert shown == (row["severity"] != "info"), row
    assert "Held back:" in page


def test_the_queue_says_why_and_what_to_do(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    page = text(client, "/o/acme/queue")
    rows = look_up.findings(billed.actor)
    assert rows
    for row in rows:
        assert row["title"] in page
        assert row["subject"] in page
    one = rows[0]["code"]
    narrowed = text(client, f"/o/acme/queue?code={one}")
    others = {row["subject"] for row in rows if row["code"] != one} - {
        row["subject"] for row in rows if row["code"] == one
    }
    assert not [subject for subject in others if f"<bdi>{subject}</bdi>" in narrowed]


def test_the_list_of_bills_goes_on_page_by_page(billed: Company):
    every = [b["number"] for b in look_up.bills(billed.actor, limit=1000)]
    seen, after = [], None
    while True:
        found = find_bills.find_bills(billed.actor, after=after, size=2)
        seen += [b["number"] for b in found.bills]
        if found.next is None:
            break
        from cleanbill.shells.web.views.bills import _place

        after = _place(found.next)
        assert after is not None
    assert seen == every


def test_bills_are_found_by_number_customer_and_name(billed: Company):
    def numbers(words: str) -> set[str]:
        return {b["number"] for b in find_bills.find_bills(billed.actor, text=words).bills}

    of_beta = {b["number"] for b in look_up.bills(billed.actor, customer="BETA")}
    assert numbers("beta l") == numbers("BETA") == of_beta
    assert numbers("INV-000001") == {"INV-000001"}
    assert numbers("%") == numbers("_") == set()


def test_more_rows_come_without_the_page_around_them(billed: Company, visitor: Visitor):
    piece = text(visitor("specialist"), "/o/acme/bills", HX_Request="true")
    assert piece.lstrip().startswith("<tr")
    assert "<html" not in piece


def test_a_bill_shows_its_document_and_every_amount_explains_itself(
    billed: Company, visitor: Visitor
):
    client = visitor("auditor")
    for bill in look_up.bills(billed.actor, limit=1000):
        page = text(client, f"/o/acme/bills/{bill['number']}")
        asked = re.findall(r'hx-get="([^"]*explain[^"]*)"', page)
        assert len(asked) == bill["line_count"] + 1
        for path in asked:
            assert "Why " in text(client, path)


def test_the_pdf_and_the_record(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    answer = client.get("/o/acme/bills/pdf/INV-000001")
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["Content-Type"] == "application/pdf"
    record = client.get("/o/acme/bills/record/INV-000001")
    assert json.loads(record.content)["number"] == "INV-000001"


def test_credits_and_what_they_credit_name_each_other(billed: Company, visitor: Visitor):
    note = next(b for b in look_up.bills(billed.actor) if b["kind"] == "credit_note")
    document = look_up.document(billed.actor, note["number"])
    invoice = document["preceding"][0]["number"]
    assert note["number"] in text(visitor("specialist"), f"/o/acme/bills/{invoice}")
