"""Credit a bill: take back, exactly, all that is left of an issued invoice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import partial

import polars as pl
from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.gather_bundles import parts_of_lines
from cleanbill.actions.look_up import NoSuchBill
from cleanbill.actions.seal_parties import sealed_customers
from cleanbill.cycle import run as cycle
from cleanbill.store import coupon_reading, faults, reading, retainer_reading, writing
from cleanbill.store.bill_rows import Scope, rows_of
from cleanbill.store.companies import policy_of, seller_of
from cleanbill.store.models import Bill, Event, Organisation, SellerRecord, Series
from cleanbill.store.numbers import SeriesOrder, take_numbers
from cleanbill.store.retries import persistently

Reverse = Callable[[Mapping[int, int] | None], cycle.Batch]
"""Drafts the credit note over all of a bill, or over so much of some charges."""
_NO_TURNS = pl.DataFrame(schema={"charge_id": pl.Int64, "turn": pl.Int32})
"""A reversal's lines consume no charge."""


class NothingLeft(ValueError):
    """The bill has been credited completely, or is itself a credit note."""


class RetainerDrawn(ValueError):
    """The bill is of a retainer, and other bills have drawn some of it."""


@action("bills.credit")
def credit_bill(
    actor: Actor, number: str, *, issue_date: date, reason: str, reopen: bool = False
) -> str:
    """Issue a credit note over what is left of an invoice; return the credit note's number.

    With ``reopen`` its charges may be billed again (a wrong bill is replaced); without, they stay
    consumed (goods came back). Raises NoSuchBill, NothingLeft,
    RetainerDrawn, SeriesOrder.
    """
    note = persistently(lambda: credited(actor, number, issue_date, reason, reopen))
    faults.committed("credit")
    return note


@transaction.atomic
def credited(
    actor: Actor,
    number: str,
    issue_date: date,
    reason: str,
    reopen: bool,
    only: Callable[[Reverse], Mapping[int, int]] | None = None,
) -> str:
    """Issue a credit note as ``credit_bill`` does; ``only`` says how much of which charges.

    It is told how the bill would be reversed, once nobody else can credit it.
    """
    bill = Bill.objects.filter(organisation_id=actor.organisation_id, number=number).first()
    if bill is None:
        raise NoSuchBill(number)
    if bill.kind != "invoice":
        raise NothingLeft(f"{number} is a credit note; only an invoice can be credited")
    if issue_date < bill.issue_date:
        raise SeriesOrder(
            f"{number} is dated {bill.issue_date}; a credit note of {issue_date} would stand "
            "before it. Choose an issue date that is not earlier."
        )
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    seller_row = SellerRecord.objects.get(pk=bill.seller_id)
    seller, policy = seller_of(seller_row.profile), policy_of(organisation.policy)
    # Whoever credits holds the series first: what is left to credit must not change while we look.
    series = Series.objects.select_for_update().get(seller=seller_row, kind="credit_note")
    lines = reading.lines_of_bill(actor.organisation_id, bill.pk)
    lines = parts_of_lines(actor.organisation_id, lines)
    known = reading.customers(actor.organisation_id, bill.customer)
    customers = sealed_customers(actor.organisation_id, known)
    parts = coupon_reading.parts_of_bill(actor.organisation_id, bill.pk)
    held = retainer_reading.retainers_of(actor.organisation_id, bill.customer)
    retainer_reading.locked(actor.organisation_id, held)
    whole = partial(cycle.reverse, lines, customers, seller, policy, issue_date, parts)
    batch = whole(None if only is None else only(whole))
    if batch.bills.is_empty():
        raise NothingLeft(f"{number} has been credited completely already")
    dated = batch.bills["issue_date"][0]
    with faults.write("credit.numbers"):
        taken = take_numbers(series.pk, 1, dated, dated)
    named = {"seller": seller, "policy": policy, "reason": reason}
    issued = cycle.issue_chunk(batch, 0, 1, prefix=series.prefix, first_number=taken.first, **named)
    scope = Scope(actor.organisation_id, seller_row.pk, series.pk)
    rows = rows_of(scope, issued, taken.first, None)
    writing.keep_bills(rows, None, taken.chain_head, _NO_TURNS)
    _undrawn(actor, number, held)
    with faults.write("credit.reopen"):
        released = writing.reopen_charges(actor.organisation_id, bill.pk) if reopen else 0
    credit_number = str(rows.known["number"][0])
    _told(actor, number, credit_number, released, reason)
    return credit_number


def _undrawn(actor: Actor, number: str, held: pl.Series) -> None:
    """Refuse, once its rows are written, a credit that leaves less than was drawn."""
    if len(held) and retainer_reading.overdrawn(actor.organisation_id, held):
        raise RetainerDrawn(
            f"{number} bills a retainer in advance that other bills have drawn since; only what is "
            "left of it can be credited. Credit those bills first (cleanbill retainers CODE tells "
            "what is left), or import a cancellation of no more than what is left."
        )


def _told(actor: Actor, number: str, credit_number: str, released: int, reason: str) -> None:
    with faults.write("credit.event"):
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=datetime.now(UTC),
            actor=actor.name,
            action="bill.credited",
            subject=number,
            after={"credit_note": credit_number, "charges_reopened": released},
            cause=reason,
        )
