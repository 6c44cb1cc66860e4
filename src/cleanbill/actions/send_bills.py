"""Send bills: put messages into the outbox, from where a worker delivers them once committed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl
from django.db import IntegrityError, transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.look_up import NoSuchBill
from cleanbill.actions.mail_sender import sender_of
from cleanbill.actions.open_books import Progress, silent
from cleanbill.actions.plan_sending import BILL, Head, Plan, Unsent, planned
from cleanbill.formats import mail
from cleanbill.nouns.delivery import DONE_WITHOUT, Standing
from cleanbill.nouns.seal import ERASED
from cleanbill.store import faults, outbox
from cleanbill.store.models import Bill, Event, Message, PartyKey
from cleanbill.store.party_keys import keep_keys
from cleanbill.store.retries import persistently

LONGEST_REASON = 600
_PART = 5_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of asking for bills to be sent."""

    queued: int = 0
    already: int = 0
    """Bills whose message waits or has been sent before."""
    unsent: list[Unsent] = field(default_factory=list)
    """Those that cannot be sent; of a run only the first, where fewer were asked for."""
    cannot: int = 0
    """How many cannot be sent."""


class NotAgain(ValueError):
    """The bill is not sent once more like this; ``code`` says why, a key of ``WHY_NOT``."""

    def __init__(self, number: str, code: str) -> None:
        super().__init__(WHY_NOT[code].format(number=number))
        self.code = code


WHY_NOT = {
    "waits": "{number} waits to be sent already; look at the outbox",
    "sent": "{number} has been sent already; to send it again, say so and why",
    "doubtful": "{number} may have been sent already; to send it again, say so and why",
    "reason": "say why {number} is sent again",
}
"""Why a bill is not sent once more, and what to do."""


class _Overtaken(Exception):
    """A customer has been erased since it was found that they get a message."""


@dataclass(slots=True)
class _Found:
    """What was found to be done for a run, with which message was the last by then."""

    last: int
    plans: list[Plan] = field(default_factory=list)
    unsent: list[Unsent] = field(default_factory=list)
    cannot: int = 0

    def take(self, plan: Plan, most: int | None) -> None:
        """Add the plan of a part; of what cannot be sent only the first are kept."""
        self.cannot += len(plan.unsent)
        self.unsent += plan.unsent if most is None else plan.unsent[: most - len(self.unsent)]
        plan.unsent.clear()
        self.plans.append(plan)

    def asked(self) -> Asked:
        """Return it as it is told."""
        queued = sum(plan.messages for plan in self.plans)
        already = sum(plan.already for plan in self.plans)
        return Asked(queued, already, self.unsent, self.cannot)


@action("bills.send")
def send_run(
    actor: Actor,
    run: int,
    *,
    dry_run: bool = False,
    most: int | None = None,
    progress: Progress = silent,
) -> Asked:
    """Queue a message for every bill of a run that has none; asking twice sends nothing twice.

    Bills that cannot be sent (no address, credited since) are told with what to do, ``most`` of
    them if that is given; with ``dry_run`` that is all. What is to be done is found first, so that
    the one transaction that writes it is short. Raises
    LookupError where the run has issued no bill, ValueError where nobody is named as the sender.
    """

    def work() -> Asked:
        found = _found(actor, run, most, progress)
        if dry_run:
            return found.asked()
        progress("Writing messages", 0, 0)
        with transaction.atomic():
            return _wrote_run(actor, run, found)

    asked = persistently(work, overtaken=(IntegrityError, _Overtaken))
    if not dry_run:
        faults.committed("outbox.queue")
    return asked


def _found(actor: Actor, run: int, most: int | None, progress: Progress) -> _Found:
    bills = Bill.objects.filter(organisation_id=actor.organisation_id, run_id=run)
    whole = bills.count() if 0 < run < 2**63 else 0
    if not whole:
        raise LookupError(f"there is no run {run} that has issued bills")
    own = Message.objects.filter(organisation_id=actor.organisation_id)
    found = _Found(own.order_by("-id").values_list("id", flat=True).first() or 0)
    done = 0
    progress("Looking at bills", done, whole)
    for part in _parts(actor, run):
        found.take(planned(actor, part, again=False), most)
        done += len(part)
        progress("Looking at bills", done, whole)
    return found


def _parts(actor: Actor, run: int) -> Iterator[list[Head]]:
    """Yield the bills of a run in the order of their ids, part by part."""
    bills = Bill.objects.filter(organisation_id=actor.organisation_id, run_id=run).order_by("id")
    last = 0
    while part := list(bills.filter(id__gt=last).values_list("id", "number", "customer")[:_PART]):
        last = part[-1][0]
        yield part


