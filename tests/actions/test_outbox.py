"""The outbox: one message per bill and recipient, sent after commit, never lost."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from email import policy
from email.parser import BytesParser
from hashlib import sha256

import pytest
from django.db import connection
from tests.actions.company import Company
from tests.actions.posting import ScriptedBox, addressed
from tests.gateways.mail_server import MailServer

from cleanbill.actions.deliver_mail import LEASE, Round, deliver
from cleanbill.actions.erase_party import erase_party
from cleanbill.actions.look_at_outbox import (
    delivered_file,
    deliveries,
    messages,
    preview_message,
)
from cleanbill.actions.mail_sender import NoSender
from cleanbill.actions.send_bills import NotAgain, send_bill, send_run
from cleanbill.formats import mail, pdf
from cleanbill.gateways.mail_settings import MailSettings
from cleanbill.nouns.delivery import PAUSES, Answer, Outcome
from cleanbill.store import faults
from cleanbill.store.models import DeliveredFile, Event, Message

TAKEN = Answer(Outcome.TAKEN, "250 kept")
LATER = Answer(Outcome.LATER, "451 come back")
REFUSED = Answer(Outcome.REFUSED, "550 <rechnung@alpha.example> is not here")
DOUBTFUL = Answer(Outcome.DOUBTFUL, "connection lost")
AWAY = Answer(Outcome.NO_SERVER, "mail.example:587 does not answer")
ALPHA = "INV-000001"
"""The bill of ALPHA, whose address is good."""


@pytest.fixture(autouse=True)
def sender(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bills come from here."""
    monkeypatch.setenv("CLEANBILL_MAIL_FROM", "billing@acme.example")


@pytest.fixture
def posted(billed: Company) -> Company:
    """The billed month, with addresses for ALPHA and BETA."""
    return addressed(billed)


def states(company: Company) -> dict[str, int]:
    found = messages(company.actor, size=1000).messages
    sent = messages(company.actor, show="sent", size=1000).messages
    counted: dict[str, int] = {}
    for row in (*found, *sent):
        counted[row["state"]] = counted.get(row["state"], 0) + 1
    return counted


def only(company: Company) -> Message:
    return Message.objects.get(organisation_id=company.actor.organisation_id)


def happened(number: str = ALPHA) -> list[tuple[str, str]]:
    found = Event.objects.filter(subject=number, action__startswith="bill.")
    return list(found.order_by("id").values_list("action", "cause"))


def test_a_run_is_sent_once_and_says_what_cannot_be(posted: Company):
    first = send_run(posted.actor, 1)
    assert first.queued == len(messages(posted.actor).messages) == 4
    why = {row.customer: row.why for row in first.unsent}
    assert why["GAMMA"].startswith("GAMMA has no e-mail address; add one")
    assert "“omega at post” is no e-mail address" in why["OMEGA"]
    again = send_run(posted.actor, 1)
    assert (again.queued, again.already, again.unsent) == (0, 4, first.unsent)
    assert states(posted) == {"queued": 4}
    assert Event.objects.filter(action="run.sending", subject="run 1").count() == 1
    box = ScriptedBox()
    assert deliver(posted.actor, box=box).states == {"sent": 4}
    assert deliver(posted.actor, box=box) == Round()
    assert {to for to, _ in box.got} == {"rechnung@alpha.example", "accounts@beta.example"}
    assert send_run(posted.actor, 1).already == 4
    assert posted.breaches() == []


