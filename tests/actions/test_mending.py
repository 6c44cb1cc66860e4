"""Every proposal that the catalogue declares can be looked at, applied and undone.

All of them on SQLite; on PostgreSQL one for each kind of repair and of what it is about.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.actions import example_books
from tests.checks import examples
from tests.store.contents import everything

from cleanbill.actions.access import Actor
from cleanbill.actions.audit_books import audit_books
from cleanbill.actions.find_findings import list_findings
from cleanbill.actions.mend_findings import apply_proposals
from cleanbill.actions.run_billing import preview
from cleanbill.actions.undo_repairs import undo_repairs
from cleanbill.actions.verify_again import verify_charges
from cleanbill.cycle.verify.catalogue import BY_CODE, DECLARED

DAYS = {"until": examples.LAST_DAY, "issue_date": examples.LAST_DAY}
PROPOSING = sorted(c.code for c in DECLARED if c.proposal and c.code not in examples.ELSEWHERE)
OF_EACH_KIND = {(BY_CODE[c].proposal.kind, BY_CODE[c].subject): c for c in reversed(PROPOSING)}
EVERY = [
    *(pytest.param("sqlite", code, id=code) for code in PROPOSING),
    *(
        pytest.param("postgresql", code, id=f"{code}-postgresql", marks=pytest.mark.slow)
        for code in sorted({*OF_EACH_KIND.values(), "CB-CHG-051", "CB-ORD-007"})
    ),
]
WHO_ASKS = "boss@acme.example"
WHO = {"assignee": WHO_ASKS}
DAY = {"service_date": "2026-10-14"}
ANSWERS: dict[str, dict[str, str]] = {
    **dict.fromkeys(("CB-AGR-004", "CB-CHG-039", "CB-DOC-005", "CB-LEA-003"), WHO),
    **dict.fromkeys(("CB-PRC-009", "CB-PRC-010", "CB-PRC-011"), WHO),
    **dict.fromkeys(("CB-CHG-009", "CB-CHG-030", "CB-CHG-031"), DAY),
    **{
        code: {"unit_price": "2"}
        for code in ("CB-CHG-003", "CB-CHG-026", "CB-PRC-001", "CB-PRC-014")
    },
    **{
        code: {"quantity": "1"} for code in ("CB-CHG-014", "CB-CHG-027", "CB-CHG-037", "CB-LEA-001")
    },
    **{code: {"quantity": "1"} for code in ("CB-CHG-016", "CB-LEA-002")},
    **{code: {"amount": "100"} for code in ("CB-CHG-038", "CB-CHG-048")},
    **{code: {"tax_category": "standard"} for code in ("CB-TAX-001", "CB-TAX-009")},
    **{code: {"buyer_reference": "991-03730-19"} for code in ("CB-CUS-017", "CB-CUS-018")},
    **{code: {"email": "bills@alpha.example"} for code in ("CB-CUS-012", "CB-CUS-013")},
    **{code: {"vat_id": ""} for code in ("CB-CUS-002", "CB-CUS-006", "CB-CUS-020")},
    **{code: {"vat_id": "FR11999999998"} for code in ("CB-TAX-002", "CB-TAX-013")},
    **{code: {"unit_price": "4"} for code in ("CB-HIS-001", "CB-HIS-002", "CB-HIS-012")},
    **{
        code: {"quantity": "10"}
        for code in ("CB-HIS-003", "CB-HIS-004", "CB-HIS-009", "CB-HIS-016")
    },
    "CB-HIS-008": {"quantity": "1000"},
    "CB-HIS-013": {"quantity": "150", "unit_price": "4"},
    "CB-HIS-014": {"unit": "H87"},
    **{code: {"purchase_order": "PO-1"} for code in ("CB-ORD-001", "CB-ORD-014")},
    **{code: {"purchase_order": "PO-2"} for code in ("CB-ORD-005", "CB-ORD-006")},
    **dict.fromkeys(("CB-ORD-012", "CB-ORD-013"), WHO),
    **{f"CB-ORD-{n:03}": {"purchase_order": ""} for n in (2, 3, 4, 8, 9, 10, 11)},
    "CB-CHG-005": {"kind": "cancellation", "quantity": "1"},
    "CB-CHG-008": {"customer": "ALPHA"},
    "CB-CHG-012": {"cancels": "S-2"},
    "CB-CHG-013": {"cancels": "S-1"},
    "CB-CHG-028": {"service_end": "2026-10-30"},
    "CB-CHG-024": {"discount_percent": "10"},
    "CB-CHG-041": {"description": "Hex bolt"},
    "CB-CHG-042": {"ship_to_country": "DE"},
    "CB-CHG-043": {"currency": "EUR"},
    "CB-CHG-044": {"quantity": "-1"},
    "CB-CHG-045": {"cancels": ""},
    "CB-CHG-046": {"order": "R-1"},
    "CB-CHG-047": {"purchase_order": "PO-4711"},
    "CB-CUS-001": {"name": "Beta", "street": "Weg 1", "city": "Ulm", "postcode": "89073"},
    "CB-CUS-003": {"purchase_order": "PO-1"},
    "CB-CUS-004": {"country": "DE"},
    "CB-CUS-008": {"vat_id": ""},
    "CB-CUS-009": {"postcode": "70173"},
    "CB-CUS-010": {"name": "Beta Ltd"},
    "CB-CUS-011": {"street": "Weg 1", "city": "Ulm"},
    "CB-CUS-015": {"vat_id": ""},
    "CB-CUS-016": {"kind": "business"},
    "CB-CUS-019": {"region": "CA"},
    "CB-DOC-007": {"until": "2099-12-01"},
    "CB-PRC-015": {"unit_price": "2.10", "valid_from": "2026-10-01"},
    "CB-TAX-003": {"region": "ON"},
    "CB-TAX-010": {"kind": "service"},
}

STAYS = {"CB-CHG-012": "the example has no sale at that price, so that no answer mends it"}


def first(actor: Actor, code: str) -> dict[str, Any]:
    return list_findings(actor, code=code, today=examples.LAST_DAY)[0]


def billable(actor: Actor) -> list[Any]:
    outcome = preview(actor, **DAYS)
    return [f.to_dicts() for f in (outcome.charges, outcome.bills, outcome.findings)]


@pytest.mark.parametrize(("backend", "code"), EVERY, indirect=["backend"])
def test_every_declared_proposal_can_be_applied_and_undone(store: None, code: str) -> None:
    actor = example_books.opened(code)
    verify_charges(actor, **DAYS)
    before, money = everything(), billable(actor)
    finding = first(actor, code)
    said = ANSWERS.get(code, {})
    shown = apply_proposals(actor, [finding["id"]], said=said, dry_run=True)
    assert shown.rows[0].done, shown.rows[0].message
    assert everything() == before, "looking has changed something"
    report = apply_proposals(actor, [finding["id"]], said=said)
    assert report.rows[0].fields == shown.rows[0].fields
    assert report.rows[0].fields
    assert report.before.charges.equals(shown.before.charges)
    assert report.after.charges.equals(shown.after.charges)
    left = list_findings(actor, limit=1000, today=examples.LAST_DAY)
    now = {(f["code"], f["subject"]) for f in left}
    if said != WHO and code not in STAYS:
        assert (code, finding["subject"]) not in now
    assert audit_books(actor).breaches == ()
    undone = undo_repairs(actor, [report.rows[0].repair_id])
    assert undone.rows[0].done, undone.rows[0].message
    assert billable(actor) == money
    again = first(actor, code)
    assert again["subject"] == finding["subject"]
    assert audit_books(actor).breaches == ()


def found_and_mended(code: str, said: dict[str, str]) -> list[tuple[str, str, str, str]]:
    """Apply the first finding of an example; return each field as row, name, before, after."""
    actor = example_books.opened(code)
    verify_charges(actor, **DAYS)
    finding = first(actor, code)
    report = apply_proposals(actor, [finding["id"]], said=said)
    assert report.rows[0].done, report.rows[0].message
    return [(f.row, f.field, f.before, f.after) for f in report.rows[0].fields]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("code", "said", "fields"),
    [
        # The list's price holds for others; the order's is reached by a discount on this row.
        ("CB-ORD-007", {}, [("S-1", "discount_percent", "—", "5")]),
        ("CB-ORD-014", {"purchase_order": "PO-1"}, [("S-1", "purchase_order", "—", "PO-1")]),
        ("CB-ORD-003", {"assignee": " boss@acme.example"}, [("S-1", "assignee", "—", WHO_ASKS)]),
        (
            "CB-CHG-051",
            {},
            [(f"S-{n}", "state", "open", "not billable") for n in (4, 5, 6)],
        ),
    ],
)
def test_a_repair_changes_just_this(
    store: None, code: str, said: dict[str, str], fields: list[tuple[str, str, str, str]]
) -> None:
    assert found_and_mended(code, said) == fields


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("price", ["2.50", "dear", ""])
def test_an_ordered_price_that_no_discount_reaches_is_refused(store: None, price: str) -> None:
    actor = example_books.opened("CB-ORD-007")
    verify_charges(actor, **DAYS)
    finding = first(actor, "CB-ORD-007")
    (row,) = apply_proposals(actor, [finding["id"]], said={"unit_price": price}).rows
    assert not row.done
    assert "price" in row.message


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_what_proposes_nothing_says_what_a_person_does(store: None) -> None:
    actor = example_books.opened("CB-HIS-007")
    verify_charges(actor, **DAYS)
    finding = first(actor, "CB-HIS-007")
    (row,) = apply_proposals(actor, [finding["id"]]).rows
    assert not row.done
    assert (
        row.message == f"CB-HIS-007 proposes nothing that could be carried out. {finding['repair']}"
    )
