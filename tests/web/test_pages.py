"""What the pages say: the same figures as the command line, in sentences and with explanations."""

from __future__ import annotations

import json
import re

from django.test import Client
from tests.actions.company import Company
from tests.web.conftest import Visitor

from cleanbill.actions import find_bills, look_up
from cleanbill.actions.take_run import take_run
from cleanbill.store.models import Run


def text(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_home_names_what_is_held_with_its_money(billed: Company, visitor: Visitor):
    page = text(visitor("specialist"), "/o/acme/")
    summary = look_up.findings_summary(billed.actor)
    for row in summary:
        shown = row["title"] in page
        assert shown == (row["severity"] != "info"), row
    holding = sum(row["count"] for row in summary if row["severity"] == "block")
    assert holding > 1
    assert f"<b>{holding} findings</b> hold charges back." in page


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


MORE = """
reference,customer,item,quantity,currency,service_date,order
T-01,ALPHA,BOLT,3,EUR,2026-10-30,A-9
"""


def test_a_run_is_looked_at_started_once_and_watched(billed: Company, visitor: Visitor):
    billed.take("charges", MORE, name="more.csv")
    client = visitor("specialist")
    days = {"until": "2026-10-31", "issue_date": "2026-11-02", "key": "one-form"}
    page = client.get("/o/acme/runs/new", days).content.decode()
    assert "Would go out" in page
    assert not Run.objects.filter(idempotency_key="one-form").exists()
    first, again = (client.post("/o/acme/runs/new", days) for _ in range(2))
    run = Run.objects.get(idempotency_key="one-form")
    there = f"/o/acme/runs/{run.pk}"
    assert (first.headers["Location"], again.headers["Location"]) == (there, there)
    waiting = text(client, there, HX_Request="true")
    assert "Waits for a worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert take_run(lambda _: None)
    done = text(client, there, HX_Request="true")
    assert "Done" in done
    assert "hx-trigger" not in done
    bill = look_up.bills(billed.actor, limit=1)[0]
    assert (bill["customer"], str(bill["issue_date"])) == ("ALPHA", "2026-11-02")


def test_a_run_is_paused_and_goes_on(billed: Company, visitor: Visitor):
    billed.take("charges", MORE, name="more.csv")
    client = visitor("specialist")
    client.post("/o/acme/runs/new", {"until": "2026-10-31", "issue_date": "2026-11-02"})
    run = Run.objects.latest("id")
    assert client.post(f"/o/acme/runs/{run.pk}/pause").status_code == 302
    assert "Paused" in text(client, f"/o/acme/runs/{run.pk}")
    assert client.post(f"/o/acme/runs/{run.pk}/pause").status_code == 409
    assert client.post(f"/o/acme/runs/{run.pk}/go-on").status_code == 302
    run.refresh_from_db()
    assert run.state == Run.State.QUEUED


def test_a_day_that_is_none_is_told(billed: Company, visitor: Visitor):
    answer = visitor("specialist").get("/o/acme/runs/new", {"until": "31.10.2026"})
    assert answer.status_code == 400
    assert "is no date; expected the form 2026-10-31" in answer.content.decode()


def test_who_may_not_issue_cannot_start_a_run(billed: Company, visitor: Visitor):
    client = visitor("auditor")
    answer = client.post("/o/acme/runs/new", {"until": "2026-10-31", "issue_date": "2026-11-02"})
    assert answer.status_code == 403
    assert Run.objects.count() == 1
