"""Erasure: the key is gone, the books stay; refused while a law or a hold says otherwise."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from tests.actions.company import MONTH, Company, founded
from tests.actions.people import CHARGES, CUSTOMER, PRIVATE, take_in, traces
from tests.conftest import CopyOf
from tests.store.contents import digest, everything, execute

from cleanbill.actions import look_up
from cleanbill.actions.access import Actor
from cleanbill.actions.erase_party import (
    Erasure,
    KeptInClear,
    NoSuchParty,
    erase_again,
    erase_due,
    erase_party,
    waiting,
)
from cleanbill.actions.hold_party import HoldMismatch, hold_party, release_party
from cleanbill.formats import pdf
from cleanbill.formats.terminal import bill_text
from cleanbill.nouns.seal import ERASED
from cleanbill.store.erasure_journal import entries, journal_file
from cleanbill.store.models import Customer, ErasureRequest, Event, Finding, PartyKey

LATER = date(2035, 1, 1)
"""The day after bills of 2026 must no longer be kept in Germany."""
FROZEN = ("bill", "document", "bill_line", "bill_line_tax", "bill_tax", "posting", "charge")


@pytest.fixture
def sold(copy_of: CopyOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    """A month billed to all, and a consumer among them; with a journal of the test's own."""

    def make() -> Actor:
        company = founded(tmp_path / "made", "acme")
        company.take("charges", MONTH)
        take_in(company)
        return company.actor

    company = Company.with_files(tmp_path / "acme", copy_of("sold", make))
    key = Path(tmp_path / "keys" / "own.key")
    key.parent.mkdir()
    key.write_text(Path(journal_file()).with_name("cleanbill.key").read_text())
    monkeypatch.setenv("CLEANBILL_KEY_FILE", str(key))
    return company


def test_findings_say_nothing_of_her_any_more(sold: Company):
    hers = CUSTOMER.format(name="Ludmilla Zimt-Quittengold", street="Zwetschgenweg 8")
    sold.take("customers", hers.replace("q.gold@post.example", "q.gold@post"), name="moved.csv")
    sold.take("charges", CHARGES.replace("P-", "R-"), name="again.csv")
    sold.bill()
    finding = Finding.objects.get(code="CB-CUS-012")
    assert json.loads(finding.parameters)["customer_email"] == "q.gold@post"
    erase_party(sold.actor, "PERSON", reason="asked", today=LATER)
    finding.refresh_from_db()
    assert json.loads(finding.parameters) == {"customer": "PERSON", "customer_email": ERASED}
    assert traces() == set()


def frozen_rows() -> dict:
    return {t: rows for t, rows in everything().items() if t in FROZEN}


def test_nothing_of_her_is_left_and_the_books_stay(sold: Company):
    before, papers = frozen_rows(), sold.bills()
    hers = [n for n, t in papers.items() if '"reference":"PERSON"' in t]
    assert hers
    assert traces()
    assert erase_party(sold.actor, "PERSON", reason="asked", today=LATER) == Erasure("PERSON", True)
    assert traces() == set()
    assert frozen_rows() == before
    assert sold.breaches() == []
    after = sold.bills()
    assert {n for n in papers if papers[n] != after[n]} == set(hers)
    for number in hers:
        paper = sold.document(number)
        assert paper["customer"]["name"] == ERASED
        assert paper["customer"]["address"] == {"country": "DE"}
        assert paper["totals"] == json.loads(papers[number])["totals"]
        assert paper.get("deliver_to", {}).get("name", ERASED) == ERASED
        assert ERASED in bill_text(paper)
        assert pdf.write(paper).startswith(b"%PDF")
        assert look_up.explain_bill(sold.actor, number, 1).value
    row = Customer.objects.get(customer="PERSON")
    assert (row.name, row.country, row.blocked) == (ERASED, "DE", True)
    assert (row.street, row.city, row.vat_id, row.email) == (None,) * 4
    event = Event.objects.get(action="party.erased")
    assert (event.subject, event.cause, event.actor) == ("PERSON", "asked", sold.actor.name)
    key = PartyKey.objects.get(party="PERSON")
    assert (key.salt, key.sealed, key.block_hash) == (None, None, None)
    assert (key.destroyed_by, key.reason) == (sold.actor.name, "asked")


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_nothing_of_her_lingers_in_the_file(sold: Company):
    place = Path(str(connection.settings_dict["NAME"]))
    salt = PartyKey.objects.get(party="PERSON").salt
    erase_party(sold.actor, "PERSON", reason="asked", today=LATER)
    for file in (place, place.with_name(f"{place.name}-wal")):
        content = file.read_bytes() if file.exists() else b""
        assert [w for w in (*PRIVATE, salt) if w.encode() in content] == []
    assert b"Alpha AG" in place.read_bytes()


