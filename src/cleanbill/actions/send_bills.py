"""Send bills: put messages into the outbox, from where a worker delivers them once committed."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from django.db import IntegrityError, transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.look_up import NoSuchBill
from cleanbill.actions.mail_addresses import Addresses
from cleanbill.actions.mail_sender import sender_of
from cleanbill.formats import mail
from cleanbill.nouns.delivery import DONE_WITHOUT, Standing
from cleanbill.store import faults, outbox
from cleanbill.store.models import Bill, Event, Message, Run
from cleanbill.store.retries import persistently

BILL = "bill"
"""The purpose of a message that brings a bill."""
LONGEST_REASON = 600
_PART = 5_000


@dataclass(frozen=True, slots=True)
class Unsent:
    """A bill that was not put into the outbox, and what to do about it."""

    number: str
    customer: str | None
    code: str
    """A key of ``mail_addresses.WHY``."""
    why: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of asking for bills to be sent."""

    queued: int = 0
    already: int = 0
    """Bills whose message waits or has been sent before."""
    unsent: list[Unsent] = field(default_factory=list)


class NotAgain(ValueError):
    """The bill has been sent, or waits to be; a reason is needed to send it again."""


@action("bills.send")
def send_run(actor: Actor, run: int, *, dry_run: bool = False) -> Asked:
    """Queue a message for every bill of a run that has none; asking twice sends nothing twice.

    Bills that cannot be sent (no address, credited since) are told with what to do;
    with ``dry_run`` that is all. Raises
    LookupError where the run has issued no bill, ValueError where nobody is named as the sender.
    """

    def work() -> Asked:
        with transaction.atomic():
            return _queued_run(actor, run, dry_run=dry_run)

    asked = persistently(work, overtaken=(IntegrityError,))
    faults.committed("outbox.queue")
    return asked


def _queued_run(actor: Actor, run: int, *, dry_run: bool) -> Asked:
    known = Run.objects.filter(organisation_id=actor.organisation_id, pk=run).exists()
    bills = Bill.objects.filter(organisation_id=actor.organisation_id, run_id=run)
    if not known or not bills.exists():
        raise LookupError(f"there is no run {run} that has issued bills")
    each = bills.order_by("id").iterator(_PART)
    asked = _queued(actor, each, f"run {run}", dry_run=dry_run)
    if asked.queued and not dry_run:
        with faults.write("outbox.event"):
            _event(actor, "run.sending", f"run {run}", f"run {run}", {"messages": asked.queued})
    return asked


@action("bills.send")
def send_bill(actor: Actor, number: str, *, again: bool = False, reason: str = "") -> Asked:
    """Queue a bill for its customer; with ``again`` and a reason also one that was sent before.

    What is sent again is the file that was delivered first. Raises NoSuchBill, NotAgain,
    ValueError without a reason, or where nobody is named as the sender.
    """
    why = " ".join(reason.split())[:LONGEST_REASON]
    if again and not why:
        raise ValueError("say why the bill is sent again")

    def work() -> Asked:
        with transaction.atomic():
            return _queued_bill(actor, number, again, why)

    asked = persistently(work, overtaken=(IntegrityError,))
    faults.committed("outbox.queue")
    return asked


def _queued_bill(actor: Actor, number: str, again: bool, why: str) -> Asked:
    bill = Bill.objects.filter(organisation_id=actor.organisation_id, number=number).first()
    if bill is None:
        raise NoSuchBill(number)
    asked = _part(actor, [bill], why, again=again)
    if asked.already:
        raise NotAgain(_already(actor, bill, again))
    if asked.queued:
        with faults.write("outbox.event"):
            _event(actor, "bill.sending", number, why, {})
    return asked


def _already(actor: Actor, bill: Bill, again: bool) -> str:
    last = Message.objects.filter(organisation_id=actor.organisation_id, bill_id=bill.pk)
    row = last.order_by("turn", "id").last()
    if row is not None and row.next_try_at is not None:
        return f"{bill.number} waits to be sent already; look at the outbox"
    done = "may have been sent" if again else "has been sent"
    return f"{bill.number} {done} already; to send it again, say so and why"


