"""Runs that need more than one person: approval above a limit, a second look at a sample."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.actions.company import END, MONTH, Company, company_file

from cleanbill.actions.access import ROLES, Actor
from cleanbill.actions.look_at_figures import figures_of
from cleanbill.actions.prepare_run import approve_run, prepare_run, withdraw_run
from cleanbill.actions.review_run import review_draft, sample_of
from cleanbill.actions.second_person import NotApproved
from cleanbill.actions.set_up_company import set_up_company
from cleanbill.actions.steer_run import queue_run, requeue_run
from cleanbill.actions.take_job import take_job
from cleanbill.actions.take_run import take_run
from cleanbill.formats.company_toml import CompanyFileError
from cleanbill.formats.company_toml import read as company_of
from cleanbill.store.models import Event, Price, PriceTier, ReviewItem, Run

LIMIT = 'approval_above = { EUR = "1000.00" }'
SAMPLE = "review_riskiest = 2\nreview_percent = 50"


def asking(books: Company, policy: str) -> tuple[Company, Actor]:
    """Let the policy ask for others; return it with a month of charges, and a colleague."""
    set_up_company(company_file("acme", policy), books.actor.name)
    books.take("charges", MONTH)
    return books, replace(books.actor, name="second@acme.example")


def waiting(books: Company, key: str = "october") -> int:
    with pytest.raises(NotApproved):
        books.bill(key=key)
    return Run.objects.get(idempotency_key=key).pk


def test_above_the_limit_nothing_goes_out_without_a_second_person(books: Company):
    _, second = asking(books, LIMIT)
    with pytest.raises(NotApproved, match=r"above the limit of 1,000\.00 EUR: somebody other than"):
        books.bill(key="october")
    assert books.bills() == {}
    run = Run.objects.get()
    assert (run.state, run.approved) == ("prepared", None)
    with pytest.raises(NotApproved, match="has prepared run"):
        approve_run(books.actor, run.pk)
    assert approve_run(second, run.pk) == []
    books.bill(key="october")
    run.refresh_from_db()
    assert (run.state, run.approved_by) == ("done", second.name)
    assert run.approved == run.expected["amounts"]
    assert len(books.bills()) == 8
    assert [e.actor for e in Event.objects.filter(action="run.approved")] == [second.name]
    assert books.breaches() == []


def test_below_the_limit_a_run_goes_out_by_itself(books: Company):
    _, second = asking(books, 'approval_above = { EUR = "100000" }')
    books.bill(key="october")
    assert len(books.bills()) == 8
    with pytest.raises(ValueError, match="does not wait for another person"):
        approve_run(second, Run.objects.get().pk)


def test_a_currency_that_no_limit_names_needs_approval(books: Company):
    asking(books, 'approval_above = { USD = "100000" }')
    with pytest.raises(NotApproved, match=r"above the limit of 0\.00 EUR"):
        books.bill()


@pytest.mark.parametrize("chunk", [2, 5000])
def test_what_was_approved_is_the_most_that_goes_out(books: Company, chunk: int):
    """Prices that rise behind the approver's back do not get out."""
    _, second = asking(books, LIMIT)
    number = waiting(books)
    approve_run(second, number)
    PriceTier.objects.filter(price_id__in=Price.objects.filter(item="HOUR").values("id")).update(
        unit_price_e8=999 * 10**8
    )
    with pytest.raises(NotApproved, match="more than was approved"):
        books.bill(key="october", chunk=chunk)
    run = Run.objects.get()
    assert (run.state, run.expected) == ("prepared", None)
    with pytest.raises(NotApproved, match="there is nothing to approve"):
        approve_run(second, number)
    requeue_run(books.actor, number)
    assert Run.objects.get().state == "prepared"
    assert take_job(lambda _: None)
    assert Run.objects.get().state == "prepared"
    assert Run.objects.get().approved is None
    approve_run(second, number)
    books.bill(key="october", chunk=chunk)
    assert len(books.bills()) == 8
    assert books.breaches() == []


def test_a_queued_run_is_prepared_approved_and_issued_by_the_worker(books: Company):
    _, second = asking(books, LIMIT)
    number = queue_run(books.actor, until=END, issue_date=END, idempotency_key="october")
    assert queue_run(books.actor, until=END, issue_date=END, idempotency_key="october") == number
    said: list[str] = []
    assert not take_run(said.append)
    assert take_job(said.append)
    assert not take_job(said.append)
    with pytest.raises(NotApproved):
        requeue_run(books.actor, number)
    approve_run(second, number)
    requeue_run(books.actor, number)
    assert take_run(said.append)
    assert len(books.bills()) == 8
    assert books.breaches() == []


