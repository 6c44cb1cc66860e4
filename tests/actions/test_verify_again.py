"""A change is verified again at once, for just whom it touched, with what a full look would say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
from tests.actions.company import CUSTOMERS, END, MONTH, PRICES, Company
from tests.store.contents import everything

from cleanbill.actions.access import ROLES, Actor
from cleanbill.actions.find_findings import list_findings, list_repairs
from cleanbill.actions.mend_findings import apply_proposals
from cleanbill.actions.undo_repairs import undo_repairs
from cleanbill.actions.verify_again import verify_again, verify_charges
from cleanbill.store.models import Bill, Charge, Event, Finding

DAYS = {"until": END, "issue_date": END}
WRONG = CUSTOMERS.replace("Stuttgart,70173", "Stuttgart,7173").replace(
    "Berlin,10115", "Berlin,1015"
)
MORE = MONTH + (
    "S-21,ALPHA,BOLT,,1,9.99,,EUR,2026-10-09,A-1,\n"
    "S-22,BETA,BOLT,,1,9.99,,EUR,2026-10-09,B-1,\n"
    "S-23,BETA,BOLT,,0,,,EUR,2026-10-09,B-1,\n"
    "S-24,,BOLT,,2,,,EUR,2026-10-09,X-1,\n"
)


def found(books: Company) -> list[tuple]:
    own = Finding.objects.filter(organisation_id=books.actor.organisation_id, closed_run_id=None)
    columns = ("code", "severity", "subject_kind", "subject", "parameters", "at_stake_minor")
    return sorted(own.values_list(*columns))


def test_what_was_touched_is_verified_as_a_full_look_would(books: Company) -> None:
    books.take("customers", WRONG)
    books.take("charges", MORE)
    verify_charges(books.actor, **DAYS)
    books.take("customers", CUSTOMERS.replace("Berlin,10115", "Berlin,1015"))
    before = found(books)
    verify_again(books.actor, customers=["ALPHA"], **DAYS)
    again = found(books)
    assert before != again
    verify_charges(books.actor, **DAYS)
    assert found(books) == again
    books.take(
        "items", "item,description,kind,unit,tax_category\nBOLT,Bolt M8,goods,HUR,standard\n"
    )
    verify_again(books.actor, items=["BOLT"], **DAYS)
    again = found(books)
    assert "CB-TAX-010" in {row[0] for row in again}
    verify_charges(books.actor, **DAYS)
    assert found(books) == again
    assert not Bill.objects.exists()
    assert books.breaches() == []


def test_after_a_repair_findings_are_those_of_a_full_look(books: Company) -> None:
    books.take("customers", WRONG)
    books.take("charges", MORE)
    verify_charges(books.actor, **DAYS)
    one = {f["code"]: f["id"] for f in list_findings(books.actor, limit=100)}
    apply_proposals(books.actor, [one["CB-CHG-002"], one["CB-CHG-008"]], said={"customer": "BETA"})
    apply_proposals(books.actor, [one["CB-CUS-003"]], said={"purchase_order": "PO-1"})
    again = found(books)
    verify_charges(books.actor, **DAYS)
    assert found(books) == again
    assert books.breaches() == []


def test_many_at_once_each_for_itself_and_the_money_is_told_before(books: Company) -> None:
    books.take("charges", MORE)
    verify_charges(books.actor, **DAYS)
    rows = list_findings(books.actor, code="CB-PRC-003", limit=100)
    unknown = list_findings(books.actor, code="CB-CHG-006")[0]
    ids = [*(r["id"] for r in rows), unknown["id"], 4711]
    before = everything()
    shown = apply_proposals(books.actor, ids, dry_run=True)
    assert everything() == before
    report = apply_proposals(books.actor, ids)
    assert [(r.done, r.fields) for r in report.rows] == [(r.done, r.fields) for r in shown.rows]
    assert [r.done for r in report.rows] == [True, True, False, False]
    assert "proposes nothing" in report.rows[2].message
    assert report.rows[0].fields[0].field == "unit_price"
    assert {f.before for r in report.rows for f in r.fields} == {"9.99"}
    corrected = Charge.objects.filter(version=2).values_list("reference", "unit_price_e8")
    assert dict(corrected) == {"S-21": 133_000_000, "S-22": 125_000_000}
    assert Event.objects.filter(action="charge.corrected").count() == 2


def test_held_money_becomes_billable_in_the_preview(books: Company) -> None:
    books.take("charges", MONTH)
    books.bill()
    (held,) = list_findings(books.actor, code="CB-CUS-003")
    shown = apply_proposals(
        books.actor, [held["id"]], said={"purchase_order": "PO-1"}, dry_run=True
    )
    assert shown.before.bills.is_empty()
    assert shown.before.charges.row(0, named=True)["net_minor"] == 665
    (bill,) = shown.after.bills.to_dicts()
    assert bill["net_minor"] == 665


def test_what_was_billed_is_not_undone(books: Company) -> None:
    books.take("charges", MONTH)
    books.bill()
    (held,) = list_findings(books.actor, code="CB-CUS-003")
    key = "once"
    said = {"purchase_order": "PO-1"}
    (row,) = apply_proposals(books.actor, [held["id"]], said=said, idempotency_key=key).rows
    again = apply_proposals(books.actor, [held["id"]], said=said, idempotency_key=key).rows[0]
    assert (again.message, again.repair_id) == ("done before", row.repair_id)
    books.bill()
    number = Bill.objects.get(customer="DELTA").number
    (refused,) = undo_repairs(books.actor, [row.repair_id]).rows
    assert not refused.done
    assert f"has been billed on {number}" in refused.message
    books.take("customers", WRONG)
    books.take("charges", MORE.replace("S-2", "T-2"), name="more.csv")
    verify_charges(books.actor, **DAYS)
    wrong = next(
        f for f in list_findings(books.actor, code="CB-CUS-009") if f["subject"] == "ALPHA"
    )
    (row,) = apply_proposals(books.actor, [wrong["id"]], said={"postcode": "70173"}).rows
    books.bill()
    (refused,) = undo_repairs(books.actor, [row.repair_id]).rows
    assert "has been issued since on the strength of it" in refused.message
    assert [r["id"] for r in list_repairs(books.actor)] == [row.repair_id, row.repair_id - 2]
    assert books.breaches() == []


def test_a_price_that_was_added_and_undone_can_be_added_again(books: Company) -> None:
    books.take("prices", PRICES)
    books.take("charges", MONTH.replace("ALPHA,BOLT,,100,,,EUR", "ALPHA,BOLT,,100,,,USD"))
    books.take("agreements", "customer,agreement,valid_from\nALPHA,RV-1,2026-01-01\n")
    verify_charges(books.actor, **DAYS)
    (lacking,) = list_findings(books.actor, code="CB-PRC-001")
    for price in ("1.50", "1.60"):
        (open_one,) = list_findings(books.actor, code="CB-PRC-001")
        said = {"unit_price": price}
        (row,) = apply_proposals(books.actor, [open_one["id"]], said=said).rows
        assert row.done, row.message
        assert list_findings(books.actor, code="CB-PRC-001") == []
        assert undo_repairs(books.actor, [row.repair_id]).rows[0].done
    assert lacking["subject"] == open_one["subject"]
    assert books.breaches() == []


def test_master_data_is_for_those_who_may_change_it(books: Company) -> None:
    books.take("customers", WRONG)
    books.take("charges", MONTH)
    verify_charges(books.actor, **DAYS)
    own = books.actor.organisation_id
    specialist = Actor(own, "specialist", ROLES["specialist"])
    wrong = list_findings(books.actor, code="CB-CUS-009")[0]
    (row,) = apply_proposals(specialist, [wrong["id"]], said={"postcode": "70173"}).rows
    assert not row.done
    assert "needs the permission 'master.import'" in row.message
    assert wrong["owner"] == "master_data"
    keeper = Actor(own, "keeper", ROLES["master_data"])
    (row,) = apply_proposals(keeper, [wrong["id"]], said={"postcode": "70173"}).rows
    assert row.done
    event = Event.objects.get(action="customer.changed", actor="keeper")
    assert event.before["postcode"].startswith("s1:")


def test_age_and_money_stay_with_what_is_held(books: Company) -> None:
    books.take("charges", MONTH)
    books.bill()
    later = datetime.now(UTC).date() + timedelta(days=9)
    rows = pl.DataFrame(list_findings(books.actor, severity="block", today=later))
    assert rows["age_days"].to_list() == [9] * rows.height
    assert rows["at_stake_minor"].min() > 0
