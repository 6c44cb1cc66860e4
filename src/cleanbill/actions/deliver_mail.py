"""Deliver messages: claim, look again whether they are wanted, archive the file, send, note it.

Each step is committed by itself. Whoever dies between handing a message over and noting the answer
leaves it claimed; when the lease has run out it is sent once more, under the same Message-ID.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import polars as pl
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.mail_sender import NoSender, sender_of
from cleanbill.actions.recheck_message import Doomed, doomed
from cleanbill.actions.seal_parties import keyed
from cleanbill.engine.attempts import FAULTS, told
from cleanbill.formats import bill_json, mail, pdf
from cleanbill.gateways.mail_settings import MailSettings, server_from
from cleanbill.gateways.smtp import PostBox
from cleanbill.nouns.delivery import (
    DONE_WITHOUT,
    DOUBTS,
    PAUSES,
    Answer,
    Outcome,
    Standing,
    pause_after,
)
from cleanbill.store import faults, outbox
from cleanbill.store.master_key import MasterKeyError
from cleanbill.store.models import Bill, DeliveredFile, Document, Event, Message
from cleanbill.store.opening import opened_document
from cleanbill.store.party_keys import keep_keys

LEASE = timedelta(minutes=10)
"""Longer than any attempt takes: after that its process is taken to be dead."""
PDF = "application/pdf"
HALTED = "Nothing can be sent now: "
"""Begins the answer of a message that waits for reasons that are not its own."""


class Box(Protocol):
    """What takes messages: ``gateways.smtp.PostBox``, or a test's."""

    def hand_over(self, sender: str, recipient: str, message: bytes) -> Answer:
        """Hand over one message and say what came of it."""


@dataclass
class Round:
    """What one pass over the outbox did: how many messages ended how, and what stopped it."""

    states: Counter[str] = field(default_factory=Counter)
    trouble: str = ""


@action("bills.send")
def deliver(actor: Actor, *, box: Box | None = None, now: datetime | None = None) -> Round:
    """Send what waits in the organisation's outbox and is due; end when a server is away.

    Raises MailSettings where no server is named. ``box`` and ``now`` stand for server and clock.
    """
    done = Round()
    if box is not None:
        _pass(done, box, actor.organisation_id, now)
        return done
    server = server_from(os.environ)
    if server is None:
        raise MailSettings(
            "No mail server is named, so messages wait. Set CLEANBILL_SMTP_HOST and what "
            "docs/operate.md says of sending mail."
        )
    with PostBox(server) as opened:
        _pass(done, opened, actor.organisation_id, now)
    return done


def _pass(done: Round, box: Box, organisation_id: int, now: datetime | None) -> None:
    while not done.trouble:
        message = deliver_next(box, organisation_id, now)
        if message is None:
            return
        done.states[message.state] += 1
        done.trouble = trouble_of(message)


def trouble_of(message: Message) -> str:
    """Return why nothing can be sent now, if that is why a message still waits."""
    halted = message.state == Standing.QUEUED and message.answer.startswith(HALTED)
    return message.answer.removeprefix(HALTED) if halted else ""


def deliver_next(
    box: Box, organisation_id: int | None, now: datetime | None = None
) -> Message | None:
    """Take the next message that is due and deliver it; return it as it stands then, or None."""
    at = now or datetime.now(UTC)
    with faults.write("outbox.claim"):
        taken = outbox.claim_message(at, at + LEASE, organisation_id)
    if taken is None:
        return None
    faults.committed("outbox.claim")
    own = Message.objects.filter(organisation_id=taken[1])
    message = own.get(pk=taken[0])
    try:
        _deliver(box, message, at)
    except (MasterKeyError, NoSender) as error:
        # What every message lacks is no fault of this one.
        _answered(message, Answer(Outcome.NO_SERVER, str(error)), at)
    except (*FAULTS, ObjectDoesNotExist) as error:
        # One bill that cannot be rendered or addressed keeps no other from going out.
        said = str(error) if isinstance(error, ValueError | LookupError) else told(error)
        _noted(message, Standing.FAILED, said, None)
    return own.get(pk=taken[0])


def _deliver(box: Box, message: Message, at: datetime) -> None:
    if _withdrawn(message, at) or _exhausted(message):
        return
    sender = sender_of(message.organisation_id)
    bill = Bill.objects.get(organisation_id=message.organisation_id, pk=message.bill_id)
    body = Document.objects.get(organisation_id=bill.organisation_id, bill_id=bill.pk).body
    document = opened_document(bill.organisation_id, bill.customer, bill_json.read(body))
    file_id = _archived(message, bill, document, at)
    file = DeliveredFile.objects.get(organisation_id=message.organisation_id, pk=file_id)
    envelope = mail.Envelope(
        message.message_id,
        message.asked_at,
        sender.address,
        sender.name,
        message.recipient,
        sender.reply_to,
    )
    attached = mail.Attached(file.name, file.kind, outbox.opened(file))
    content = mail.message(mail.letter(document), envelope, [attached])
    if not _begun(message):
        return
    with faults.write("outbox.handing"):
        answer = box.hand_over(sender.address, message.recipient, content)
    _answered(message, answer, at)


