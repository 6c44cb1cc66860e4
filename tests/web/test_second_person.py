"""Runs of more than one person in the browser, previews in the background, bills as an archive."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.test import Client
from tests.actions.company import Company, company_file
from tests.web.conftest import Visitor

from cleanbill.actions.set_up_company import set_up_company
from cleanbill.actions.take_job import take_job
from cleanbill.actions.take_run import take_run
from cleanbill.store.models import Bill, Run

POLICY = 'approval_above = { EUR = "1.00" }\nreview_riskiest = 1\nreview_percent = 100'
MORE = """
reference,customer,item,quantity,currency,service_date,order
T-01,ALPHA,BOLT,3,EUR,2026-10-30,A-9
T-02,BETA,BOLT,3,EUR,2026-10-30,B-9
"""
TWICE = """
reference,customer,item,quantity,currency,service_date,order
T-01,ALPHA,BOLT,3,EUR,2026-10-30,A-9
T-01,ALPHA,BOLT,3,EUR,2026-10-30,A-9
"""
DAYS = {"until": "2026-10-31", "issue_date": "2026-11-02", "key": "one-form"}


@pytest.fixture
def prepared(billed: Company, visitor: Visitor) -> tuple[Company, str]:
    """A run of two bills that waits for others, prepared by the specialist."""
    set_up_company(company_file("acme", POLICY), billed.actor.name)
    billed.take("charges", MORE, name="more.csv")
    there = visitor("specialist").post("/o/acme/runs/new", DAYS).headers["Location"]
    assert take_job(lambda _: None)
    return billed, there


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_from_preview_to_issue_with_a_second_person(
    prepared: tuple[Company, str], visitor: Visitor
):
    billed, there = prepared
    specialist, approver = visitor("specialist"), visitor("approver")
    mine = page(specialist, there)
    assert "You have prepared this run" in mine
    assert f"{there}/approve" not in mine
    assert specialist.post(f"{there}/approve").status_code == 403
    assert specialist.post(f"{there}/review/1", {"say": "pass"}).status_code == 409
    refused = specialist.post(f"{there}/go-on")
    assert refused.status_code == 409
    assert "above the limit of 1.00 EUR" in refused.content.decode()
    assert "waits for a second person" in page(approver, "/o/acme/")
    assert approver.post(f"{there}/approve").status_code == 302
    assert "Approved" in page(approver, there)
    review = page(approver, f"{there}/review")
    assert "Much at stake" in review
    assert "T-0" in review
    silent = approver.post(f"{there}/review/1", {"say": "return"})
    assert silent.status_code == 409
    assert "Say in a note what is wrong" in silent.content.decode()
    said = {"say": "return", "note": "<b>old</b> price"}
    assert approver.post(f"{there}/review/1", said).status_code == 302
    assert approver.post(f"{there}/review/2", {"say": "pass"}).status_code == 302
    assert "&lt;b&gt;old" in page(specialist, f"{there}/review?draft=1")
    assert "Issue these bills" in page(specialist, there)
    before = Bill.objects.count()
    assert specialist.post(f"{there}/go-on").status_code == 302
    assert take_run(lambda _: None)
    assert Bill.objects.count() == before + 1
    assert "without the drafts that were returned" in page(specialist, there)
    assert "Right the first time" in page(specialist, "/o/acme/")
    assert billed.breaches() == []


def test_who_only_looks_sees_and_says_nothing(prepared: tuple[Company, str], visitor: Visitor):
    _, there = prepared
    auditor = visitor("auditor")
    assert "Second review" in page(auditor, f"{there}/review")
    for path in ("approve", "withdraw", "review/1"):
        assert auditor.post(f"{there}/{path}").status_code == 403
    assert Run.objects.latest("id").state == "prepared"


def test_a_run_is_given_up(prepared: tuple[Company, str], visitor: Visitor):
    _, there = prepared
    assert visitor("specialist").post(f"{there}/withdraw").status_code == 302
    assert "withdrawn by specialist@example.com" in page(visitor("specialist"), there)


def test_garbage_around_a_review_is_answered(prepared: tuple[Company, str], visitor: Visitor):
    _, there = prepared
    client = visitor("admin")
    for query in ("draft=0", "draft=-1", "draft=٣", f"draft={'9' * 40}", "draft="):
        assert client.get(f"{there}/review?{query}").status_code == 200
    assert client.post(f"{there}/review/{'9' * 30}", {"say": "pass"}).status_code == 404
    assert client.post(f"{there}/review/1", {"say": "x"}).status_code == 409
    assert client.get(f"/o/acme/runs/{'9' * 30}/review").status_code == 404
    assert client.get(f"/o/acme/jobs/{'9' * 30}").status_code == 404


def test_a_preview_stands_beside_the_last_run(billed: Company, visitor: Visitor):
    billed.take("charges", MORE, name="more.csv")
    text = page(visitor("specialist"), "/o/acme/runs/new?until=2026-10-31&issue_date=2026-11-02")
    assert "beside run 1, until 31 Oct 2026" in text
    assert "Largest changes by customer" in text
    one = page(
        visitor("specialist"),
        "/o/acme/runs/new?until=2026-10-31&issue_date=2026-11-02&customer=ALPHA",
    )
    assert "BETA" not in one


def test_a_large_preview_is_worked_out_behind_the_page(
    billed: Company, visitor: Visitor, monkeypatch
):
    monkeypatch.setattr("cleanbill.actions.preview_run.FEW", 3)
    billed.take("charges", MORE, name="more.csv")
    client = visitor("specialist")
    assert "There are many charges" in client.get("/o/acme/runs/new", DAYS).content.decode()
    there = client.post("/o/acme/runs/new", {**DAYS, "look": "1"}).headers["Location"]
    assert 'hx-trigger="every 1s"' in page(client, there)
    assert take_job(lambda _: None)
    assert "Would go out" in page(client, there)
    assert Run.objects.filter(idempotency_key="one-form").count() == 0


def test_who_mends_first_finds_it_in_the_queue_and_comes_back_to_the_days(
    billed: Company, visitor: Visitor
):
    billed.take("charges", TWICE, name="twice.csv")
    client, bills = visitor("specialist"), len(billed.bills())
    asked = "/o/acme/runs/new?until=2026-10-31&issue_date=2026-11-02"
    assert 'name="mend"' in page(client, asked)
    there = client.post("/o/acme/runs/new", {**DAYS, "mend": "1"}).headers["Location"]
    assert there == "/o/acme/queue"
    assert "Exact duplicate" in page(client, f"{there}?customer=ALPHA")
    assert len(billed.bills()) == bills
    issuing = Run.objects.exclude(selection=Run.VERIFYING)
    assert Run.objects.count() == issuing.count() + 1
    assert page(client, "/o/acme/runs").count("data-row") == issuing.count()
    back = page(client, "/o/acme/runs/new")
    assert f'value="{DAYS["until"]}"' in back
    assert f'value="{DAYS["issue_date"]}"' in back
    only = client.post("/o/acme/runs/new", {**DAYS, "customer": "ALPHA", "mend": "1"})
    assert only.headers["Location"] == "/o/acme/queue?customer=ALPHA"
    assert visitor("auditor").post("/o/acme/runs/new", {**DAYS, "mend": "1"}).status_code == 403


def test_much_is_verified_behind_the_page_that_leads_to_the_queue(
    billed: Company, visitor: Visitor, monkeypatch
):
    monkeypatch.setattr("cleanbill.actions.preview_run.FEW", 3)
    billed.take("charges", TWICE, name="twice.csv")
    client = visitor("specialist")
    there = client.post("/o/acme/runs/new", {**DAYS, "mend": "1"}).headers["Location"]
    assert "Queued" in page(client, there)
    assert take_job(lambda _: None)
    assert "/o/acme/queue" in page(client, there)
    assert "Exact duplicate" in page(client, "/o/acme/queue?customer=ALPHA")


def test_a_page_that_watches_a_run_loads_again_when_it_ends(billed: Company, visitor: Visitor):
    piece = visitor("specialist").get("/o/acme/runs/1", headers={"HX-Request": "true"})
    assert piece.headers["HX-Refresh"] == "true"
    assert "See the bills" in page(visitor("specialist"), "/o/acme/runs/1")
    Run.objects.filter(pk=1).update(state=Run.State.RUNNING)
    piece = visitor("specialist").get("/o/acme/runs/1", headers={"HX-Request": "true"})
    assert "HX-Refresh" not in piece.headers


def test_all_bills_of_a_run_come_as_one_archive(billed: Company, visitor: Visitor):
    client = visitor("auditor")
    there = client.post("/o/acme/runs/1/papers").headers["Location"]
    assert take_job(lambda _: None)
    assert "8 bills" in page(client, there)
    with zipfile.ZipFile(io.BytesIO(b"".join(client.get(f"{there}/fetch")))) as archive:
        assert len(archive.namelist()) == 8
        assert archive.read("INV-000001.pdf").startswith(b"%PDF-")


def test_papers_of_no_run_fail_with_a_sentence(billed: Company, visitor: Visitor):
    client = visitor("specialist")
    there = client.post("/o/acme/runs/4711/papers").headers["Location"]
    assert take_job(lambda _: None)
    assert "run 4711 has issued no bill" in page(client, there)
    assert client.get(f"{there}/fetch").status_code == 404
