"""Look at what leaves the house: the outbox, a bill's deliveries, a message before it goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cleanbill.actions import look_up
from cleanbill.actions.access import Actor, action
from cleanbill.actions.deliver_mail import pdf_name
from cleanbill.actions.mail_addresses import Addresses
from cleanbill.actions.mail_sender import NoSender, Sender, sender_of
from cleanbill.formats import mail
from cleanbill.nouns.delivery import DONE_WITHOUT, Standing
from cleanbill.store import outbox
from cleanbill.store.models import Bill, DeliveredFile, Message

Row = dict[str, Any]
PAGE = 50
COUNTED = 10_000
"""So many messages of a kind are counted; beyond it is enough to know that there are more."""
_COLUMNS = (
    *("id", "bill_id", "party", "turn", "recipient", "state", "attempts", "next_try_at"),
    *("answer", "actor", "reason", "asked_at", "sent_at", "file_id"),
)
STATES: dict[str, tuple[Standing, ...]] = {
    "waiting": (Standing.QUEUED, Standing.CLAIMED),
    "trouble": (Standing.UNKNOWN, Standing.FAILED, Standing.GIVEN_UP),
    "withdrawn": (Standing.WITHDRAWN,),
    "sent": (Standing.SENT,),
}
"""What one may ask the outbox for."""
_UNSENT = tuple(state for state in Standing if state != Standing.SENT)
_WATCHED = tuple(name for name in STATES if name != "sent")
"""What is counted: in the end nearly everything has been sent, and nobody needs the number."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the outbox and how many messages stand how."""

    messages: list[Row]
    counts: Mapping[str, int]
    """By keys of STATES, but for those that were sent; none is higher than COUNTED."""
    more: frozenset[str]
    """The keys of those of which there are more than were counted."""
    next: int | None
    """The id behind which the next page begins; None on the last."""


@action("look")
def messages(actor: Actor, *, show: str = "", after: int | None = None, size: int = PAGE) -> Listed:
    """Return messages, newest first; ``show`` is a key of STATES, or empty for all but sent ones.

    Each has the number of its bill and ``age_minutes``: how long it has waited, or waited in vain.
    """
    own = actor.organisation_id
    ids = outbox.newest(own, STATES.get(show, _UNSENT), after, size + 1)
    found = Message.objects.filter(organisation_id=own, pk__in=ids[:size])
    counted = outbox.counted(own, [STATES[name] for name in _WATCHED], COUNTED + 1)
    counts = dict(zip(_WATCHED, counted, strict=True))
    return Listed(
        _numbered(actor, list(found.order_by("-id").values(*_COLUMNS))),
        {name: min(count, COUNTED) for name, count in counts.items()},
        frozenset(name for name, count in counts.items() if count > COUNTED),
        ids[size - 1] if len(ids) > size else None,
    )


def _numbered(actor: Actor, rows: list[Row]) -> list[Row]:
    bills = Bill.objects.filter(
        organisation_id=actor.organisation_id, pk__in=[row["bill_id"] for row in rows]
    )
    numbers = dict(bills.values_list("pk", "number"))
    return [_shown(row, numbers.get(row["bill_id"], "")) for row in rows]


def _shown(row: Row, number: str) -> Row:
    waited = datetime.now(UTC) - row["asked_at"]
    minutes = int(waited.total_seconds()) // 60
    final = row["next_try_at"] is None
    return {**row, "number": number, "age_minutes": minutes, "final": final}


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What was and will be delivered of a bill, and whether it can be sent now."""

    messages: list[Row]
    files: list[Row]
    address: str
    """Where it would go now; empty where it cannot."""
    why_not: str
    """A key of ``mail_addresses.WHY``, or nothing."""
    credited: bool
    """Taken back in full, so that it goes out with a reason only."""
    standing: str
    """``none``, ``waits``, ``sent``, ``doubtful`` or ``undelivered``."""

    @property
    def again(self) -> bool:
        """Whether it may be sent, with a reason, though it was sent or credited."""
        return self.credited or self.standing in ("sent", "doubtful")


@action("look")
def deliveries(actor: Actor, number: str) -> Deliveries:
    """Return the messages about a bill, oldest first, and its files. Raises NoSuchBill."""
    bill = Bill.objects.filter(organisation_id=actor.organisation_id, number=number).first()
    if bill is None:
        raise look_up.NoSuchBill(number)
    own = {"organisation_id": actor.organisation_id, "bill_id": bill.pk}
    rows = list(Message.objects.filter(**own).order_by("id").values(*_COLUMNS))
    files = DeliveredFile.objects.filter(**own).order_by("id")
    address, why = Addresses(actor, {bill.customer or ""}).of(bill.customer)
    return Deliveries(
        [_shown(row, number) for row in rows],
        list(files.values("id", "name", "kind", "size", "sha256", "at")),
        address,
        why,
        outbox.credited_whole(actor.organisation_id, bill.pk),
        _standing(rows),
    )


def _standing(rows: list[Row]) -> str:
    states = {row["state"] for row in rows}
    if not rows:
        return "none"
    if any(row["next_try_at"] is not None for row in rows):
        return "waits"
    if Standing.SENT in states:
        return "sent"
    return "undelivered" if states <= set(DONE_WITHOUT) else "doubtful"


@action("look")
def delivered_file(actor: Actor, number: str, file_id: int) -> tuple[str, str, bytes]:
    """Return name, kind and bytes of a file as it was delivered with a bill.

    Raises LookupError where the bill was never delivered with it.
    """
    bill = Bill.objects.filter(organisation_id=actor.organisation_id, number=number).first()
    if bill is None:
        raise look_up.NoSuchBill(number)
    own = DeliveredFile.objects.filter(organisation_id=actor.organisation_id, bill_id=bill.pk)
    row = own.filter(pk=file_id).first() if file_id < 2**63 else None
    if row is None:
        raise LookupError(f"{number} was not delivered with such a file")
    return row.name, row.kind, outbox.opened(row)


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as its customer would see it."""

    letter: mail.Letter
    sender: Sender | None
    address: str
    why_not: str
    """A key of ``mail_addresses.WHY``, the code of NoSender without one, or nothing."""
    attachment: str


@action("look")
def preview_message(actor: Actor, number: str) -> Preview:
    """Return the message that brings a bill, without sending it. Raises NoSuchBill."""
    document = look_up.document(actor, number)
    bills = Bill.objects.filter(organisation_id=actor.organisation_id, number=number)
    customer = bills.values_list("customer", flat=True)[0]
    address, why = Addresses(actor, {customer or ""}).of(customer)
    sender = None
    try:
        sender = sender_of(actor.organisation_id)
    except NoSender as error:
        why = why or error.code
    return Preview(mail.letter(document), sender, address, why, pdf_name(number))
