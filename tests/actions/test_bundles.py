"""Bundles, from their file to bills that are right for each component's tax, and back to zero."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.actions.company import END, Company

ITEMS = """
item,description,kind,unit,tax_category
COURSE,Course with book,service,C62,standard
SEAT,Seat in the course,service,C62,standard
READER,Course book,goods,C62,reduced
EXAM,Examination,service,C62,standard
"""
PRICES = """
item,currency,model,valid_from,unit_price
COURSE,EUR,unit,2026-01-01,100.00
SEAT,EUR,unit,2026-01-01,90.00
READER,EUR,unit,2026-01-01,15.00
EXAM,EUR,unit,2026-01-01,40.00
"""
BUNDLE = """
reference,item,valid_from,component,quantity,addon,shown
B-1,COURSE,2026-10-01,SEAT,1,,one
B-1,COURSE,2026-10-01,READER,2,,one
B-1,COURSE,2026-10-01,EXAM,1,yes,one
"""
HEAD = "reference,customer,item,kind,quantity,currency,service_date,order,cancels\n"
SOLD = HEAD + "K-1,ALPHA,COURSE,,1,EUR,2026-10-05,A-1,\n"


@pytest.fixture
def company(books: Company) -> Company:
    books.take("items", ITEMS)
    books.take("prices", PRICES)
    assert books.take("bundles", BUNDLE).created == 1
    return books


def nets(document: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [
        (n["item"], n["quantity"], n["net"], n["tax"]["rate_percent"]) for n in document["lines"]
    ]


def test_a_bundle_bears_the_tax_of_each_component(company: Company) -> None:
    company.take("charges", SOLD)
    company.bill()
    (number,) = company.records()
    document = company.document(number)
    # 100.00 by list prices 90.00 and 2 × 15.00.
    assert nets(document) == [("SEAT", "1", "75.00", "19"), ("READER", "2", "25.00", "7")]
    assert document["totals"]["payable"] == "116.00"
    assert document["lines"][1]["bundle"] == {
        "component": "2",
        "description": "Course with book",
        "item": "COURSE",
        "quantity": "1",
        "reference": "K-1",
        "shown": "one",
        "source": "file",
    }
    assert company.breaches() == []
    assert company.bill(key="again").bills.is_empty()


def test_a_preview_says_what_the_run_will_do(company: Company) -> None:
    company.take("charges", SOLD)
    (shown,) = company.preview(documents=1).documents
    company.bill()
    (record,) = company.bills().values()
    told, kept = json.loads(shown), json.loads(record)
    assert told["lines"] == kept["lines"]
    assert told["totals"] == kept["totals"]


def test_credits_of_components_and_of_the_bundle_end_at_zero(company: Company) -> None:
    company.take("charges", HEAD + "K-1,ALPHA,COURSE,,3,EUR,2026-10-05,A-1,\n")
    company.bill()
    more = "K-2,ALPHA,READER,cancellation,2,EUR,2026-10-20,A-1,K-1\n"
    company.take("charges", HEAD + more)
    company.bill(key="2")
    company.take("charges", HEAD + "K-3,ALPHA,COURSE,cancellation,2,EUR,2026-10-21,A-1,K-1\n")
    company.bill(key="3")
    company.take("charges", HEAD + "K-4,ALPHA,SEAT,cancellation,1,EUR,2026-10-22,A-1,K-1\n")
    company.bill(key="4")
    documents = [company.document(number) for number in company.records()]
    sums: dict[str, list[str]] = {}
    for document in documents:
        for item, _, net, _ in nets(document):
            sums.setdefault(item, []).append(net)
    assert sums == {
        "SEAT": ["225.00", "150.00", "75.00"],
        "READER": ["75.00", "25.00", "50.00"],
    }
    assert [d["totals"]["payable"] for d in documents] == ["348.00", "26.75", "232.00", "89.25"]
    assert company.breaches() == []


def test_a_bundle_and_its_cancellation_may_come_together(company: Company) -> None:
    company.take("charges", SOLD + "K-2,ALPHA,COURSE,cancellation,1,EUR,2026-10-06,A-1,K-1\n")
    company.bill()
    documents = [company.document(number) for number in company.records()]
    assert [d["kind"] for d in documents] == ["invoice", "credit_note"]
    assert nets(documents[0]) == nets(documents[1])
    assert company.breaches() == []


def test_a_whole_invoice_is_credited_and_billed_again(company: Company) -> None:
    company.take("charges", SOLD)
    company.bill()
    number = company.credit("INV-000001", reopen=True)
    assert company.document(number)["lines"][0]["bundle"]["item"] == "COURSE"
    company.bill(key="again")
    assert nets(company.document("INV-000002")) == nets(company.document("INV-000001"))
    assert company.breaches() == []


def test_a_bundle_without_a_price_or_an_original_is_held(company: Company) -> None:
    company.take(
        "charges",
        HEAD
        + "K-1,ALPHA,COURSE,,1,USD,2026-10-05,A-1,\n"
        + "K-2,ALPHA,COURSE,cancellation,1,EUR,2026-10-05,A-1,\n"
        + "K-3,BETA,COURSE,,2,EUR,2026-10-05,A-2,\n"
        + "K-4,BETA,COURSE,,0.0000005,EUR,2026-10-05,A-2,\n"
        + "K-5,BETA,COURSE,,1,EUR,2026-11-05,A-2,\n"
        + "K-6,BETA,COURSE,,1,EUR,2026-09-05,A-3,\n",
    )
    company.bill()
    held = {row for row in company.findings() if row[0] in ("CB-PRC-016", "CB-TRM-004")}
    assert held == {("CB-PRC-016", "K-1"), ("CB-PRC-016", "K-2"), ("CB-TRM-004", "B-1")}
    # Before it was a bundle it was an item as any other.
    sold = sorted(
        n["item"] for number in company.records() for n in company.document(number)["lines"]
    )
    assert sold == ["COURSE", "READER", "SEAT"]
    assert company.breaches() == []
    company.take(
        "prices",
        PRICES
        + "COURSE,USD,unit,2026-01-01,120\n"
        + "SEAT,USD,unit,2026-01-01,1\nREADER,USD,unit,2026-01-01,1\n",
    )
    company.bill(key="again")
    assert ("CB-TRM-004", "B-1") not in company.findings()
    assert ("CB-PRC-016", "K-1") not in company.findings()
    assert company.breaches() == []


def test_an_addon_goes_out_only_beside_its_bundle(company: Company) -> None:
    company.take(
        "charges",
        HEAD
        + "X-1,ALPHA,EXAM,,1,EUR,2026-10-06,A-1,\n"
        + "X-2,ALPHA,EXAM,,1,EUR,2026-10-06,A-9,\n"
        + "X-3,ALPHA,EXAM,,1,EUR,2026-10-06,,\n"
        + "X-4,ALPHA,EXAM,,1,EUR,2026-10-04,,\n"
        + "X-5,BETA,EXAM,,1,EUR,2026-10-06,,\n"
        + "X-6,BETA,EXAM,,1,EUR,2026-09-06,,\n"
        + "K-1,ALPHA,COURSE,,1,EUR,2026-10-05,A-1,\n",
    )
    company.bill()
    held = sorted(subject for code, subject in company.findings() if code == "CB-PRC-017")
    assert held == ["X-2", "X-4", "X-5"]
    assert company.breaches() == []


def test_a_correction_of_a_bundle_that_was_shared_waits_for_a_person(
    company: Company,
) -> None:
    company.take("charges", SOLD)
    company.bill()
    report = company.take("charges", SOLD.replace(",1,EUR", ",2,EUR"))
    assert report.proposed == 1
    assert company.bill(key="again").bills.is_empty()
    assert company.breaches() == []


def test_a_plan_has_a_bundle_of_its_own_with_stated_shares(company: Company) -> None:
    company.take(
        "bundles",
        "reference,item,plan,valid_from,component,share\n"
        "B-2,COURSE,gold,2026-10-01,SEAT,2\n"
        "B-2,COURSE,gold,2026-10-01,READER,1\n",
    )
    company.take("agreements", "customer,agreement,valid_from,plan\nDELTA,RV-4,2026-01-01,gold\n")
    company.take("charges", SOLD + "K-2,DELTA,COURSE,,1,EUR,2026-10-05,A-1,\n")
    company.bill()
    lines = [nets(company.document(number)) for number in company.records()]
    assert sorted(lines) == [
        [("SEAT", "1", "66.67", "19"), ("READER", "1", "33.33", "7")],
        [("SEAT", "1", "75.00", "19"), ("READER", "2", "25.00", "7")],
    ]
    assert company.breaches() == []


def test_a_price_with_tax_is_shared_with_tax(company: Company) -> None:
    head = "item,currency,model,valid_from,unit_price,includes_tax\n"
    rows = "COURSE,EUR,unit,2026-01-01,120.00,yes\nSEAT,EUR,unit,2026-01-01,90,yes\n"
    company.take("prices", head + rows + "READER,EUR,unit,2026-01-01,15,yes\n")
    company.take("charges", SOLD)
    company.bill()
    document = company.document("INV-000001")
    assert nets(document) == [("SEAT", "1", "90.00", "19"), ("READER", "2", "30.00", "7")]
    assert document["totals"]["payable"] == "120.00"
    company.take("prices", head + "SEAT,EUR,unit,2026-01-01,90,no\n")
    company.take("charges", HEAD + "K-9,ALPHA,COURSE,,1,EUR,2026-10-06,A-1,\n")
    company.bill(key="again")
    assert ("CB-PRC-016", "K-9") in company.findings()


def test_a_bundle_may_be_subscribed_to(company: Company) -> None:
    company.take(
        "recurring",
        "reference,customer,item,quantity,currency,every,start\n"
        "S-1,ALPHA,COURSE,1,EUR,month,2026-10-01\n",
    )
    assert len(company.preview(documents=9).documents) == 1
    company.bill()
    assert nets(company.document("INV-000001"))[0] == ("SEAT", "1", "75.00", "19")
    assert company.breaches() == []


def test_a_component_explains_how_its_amount_came_about(company: Company) -> None:
    from cleanbill.actions.look_up import explain_bill

    company.take("charges", SOLD)
    company.bill()
    (step,) = [s for s in explain_bill(company.actor, "INV-000001", 2).parts if s.label == "terms"]
    assert step.value == "B-1, version 1"
    assert step.how == (
        "bundle COURSE (file · K-1) comes to 100.00 (list price, version 1), shared by list prices "
        "90.00 : 30.00, largest remainder: SEAT 75.00, READER 25.00; this is component 2"
    )


def test_a_forged_share_is_found(company: Company) -> None:
    from tests.actions.forgery import unguarded
    from tests.store.contents import execute

    company.take("charges", SOLD)
    company.bill()
    with unguarded():
        execute("UPDATE charge_basis SET basis = REPLACE(basis, '7500', '7400')")
    assert ("DRAWN", "charge file/K-1/1: the net of the bundle is shared otherwise") in (
        company.breaches()
    )


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ("UPDATE charge_link SET kind = 'superseded' WHERE kind = 'bundled'", "it is open"),
        ("UPDATE charge_basis SET basis = REPLACE(basis, 'K-1', 'K-0')", "no components"),
    ],
)
def test_a_bundle_is_closed_by_its_components_and_by_nothing_else(
    company: Company, change: str, row: str
) -> None:
    from tests.actions.forgery import unguarded
    from tests.store.contents import execute

    company.take("charges", SOLD)
    company.bill()
    with unguarded():
        execute(change)
    assert ("BUNDLED", f"charge file · K-1: {row}") in company.breaches()


WRONG = {
    "one component": "B-9,COURSE,2026-10-01,SEAT,1,yes\n",
    "twice": "B-9,COURSE,2026-10-01,SEAT,1,\nB-9,COURSE,2026-10-01,SEAT,2,\n",
    "itself": "B-9,COURSE,2026-10-01,COURSE,1,\n",
    "another item": "B-1,EXAM,2026-10-01,SEAT,1,\n",
    "nothing": "B-9,COURSE,2026-10-01,SEAT,0,\n",
}


@pytest.mark.parametrize("rows", WRONG.values(), ids=WRONG)
def test_a_bundle_that_makes_no_sense_stays_out_whole(company: Company, rows: str) -> None:
    report = company.take("bundles", "reference,item,valid_from,component,quantity,addon\n" + rows)
    assert report.intake.accepted.is_empty()
    assert set(report.intake.rejected["problem"]) == {"terms:invalid"}


def test_a_run_for_one_customer_shares_only_their_bundles(company: Company) -> None:
    company.take("charges", SOLD + "K-2,BETA,COURSE,,1,EUR,2026-10-05,A-2,\n")
    company.bill(customer="BETA")
    assert len(company.records()) == 1
    company.bill(key="all")
    assert len(company.records()) == 2
    assert company.breaches() == []


def test_two_drawings_that_meet_share_a_bundle_once(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cleanbill.actions import draw_terms as drawing
    from cleanbill.store.models import Charge
    from cleanbill.store.writing import ChargesTaken

    company.take("charges", SOLD)
    gathered: list[Any] = []
    real = drawing.bundle_facts

    def first(*given: Any) -> Any:
        gathered.append(real(*given))
        return gathered[0]

    monkeypatch.setattr(drawing, "bundle_facts", first)
    drawing.draw_terms(company.actor, through=END)
    count = Charge.objects.count()
    monkeypatch.setattr("cleanbill.store.retries.TRIES", 1)
    with pytest.raises(ChargesTaken):
        # What was read before the other closed the charge.
        drawing.draw_terms(company.actor, through=END)
    assert Charge.objects.count() == count
    monkeypatch.undo()
    assert drawing.draw_terms(company.actor, through=END).charges == 0


def test_long_references_of_bundles_fit_and_can_be_cancelled(company: Company) -> None:
    name = "K" * 299
    company.take("charges", SOLD.replace("K-1", name))
    company.bill()
    back = f"K-2,ALPHA,COURSE,cancellation,1,EUR,2026-10-06,A-1,{name}\n"
    company.take("charges", HEAD + back)
    company.bill(key="again")
    assert nets(company.document("CN-000001")) == nets(company.document("INV-000001"))
    assert company.breaches() == []


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_sharing_that_dies_goes_on(
    company: Company, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cleanbill.actions.draw_terms import draw_terms
    from cleanbill.store import faults
    from cleanbill.store.models import ChargeLink

    def dies(point: str) -> None:
        if point == f"bundle.links.{side}":
            raise KeyboardInterrupt

    company.take("charges", SOLD)
    with monkeypatch.context() as armed:
        armed.setattr(faults, "armed", dies)
        with pytest.raises(KeyboardInterrupt):
            draw_terms(company.actor, through=END)
    assert not ChargeLink.objects.exists()
    assert draw_terms(company.actor, through=END).charges == 2
    assert company.breaches() == []
