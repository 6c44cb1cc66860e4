"""A run: bills with all that belongs to them, once; the rest held with its reasons."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from tests.actions.company import END, ITEMS, MONTH, Company, founded
from tests.store.contents import everything, value

from cleanbill.store.models import (
    BillLine,
    ChargeLink,
    Document,
    Event,
    Finding,
    Posting,
    Run,
    RunStep,
)
from cleanbill.store.numbers import SeriesOrder

HEAD = "reference,customer,item,kind,quantity,currency,service_date,cancels\n"
OUTSIDE = ("run", "django_migrations")


def test_a_month_is_billed_and_the_rest_held_with_reasons(books: Company):
    books.take("charges", MONTH)
    outcome = books.bill()
    assert list(books.bills()) == [*(f"INV-{n:06}" for n in range(1, 8)), "CN-000001"]
    counts = outcome.charges.group_by("disposition").agg(outcome.charges["count"].sum())
    assert outcome.charges["count"].sum() == 14, counts
    by = {(c["disposition"], c["kind"]): c["count"] for c in outcome.charges.to_dicts()}
    assert by == {
        ("clear", "sale"): 10,
        ("clear", "cancellation"): 1,
        ("held", "sale"): 2,
        ("waiting", "sale"): 1,
    }
    assert books.findings() == {
        ("CB-CUS-003", "S-12"),
        ("CB-CHG-006", "S-13"),
        ("CB-CHG-010", "S-14"),
    }
    assert books.breaches() == []


def test_every_model_gives_the_amount_worked_out_by_hand(books: Company):
    books.take("charges", MONTH)
    books.bill()
    nets = {
        line["source"]["reference"]: line["net"]
        for text in books.bills().values()
        for line in json.loads(text)["lines"]
    }
    assert nets == {
        "S-01": "133.00",  # 100 x 1.33
        "S-02": "1166.25",  # 10 x 95 + 2.5 x 80.50 + 15
        "S-03": "49.95",  # 150 x 0.333
        "S-04": "7.87",  # 7 x 1.25 = 8.75 less 10 % (0.875 -> 0.88)
        "S-05": "59.97",  # 3 x 19.99
        "S-06": "23.31",  # 25 in boxes of 12: 3 x 7.77
        "S-07": "13.30",
        "S-08": "380.00",
        "S-09": "49.90",
        "S-10": "20.00",  # 1234.56 x 1.9 % + 0.25 = 23.71, at most 20
        "S-11": "2.25",  # 2 of 7: 7.87 x 2 / 7
    }


def test_what_a_run_leaves_behind(books: Company):
    books.take("charges", MONTH)
    outcome = books.bill(chunk=3)
    assert Document.objects.count() == 8
    assert ChargeLink.objects.filter(kind="billed", live=True).count() == 11
    assert BillLine.objects.count() == 11
    assert value("SELECT SUM(amount_minor) FROM posting") == 0
    first = Posting.objects.filter(account="receivable").order_by("bill_id").first()
    paper = books.document("INV-000001")
    assert f"{first.amount_minor / 100:.2f}" == paper["totals"]["payable"]
    steps = RunStep.objects.order_by("id").values_list("first_number", "last_number", "rows")
    assert list(steps) == [
        ("INV-000001", "INV-000003", 3),
        ("INV-000004", "INV-000006", 3),
        ("INV-000007", "INV-000007", 1),
        ("CN-000001", "CN-000001", 1),
    ]
    issued = Event.objects.filter(action="bills.issued").order_by("id")
    assert issued[0].subject == "INV-000001..INV-000003"
    run = Run.objects.get()
    assert (run.state, run.pk, run.actor) == ("done", outcome.run_id, books.actor.name)
    assert run.finished_at >= run.started_at
    found = Finding.objects.order_by("code").values_list("code", "opened_run_id", "at_stake_minor")
    assert list(found) == [
        ("CB-CHG-006", run.pk, 665),
        ("CB-CHG-010", run.pk, 133),
        ("CB-CUS-003", run.pk, 665),
    ]


def test_a_second_run_changes_nothing(books: Company):
    books.take("charges", MONTH)
    books.bill()
    before = everything(but=OUTSIDE)
    outcome = books.bill()
    assert outcome.bills.is_empty()
    assert everything(but=OUTSIDE) == before


def test_the_same_key_gives_the_same_answer(books: Company):
    books.take("charges", MONTH)
    first = books.bill(key="october")
    before = everything()
    again = books.bill(key="october")
    assert everything() == before
    assert again.run_id == first.run_id
    for part in ("charges", "bills", "findings"):
        assert getattr(again, part).equals(getattr(first, part))
        assert getattr(again, part).schema == getattr(first, part).schema


def test_the_same_key_answers_also_for_a_run_over_nothing(books: Company):
    first = books.bill(key="empty")
    again = books.bill(key="empty")
    assert first.bills.is_empty()
    assert again.findings.schema == first.findings.schema


def test_the_same_key_for_another_date_is_refused(books: Company):
    books.take("charges", MONTH)
    books.bill(key="october")
    before = everything()
    with pytest.raises(ValueError, match="the key 'october' belongs to a run"):
        books.bill(key="october", on=date(2026, 11, 1))
    with pytest.raises(ValueError, match="the key 'october' belongs to a run"):
        books.bill(key="october", until=date(2026, 11, 30))
    assert everything() == before


def test_a_preview_says_what_the_run_does_and_writes_nothing(books: Company):
    books.take("charges", MONTH)
    before = everything()
    shown = books.preview(documents=100)
    assert everything() == before
    outcome = books.bill()
    for part in ("charges", "bills", "findings"):
        assert getattr(shown, part).equals(getattr(outcome, part))
    issued = [json.loads(text) for text in books.bills().values()]
    for draft, paper in zip(map(json.loads, shown.documents), issued, strict=True):
        assert draft["totals"] == paper["totals"]
        assert draft["taxes"] == paper["taxes"]
        assert [n["net"] for n in draft["lines"]] == [n["net"] for n in paper["lines"]]


def test_a_preview_of_one_customer_shows_that_customer(books: Company):
    books.take("charges", MONTH)
    shown = books.preview(customer="OMEGA", documents=9)
    assert [json.loads(t)["customer"]["reference"] for t in shown.documents] == ["OMEGA"] * 2


def test_held_charges_go_out_when_the_reason_is_gone(books: Company):
    books.take("charges", MONTH)
    books.bill()
    books.take("customers", "customer,name,street,city,country\nNOBODY,N. O. Body,Lane 1,Ulm,DE\n")
    outcome = books.bill(on=date(2026, 11, 30), until=date(2026, 11, 30))
    assert books.findings() == {("CB-CUS-003", "S-12")}
    closed = Finding.objects.exclude(closed_run_id=None).values_list("code", "closed_run_id")
    assert sorted(closed) == [("CB-CHG-006", outcome.run_id), ("CB-CHG-010", outcome.run_id)]
    assert len(books.bills()) == 10
    assert books.breaches() == []


def test_charges_that_policy_does_not_bill_are_closed_with_their_reason(
    store: None, tmp_path: Path
):
    rule = '[[policy.not_billable]]\nreason = "samples are free"\nitem_kinds = ["sample"]\n'
    works = founded(tmp_path, "works", rule)
    works.take("items", ITEMS + "GIFT,Gift,sample,C62,standard\n")
    works.take("charges", HEAD + "A,ALPHA,GIFT,,10,EUR,2026-10-01,\n")
    works.bill()
    link = ChargeLink.objects.get()
    assert (link.kind, link.cause, link.live) == ("not_billable", "samples are free", True)
    before = everything(but=OUTSIDE)
    works.bill()
    assert everything(but=OUTSIDE) == before


def test_a_date_before_the_last_of_the_series_is_refused_and_nothing_is_written(books: Company):
    books.take("charges", HEAD + "A,ALPHA,BOLT,,10,EUR,2026-10-01,\n")
    books.bill()
    books.take("charges", HEAD + "B,ALPHA,BOLT,,10,EUR,2026-10-02,\n")
    before = everything()
    with pytest.raises(SeriesOrder, match="series INV- has reached 2026-10-31; a bill dated"):
        books.bill(on=date(2026, 10, 30), key="early")
    assert everything() == before
    assert books.bill(on=END, key="early").bills["count"].to_list() == [1]


def test_a_run_whose_credits_come_too_early_is_refused_whole(books: Company):
    books.take("charges", HEAD + "A,ALPHA,BOLT,,10,EUR,2026-10-01,\n")
    books.bill()
    books.credit("INV-000001", on=date(2026, 11, 5))
    sale = "B,ALPHA,BOLT,,10,EUR,2026-10-02,\n"
    books.take("charges", HEAD + sale + "C,ALPHA,BOLT,cancellation,1,EUR,2026-10-02,B\n")
    before = everything()
    with pytest.raises(SeriesOrder, match="series CN- has reached 2026-11-05"):
        books.bill()
    assert everything() == before


def test_a_credit_note_does_not_stand_before_its_invoice(books: Company):
    books.take("charges", HEAD + "A,ALPHA,BOLT,,10,EUR,2026-10-01,\n")
    books.bill(on=date(2026, 11, 30))
    books.take("charges", HEAD + "B,ALPHA,BOLT,cancellation,1,EUR,2026-10-02,A\n")
    before = everything()
    with pytest.raises(SeriesOrder, match="INV-000001 is dated 2026-11-30; a credit note of"):
        books.bill(on=END)
    assert everything() == before


def test_a_late_charge_does_not_stop_the_others(store: None, tmp_path: Path):
    works = founded(tmp_path, "works", 'issue_dates = "service"')
    works.take("charges", HEAD + "A,ALPHA,BOLT,,10,EUR,2026-10-05,\n")
    works.bill()
    late = "L,BETA,BOLT,,10,EUR,2026-10-02,\nM,ALPHA,BOLT,,10,EUR,2026-10-20,\n"
    works.take("charges", HEAD + late)
    works.bill()
    assert len(works.bills()) >= 2
