"""Imports that are taken back: whole, while nothing of them is billed, and never by deleting."""

from __future__ import annotations

import pytest
from tests.actions.company import MONTH, Company
from tests.store.contents import digest

from cleanbill.actions.undo_import import NoSuchImport, NotUndone, undo_import
from cleanbill.store.models import Charge, ChargeLink, Event


def test_an_undone_import_bills_nothing_and_can_come_again(books: Company):
    wanted = books.preview().bills
    first = books.take("charges", MONTH)
    assert undo_import(books.actor, first.source_file) == 14
    assert books.preview().bills.equals(wanted)
    assert books.breaches() == []
    assert Charge.objects.count() == 14
    assert undo_import(books.actor, first.source_file) == 0
    assert Event.objects.filter(action="charges.withdrawn").count() == 1
    again = books.take("charges", MONTH)
    assert (again.created, again.changed, again.unchanged) == (14, 0, 0)
    books.bill()
    assert len(books.bills()) == 8
    assert books.breaches() == []


def test_what_a_correction_had_superseded_is_open_again(books: Company):
    books.take("charges", MONTH)
    before = books.preview().bills
    corrected = books.take("charges", MONTH.replace("BOLT,,100", "BOLT,,999"), name="more.csv")
    assert corrected.changed == 1
    assert not books.preview().bills.equals(before)
    assert undo_import(books.actor, corrected.source_file) == 1
    assert books.preview().bills.equals(before)
    books.take("charges", MONTH.replace("BOLT,,100", "BOLT,,999"), name="more.csv")
    assert not books.preview().bills.equals(before)
    assert ChargeLink.objects.filter(kind="superseded", live=True).count() == 1
    assert books.breaches() == []


def test_findings_on_withdrawn_charges_end_with_the_next_run(books: Company):
    books.take("charges", MONTH)
    bad = books.take(
        "charges", MONTH.splitlines()[1] + "\nX-1,NOBODY,BOLT,,1,,,EUR,2026-10-01,X,", name="x.csv"
    )
    books.bill()
    assert ("CB-CUS-001", "X-1") in books.findings() or any(s == "X-1" for _, s in books.findings())
    undo_import(books.actor, bad.source_file)
    books.bill()
    assert not [code for code, subject in books.findings() if subject == "X-1"]
    assert books.breaches() == []


@pytest.mark.parametrize("again", [False, True])
def test_what_was_billed_is_not_undone(books: Company, again: bool):
    first = books.take("charges", MONTH)
    books.bill()
    if again:
        for number in list(books.bills()):
            if number.startswith("INV-"):
                books.credit(number, reopen=True)
    before = digest()
    with pytest.raises(NotUndone, match=r"charges\.csv cannot be undone: \d+ of its charges stand"):
        undo_import(books.actor, first.source_file)
    assert digest() == before


def test_master_data_and_corrected_charges_say_what_to_do(books: Company):
    first = books.take("charges", MONTH)
    books.take("charges", MONTH.replace("BOLT,,100", "BOLT,,999"), name="more.csv")
    with pytest.raises(NotUndone, match="corrected by a later file; undo that one first"):
        undo_import(books.actor, first.source_file)
    people = books.take("customers", "customer,name,country\nNEW,New,DE\n")
    with pytest.raises(NotUndone, match="import the former file again"):
        undo_import(books.actor, people.source_file)
    with pytest.raises(NoSuchImport):
        undo_import(books.actor, 4711)