def test_a_twin_is_untouched(sold: Company, tmp_path: Path):
    twin = founded(tmp_path / "twin", "twin")
    take_in(twin)
    other = twin.actor.organisation_id
    before, papers = everything(organisation=other), twin.bills()
    erase_party(sold.actor, "PERSON", reason="asked", today=LATER)
    assert everything(organisation=other) == before
    assert twin.bills() == papers
    assert twin.breaches() == []


def test_refused_while_the_law_keeps_a_bill_and_done_when_due(sold: Company):
    answer = erase_party(sold.actor, "PERSON", reason="asked", today=date(2034, 12, 31))
    assert (answer.done, answer.due_on) == (False, LATER)
    assert "until 2034-12-31" in answer.why
    assert "AO § 147" in answer.why
    assert traces()
    assert [r.party for r in waiting(sold.actor)] == ["PERSON"]
    assert erase_party(sold.actor, "PERSON", reason="again", today=date(2030, 1, 1)) == answer
    assert ErasureRequest.objects.count() == 1
    assert erase_due(sold.actor, today=date(2034, 12, 31)) == []
    assert erase_due(sold.actor, today=LATER) == [Erasure("PERSON", True)]
    assert traces() == set()
    assert waiting(sold.actor) == []
    assert erase_due(sold.actor, today=LATER) == []


def test_a_later_bill_puts_a_request_off(sold: Company):
    erase_party(sold.actor, "PERSON", reason="asked", today=date(2026, 12, 1))
    sold.take("charges", CHARGES.replace("P-", "N-").replace("2026-10", "2027-02"), name="n.csv")
    sold.bill(on=date(2027, 2, 28), until=date(2027, 2, 28))
    (answer,) = erase_due(sold.actor, today=LATER)
    assert (answer.done, answer.due_on) == (False, date(2036, 1, 1))
    assert [r.due_on for r in waiting(sold.actor)] == [date(2036, 1, 1)]
    assert traces()


def test_a_legal_hold_goes_before_everything(sold: Company):
    hold_party(sold.actor, "PERSON", reason="lawsuit")
    with pytest.raises(HoldMismatch, match="held already"):
        hold_party(sold.actor, "PERSON", reason="another")
    answer = erase_party(sold.actor, "PERSON", reason="asked", today=LATER)
    assert (answer.done, answer.due_on) == (False, None)
    assert "lawsuit" in answer.why
    assert "cleanbill hold PERSON --release" in answer.why
    assert [a.done for a in erase_due(sold.actor, today=LATER)] == [False]
    release_party(sold.actor, "PERSON", reason="settled")
    with pytest.raises(HoldMismatch, match="no legal hold"):
        release_party(sold.actor, "PERSON", reason="settled")
    assert erase_due(sold.actor, today=LATER) == [Erasure("PERSON", True)]
    told = Event.objects.filter(action__startswith="party.").order_by("id")
    assert [e.action for e in told] == ["party.held", "party.released", "party.erased"]


