"""Moving in: what was open before is kept, and numbers go on where the old system's ended."""

from __future__ import annotations

import pytest
from tests.actions.company import MONTH, OPEN_ITEMS, Company
from tests.store.contents import digest, everything, execute

from cleanbill.actions.archive_books import archive_books
from cleanbill.actions.continue_numbers import NumbersRefused, continue_numbers
from cleanbill.formats.bill_archive_check import check
from cleanbill.formats.tabular import UnreadableFile
from cleanbill.store.models import Event, OpeningItem, Series


def test_open_items_are_kept_once_with_their_event(books: Company):
    report = books.take("open_items", OPEN_ITEMS)
    assert (report.created, report.unchanged) == (2, 0)
    rows = OpeningItem.objects.order_by("id").values_list("number", "currency", "open_minor")
    assert list(rows) == [("R-1", "EUR", 11900), ("R-2", "EUR", -2050)]
    assert Event.objects.filter(action="open_items.imported").count() == 1
    before = everything(but=("source_file",))
    again = books.take("open_items", OPEN_ITEMS)
    assert (again.created, again.unchanged) == (0, 2)
    assert everything(but=("source_file",)) == before
    assert books.breaches() == []


def test_a_dry_run_keeps_no_open_item(books: Company):
    before = digest()
    assert books.take("open_items", OPEN_ITEMS, dry_run=True).created == 2
    assert digest() == before


def test_open_items_that_contradict_are_rejected_with_what_to_do(books: Company):
    books.take("open_items", OPEN_ITEMS)
    text = (
        "number,customer,date,open_amount\n"
        "R-1,ALPHA,2026-09-30,120\nR-3,ALPHA,2026-09-30,0\n"
        "R-4,ALPHA,2026-09-30,1\nR-4,ALPHA,2026-09-30,1\nR-5,,2026-09-30,1\n"
    )
    report = books.take("open_items", text)
    assert report.intake.rejected.select("row", "problem").rows() == [
        (2, "number:known"),
        (3, "open_amount:zero"),
        (5, "number:twice"),
        (6, "customer:missing"),
    ]
    assert report.created == 1


@pytest.mark.parametrize("text", ["", "number,customer\n1,2\n", "\x00"])
def test_a_file_that_is_none_changes_nothing(books: Company, text: str):
    before = digest()
    with pytest.raises(UnreadableFile):
        books.take("open_items", text)
    assert digest() == before


def test_the_audit_sees_an_open_item_whose_file_is_gone(books: Company):
    books.take("open_items", OPEN_ITEMS)
    from django.db import connection

    table = "" if connection.vendor == "sqlite" else " ON opening_item"
    execute(f"DROP TRIGGER frozen_opening_item_update{table}")
    if connection.vendor == "sqlite":
        execute("PRAGMA foreign_keys = OFF")
        execute("UPDATE opening_item SET source_file_id = 999 WHERE number = 'R-1'")
        assert ("BELONGS", "opening item R-1") in books.breaches()
    assert any(code == "FROZEN" for code, _ in books.breaches())


def test_numbers_go_on_after_the_old_system(books: Company, tmp_path):
    assert continue_numbers(books.actor, "invoice", "INV-004711") == 4712
    assert continue_numbers(books.actor, "credit_note", "12") == 13
    before = digest()
    assert continue_numbers(books.actor, "invoice", "4711") == 4712
    assert digest() == before
    assert Event.objects.filter(action="series.continued").count() == 2
    books.take("charges", MONTH)
    books.bill()
    numbers = sorted(books.records())
    assert numbers[-1] == "INV-004718"
    assert "INV-004712" in numbers
    assert books.breaches() == []
    archive_books(books.actor, tmp_path / "archive")
    assert check(tmp_path / "archive").counts == {}


def test_numbers_never_go_back(books: Company):
    continue_numbers(books.actor, "invoice", "50")
    before = digest()
    for last, told in (("49", "does not go back to 50"), ("X-1", "is no number of the series")):
        with pytest.raises(NumbersRefused, match=told):
            continue_numbers(books.actor, "invoice", last)
    with pytest.raises(NumbersRefused, match="no series of kind"):
        continue_numbers(books.actor, "receipt", "1")
    assert digest() == before


def test_a_series_with_bills_goes_on_by_itself(billed: Company):
    before = digest()
    with pytest.raises(NumbersRefused, match="there would be a gap"):
        continue_numbers(billed.actor, "invoice", "99")
    assert digest() == before


def test_the_audit_sees_a_gap_behind_the_first_number(books: Company):
    continue_numbers(books.actor, "invoice", "4711")
    books.take("charges", MONTH)
    books.bill()
    Series.objects.filter(kind="invoice").update(first_sequence=4711)
    codes = {code for code, _ in books.breaches()}
    assert {"GAPLESS", "GAP"} <= codes
