"""The audit finds what somebody with the database's own keys has changed, and names the row."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from tests.actions.company import MONTH, Company, founded
from tests.conftest import CopyOf
from tests.store.contents import execute, value

from cleanbill.actions.access import Actor
from cleanbill.actions.audit_books import audit_books
from cleanbill.store import immutability
from cleanbill.store.immutability import FROZEN, trigger_names


@pytest.fixture
def issued(copy_of: CopyOf, tmp_path: Path) -> Company:
    """Books with invoices, credit notes and a charge that was billed twice after a credit."""

    def make() -> Actor:
        company = founded(tmp_path / "made", "acme")
        company.take("charges", MONTH)
        company.bill()
        company.credit("INV-000006", reopen=True)
        company.bill()
        assert company.breaches() == []
        return company.actor

    return Company.with_files(tmp_path / "acme", copy_of("reopened", make))


@pytest.fixture
def unguarded(issued: Company) -> Company:
    """The same, with every trigger taken away, as an intruder with all rights would."""
    for table in FROZEN:
        for name in trigger_names(table):
            on = "" if connection.vendor == "sqlite" else f" ON {table}"
            execute(f"DROP TRIGGER {name}{on}")
    return issued


def found(books: Company) -> set[tuple[str, str]]:
    """What the audit finds, after the triggers have been put back."""
    immutability.install(connection)
    return set(books.breaches())


def bill_id(number: str) -> int:
    return value("SELECT id FROM bill WHERE number = %s", number)


def test_a_clean_audit_says_what_it_looked_at(issued: Company):
    audit = audit_books(issued.actor)
    assert audit.breaches == ()
    assert (audit.bills, audit.lines) == (10, 11)
    assert sorted(audit.heads) == ["CN-", "INV-"]
    assert all(len(head) == 64 for head in audit.heads.values())


@pytest.mark.parametrize("table", FROZEN)
def test_a_missing_trigger_is_named(issued: Company, table: str):
    for name in trigger_names(table):
        execute(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else f" ON {table}"))
    assert set(issued.breaches()) == {("FROZEN", name) for name in trigger_names(table)}


def test_a_changed_document(unguarded: Company):
    execute(
        "UPDATE document SET body = REPLACE(body, 'Bolt M8', 'Nut M8') WHERE bill_id = %s",
        bill_id("INV-000004"),
    )
    assert found(unguarded) == {("CHAIN", "bill INV-000004")}


def test_a_changed_document_with_its_own_hash_mended(unguarded: Company):
    from cleanbill.store.chain import text_hash

    key = bill_id("INV-000004")
    body = value("SELECT body FROM document WHERE bill_id = %s", key).replace("13.30", "3.30")
    execute("UPDATE document SET body = %s WHERE bill_id = %s", body, key)
    execute("UPDATE bill SET document_hash = %s WHERE id = %s", text_hash(body), key)
    broken = found(unguarded)
    assert ("CHAIN", "bill INV-000004") in broken
    assert ("PROJECTION", "bill INV-000004") in broken


def test_a_document_that_is_none(unguarded: Company):
    execute("UPDATE document SET body = '[]' WHERE bill_id = %s", bill_id("INV-000002"))
    assert ("DOCUMENT-READS", "bill INV-000002") in found(unguarded)


@pytest.mark.parametrize(
    ("change", "law"),
    [
        ("amount_minor = amount_minor + 1", ("ENTRY-ZERO", "bill INV-000001: EUR off by 1")),
        ("account = 'tax_payable'", ("POSTED", "bill INV-000001")),
        ("tax_rule = 'de-reduced-2021'", ("POSTED", "bill INV-000001")),
        ("currency = 'CHF'", ("POSTING", "bill INV-000001 posting 2")),
        ("posted_on = '2026-10-30'", ("POSTING", "bill INV-000001 posting 2")),
        ("account = 'elsewhere'", ("POSTING", "bill INV-000001 posting 2")),
    ],
)
def test_a_changed_posting(unguarded: Company, change: str, law: tuple[str, str]):
    where = "bill_id = %s AND account = 'revenue'"
    execute(f"UPDATE posting SET {change} WHERE {where}", bill_id("INV-000001"))
    assert law in found(unguarded)


def test_a_pair_of_postings_changed_alike(unguarded: Company):
    key = bill_id("INV-000001")
    for account, by in (("receivable", 100), ("revenue", -100)):
        execute(
            "UPDATE posting SET amount_minor = amount_minor + %s "
            "WHERE bill_id = %s AND account = %s",
            *(by, key, account),
        )
    broken = found(unguarded)
    assert ("RECEIVABLE", "bill INV-000001") in broken
    assert ("POSTED", "bill INV-000001") in broken


@pytest.mark.parametrize(
    "change",
    [
        "number = 'INV-900000'",
        "customer = 'BETA'",
        "due_date = '2027-01-01'",
        "currency = 'USD'",
        "kind = 'credit_note'",
        "issue_date = '2026-10-30'",
        "payable_minor = payable_minor + 1, rounding_minor = rounding_minor + 1",
        "line_count = 9",
    ],
)
def test_a_changed_bill(unguarded: Company, change: str):
    execute(f"UPDATE bill SET {change} WHERE id = %s", bill_id("INV-000001"))
    number = "INV-900000" if "number" in change else "INV-000001"
    assert ("PROJECTION", f"bill {number}") in found(unguarded)


@pytest.mark.parametrize(
    "change",
    [
        "item = 'BOOK'",
        "quantity_e6 = quantity_e6 + 1",
        "net_minor = net_minor - 1, discount_minor = discount_minor + 1",
        "tax_minor = tax_minor + 1",
        "tax_rule = 'de-reduced-2021'",
        "rate_percent_e6 = 7000000",
        "price_version = 9",
        "tier = 9",
        "line = 9",
    ],
)
def test_a_changed_line(unguarded: Company, change: str):
    where = "bill_id = %s AND line = 1"
    execute(f"UPDATE bill_line SET {change} WHERE {where}", bill_id("INV-000002"))
    rows = {row for law, row in found(unguarded) if law == "PROJECTION"}
    assert rows & {"bill INV-000002 line 1", "bill INV-000002 line 2"}


def test_a_changed_line_of_a_credit_note(unguarded: Company):
    where = "bill_id = %s AND line = 1"
    execute(f"UPDATE bill_line SET gross_minor = 1 WHERE {where}", bill_id("CN-000001"))
    broken = found(unguarded)
    assert ("PROJECTION", "bill CN-000001 line 1") in broken
    assert ("LINE", "bill CN-000001 line 1") in broken


@pytest.mark.parametrize(
    ("change", "row"),
    [
        ("UPDATE charge SET quantity_e6 = 1000000 WHERE reference = 'S-01'", "INV-000001 line 1"),
        ("UPDATE price_tier SET unit_price_e8 = 1 WHERE price_id = {hour}", "INV-000001 line 2"),
        ("UPDATE price SET maximum_minor = 1 WHERE item = 'CARD'", "INV-000007 line 1"),
    ],
)
def test_a_line_that_no_longer_replays(unguarded: Company, change: str, row: str):
    hour = value("SELECT id FROM price WHERE item = 'HOUR'")
    execute(change.format(hour=hour))
    assert ("REPLAY", f"bill {row}") in found(unguarded)


def test_a_deleted_price(unguarded: Company):
    key = value("SELECT id FROM price WHERE item = 'DATA'")
    execute("DELETE FROM price_tier WHERE price_id = %s", key)
    execute("DELETE FROM price WHERE id = %s", key)
    assert ("REPLAY", "bill INV-000001 line 3") in found(unguarded)


def test_a_deleted_charge(unguarded: Company):
    execute("DELETE FROM charge WHERE reference = 'S-01'")
    assert ("BELONGS", "bill INV-000001 line 1") in found(unguarded)


def test_a_deleted_document(unguarded: Company):
    execute("DELETE FROM document WHERE bill_id = %s", bill_id("INV-000003"))
    broken = found(unguarded)
    assert ("DOCUMENT", "bill INV-000003") in broken


def test_a_deleted_bill(unguarded: Company):
    key = bill_id("INV-000003")
    execute("DELETE FROM bill WHERE id = %s", key)
    broken = found(unguarded)
    assert ("DOCUMENT", f"bill with id {key}") in broken
    assert ("CHAIN", "bill INV-000004") in broken
    assert ("GAP", "bill INV-000004: comes after 2") in broken
    assert ("BELONGS", f"bill with id {key} posting 1") in broken


def test_a_cut_tail_with_a_counter_set_back_is_seen_by_the_head(unguarded: Company):
    key = bill_id("INV-000008")
    for table, column in (("bill", "id"), ("document", "bill_id"), ("bill_line", "bill_id")):
        execute(f"DELETE FROM {table} WHERE {column} = %s", key)
    execute("UPDATE series SET next_sequence = 8 WHERE prefix = 'INV-'")
    assert ("CHAIN-HEAD", "series INV-") in found(unguarded)


@pytest.mark.parametrize(
    ("change", "law"),
    [
        ("next_sequence = 20", "GAPLESS"),
        ("chain_head = 'beef'", "CHAIN-HEAD"),
        ("last_issue_date = '2026-01-01'", "LAST-DATE"),
        ("last_issue_date = NULL", "LAST-DATE"),
    ],
)
def test_a_changed_series(issued: Company, change: str, law: str):
    execute(f"UPDATE series SET {change} WHERE prefix = 'INV-'")
    (breach,) = issued.breaches()
    assert breach[0] == law
    assert breach[1].startswith("series INV-")


def test_an_exchanged_pair_of_numbers(unguarded: Company):
    execute("UPDATE bill SET sequence = 100 WHERE number = 'INV-000001'")
    broken = found(unguarded)
    assert "GAPLESS" in {law for law, _ in broken}
    assert "CHAIN" in {law for law, _ in broken}


@pytest.mark.parametrize(
    ("change", "law", "row"),
    [
        ("UPDATE charge_link SET live = {no} WHERE {first}", "RELEASED", "charge 1"),
        ("DELETE FROM charge_link WHERE {first}", "CHARGE-ONCE", "bill INV-000001 line 1"),
        (
            "UPDATE charge_link SET kind = 'not_billable' WHERE {first}",
            "CHARGE-ONCE",
            "bill INV-000001 line 1",
        ),
        ("UPDATE charge_link SET line = 77 WHERE {first}", "LINK-LINE", "charge 1"),
    ],
)
def test_a_changed_link(issued: Company, change: str, law: str, row: str):
    no = "0" if connection.vendor == "sqlite" else "false"
    execute(change.format(no=no, first="charge_id = 1"))
    assert (law, row) in issued.breaches()


def test_a_line_credited_beyond_itself(unguarded: Company):
    where = "bill_id = %s"
    execute(f"UPDATE bill_line SET quantity_e6 = 99000000 WHERE {where}", bill_id("CN-000001"))
    assert ("OVER-CREDIT", "bill INV-000002 line 1") in found(unguarded)


def test_a_step_that_says_something_else(issued: Company):
    execute("UPDATE run_step SET rows = rows + 1 WHERE id = 1")
    step = ("STEP-RANGE", "run 1 step 1: INV-000001..INV-000007")
    assert issued.breaches() == [("STEPS", "run 1"), step]


def test_a_bill_dated_before_the_one_before(unguarded: Company):
    execute("UPDATE bill SET issue_date = '2026-10-30' WHERE number = 'INV-000005'")
    assert ("DATES", "bill INV-000005") in found(unguarded)
