"""Spend, milestones and progress, from their files to bills that say why."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from tests.actions.company import Company

ITEMS = """
item,description,kind,unit,tax_category
LACK,Shortfall of the agreed minimum,fee,C62,standard
BEYOND,Above the agreed maximum,fee,C62,standard
PLAN,Planning,service,C62,standard
EARTH,Earthworks,service,C62,standard
WALLS,Walls,service,C62,standard
HELD,Retainage,discount,C62,standard
"""
MINIMUM = """
reference,customer,currency,every,start,minimum,shortfall_item
MIN-1,ALPHA,EUR,month,2026-09-01,1000.00,LACK
"""
MILESTONES = """
reference,customer,currency,value,milestone,item,percent,day
PRJ-1,GAMMA,EUR,10000.00,order,PLAN,30,2026-09-15
PRJ-1,GAMMA,EUR,10000.00,delivery,PLAN,70,
"""
SCHEDULE = """
reference,customer,currency,line,item,scheduled,retainage,retainage_item
SITE-1,OMEGA,EUR,1,EARTH,10000.00,10,HELD
SITE-1,OMEGA,EUR,2,WALLS,20000.00,,
"""
CLAIM = """
terms,claim,day,line,percent
SITE-1,1,2026-10-15,1,50
SITE-1,1,2026-10-15,2,25
"""
SEPTEMBER = """
reference,customer,item,quantity,currency,service_date
T-1,ALPHA,BOLT,100,EUR,2026-09-03
T-2,ALPHA,BOLT,200,EUR,2026-09-20
"""
END = date(2026, 10, 31)


@pytest.fixture
def company(books: Company) -> Company:
    books.take("items", ITEMS)
    return books


def drawn(company: Company, through: date = END, **how: Any) -> Any:
    from cleanbill.actions.draw_terms import draw_terms

    return draw_terms(company.actor, through=through, **how)


def charged() -> list[tuple[Any, ...]]:
    """Reference, item, day, kind and amount of what was drawn, in order."""
    from cleanbill.store.models import Charge

    found = Charge.objects.filter(source__in=("spend", "milestones", "progress")).order_by("id")
    return [
        (c.reference, c.item, c.service_date.isoformat(), c.kind, c.amount_minor) for c in found
    ]


def found_by(company: Company, code: str) -> list[str]:
    from cleanbill.store.reading import open_findings

    return open_findings(company.actor.organisation_id, [code])["parameters"].to_list()


def told() -> list[str]:
    """How each drawn charge explains itself."""
    from cleanbill.cycle.draw import explained
    from cleanbill.store.models import Charge, ChargeBasis

    return [
        explained(b.kind, Charge.objects.values().get(pk=b.charge_id), b.basis)
        for b in ChargeBasis.objects.order_by("charge_id")
    ]


def test_a_shortfall_is_billed_after_its_month_and_only_once(company: Company) -> None:
    company.take("charges", SEPTEMBER)
    company.take("spend", MINIMUM)
    first = company.bill()
    assert charged() == []
    assert found_by(company, "CB-TRM-003") != []
    assert first.bills.height == 1
    second = company.bill(key="second")
    assert second.bills.height == 1
    assert charged() == [
        ("MIN-1/2026-09-01/2026-09-30/shortfall", "LACK", "2026-09-30", "sale", 60100)
    ]
    assert told() == [
        "minimum 1000.00; 399.00 billed for all items from 2026-09-01 to 2026-09-30: shortfall "
        "601.00: 601.00"
    ]
    assert found_by(company, "CB-TRM-003") == []
    assert company.bill(key="third").bills.is_empty()
    assert len(charged()) == 1
    assert company.breaches() == []


def test_a_late_line_takes_the_shortfall_back_and_charges_it_anew(company: Company) -> None:
    company.take("charges", SEPTEMBER)
    company.take("spend", MINIMUM)
    company.bill()
    company.bill(key="second")
    company.take("charges", SEPTEMBER + "T-3,ALPHA,BOLT,100,EUR,2026-09-29\n")
    company.bill(key="third")
    company.bill(key="fourth")
    name = "MIN-1/2026-09-01/2026-09-30/shortfall"
    assert charged() == [
        (name, "LACK", "2026-09-30", "sale", 60100),
        (f"{name}/2", "LACK", "2026-09-30", "cancellation", -60100),
        (f"{name}/3", "LACK", "2026-09-30", "sale", 46800),
    ]
    assert company.breaches() == []


def test_a_credited_bill_takes_its_spend_away(company: Company) -> None:
    from cleanbill.actions.credit_bill import credit_bill
    from cleanbill.store.models import Bill

    company.take("charges", SEPTEMBER)
    company.bill()
    credit_bill(company.actor, Bill.objects.get().number, issue_date=END, reason="Returned")
    company.take("spend", MINIMUM)
    drawn(company)
    assert [row[-1] for row in charged()] == [100000]


def test_a_maximum_is_credited_without_naming_an_original(company: Company) -> None:
    company.take("charges", SEPTEMBER)
    company.take(
        "spend",
        "reference,customer,currency,every,start,maximum,excess_item\n"
        "CAP-1,ALPHA,EUR,month,2026-09-01,350.00,BEYOND\n",
    )
    company.bill()
    outcome = company.bill(key="second")
    assert charged()[0][3:] == ("cancellation", -4900)
    assert outcome.bills.height == 1
    assert company.breaches() == []


def test_milestones_come_by_day_and_by_release(company: Company) -> None:
    company.take("milestones", MILESTONES)
    company.bill()
    company.take("releases", "terms,name,day\nPRJ-1,delivery,2026-10-20\n")
    company.bill(key="second")
    assert charged() == [
        ("PRJ-1/order", "PLAN", "2026-09-15", "sale", 300000),
        ("PRJ-1/delivery", "PLAN", "2026-10-20", "sale", 700000),
    ]
    assert told()[1] == (
        "milestone delivery, released on 2026-10-20, 70 % of 10000.00; the schedule so far 100 %, "
        "rounded, less 3000.00 of the milestones above: 7000.00"
    )
    assert company.breaches() == []


def test_claims_are_billed_with_their_retainage_and_end_at_the_contract(company: Company) -> None:
    from cleanbill.store.models import Bill

    company.take("progress", SCHEDULE)
    company.take("claims", CLAIM)
    company.bill()
    assert [row[-1] for row in charged()] == [500000, 500000, -100000]
    assert list(Bill.objects.values_list("net_minor", flat=True)) == [900000]
    company.take(
        "claims",
        "terms,claim,day,line,percent,amount,currency\n"
        "SITE-1,2,2026-10-20,1,,10000.00,EUR\nSITE-1,2,2026-10-20,2,100,,\n",
    )
    company.take("releases", "terms,name,day\nSITE-1,end,2026-10-30\n")
    company.bill(key="second")
    assert sum(row[-1] for row in charged()) == 3000000
    assert sum(Bill.objects.values_list("net_minor", flat=True)) == 3000000
    assert told()[0] == (
        "claim 1, line 1: 50 % of 10000.00 = 5000.00 to date, less 0.00 before: 5000.00"
    )
    assert drawn(company).charges == 0
    assert company.breaches() == []


def test_a_file_twice_changes_nothing_and_another_figure_is_a_new_version(
    company: Company,
) -> None:
    company.take("progress", SCHEDULE)
    first, again = company.take("claims", CLAIM), company.take("claims", CLAIM)
    assert (first.created, again.created, again.unchanged) == (2, 0, 2)
    drawn(company)
    other = company.take("claims", CLAIM.replace("2,25", "2,20"))
    assert (other.created, other.changed, other.unchanged) == (0, 1, 1)
    drawn(company)
    assert [row[-1] for row in charged()] == [
        *(500000, 500000, -100000),
        *(-500000, 400000, 10000),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "problem", "said"),
    [
        (
            "claims",
            CLAIM.replace("2,25", "2,100.5"),
            "facts:invalid",
            "SITE-1, claim 1, line 2: complete must be 0 to 100 %.",
        ),
        ("claims", CLAIM.replace("SITE-1", "SITE-9"), "terms:unknown", "SITE-9 is not known"),
        ("releases", "terms,name,day\nPRJ-1,nothing,2026-10-20\n", "facts:invalid", "'nothing'"),
        (
            "releases",
            "terms,name,day,amount,currency\nPRJ-1,delivery,2026-10-20,5.00,EUR\n",
            "amount:unexpected",
            "leave the amount out",
        ),
        (
            "releases",
            "terms,name,day,amount,currency\nSITE-1,end,2026-10-20,5.00,CHF\n",
            "currency:differs",
            "is in EUR, the row says CHF",
        ),
        (
            "milestones",
            MILESTONES.replace("delivery,PLAN,70", "delivery,PLAN,71"),
            "terms:invalid",
            "add up to 101 %; expected 100 %.",
        ),
        (
            "progress",
            SCHEDULE.replace("10,HELD", "ten,HELD"),
            "terms:invalid",
            "retainage 'ten' cannot be read",
        ),
        (
            "spend",
            MINIMUM.replace("1000.00,LACK", "1000.00,"),
            "terms:invalid",
            "a minimum and its shortfall item belong together",
        ),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_rows(
    company: Company, kind: str, text: str, problem: str, said: str
) -> None:
    company.take("milestones", MILESTONES)
    company.take("progress", SCHEDULE)
    report = company.take(kind, text, name="wrong.csv")
    assert report.intake.accepted.is_empty() or kind == "spend"
    rejected = report.intake.rejected
    assert set(rejected["problem"]) == {problem}
    assert said in rejected["what_to_do"][0]
    assert (report.created, report.changed) == (0, 0)


def test_terms_that_no_longer_fit_their_claims_are_found_and_hold_up_nobody(
    company: Company,
) -> None:
    company.take("progress", SCHEDULE)
    company.take("claims", CLAIM)
    company.take("milestones", MILESTONES)
    lines = SCHEDULE.strip().split("\n")
    company.take("progress", "\n".join(lines[:2]) + "\n", name="shorter.csv")
    found = drawn(company)
    assert found.charges == 1
    assert isinstance(found.findings, pl.DataFrame)
    assert found.findings["code"].to_list() == ["CB-TRM-002"]
    assert "line '2' is not in the schedule" in found.findings["parameters"][0]


def test_a_bill_tells_what_its_terms_and_figures_were(company: Company) -> None:
    from cleanbill.actions.look_up import explain_bill

    company.take("progress", SCHEDULE)
    company.take("claims", CLAIM)
    company.bill()
    (number,) = company.records()
    steps = [explain_bill(company.actor, number, n).parts for n in (1, 2, 3)]
    assert [[p.how for p in parts if p.label == "terms"] for parts in steps] == [
        ["claim 1, line 1: 50 % of 10000.00 = 5000.00 to date, less 0.00 before: 5000.00"],
        ["claim 1, line 2: 25 % of 20000.00 = 5000.00 to date, less 0.00 before: 5000.00"],
        [
            "claim 1: 10 % of 10000.00 complete to date retained; held now 1000.00, before 0.00: "
            "-1000.00"
        ],
    ]


FORGED = [
    ('"to_date_minor": 500000', '"to_date_minor": 400000', "contradict each other"),
    ('"charged_minor": 0', '"charged_minor": 5', "contradict each other"),
    ('"owing_minor": 500000', '"owing_minor": 500001', "contradict each other"),
    ('"line": "1"', '"line": "7"', "'7' is not there"),
    ('"scheduled_minor": 1000000', '"scheduled_minor": 1000001', "contradict each other"),
    ('"retained": "to_date"', '"retained": "each_claim"', "another retained"),
]


@pytest.mark.parametrize(("old", "new", "said"), FORGED)
def test_the_audit_sees_a_basis_that_was_changed(
    company: Company, old: str, new: str, said: str
) -> None:
    from tests.actions.forgery import unguarded

    from cleanbill.store.models import ChargeBasis

    company.take("progress", SCHEDULE)
    company.take("claims", CLAIM)
    drawn(company)
    assert company.breaches() == []
    with unguarded():
        rows = [b for b in ChargeBasis.objects.order_by("charge_id") if old in b.basis]
        rows[0].basis = rows[0].basis.replace(old, new, 1)
        rows[0].save()
    found = [row for law, row in company.breaches() if law == "DRAWN"]
    assert len(found) == 1
    assert said in found[0]


def test_the_audit_sees_a_figure_that_the_terms_do_not_say(company: Company) -> None:
    from tests.actions.forgery import unguarded

    from cleanbill.store.models import ChargeBasis

    company.take("spend", MINIMUM)
    company.take("milestones", MILESTONES)
    drawn(company)
    with unguarded():
        for basis in ChargeBasis.objects.order_by("charge_id"):
            basis.terms_version = 2
            basis.save()
    assert {row for law, row in company.breaches() if law == "DRAWN"} == {
        "charge PRJ-1/order: 2 is not there",
        "charge MIN-1/2026-09-01/2026-09-30/shortfall: 2 is not there",
    }
