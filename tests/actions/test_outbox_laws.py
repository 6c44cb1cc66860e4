"""Laws of the outbox, each broken by hand; and letters that name their bill's own file."""

from __future__ import annotations

import pytest
from tests.actions.company import Company
from tests.actions.forgery import unguarded
from tests.actions.posting import ScriptedBox, addressed
from tests.store.contents import execute

from cleanbill.actions.deliver_mail import deliver
from cleanbill.actions.send_bills import send_bill
from cleanbill.store.models import Message

ALPHA, BETA = "INV-000001", "INV-000002"


@pytest.fixture
def posted(billed: Company, monkeypatch: pytest.MonkeyPatch) -> Company:
    """Two bills that were sent, one of them twice, and messages with the ids 1, 2 and 3."""
    monkeypatch.setenv("CLEANBILL_MAIL_FROM", "billing@acme.example")
    addressed(billed)
    send_bill(billed.actor, ALPHA)
    send_bill(billed.actor, BETA)
    deliver(billed.actor, box=ScriptedBox())
    send_bill(billed.actor, ALPHA, again=True, reason="lost")
    assert list(Message.objects.order_by("id").values_list("id", flat=True)) == [1, 2, 3]
    assert billed.breaches() == []
    return billed


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("state = 'on its way' WHERE id = 3", {("OUTBOX", "message 3")}),
        ("next_try_at = NULL WHERE id = 3", {("OUTBOX", "message 3")}),
        ("next_try_at = asked_at WHERE id = 1", {("OUTBOX", "message 1")}),
        ("sent_at = NULL WHERE id = 1", {("OUTBOX", "message 1")}),
        ("file_id = NULL WHERE id = 1", {("OUTBOX", "message 1")}),
        ("file_id = 2 WHERE id = 1", {("OUTBOX-FILE", f"bill {ALPHA}")}),
        ("file_id = 99 WHERE id = 1", {("OUTBOX-FILE", f"bill {ALPHA}")}),
        ("party = 'BETA' WHERE id = 1", {("OUTBOX-FILE", f"bill {ALPHA}")}),
        ("bill_id = 99 WHERE id = 3", {("BELONGS", "message 3")}),
        (
            "state = 'sent', sent_at = asked_at, next_try_at = NULL, file_id = 1 WHERE id = 3",
            {("EVENT-SENT", "message 3")},
        ),
    ],
)
def test_the_audit_names_what_a_change_breaks(
    posted: Company, change: str, broken: set[tuple[str, str]]
):
    execute(f"UPDATE outbox SET {change}")
    assert set(posted.breaches()) == broken


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM outbox WHERE id = 2",
        "UPDATE outbox SET state = 'queued', sent_at = NULL, next_try_at = asked_at WHERE id = 2",
        "UPDATE outbox SET state = 'withdrawn', sent_at = NULL WHERE id = 2",
    ],
)
def test_what_was_sent_cannot_be_made_unsent(posted: Company, change: str):
    execute(change)
    assert posted.breaches() == [("EVENT-SENT", "message 2")]


def test_a_file_of_an_erased_party_is_found(posted: Company):
    with unguarded():
        execute("UPDATE party_key SET salt = NULL WHERE party = 'BETA'")
    found = {row for code, row in posted.breaches() if code == "ERASED"}
    assert {"message 2", "delivered_file 2"} <= found


def test_of_two_files_of_a_bill_messages_bring_the_first(posted: Company):
    execute(
        "INSERT INTO delivered_file (organisation_id, bill_id, party, name, kind, size, sha256, "
        "content, at) SELECT organisation_id, bill_id, party, name, kind, size, 'other', content, "
        "at FROM delivered_file WHERE id = 1"
    )
    execute("UPDATE outbox SET file_id = (SELECT MAX(id) FROM delivered_file) WHERE id = 1")
    found = set(posted.breaches())
    assert ("OUTBOX-FILE", f"bill {ALPHA}") in found
    assert {code for code, _ in found} == {"OUTBOX-FILE", "DELIVERED"}