def test_a_worker_that_meets_higher_prices_has_the_run_prepared_again(books: Company):
    _, second = asking(books, LIMIT)
    number = queue_run(books.actor, until=END, issue_date=END)
    assert take_job(lambda _: None)
    approve_run(second, number)
    hours = Price.objects.filter(item="HOUR").values("id")
    PriceTier.objects.filter(price_id__in=hours).update(unit_price_e8=999 * 10**8)
    requeue_run(books.actor, number)
    assert take_run(lambda _: None)
    run = Run.objects.get()
    assert (run.state, run.expected) == ("prepared", None)
    assert "more than was approved" in run.message
    assert take_job(lambda _: None)
    approve_run(second, number)
    requeue_run(books.actor, number)
    assert take_run(lambda _: None)
    assert len(books.bills()) == 8
    assert books.breaches() == []


def test_a_queued_run_below_the_limit_goes_on_by_itself(books: Company):
    asking(books, 'approval_above = { EUR = "100000" }')
    queue_run(books.actor, until=END, issue_date=END)
    assert take_job(print)
    assert take_run(print)
    assert len(books.bills()) == 8


def sample(actor: Actor, number: int) -> list[dict[str, Any]]:
    return sample_of(actor, number)["items"]


def test_the_riskiest_and_some_by_lot_are_looked_at(books: Company):
    _, second = asking(books, SAMPLE)
    number = waiting(books)
    items = sample(second, number)
    run = Run.objects.get()
    lot = run.expected["lot"]
    assert (lot["riskiest"], lot["percent"], len(lot["seed"])) == (2, 50, 16)
    assert [i["reasons"][0] for i in items] == ["amount"] * 2 + ["lot"] * 3
    assert all("new_customer" in i["reasons"] for i in items[:2])
    assert items[0]["payable_minor"] >= items[1]["payable_minor"] > 0
    assert len({i["draft_key"] for i in items}) == 5
    for place in range(1, 6):
        with pytest.raises(NotApproved, match="has prepared run"):
            review_draft(books.actor, number, place, passed=True)
        left = review_draft(second, number, place, passed=True)
        assert bool(left) == (place < 5)
    books.bill(key="october")
    assert len(books.bills()) == 8
    assert books.breaches() == []


def test_the_lot_can_be_drawn_again_from_its_seed(books: Company, monkeypatch):
    asking(books, SAMPLE)
    number = waiting(books)
    first = sample(books.actor, number)
    seed = Run.objects.get().expected["lot"]["seed"]
    monkeypatch.setattr("cleanbill.actions.prepare_run.secrets.token_hex", lambda _: seed)
    prepare_run(books.actor, number)
    again = sample(books.actor, number)
    assert [i["draft_key"] for i in again] == [i["draft_key"] for i in first]


def test_a_returned_draft_stays_behind_and_the_others_go_out(books: Company):
    _, second = asking(books, SAMPLE)
    number = waiting(books)
    items = sample(second, number)
    with pytest.raises(ValueError, match="Say in a note what is wrong"):
        review_draft(second, number, 1, passed=False)
    review_draft(second, number, 1, passed=False, note="wrong rate")
    for place in range(2, 6):
        review_draft(second, number, place, passed=True)
    books.bill(key="october")
    assert len(books.bills()) == 7
    billed = {b["customer"] for b in Run.objects.get().expected["changes"]}
    assert items[0]["customer"] in billed
    assert books.breaches() == []
    (month,) = figures_of(books.actor, today=datetime.now(UTC).date()).months[-1:]
    assert month.returned == 1
    assert month.whole - month.right >= 1
    # The charges are open: the next run takes them, and looks at them again.
    later = waiting(books, key="later")
    assert "returned_before" in sample(second, later)[0]["reasons"]
    with pytest.raises(ValueError, match="no longer looked at"):
        review_draft(second, number, 1, passed=True)


def test_a_run_that_waits_can_be_given_up(books: Company):
    asking(books, LIMIT)
    number = waiting(books)
    withdraw_run(books.actor, number)
    assert Run.objects.get().state == "failed"
    assert books.preview().bills["count"].sum() == 8
    assert books.breaches() == []


def test_credited_invoices_were_not_right_first(billed: Company):
    (before,) = figures_of(billed.actor, today=END).months
    billed.credit("INV-000006")
    (after,) = figures_of(billed.actor, today=END).months
    assert before.whole == after.whole > 0
    assert before.right - after.right == 1


def test_only_who_approves_may_approve():
    assert "bills.approve" not in ROLES["specialist"]
    assert "bills.approve" in ROLES["approver"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("approval_above = { EUR = 1000.5 }", "write the amount as text"),
        ('approval_above = { EUR = "1.005" }', "more than 2 decimals"),
        ('approval_above = { EURO = "1" }', "EURO"),
        ('approval_above = "1000"', "a line per currency"),
        ('approval_above = { EUR = "-1" }', "write the amount as text"),
        ("review_percent = 101", "from 0 to 100"),
        ('review_riskiest = "many"', "from 0 to 10,000"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(text: str, why: str):
    with pytest.raises(CompanyFileError, match=why):
        company_of(company_file("acme", text))


def test_no_review_is_left_when_nothing_asks_for_it(books: Company):
    books.take("charges", MONTH)
    books.bill()
    assert ReviewItem.objects.count() == 0
