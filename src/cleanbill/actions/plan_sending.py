"""Which of some bills get a message, which have one, and which cannot be sent, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from cleanbill.actions.access import Actor
from cleanbill.actions.mail_addresses import Addresses
from cleanbill.nouns.delivery import DONE_WITHOUT
from cleanbill.store import outbox
from cleanbill.store.models import Message

BILL = "bill"
"""The purpose of a message that brings a bill."""
Head = tuple[int, str, str | None]
"""A bill's id, number and customer."""


@dataclass(frozen=True, slots=True)
class Unsent:
    """A bill that was not put into the outbox, and what to do about it."""

    number: str
    customer: str | None
    code: str
    """A key of ``mail_addresses.WHY``."""
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What asking for some bills comes to."""

    fresh: pl.DataFrame
    """Messages to be written: ``outbox.FRESH``."""
    revived: list[int]
    """Messages that were not delivered, to be queued again."""
    already: int
    unsent: list[Unsent]

    @property
    def messages(self) -> int:
        """How many messages would wait in the outbox."""
        return self.fresh.height + len(self.revived)

    def without(self, bills: set[int]) -> Plan:
        """Return the plan where somebody else has queued some of the bills since."""
        left = self.fresh.filter(~pl.col("bill_id").is_in(list(bills)))
        gone = self.fresh.height - left.height
        return Plan(left, self.revived, self.already + gone, self.unsent)


def planned(actor: Actor, bills: Sequence[Head], *, again: bool) -> Plan:
    """Return what is to be done for bills that stand in the order of their ids; writes nothing.

    With ``again`` also for bills that have been sent, or credited in full.
    """
    addresses = Addresses(actor, {customer for _, _, customer in bills if customer})
    before = _before(actor, bills)
    credited = outbox.credited_some(actor.organisation_id, [bill for bill, _, _ in bills])
    fresh: list[tuple[int, str, str, int]] = []
    revived: list[int] = []
    unsent: list[Unsent] = []
    already = 0
    for bill, number, customer in bills:
        rows = before.get(bill, [])
        standing = [row for row in rows if row.state not in DONE_WITHOUT]
        waits = any(row.next_try_at is not None for row in rows)
        if waits or (standing and not again):
            already += 1
            continue
        address, code = addresses.of(customer)
        gone = bill in credited and outbox.credited_whole(actor.organisation_id, bill)
        if gone and not code and not again:
            code = "credited"
        if code or customer is None:
            unsent.append(Unsent(number, customer, code, addresses.told(customer, code)))
            continue
        tried = [row.pk for row in rows if row.recipient == address]
        if tried and not again:
            revived.append(tried[-1])
            continue
        turn = max((row.turn for row in rows), default=-1) + 1 if again else 0
        fresh.append((bill, customer, address, turn))
    table = pl.DataFrame(fresh, schema=dict(outbox.FRESH), orient="row")
    return Plan(table, revived, already, unsent)


def _before(actor: Actor, bills: Sequence[Head]) -> dict[int, list[Message]]:
    found: dict[int, list[Message]] = defaultdict(list)
    first, last = (bills[0][0], bills[-1][0]) if bills else (0, 0)
    rows = Message.objects.filter(
        organisation_id=actor.organisation_id, purpose=BILL, bill_id__range=(first, last)
    ).only("bill_id", "recipient", "turn", "state", "next_try_at")
    for row in rows.order_by("turn", "id"):
        found[row.bill_id].append(row)
    return found