def _exhausted(message: Message) -> bool:
    """End a message over which workers have died too often: who knows what became of it."""
    if message.doubts < DOUBTS and message.attempts <= len(PAUSES) + 1:
        return False
    state = Standing.UNKNOWN if message.doubts else Standing.GIVEN_UP
    _noted(message, state, "it was begun again and again, and what came of it never noted", None)
    return True


def _begun(message: Message) -> bool:
    """Note that the message is being handed over: a doubt, until an answer is noted, too.

    False where it is somebody else's by now, or nobody's: then it must not go out.
    """
    with transaction.atomic(), faults.write("outbox.begin"):
        return outbox.note(message, doubts=message.doubts + 1)


def _withdrawn(message: Message, at: datetime) -> bool:
    """Look again, within a transaction, whether the message is wanted; withdraw it if not."""
    with transaction.atomic():
        found = doomed(message)
        if found is not None and found.address:
            # Before the row is touched: who erases takes both in this order, too.
            keep_keys(message.organisation_id)
            found = doomed(message)
        if found is None:
            return False
        with faults.write("outbox.withdraw"):
            noted = _noted(message, Standing.WITHDRAWN, found.why, None)
        if noted and found.address:
            _readdressed(message, found, at)
    faults.committed("outbox.answer")
    return True


def _readdressed(message: Message, found: Doomed, at: datetime) -> None:
    """Queue the bill for the address that its customer has now: it must still arrive."""
    same = {
        "organisation_id": message.organisation_id,
        "bill_id": message.bill_id,
        "purpose": message.purpose,
        "recipient": found.address,
        "turn": message.turn,
    }
    fresh = {"state": Standing.QUEUED, "next_try_at": at}
    Message.objects.get_or_create(
        **same,
        defaults={
            **fresh,
            "party": message.party,
            "message_id": found.message_id,
            "actor": message.actor,
            "reason": message.reason,
            "asked_at": at,
        },
    )
    # It may have been there before, and been withdrawn when the address changed.
    undone = Message.objects.filter(**same, state__in=DONE_WITHOUT)
    undone.update(**fresh, attempts=0, doubts=0)


def pdf_name(number: str) -> str:
    """Return what the file of a bill is called."""
    return f"{re.sub(r'[^A-Za-z0-9._-]', '_', number)}.pdf"


def _archived(message: Message, bill: Bill, document: bill_json.Document, at: datetime) -> int:
    """Return the file that goes with the message: that of the first delivery, or a fresh one."""
    kept = outbox.archived(bill.organisation_id, bill.pk)
    if kept is not None and message.file_id == kept.pk:
        return int(kept.pk)
    content = b"" if kept is not None else pdf.write(document)
    keyed(bill.organisation_id, pl.Series([message.party], dtype=pl.String))
    with transaction.atomic(), faults.write("outbox.file"):
        file_id = (
            int(kept.pk)
            if kept is not None
            else outbox.archive(
                bill.organisation_id,
                bill.pk,
                message.party,
                content,
                name=pdf_name(bill.number),
                kind=PDF,
                at=at,
            )
        )
        outbox.note(message, file_id=file_id)
    faults.committed("outbox.file")
    return file_id


def _answered(message: Message, answer: Answer, at: datetime) -> None:
    """Note what the server said, and when to try again."""
    pause = pause_after(message.attempts)
    later = None if pause is None else at + timedelta(minutes=pause)
    doubts = message.doubts + (answer.outcome is Outcome.DOUBTFUL)
    if answer.outcome is Outcome.TAKEN:
        sent_at = datetime.now(UTC)
        _noted(message, Standing.SENT, answer.told, None, doubts=doubts, sent_at=sent_at)
    elif answer.outcome is Outcome.REFUSED:
        _noted(message, Standing.FAILED, answer.told, None, doubts=doubts)
    elif answer.outcome is Outcome.DOUBTFUL:
        again = later if doubts < DOUBTS else None
        _noted(message, Standing.UNKNOWN, answer.told, again, doubts=doubts)
    else:
        away = HALTED if answer.outcome is Outcome.NO_SERVER else ""
        state = Standing.QUEUED if later is not None else Standing.GIVEN_UP
        _noted(message, state, f"{away}{answer.told}", later, doubts=doubts)
    faults.committed("outbox.answer")


_FINAL = {
    Standing.SENT: "bill.sent",
    Standing.FAILED: "bill.refused",
    Standing.GIVEN_UP: "bill.given_up",
    Standing.WITHDRAWN: "bill.withdrawn",
    Standing.UNKNOWN: "bill.unanswered",
}
"""What becomes an event. None repeats what a server said: that may name the recipient."""


def _noted(
    message: Message, state: Standing, said: str, again: datetime | None, **more: object
) -> bool:
    """Note the state of a message and, where nothing follows, its event; False if overtaken."""
    with transaction.atomic(), faults.write("outbox.answer"):
        noted = outbox.note(message, state=state, answer=said[:1000], next_try_at=again, **more)
        if noted and again is None and state in _FINAL:
            number = Bill.objects.filter(
                organisation_id=message.organisation_id, pk=message.bill_id
            ).values_list("number", flat=True)
            Event.objects.create(
                organisation_id=message.organisation_id,
                at=datetime.now(UTC),
                actor=message.actor,
                action=_FINAL[state],
                subject=number.first() or f"bill with id {message.bill_id}",
                cause=message.reason if message.turn else "",
                after={"message": message.pk},
            )
    return noted
