"""Every law, broken by hand: the audit names exactly the laws that a change breaks, and the rows.

The changes are made with triggers and foreign keys switched off; the program itself cannot.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.actions.company import MONTH, Company, founded
from tests.actions.forgery import unguarded
from tests.conftest import CopyOf
from tests.store.contents import execute

from cleanbill.actions.access import Actor
from cleanbill.store import laws
from cleanbill.store.numbers import bill_id

_PRICE = (
    "INSERT INTO price (id, organisation_id, version, current, item, currency, model, valid_from, "
    "minimum_minor, maximum_minor, increment_e6) VALUES "
)
_ROW = "({}, 1, {}, true, 'NEW', 'EUR', 'unit', '2026-01-01', {})"
BROKEN: list[tuple[str, set[tuple[str, str]]]] = [
    (
        _PRICE + _ROW.format(900, 1, "5, 4, NULL"),
        {("PRICE-LIMITS", "price 900 of NEW"), ("PRICE-TIERS", "price 900 of NEW")},
    ),
    (
        _PRICE + _ROW.format(900, 1, "4, 4, 0"),
        {("PRICE-LIMITS", "price 900 of NEW"), ("PRICE-TIERS", "price 900 of NEW")},
    ),
    (
        _PRICE + _ROW.format(900, 1, "4, 4, 1") + ", " + _ROW.format(901, 2, "4, NULL, NULL"),
        {
            ("PRICE-CURRENT", "price of NEW from 2026-01-01"),
            ("PRICE-TIERS", "price 900 of NEW"),
            ("PRICE-TIERS", "price 901 of NEW"),
        },
    ),
    (
        "UPDATE bill SET due_date='2026-10-30' WHERE number='INV-000001'",
        {
            ("DUE-DATE", "bill INV-000001"),
            ("PROJECTION", "bill INV-000001"),
        },
    ),
    (
        "UPDATE bill SET number='INV-900000' WHERE number='INV-000001'",
        {
            ("NUMBER", "bill INV-900000: is the 1. of INV-"),
            ("PROJECTION", "bill INV-900000"),
            ("STEP-RANGE", "run 1 step 1: INV-000001..INV-000007"),
        },
    ),
    (
        "UPDATE bill SET series_id=99 WHERE number='INV-000008'",
        {
            ("CHAIN-HEAD", "series INV-"),
            ("GAP", "bill INV-000008: comes after 0"),
            ("GAPLESS", "series INV-: next is 9, highest 7, count 7"),
            ("SERIES", "bill INV-000008"),
        },
    ),
    (
        "UPDATE bill SET seller_id=99 WHERE number='INV-000001'",
        {
            ("BELONGS", "bill INV-000001"),
            ("RUN", "bill INV-000001"),
            ("SERIES", "bill INV-000001"),
            ("BILL-TOTALS", "total of 2026-10-31 invoice EUR"),
        },
    ),
    (
        "UPDATE bill SET seller_id=2 WHERE number='INV-000001'",
        {
            ("BELONGS", "bill INV-000001"),
            ("RUN", "bill INV-000001"),
            ("SERIES", "bill INV-000001"),
            ("BILL-TOTALS", "total of 2026-10-31 invoice EUR"),
        },
    ),
    (
        "UPDATE bill SET run_id=NULL WHERE number='INV-000008'",
        {
            ("EVENT-CREDITED", "bill INV-000008"),
            ("RUN-TOTALS", "run 2"),
            ("STEP-RANGE", "run 2 step 3: INV-000008..INV-000008"),
            ("STEP-TOTALS", "run 2"),
            ("STEPS", "run 2"),
        },
    ),
    (
        "UPDATE bill SET run_id=99 WHERE number='INV-000008'",
        {
            ("RUN", "bill INV-000008"),
            ("RUN-TOTALS", "run 2"),
            ("STEP-RANGE", "run 2 step 3: INV-000008..INV-000008"),
            ("STEP-TOTALS", "run 2"),
            ("STEPS", "run 2"),
        },
    ),
    (
        "UPDATE bill SET organisation_id=2 WHERE number='INV-000008'",
        {
            ("BELONGS", "bill INV-000008"),
            ("BELONGS", "bill INV-000008 line 1"),
            ("BELONGS", "bill INV-000008 posting 1"),
            ("BELONGS", "bill INV-000008 posting 2"),
            ("BELONGS", "bill INV-000008 posting 3"),
            ("BELONGS", "bill INV-000008 tax row 1"),
            ("BELONGS", "charge 9 link 2"),
            ("CHAIN-HEAD", "series INV-"),
            ("RUN-TOTALS", "run 2"),
            ("STEP-RANGE", "run 2 step 3: INV-000008..INV-000008"),
            ("STEP-TOTALS", "run 2"),
            ("STEPS", "run 2"),
            ("BILL-TOTALS", "total of 2026-10-31 invoice EUR"),
        },
    ),
    (
        "UPDATE bill SET organisation_id=99 WHERE number='INV-000008'",
        {
            ("BELONGS", "bill INV-000008"),
            ("BELONGS", "bill INV-000008 line 1"),
            ("BELONGS", "bill INV-000008 posting 1"),
            ("BELONGS", "bill INV-000008 posting 2"),
            ("BELONGS", "bill INV-000008 posting 3"),
            ("BELONGS", "bill INV-000008 tax row 1"),
            ("BELONGS", "charge 9 link 2"),
            ("CHAIN-HEAD", "series INV-"),
            ("OWNED", "bill INV-000008"),
            ("RUN-TOTALS", "run 2"),
            ("STEP-RANGE", "run 2 step 3: INV-000008..INV-000008"),
            ("STEP-TOTALS", "run 2"),
            ("STEPS", "run 2"),
            ("BILL-TOTALS", "total of 2026-10-31 invoice EUR"),
        },
    ),
    (
        "UPDATE document SET organisation_id=2 WHERE bill_id=1",
        {
            ("DOCUMENT", "bill INV-000001"),
        },
    ),
    (
        "DELETE FROM document WHERE bill_id=1",
        {
            ("DOCUMENT", "bill INV-000001"),
        },
    ),
    (
        "UPDATE bill_line SET organisation_id=2 WHERE bill_id=1 AND line=1",
        {
            ("BELONGS", "bill INV-000001 line 1"),
        },
    ),
    (
        "UPDATE bill_line SET charge_id=99 WHERE bill_id=1 AND line=1",
        {
            ("BELONGS", "bill INV-000001 line 1"),
            ("CHARGE-ONCE", "bill INV-000001 line 1"),
            ("LINK-LINE", "charge 1"),
        },
    ),
    (
        "UPDATE bill_line SET credits_line=7 WHERE credits_bill_id IS NOT NULL AND bill_id=8",
        {
            ("CREDITS", "bill CN-000001 line 1"),
            ("PROJECTION", "bill CN-000001 line 1"),
        },
    ),
    (
        "UPDATE bill_line SET price_id=99 WHERE bill_id=1 AND line=1",
        {
            ("BELONGS", "bill INV-000001 line 1"),
            ("REPLAY", "bill INV-000001 line 1"),
        },
    ),
    (
        "DELETE FROM bill_line WHERE bill_id=4",
        {
            ("BILL-TOTALS", "total of 2026-10-31 invoice EUR"),
            ("LINES-NET", "bill INV-000004"),
            ("LINK-LINE", "charge 7"),
            ("PROJECTION", "bill INV-000004"),
        },
    ),
    (
        "UPDATE bill_tax SET organisation_id=2 WHERE bill_id=1",
        {
            ("BELONGS", "bill INV-000001 tax row 1"),
        },
    ),
    (
        "UPDATE bill_tax SET tax_minor=tax_minor+1 WHERE bill_id=1",
        {
            ("POSTED", "bill INV-000001"),
            ("PROJECTION", "bill INV-000001 tax row 1"),
            ("TAX", "bill INV-000001 tax rows"),
            ("TAX-ROWS", "bill INV-000001"),
        },
    ),
    (
        "DELETE FROM bill_tax WHERE bill_id=1",
        {
            ("POSTED", "bill INV-000001"),
            ("PROJECTION", "bill INV-000001 tax rows"),
            ("TAX", "bill INV-000001 tax rows"),
            ("TAX-ROWS", "bill INV-000001"),
        },
    ),
    (
        "UPDATE posting SET organisation_id=2 WHERE bill_id=1 AND entry_line=1",
        {
            ("BELONGS", "bill INV-000001 posting 1"),
            ("ENTRY-ZERO", "bill INV-000001: EUR off by -160555"),
        },
    ),
    (
        "UPDATE posting SET bill_id=99 WHERE bill_id=1",
        {
            ("BELONGS", "bill with id 99 posting 1"),
            ("BELONGS", "bill with id 99 posting 2"),
            ("BELONGS", "bill with id 99 posting 3"),
            ("CHAIN", "bill INV-000001"),
            ("POSTED", "bill INV-000001"),
            ("RECEIVABLE", "bill INV-000001"),
        },
    ),
    (
        "DELETE FROM posting WHERE bill_id=1",
        {
            ("CHAIN", "bill INV-000001"),
            ("POSTED", "bill INV-000001"),
            ("RECEIVABLE", "bill INV-000001"),
        },
    ),
    (
        "UPDATE posting SET entry_line=9 WHERE bill_id=1 AND entry_line=1",
        {
            ("CHAIN", "bill INV-000001"),
        },
    ),
    (
        "DELETE FROM charge WHERE reference='S-13'",
        {
            ("BELONGS", "finding 1"),
            ("IMPORTED", "organisation acme: imports and drawings wrote 14 charges, 13 are there"),
        },
    ),
    (
        "DELETE FROM charge WHERE reference='S-01'",
        {
            ("BELONGS", "bill INV-000001 line 1"),
            ("BELONGS", "charge 1 link 1"),
            ("IMPORTED", "organisation acme: imports and drawings wrote 14 charges, 13 are there"),
            ("TALLY", "organisation acme: 13 charges, 11 live links, 3 charges without one"),
        },
    ),
    (
        "UPDATE charge SET source_file=99 WHERE reference='S-13'",
        {
            ("BELONGS", "charge 13"),
        },
    ),
    (
        "UPDATE charge SET organisation_id=2 WHERE reference='S-14'",
        {
            ("BELONGS", "charge 14"),
            ("BELONGS", "finding 3"),
            ("IMPORTED", "organisation acme: imports and drawings wrote 14 charges, 13 are there"),
        },
    ),
    (
        "UPDATE charge SET currency='USD' WHERE reference='S-01'",
        {
            ("CURRENCY", "bill INV-000001 line 1"),
        },
    ),
    (
        "UPDATE charge_link SET organisation_id=2 WHERE charge_id=2",
        {
            ("BELONGS", "charge 2 link 1"),
        },
    ),
    (
        "UPDATE charge_link SET kind='lost' WHERE charge_id=2",
        {
            ("CHARGE-ONCE", "bill INV-000001 line 2"),
            ("LINK-KIND", "charge 2"),
            ("TALLY", "organisation acme: 14 charges, 10 live links, 3 charges without one"),
        },
    ),
    (
        (
            "UPDATE charge_link SET kind='not_billable',bill_id=NULL,line=NULL,cause='x' WHERE "
            "charge_id=2"
        ),
        {
            ("CHARGE-ONCE", "bill INV-000001 line 2"),
        },
    ),
    (
        "UPDATE charge_link SET charge_id=13 WHERE charge_id=1",
        {
            ("CHARGE-ONCE", "bill INV-000001 line 1"),
            ("LINK-LINE", "charge 13"),
        },
    ),
    (
        "UPDATE charge_link SET run_id=99 WHERE charge_id=1",
        {
            ("BELONGS", "charge 1 link 1"),
        },
    ),
    (
        "UPDATE charge_link SET bill_id=99 WHERE charge_id=1",
        {
            ("BELONGS", "charge 1 link 1"),
            ("CHARGE-ONCE", "bill INV-000001 line 1"),
            ("LINK-LINE", "charge 1"),
        },
    ),
    (
        (
            "INSERT INTO charge_link "
            "(charge_id,portion,turn,kind,bill_id,line,cause,run_id,live,organisation_id) SELECT "
            "charge_id,portion,5,kind,bill_id,line,cause,run_id,FALSE,organisation_id FROM "
            "charge_link WHERE charge_id=2"
        ),
        {
            ("RELEASED", "charge 2"),
        },
    ),
    (
        (
            "DROP INDEX charge_link_one_live;INSERT INTO charge_link "
            "(charge_id,portion,turn,kind,bill_id,line,cause,run_id,live,organisation_id) SELECT "
            "charge_id,portion,5,kind,bill_id,line,cause,run_id,live,organisation_id FROM "
            "charge_link WHERE charge_id=2"
        ),
        {
            ("LIVE-ONCE", "charge 2 portion 1"),
            ("TALLY", "organisation acme: 14 charges, 12 live links, 3 charges without one"),
        },
    ),
    (
        "UPDATE finding SET charge_id=99 WHERE id=1",
        {
            ("BELONGS", "finding 1"),
        },
    ),
    (
        "UPDATE bill_total SET bills=bills+1 WHERE kind='invoice'",
        {("BILL-TOTALS", "total of 2026-10-31 invoice EUR")},
    ),
    (
        "UPDATE bill_total SET payable_minor=payable_minor-1 WHERE kind='credit_note'",
        {("BILL-TOTALS", "total of 2026-10-31 credit_note EUR")},
    ),
    (
        "UPDATE bill_total SET waited_days=waited_days-1 WHERE kind='invoice'",
        {("BILL-TOTALS", "total of 2026-10-31 invoice EUR")},
    ),
    (
        "DELETE FROM bill_total WHERE kind='credited'",
        {("BILL-TOTALS", "total of 2026-10-31 credited EUR")},
    ),
    (
        "UPDATE bill_total SET seller_id=99 WHERE kind='credited'",
        {
            ("BELONGS", "bill_total 3"),
            ("BILL-TOTALS", "total of 2026-10-31 credited EUR"),
        },
    ),
    (
        "UPDATE finding_total SET at_stake_minor=at_stake_minor+1 WHERE code='CB-CHG-006'",
        {("FINDING-TOTALS", "total of CB-CHG-006 block EUR, run 1")},
    ),
    (
        "DELETE FROM finding_total WHERE code='CB-CHG-006'",
        {("FINDING-TOTALS", "total of CB-CHG-006 block EUR, run 1")},
    ),
    (
        "UPDATE finding SET organisation_id=2 WHERE id=1",
        {("BELONGS", "finding 1"), ("FINDING-TOTALS", "total of CB-CHG-006 block EUR, run 1")},
    ),
    (
        "UPDATE finding SET opened_run_id=99 WHERE id=1",
        {
            ("BELONGS", "finding 1"),
            ("FINDING-TOTALS", "total of CB-CHG-006 block EUR, run 1"),
            ("FINDING-TOTALS", "total of CB-CHG-006 block EUR, run 99"),
        },
    ),
    (
        "UPDATE run SET seller_id=99 WHERE id=1",
        {
            ("BELONGS", "run 1"),
            ("RUN", "bill CN-000001"),
            ("RUN", "bill INV-000001"),
            ("RUN", "bill INV-000002"),
            ("RUN", "bill INV-000003"),
            ("RUN", "bill INV-000004"),
            ("RUN", "bill INV-000005"),
            ("RUN", "bill INV-000006"),
            ("RUN", "bill INV-000007"),
        },
    ),
    (
        "UPDATE run SET state='lost' WHERE id=1",
        {
            ("RUN-STATE", "run 1"),
        },
    ),
    (
        "UPDATE run SET approved_by=actor, approved_at='2026-10-31 00:00:00+00:00' WHERE id=1",
        {
            ("SECOND-PERSON", "run 1"),
        },
    ),
    (
        "INSERT INTO review_item (organisation_id, run_id, place, draft_key, kind, currency, "
        "payable_minor, reasons, charges, state, note, reviewer) SELECT organisation_id, id, 1, "
        "'A', 'invoice', 'EUR', 1, '[]', '[]', 'passed', '', actor FROM run WHERE id=1",
        {
            ("SECOND-PERSON", "run 1 draft 1"),
        },
    ),
    (
        "UPDATE run SET finished_at=NULL WHERE id=1",
        {
            ("RUN-STATE", "run 1"),
        },
    ),
    (
        "UPDATE run SET actor=' ' WHERE id=1",
        {
            ("ACTOR", "run 1"),
        },
    ),
    (
        "UPDATE run SET totals='{}' WHERE id=1",
        {
            ("RUN-TOTALS", "run 1"),
        },
    ),
    (
        "UPDATE run SET totals='[]' WHERE id=1",
        {
            ("RUN-TOTALS", "run 1"),
        },
    ),
    (
        "DELETE FROM run WHERE id=2",
        {
            ("BELONGS", "charge 9 link 2"),
            ("BELONGS", "step 3"),
            ("RUN", "bill INV-000008"),
        },
    ),
    (
        "UPDATE run_step SET run_id=99 WHERE id=1",
        {
            ("BELONGS", "step 1"),
            ("EVENT-ISSUED", "run 99 step 1: INV-000001"),
            ("STEP-RANGE", "run 99 step 1: INV-000001..INV-000007"),
            ("STEP-TOTALS", "run 1"),
            ("STEPS", "run 1"),
        },
    ),
    (
        "UPDATE run_step SET last_number='INV-000006' WHERE id=1",
        {
            ("EVENT-ISSUED", "run 1 step 1: INV-000001"),
            ("STEP-RANGE", "run 1 step 1: INV-000001..INV-000006"),
        },
    ),
    (
        "UPDATE run_step SET first_number='INV-000002' WHERE id=1",
        {
            ("EVENT-ISSUED", "run 1 step 1: INV-000002"),
            ("STEP-RANGE", "run 1 step 1: INV-000002..INV-000007"),
        },
    ),
    (
        "UPDATE run_step SET totals='{\"bills\":[]}' WHERE id=1",
        {
            ("STEP-TOTALS", "run 1"),
        },
    ),
    (
        "UPDATE run_step SET organisation_id=2 WHERE id=1",
        {
            ("BELONGS", "step 1"),
            ("STEP-TOTALS", "run 1"),
            ("STEPS", "run 1"),
        },
    ),
    (
        "DELETE FROM run_step WHERE id=1",
        {
            ("STEP-TOTALS", "run 1"),
            ("STEPS", "run 1"),
        },
    ),
    (
        (
            "INSERT INTO run_step "
            "(organisation_id,run_id,kind,first_number,last_number,rows,totals,done_at) "
            "SELECT organisation_id,run_id,kind,first_number,last_number,rows,totals,done_at "
            "FROM run_step WHERE id=1"
        ),
        {
            ("STEP-ONCE", "step 4: INV-000001"),
            ("STEP-TOTALS", "run 1"),
            ("STEPS", "run 1"),
        },
    ),
    (
        "DELETE FROM event WHERE action='bills.issued' AND subject LIKE 'INV-000001%'",
        {
            ("EVENT-ISSUED", "run 1 step 1: INV-000001"),
        },
    ),
    (
        "DELETE FROM event WHERE action='bill.credited'",
        {
            ("EVENT-CREDITED", "bill CN-000002"),
        },
    ),
    (
        "DELETE FROM event WHERE action='charges.imported'",
        {
            ("IMPORTED", "organisation acme: imports and drawings wrote 0 charges, 14 are there"),
        },
    ),
    (
        "UPDATE event SET actor='' WHERE action='bill.credited'",
        {
            ("ACTOR", "event 9"),
        },
    ),
    (
        "UPDATE event SET cause='' WHERE action='bill.credited'",
        {
            ("CAUSE", "event 9"),
        },
    ),
    (
        "UPDATE event SET organisation_id=99 WHERE id=1",
        {
            ("OWNED", "event 1"),
        },
    ),
    (
        "UPDATE source_file SET actor='' WHERE organisation_id=1 AND kind='charges'",
        {
            ("ACTOR", "source file 5"),
        },
    ),
    (
        "UPDATE bill SET issue_date='2026-10-30' WHERE number='CN-000001'",
        {
            ("CREDIT-DATE", "bill CN-000001 line 1"),
            ("POSTING", "bill CN-000001 posting 1"),
            ("POSTING", "bill CN-000001 posting 2"),
            ("POSTING", "bill CN-000001 posting 3"),
            ("PROJECTION", "bill CN-000001"),
            ("BILL-TOTALS", "total of 2026-10-30 credit_note EUR"),
            ("BILL-TOTALS", "total of 2026-10-31 credit_note EUR"),
        },
    ),
    (
        "UPDATE bill SET sequence=100 WHERE number='INV-000001'",
        {
            ("CHAIN", "bill INV-000001"),
            ("CHAIN", "bill INV-000002"),
            ("CHAIN-HEAD", "series INV-"),
            ("GAP", "bill INV-000001: comes after 8"),
            ("GAP", "bill INV-000002: comes after 0"),
            ("GAPLESS", "series INV-: next is 9, highest 100, count 8"),
            ("NUMBER", "bill INV-000001: is the 100. of INV-"),
            ("STEP-RANGE", "run 1 step 1: INV-000001..INV-000007"),
        },
    ),
    (
        "DELETE FROM bill WHERE number='INV-000003'",
        {
            ("BELONGS", "bill with id 3 line 1"),
            ("BELONGS", "bill with id 3 posting 1"),
            ("BELONGS", "bill with id 3 posting 2"),
            ("BELONGS", "bill with id 3 posting 3"),
            ("BELONGS", "bill with id 3 tax row 1"),
            ("BELONGS", "charge 6 link 1"),
            ("CHAIN", "bill INV-000004"),
            ("DOCUMENT", "bill with id 3"),
            ("GAP", "bill INV-000004: comes after 2"),
            ("GAPLESS", "series INV-: next is 9, highest 8, count 7"),
            ("RUN-TOTALS", "run 1"),
            ("STEP-RANGE", "run 1 step 1: INV-000001..INV-000007"),
            ("STEP-TOTALS", "run 1"),
            ("STEPS", "run 1"),
            ("BILL-TOTALS", "total of 2026-10-31 invoice EUR"),
        },
    ),
    (
        "UPDATE bill SET chain_hash='beef' WHERE number='INV-000003'",
        {
            ("CHAIN", "bill INV-000003"),
            ("CHAIN", "bill INV-000004"),
        },
    ),
    (
        (
            "UPDATE bill SET rounding_minor=1,gross_minor=gross_minor-1,tax_minor=tax_minor-1 "
            "WHERE number='INV-000003'"
        ),
        {
            ("LINES-NET", "bill INV-000003"),
            ("PROJECTION", "bill INV-000003"),
            ("ROUNDED", "bill INV-000003"),
            ("RUN-TOTALS", "run 1"),
            ("STEP-TOTALS", "run 1"),
            ("TAX-ROWS", "bill INV-000003"),
        },
    ),
    (
        "UPDATE series SET seller_id=99 WHERE prefix='INV-' and organisation_id=1",
        {
            ("BELONGS", "series INV-"),
            ("SERIES", "bill INV-000001"),
            ("SERIES", "bill INV-000002"),
            ("SERIES", "bill INV-000003"),
            ("SERIES", "bill INV-000004"),
            ("SERIES", "bill INV-000005"),
            ("SERIES", "bill INV-000006"),
            ("SERIES", "bill INV-000007"),
            ("SERIES", "bill INV-000008"),
        },
    ),
    (
        "UPDATE series SET prefix='X-' WHERE id=1",
        {
            ("NUMBER", "bill INV-000001: is the 1. of X-"),
            ("NUMBER", "bill INV-000002: is the 2. of X-"),
            ("NUMBER", "bill INV-000003: is the 3. of X-"),
            ("NUMBER", "bill INV-000004: is the 4. of X-"),
            ("NUMBER", "bill INV-000005: is the 5. of X-"),
            ("NUMBER", "bill INV-000006: is the 6. of X-"),
            ("NUMBER", "bill INV-000007: is the 7. of X-"),
            ("NUMBER", "bill INV-000008: is the 8. of X-"),
        },
    ),
    (
        "UPDATE price_tier SET organisation_id=2 WHERE id=1",
        {
            ("BELONGS", "price_tier 1"),
            ("REPLAY", "bill INV-000006 line 1"),
            ("REPLAY", "bill INV-000008 line 1"),
        },
    ),
]
"""Statements, and the laws with the rows that the audit then finds: these and no others."""
ELSEWHERE = {
    *(
        "BASIS",
        "VERSIONS",
        "ENTRY-ZERO",
        "TOTALS",
        "LINE",
        "LAST-DATE",
        "OVER-CREDIT",
        "DATES",
        "ERASED",
        "LINE-TAXES",
    ),
    *("OUTBOX", "OUTBOX-FILE", "EVENT-SENT"),
    *("ORDER-OWNER", "ORDER-DRAWN", "ORDER-RETURN"),
    "RETAINER-DRAWN",
    *("COUPON-SHARE", "COUPON-OWNER", "COUPON-RETURN", "COUPON-SPENT", "COUPON-BUDGET"),
}
"""Laws that the tests of audit, erasure, terms, taxes, orders, coupons and retainers break."""


@pytest.fixture
def issued(copy_of: CopyOf, tmp_path: Path) -> Company:
    """Two organisations; the first has invoices, credit notes, and a charge billed twice."""

    def make() -> Actor:
        company = founded(tmp_path / "made", "acme")
        company.take("charges", MONTH)
        company.bill()
        company.credit("INV-000006", reopen=True)
        company.bill()
        founded(tmp_path / "twin", "twin")
        assert company.breaches() == []
        return company.actor

    return Company.with_files(tmp_path / "acme", copy_of("two", make))


def with_ids(text: str) -> str:
    """Put ids where a text counts bills: 1 to 7 are invoices, 8 is the first credit note."""

    def found(match: re.Match[str]) -> str:
        place = int(match[2])
        series, sequence = (2, 1) if place == 8 else (1, place)
        return match[1] + (match[2] if place > 8 else str(bill_id(series, sequence)))

    return re.sub(r"(bill_id ?= ?|bill with id |WHERE id = )(\d+)", found, text)


@pytest.mark.parametrize(("change", "broken"), BROKEN)
def test_the_audit_names_what_a_change_breaks(
    issued: Company, change: str, broken: set[tuple[str, str]]
):
    with unguarded():
        for statement in with_ids(change).split(";"):
            execute(statement.replace("%", "%%"))
    assert set(issued.breaches()) == {(law, with_ids(row)) for law, row in broken}


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE bill SET due_date = 'someday' WHERE id = 3", "series INV- bills 1 to 8: "),
        ("UPDATE bill_line SET net_minor = 'much' WHERE bill_id = 8", "series CN- bills 1 to 2: "),
        (
            """UPDATE event SET after = '{"created":"many"}' WHERE action = 'charges.imported'""",
            "runs and imports: ",
        ),
    ],
)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_rows_that_cannot_be_read_are_named_and_the_audit_goes_on(
    issued: Company, change: str, broken: str
):
    with unguarded():
        execute(with_ids(change))
        execute("UPDATE series SET last_issue_date = '2026-01-01' WHERE prefix = 'CN-'")
    found = issued.breaches()
    assert [row for code, row in found if code == "UNREADABLE" and row.startswith(broken)]
    assert ("LAST-DATE", "series CN-") in found


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_json_that_is_none(issued: Company):
    with unguarded():
        execute("UPDATE run SET totals = 'nothing' WHERE id = 1")
        execute("UPDATE run_step SET totals = 'nothing' WHERE id = 3")
        execute(
            "UPDATE event SET after = 'x' WHERE action IN ('charges.imported', 'bill.credited')"
        )
    assert set(issued.breaches()) == {
        ("RUN-TOTALS", "run 1"),
        ("STEP-TOTALS", "run 2"),
        ("EVENT-CREDITED", "bill CN-000002"),
        ("IMPORTED", "organisation acme: imports and drawings wrote 0 charges, 14 are there"),
    }


@pytest.mark.parametrize("decimals", [-1, 5, 100, 3000])
def test_decimals_that_no_currency_has(issued: Company, decimals: int):
    with unguarded():
        execute(with_ids("UPDATE bill SET decimals = %s WHERE id = 3"), decimals)
    assert set(issued.breaches()) == {("PROJECTION", "bill INV-000003")}


def test_every_law_that_is_a_query_is_broken_here_or_there():
    codes = {law.code for law in laws.all_laws()}
    here = {code for _, broken in BROKEN for code, _ in broken}
    assert codes <= here | ELSEWHERE