def _event(actor: Actor, what: str, subject: str, cause: str, after: Mapping[str, object]) -> None:
    Event.objects.create(
        organisation_id=actor.organisation_id,
        at=datetime.now(UTC),
        actor=actor.name,
        action=what,
        subject=subject,
        cause=cause,
        after=dict(after),
    )


def _queued(actor: Actor, bills: Iterator[Bill], reason: str, *, dry_run: bool) -> Asked:
    """Write the rows of these bills, in the order of their ids, within the caller's transaction."""
    queued, already, unsent = 0, 0, []
    while part := list(islice(bills, _PART)):
        done = _part(actor, part, reason, again=False, dry_run=dry_run)
        queued, already = queued + done.queued, already + done.already
        unsent += done.unsent
    return Asked(queued, already, unsent)


def _part(
    actor: Actor, bills: list[Bill], reason: str, *, again: bool, dry_run: bool = False
) -> Asked:
    addresses = Addresses(actor, {bill.customer for bill in bills if bill.customer})
    before = _before(actor, bills)
    credited = outbox.credited_some(actor.organisation_id, [bill.pk for bill in bills])
    fresh: list[Message] = []
    revived, already = 0, 0
    unsent: list[Unsent] = []
    for bill in bills:
        rows = before[bill.pk]
        standing = [row for row in rows if row.state not in DONE_WITHOUT]
        waits = any(row.next_try_at is not None for row in rows)
        if waits or (standing and not again):
            already += 1
            continue
        address, code = addresses.of(bill.customer)
        gone = bill.pk in credited and outbox.credited_whole(actor.organisation_id, bill.pk)
        if gone and not code and not again:
            code = "credited"
        if code:
            told = addresses.told(bill.customer, code)
            unsent.append(Unsent(bill.number, bill.customer, code, told))
            continue
        tried = [row for row in rows if row.recipient == address]
        if tried and not again:
            revived += 1 if dry_run else _revived(tried[-1])
            continue
        turn = max((row.turn for row in rows), default=-1) + 1 if again else 0
        fresh.append(_row(actor, bill, address, turn, reason))
    if not dry_run:
        _kept(actor, fresh)
    return Asked(len(fresh) + revived, already, unsent)


def _before(actor: Actor, bills: list[Bill]) -> dict[int, list[Message]]:
    found: dict[int, list[Message]] = defaultdict(list)
    first, last = (bills[0].pk, bills[-1].pk) if bills else (0, 0)
    rows = Message.objects.filter(
        organisation_id=actor.organisation_id, purpose=BILL, bill_id__range=(first, last)
    )
    for row in rows.order_by("turn", "id"):
        found[row.bill_id].append(row)
    return found


def _revived(row: Message) -> int:
    """Queue a message again that was refused, given up or withdrawn: it was not delivered."""
    own = Message.objects.filter(organisation_id=row.organisation_id, pk=row.pk)
    return own.filter(state__in=DONE_WITHOUT).update(
        state=Standing.QUEUED, attempts=0, doubts=0, next_try_at=datetime.now(UTC), answer=""
    )


def _row(actor: Actor, bill: Bill, address: str, turn: int, reason: str) -> Message:
    now = datetime.now(UTC)
    return Message(
        organisation_id=actor.organisation_id,
        bill_id=bill.pk,
        party=bill.customer,
        purpose=BILL,
        turn=turn,
        recipient=address,
        state=Standing.QUEUED,
        next_try_at=now,
        actor=actor.name,
        reason=reason,
        asked_at=now,
    )


def _kept(actor: Actor, rows: list[Message]) -> None:
    if not rows:
        return
    domain = mail.domain_of(sender_of(actor.organisation_id).address)
    for row in rows:
        row.message_id = f"<{secrets.token_hex(16)}@{domain}>"
    with faults.write("outbox.rows"):
        Message.objects.bulk_create(rows, batch_size=1000)