def test_a_run_says_how_far_it_is_and_keeps_only_what_is_asked_for(
    posted: Company, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cleanbill.actions.send_bills._PART", 3)
    told: list[tuple[str, int, int]] = []
    every = send_run(posted.actor, 1, dry_run=True)
    some = send_run(posted.actor, 1, most=2, progress=lambda *said: told.append(said))
    assert (some.queued, some.cannot, some.unsent) == (4, 4, every.unsent[:2])
    looked = [("Looking at bills", done, 8) for done in (0, 3, 6, 8)]
    assert told == [*looked, ("Writing messages", 0, 0)]
    assert len(messages(posted.actor).messages) == 4
    assert posted.breaches() == []


def test_what_somebody_sends_meanwhile_is_not_sent_twice(posted: Company):
    def meanwhile(stage: str, done: int, whole: int) -> None:
        if stage == "Writing messages":
            send_bill(posted.actor, ALPHA)
            addressed(posted, {"ALPHA": "new@alpha.example", "BETA": "accounts@beta.example"})

    asked = send_run(posted.actor, 1, progress=meanwhile)
    assert (asked.queued, asked.already) == (3, 1)
    assert Message.objects.count() == 4


def test_who_is_erased_meanwhile_gets_no_message(posted: Company):
    def meanwhile(stage: str, done: int, whole: int) -> None:
        if stage == "Writing messages":
            erase_party(posted.actor, "ALPHA", reason="asked", today=date(2040, 1, 1))

    asked = send_run(posted.actor, 1, progress=meanwhile)
    assert "erased" in {row.code for row in asked.unsent if row.customer == "ALPHA"}
    assert asked.queued == Message.objects.exclude(party="ALPHA").count()
    assert not Message.objects.filter(party="ALPHA").exists()
    assert posted.breaches() == []


def test_what_was_not_delivered_is_queued_again_with_the_run(posted: Company):
    send_run(posted.actor, 1)
    deliver(posted.actor, box=ScriptedBox([REFUSED, REFUSED]))
    assert send_run(posted.actor, 1, dry_run=True).queued == 2
    assert states(posted) == {"failed": 2, "sent": 2}
    again = send_run(posted.actor, 1)
    assert (again.queued, again.already) == (2, 2)
    assert states(posted) == {"queued": 2, "sent": 2}
    assert Message.objects.count() == 4


def test_what_arrives_is_the_letter_with_the_archived_pdf(posted: Company):
    send_bill(posted.actor, ALPHA)
    box = ScriptedBox()
    deliver(posted.actor, box=box)
    read = BytesParser(policy=policy.default).parsebytes(box.got[0][1])
    assert read["Subject"] == f"Rechnung {ALPHA} von Acme Works GmbH"
    assert read["From"] == "Acme Works GmbH <billing@acme.example>"
    assert read["Message-ID"] == only(posted).message_id
    assert read["Message-ID"].endswith("@acme.example>")
    (file,) = read.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == (f"{ALPHA}.pdf", "application/pdf")
    assert file.get_content() == pdf.write(posted.document(ALPHA))
    kept = DeliveredFile.objects.get()
    assert kept.sha256 == sha256(file.get_content()).hexdigest()
    assert file.get_content() not in bytes(kept.content), "it is sealed"
    assert b"%PDF" not in bytes(kept.content)
    assert delivered_file(posted.actor, ALPHA, kept.pk)[2] == file.get_content()
    assert happened() == [("bill.sending", ""), ("bill.sent", "")]
    shown = preview_message(posted.actor, ALPHA)
    assert read.get_body(("plain",)).get_content().replace("\r\n", "\n") == shown.letter.text
    assert (shown.address, shown.why_not) == ("rechnung@alpha.example", "")


def test_again_needs_a_reason_and_sends_the_very_file(
    posted: Company, monkeypatch: pytest.MonkeyPatch
):
    send_bill(posted.actor, ALPHA)
    with pytest.raises(NotAgain, match="waits to be sent already"):
        send_bill(posted.actor, ALPHA, again=True, reason="lost")
    box = ScriptedBox()
    deliver(posted.actor, box=box)
    with pytest.raises(NotAgain, match="has been sent already"):
        send_bill(posted.actor, ALPHA)
    with pytest.raises(ValueError, match="say why"):
        send_bill(posted.actor, ALPHA, again=True, reason="  ")
    # A renderer of another version makes other bytes; what was delivered stays what it was.
    monkeypatch.setattr(pdf, "write", lambda document: b"%PDF another")
    assert send_bill(posted.actor, ALPHA, again=True, reason="lost in the post").queued == 1
    deliver(posted.actor, box=box)
    files = [
        next(BytesParser(policy=policy.default).parsebytes(m).iter_attachments()).get_content()
        for _, m in box.got
    ]
    assert files[0] == files[1]
    first, second = Message.objects.order_by("id")
    assert (first.turn, second.turn, second.reason) == (0, 1, "lost in the post")
    assert first.message_id != second.message_id
    assert ("bill.sent", "lost in the post") in happened()
    assert posted.breaches() == []


def test_it_is_tried_later_and_later_and_then_given_up(posted: Company):
    send_bill(posted.actor, ALPHA)
    now, box = datetime.now(UTC), ScriptedBox([LATER] * 20)
    for pause in PAUSES:
        assert deliver(posted.actor, box=box, now=now).states == {"queued": 1}
        assert deliver(posted.actor, box=box, now=now) == Round()
        assert only(posted).next_try_at == now + timedelta(minutes=pause)
        now += timedelta(minutes=pause)
    assert deliver(posted.actor, box=box, now=now).states == {"given_up": 1}
    assert only(posted).answer == "451 come back"
    assert happened()[-1] == ("bill.given_up", "")
    kept = only(posted).message_id
    assert send_bill(posted.actor, ALPHA).queued == 1
    assert deliver(posted.actor, box=ScriptedBox()).states == {"sent": 1}
    assert only(posted).message_id == kept
    assert posted.breaches() == []


def test_a_server_that_is_away_ends_the_pass_and_fails_nothing(posted: Company):
    send_run(posted.actor, 1)
    box = ScriptedBox([AWAY])
    done = deliver(posted.actor, box=box)
    assert (dict(done.states), done.trouble) == ({"queued": 1}, AWAY.told)
    assert len(box.got) == 1
    assert deliver(posted.actor, box=box).states == {"sent": 3}
    later = datetime.now(UTC) + timedelta(minutes=2)
    assert deliver(posted.actor, box=box, now=later).states == {"sent": 1}


def test_a_refusal_is_final_until_the_customer_is_put_right(posted: Company):
    send_bill(posted.actor, ALPHA)
    assert deliver(posted.actor, box=ScriptedBox([REFUSED])).states == {"failed": 1}
    assert only(posted).answer == REFUSED.told
    assert happened()[-1] == ("bill.refused", ""), "events never name an address"
    addressed(posted, {"ALPHA": "new@alpha.example"})
    assert send_bill(posted.actor, ALPHA).queued == 1
    box = ScriptedBox()
    deliver(posted.actor, box=box)
    assert [to for to, _ in box.got] == ["new@alpha.example"]
    assert states(posted) == {"failed": 1, "sent": 1}
    assert posted.breaches() == []


def test_without_an_answer_it_goes_out_twice_at_most_with_one_message_id(posted: Company):
    send_bill(posted.actor, ALPHA)
    now, box = datetime.now(UTC), ScriptedBox([DOUBTFUL] * 5)
    assert deliver(posted.actor, box=box, now=now).states == {"accepted_unknown": 1}
    later = now + timedelta(days=1)
    assert deliver(posted.actor, box=box, now=later).states == {"accepted_unknown": 1}
    assert deliver(posted.actor, box=box, now=later + timedelta(days=9)) == Round()
    assert len(box.got) == 2
    assert box.got[0] == box.got[1], "the same bytes, so the same Message-ID"
    assert happened()[-1][0] == "bill.unanswered"
    assert deliveries(posted.actor, ALPHA).standing == "doubtful"
    with pytest.raises(NotAgain):
        send_bill(posted.actor, ALPHA)
    assert send_bill(posted.actor, ALPHA, again=True, reason="never came").queued == 1


def test_what_was_credited_since_is_not_sent(posted: Company):
    send_bill(posted.actor, ALPHA)
    posted.credit(ALPHA)
    box = ScriptedBox()
    assert deliver(posted.actor, box=box).states == {"withdrawn": 1}
    assert box.got == []
    assert "credited in full" in only(posted).answer
    assert "credited in full" in send_bill(posted.actor, ALPHA).unsent[0].why
    assert send_bill(posted.actor, ALPHA, again=True, reason="for their files").queued == 1
    assert deliver(posted.actor, box=box).states == {"sent": 1}
    assert posted.breaches() == []


def test_it_follows_the_customer_to_a_new_address(posted: Company):
    send_bill(posted.actor, ALPHA)
    addressed(posted, {"ALPHA": "new@alpha.example"})
    box = ScriptedBox()
    assert deliver(posted.actor, box=box).states == {"withdrawn": 1, "sent": 1}
    assert [to for to, _ in box.got] == ["new@alpha.example"]
    assert posted.breaches() == []


def test_it_stays_with_a_customer_who_gave_the_old_address_back(posted: Company):
    send_bill(posted.actor, ALPHA)
    addressed(posted, {"ALPHA": "new@alpha.example"})
    box = ScriptedBox([LATER])
    assert deliver(posted.actor, box=ScriptedBox([LATER])).states == {"withdrawn": 1, "queued": 1}
    addressed(posted)
    later = datetime.now(UTC) + timedelta(hours=1)
    box = ScriptedBox()
    assert deliver(posted.actor, box=box, now=later).states == {"withdrawn": 1, "sent": 1}
    assert [to for to, _ in box.got] == ["rechnung@alpha.example"]
    assert states(posted) == {"withdrawn": 1, "sent": 1}


def test_without_an_address_any_more_it_is_withdrawn(posted: Company):
    send_bill(posted.actor, ALPHA)
    addressed(posted, {})
    assert deliver(posted.actor, box=ScriptedBox()).states == {"withdrawn": 1}
    assert "no e-mail address any more" in only(posted).answer


def test_erasure_removes_address_and_files_and_stops_what_waits(posted: Company):
    send_bill(posted.actor, ALPHA)
    deliver(posted.actor, box=ScriptedBox())
    send_bill(posted.actor, ALPHA, again=True, reason="Herr Zimt asked for it")
    erased = erase_party(posted.actor, "ALPHA", reason="asked", today=date(2040, 1, 1))
    assert erased.done
    assert DeliveredFile.objects.count() == 0
    rows = Message.objects.values_list("recipient", "answer", "reason", "file_id", "state")
    assert set(rows) == {
        ("[erased]", "", "", None, "sent"),
        ("[erased]", "", "[erased]", None, "withdrawn"),
    }
    assert deliver(posted.actor, box=ScriptedBox()) == Round()
    assert posted.breaches() == []
    assert (
        "have been erased" in send_bill(posted.actor, ALPHA, again=True, reason="x").unsent[0].why
    )


def test_a_worker_that_died_leaves_it_to_the_next_after_its_lease(posted: Company):
    send_bill(posted.actor, ALPHA)
    now = datetime.now(UTC)

    class Dying(ScriptedBox):
        def hand_over(self, sender: str, recipient: str, message: bytes) -> Answer:
            super().hand_over(sender, recipient, message)
            raise KeyboardInterrupt

    box = Dying()
    with pytest.raises(KeyboardInterrupt):
        deliver(posted.actor, box=box, now=now)
    assert states(posted) == {"claimed": 1}
    second = ScriptedBox()
    assert deliver(posted.actor, box=second, now=now) == Round()
    assert deliver(posted.actor, box=second, now=now + LEASE).states == {"sent": 1}
    assert box.got == second.got


def test_workers_that_die_over_it_send_it_twice_at_most(posted: Company):
    send_bill(posted.actor, ALPHA)
    now, box = datetime.now(UTC), ScriptedBox()

    def dying(*given: object) -> Answer:
        box.got.append(given)
        raise KeyboardInterrupt

    box.hand_over = dying
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            deliver(posted.actor, box=box, now=now)
        now += LEASE
    assert deliver(posted.actor, box=box, now=now).states == {"accepted_unknown": 1}
    assert deliver(posted.actor, box=box, now=now + timedelta(days=9)) == Round()
    assert len(box.got) == 2
    assert posted.breaches() == []


def test_one_that_no_worker_survives_is_given_up(posted: Company):
    send_bill(posted.actor, ALPHA)
    now = datetime.now(UTC)
    Message.objects.update(state="claimed", attempts=len(PAUSES) + 1, next_try_at=now)
    box = ScriptedBox()
    assert deliver(posted.actor, box=box, now=now).states == {"given_up": 1}
    assert (box.got, posted.breaches()) == ([], [])


def test_what_another_worker_has_by_now_is_not_handed_over(
    posted: Company, monkeypatch: pytest.MonkeyPatch
):
    send_bill(posted.actor, ALPHA)
    now, slow, other = datetime.now(UTC), ScriptedBox(), ScriptedBox()
    letter = mail.letter

    def late(document: dict) -> mail.Letter:
        monkeypatch.setattr(mail, "letter", letter)
        deliver(posted.actor, box=other, now=now + LEASE)
        return letter(document)

    monkeypatch.setattr(mail, "letter", late)
    deliver(posted.actor, box=slow, now=now)
    assert (len(slow.got), len(other.got), states(posted)) == (0, 1, {"sent": 1})


@pytest.mark.parametrize("moment", ["letter", "write"])
def test_who_is_erased_while_it_is_written_gets_nothing(
    posted: Company, monkeypatch: pytest.MonkeyPatch, moment: str
):
    send_bill(posted.actor, ALPHA)
    box, place = ScriptedBox(), mail if moment == "letter" else pdf
    made = getattr(place, moment)

    def erasing(document: dict) -> object:
        erase_party(posted.actor, "ALPHA", reason="asked", today=date(2040, 1, 1))
        return made(document)

    monkeypatch.setattr(place, moment, erasing)
    assert deliver(posted.actor, box=box).states == {"withdrawn": 1}
    assert (box.got, DeliveredFile.objects.count()) == ([], 0)
    assert posted.breaches() == []


@pytest.mark.parametrize("way", ["run", "bill", "new address"])
def test_an_erasure_waits_for_who_writes_an_address_and_takes_it_out(
    posted: Company, monkeypatch: pytest.MonkeyPatch, way: str
):
    """It may neither slip in between looking and writing, nor overlook what is being written."""
    if way == "new address":
        send_bill(posted.actor, ALPHA)
        addressed(posted, {"ALPHA": "new@alpha.example"})

    def erase() -> None:
        try:
            erase_party(posted.actor, "ALPHA", reason="asked", today=date(2040, 1, 1))
        finally:
            connection.close()

    thread = threading.Thread(target=erase)

    def meanwhile(point: str) -> None:
        if point in ("outbox.rows.before", "outbox.withdraw.after") and not thread.ident:
            thread.start()
            thread.join(0.5)
            assert thread.is_alive()

    monkeypatch.setattr(faults, "armed", meanwhile)
    if way == "run":
        send_run(posted.actor, 1)
    elif way == "bill":
        send_bill(posted.actor, ALPHA)
    else:
        deliver(posted.actor, box=ScriptedBox([LATER]))
    thread.join(30)
    assert not thread.is_alive()
    kept = set(Message.objects.filter(party="ALPHA").values_list("recipient", flat=True))
    assert kept == {"[erased]"}
    assert posted.breaches() == []


def test_a_worker_that_comes_back_late_changes_nothing(posted: Company):
    """Its lease has run out while it waited; another has sent the message meanwhile."""
    send_bill(posted.actor, ALPHA)
    now = datetime.now(UTC)
    other = ScriptedBox()

    class Slow(ScriptedBox):
        def hand_over(self, sender: str, recipient: str, message: bytes) -> Answer:
            deliver(posted.actor, box=other, now=now + LEASE)
            return REFUSED

    deliver(posted.actor, box=Slow(), now=now)
    assert only(posted).state == "sent"
    assert [what for what, _ in happened()] == ["bill.sending", "bill.sent"]


def test_one_that_cannot_be_rendered_keeps_no_other_back(
    posted: Company, monkeypatch: pytest.MonkeyPatch
):
    write = pdf.write

    def broken(document: dict) -> bytes:
        if document["number"] == ALPHA:
            raise ValueError("too many letters that no font has")
        return write(document)

    monkeypatch.setattr(pdf, "write", broken)
    send_run(posted.actor, 1)
    assert deliver(posted.actor, box=ScriptedBox()).states == {"failed": 1, "sent": 3}


def test_without_sender_or_server_it_says_what_to_set(
    posted: Company, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CLEANBILL_MAIL_FROM")
    with pytest.raises(NoSender, match=r"\[seller.contact\] email"):
        send_bill(posted.actor, ALPHA)
    assert Message.objects.count() == 0
    monkeypatch.setenv("CLEANBILL_MAIL_FROM", "billing@acme.example")
    send_bill(posted.actor, ALPHA)
    monkeypatch.delenv("CLEANBILL_SMTP_HOST", raising=False)
    with pytest.raises(MailSettings, match="Set CLEANBILL_SMTP_HOST"):
        deliver(posted.actor)
    monkeypatch.delenv("CLEANBILL_MAIL_FROM")
    done = deliver(posted.actor, box=ScriptedBox())
    assert "no sender's address" in done.trouble
    assert only(posted).state == "queued"


def test_a_real_server_gets_it(posted: Company, monkeypatch: pytest.MonkeyPatch):
    send_run(posted.actor, 1)
    with MailServer(["take", "later", "drop after"]) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        done = deliver(posted.actor)
        assert done.states == {"sent": 2, "queued": 1, "accepted_unknown": 1}
        later = datetime.now(UTC) + timedelta(minutes=2)
        assert deliver(posted.actor, now=later).states == {"sent": 2}
    held = server.ids()
    assert len(held) == 5
    assert len(set(held)) == 4
    assert states(posted) == {"sent": 4}


def test_an_altered_file_is_found(posted: Company):
    send_bill(posted.actor, ALPHA)
    deliver(posted.actor, box=ScriptedBox())
    row = DeliveredFile.objects.get()
    content = bytearray(bytes(row.content))
    content[100] ^= 1
    DeliveredFile.objects.update(content=bytes(content))
    assert posted.breaches() == [("DELIVERED", f"delivered_file {row.pk} ({ALPHA}.pdf)")]
    DeliveredFile.objects.update(content=bytes(row.content), sha256="0" * 64)
    assert posted.breaches() == [("DELIVERED", f"delivered_file {row.pk} ({ALPHA}.pdf)")]