def _wrote_run(actor: Actor, run: int, found: _Found) -> Asked:
    """Write what was found, but for what others have queued since, and tell what was written."""
    keep_keys(actor.organisation_id)
    since = Message.objects.filter(
        organisation_id=actor.organisation_id, purpose=BILL, id__gt=found.last
    )
    late = set(since.values_list("bill_id", flat=True))
    if late:
        found.plans = [plan.without(late) for plan in found.plans]
    if any(_erased_since(actor, plan) for plan in found.plans):
        raise _Overtaken
    revived = sum(_wrote(actor, plan, f"run {run}") for plan in found.plans)
    asked = found.asked()
    others = sum(len(plan.revived) for plan in found.plans) - revived
    asked = Asked(asked.queued - others, asked.already + others, asked.unsent, asked.cannot)
    if asked.queued:
        with faults.write("outbox.event"):
            _event(actor, "run.sending", f"run {run}", f"run {run}", {"messages": asked.queued})
    return asked


def _erased_since(actor: Actor, plan: Plan) -> bool:
    gone = PartyKey.objects.filter(
        organisation_id=actor.organisation_id, party__in=plan.fresh["party"].to_list(), salt=None
    )
    return not plan.fresh.is_empty() and gone.exists()


@action("bills.send")
def send_bill(actor: Actor, number: str, *, again: bool = False, reason: str = "") -> Asked:
    """Queue a bill for its customer; with ``again`` and a reason also one that was sent before.

    What is sent again is the file that was delivered first. Raises NoSuchBill, NotAgain, also
    without a reason, and ValueError where nobody is named as the sender.
    """
    why = " ".join(reason.split())[:LONGEST_REASON]
    if again and not why:
        raise NotAgain(number, "reason")

    def work() -> Asked:
        with transaction.atomic():
            return _queued_bill(actor, number, again, why)

    asked = persistently(work, overtaken=(IntegrityError,))
    faults.committed("outbox.queue")
    return asked


def _queued_bill(actor: Actor, number: str, again: bool, why: str) -> Asked:
    keep_keys(actor.organisation_id)
    bills = Bill.objects.filter(organisation_id=actor.organisation_id, number=number)
    head = bills.values_list("id", "number", "customer").first()
    if head is None:
        raise NoSuchBill(number)
    plan = planned(actor, [head], again=again)
    if plan.already:
        raise NotAgain(number, _already(actor, head[0], again))
    if plan.messages:
        _wrote(actor, plan, why)
        with faults.write("outbox.event"):
            _event(actor, "bill.sending", number, why, {})
    return Asked(plan.messages, 0, plan.unsent, len(plan.unsent))


def _already(actor: Actor, bill: int, again: bool) -> str:
    """Return the key of WHY_NOT that fits a bill which waits, or went out."""
    last = Message.objects.filter(organisation_id=actor.organisation_id, bill_id=bill)
    row = last.order_by("turn", "id").last()
    if row is not None and row.next_try_at is not None:
        return "waits"
    return "doubtful" if again else "sent"


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


def _wrote(actor: Actor, plan: Plan, reason: str) -> int:
    """Write the rows of a plan within the caller's transaction; return how many were revived."""
    if not plan.messages:
        return 0
    now = datetime.now(UTC)
    # Refused, given up or withdrawn, they were not delivered; another may have been quicker, and
    # whose customer has been erased since says no more where it would go.
    undelivered = Message.objects.filter(
        organisation_id=actor.organisation_id, pk__in=plan.revived, state__in=DONE_WITHOUT
    ).exclude(recipient=ERASED)
    again = {"attempts": 0, "doubts": 0, "next_try_at": now, "answer": ""}
    revived = undelivered.update(state=Standing.QUEUED, **again) if plan.revived else 0
    if not plan.fresh.is_empty():
        domain = mail.domain_of(sender_of(actor.organisation_id).address)
        ids = [f"<{secrets.token_hex(16)}@{domain}>" for _ in range(plan.fresh.height)]
        rows = plan.fresh.with_columns(pl.Series("message_id", ids, dtype=pl.String))
        said = {"purpose": BILL, "actor": actor.name, "reason": reason}
        with faults.write("outbox.rows"):
            outbox.put_in(actor.organisation_id, rows, **said, at=now)
    return revived