def test_who_is_not_known_is_not_erased_and_not_held(sold: Company):
    before = digest()
    with pytest.raises(NoSuchParty, match="no customer PERSOM here"):
        erase_party(sold.actor, "PERSOM", reason="typo", today=LATER)
    with pytest.raises(NoSuchParty):
        hold_party(sold.actor, "PERSOM", reason="typo")
    assert digest() == before


def test_without_bills_nothing_stands_against_it(books: Company):
    books.take("customers", CUSTOMER.format(name="Quittengold", street="Birnenallee"))
    assert erase_party(books.actor, "PERSON", reason="asked", today=date(2026, 11, 3)).done
    assert traces() == set()


def test_who_was_erased_does_not_come_back_by_an_import(sold: Company):
    erase_party(sold.actor, "PERSON", reason="asked", today=LATER)
    report = sold.take("customers", CUSTOMER.format(name="Quittengold", street="Birnenallee"))
    assert report.intake.rejected["problem"].to_list() == ["customer:erased"]
    report = sold.take("charges", CHARGES.replace("P-", "N-"), name="n.csv")
    assert report.created == 3
    assert traces() == set()
    sold.bill()
    held = {f["code"] for f in look_up.findings(sold.actor, limit=999) if "N-" in f["subject"]}
    assert "CB-CUS-005" in held
    assert sold.breaches() == []


def test_a_bill_can_still_be_credited_after_erasure(sold: Company):
    number = next(n for n, t in sold.bills().items() if "Tante Holunder" in t)
    erase_party(sold.actor, "PERSON", reason="asked", today=LATER)
    note = sold.document(sold.credit(number))
    assert note["customer"]["name"] == ERASED
    assert note["deliver_to"]["name"] == ERASED
    assert sold.breaches() == []
    assert erase_party(sold.actor, "PERSON", reason="asked", today=date(2040, 1, 1)).done


def test_after_a_restore_the_journal_erases_again(sold: Company):
    backup = PartyKey.objects.values("salt", "sealed", "block_hash").get(party="PERSON")
    row = Customer.objects.values().get(customer="PERSON")
    erase_party(sold.actor, "PERSON", reason="asked", today=LATER)
    (entry,) = entries(journal_file())
    assert (entry.organisation, entry.party, entry.reason) == ("acme", "PERSON", "asked")
    assert journal_file().stat().st_mode & 0o777 == 0o600
    assert not [w for w in PRIVATE if w in journal_file().read_text()]
    assert erase_again(sold.actor) == []
    PartyKey.objects.filter(party="PERSON").update(**backup)
    Customer.objects.filter(customer="PERSON").update(**row)
    assert traces()
    assert sold.breaches() == []
    assert erase_again(sold.actor) == ["PERSON"]
    assert traces() == set()
    assert len(entries(journal_file())) == 1
    assert erase_again(sold.actor) == []
    Customer.objects.filter(customer="PERSON").update(**row)
    assert sold.breaches() == [("ERASED", "customer PERSON")]


def test_a_spoilt_journal_is_refused_in_words(sold: Company, tmp_path: Path):
    place = tmp_path / "journal.jsonl"
    place.write_text('{"organisation": "acme"}\n')
    with pytest.raises(ValueError, match="line 1, is no entry"):
        erase_again(sold.actor, journal=place)


def test_documents_from_before_there_were_keys_are_not_called_erased(sold: Company):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER frozen_document_update")
        else:
            cursor.execute("ALTER TABLE document DISABLE TRIGGER frozen_document_update")
    execute('UPDATE document SET body = REPLACE(body, \'"sealed":"s1:\', \'"name":"\')')
    with pytest.raises(KeptInClear, match="before parties had keys"):
        erase_party(sold.actor, "PERSON", reason="asked", today=LATER)
    assert traces()


def test_without_the_master_key_erasing_still_works(sold: Company, monkeypatch, tmp_path: Path):
    monkeypatch.setenv("CLEANBILL_KEY_FILE", str(tmp_path / "lost.key"))
    assert erase_party(sold.actor, "PERSON", reason="asked", today=LATER).done
    assert traces() == set()
