"""Credit a bill: take back, exactly, all that is left of an issued invoice, or of some lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import polars as pl
from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.gather_bundles import parts_of_lines
from cleanbill.actions.look_up import NoSuchBill
from cleanbill.actions.seal_parties import sealed_customers
from cleanbill.cycle import run as cycle
from cleanbill.formats import bill_json
from cleanbill.store import coupon_reading, faults, reading, retainer_reading, writing
from cleanbill.store.bill_rows import Scope, rows_of
from cleanbill.store.companies import policy_of, seller_of
from cleanbill.store.models import Bill, Event, Organisation, SellerRecord, Series
from cleanbill.store.numbers import SeriesOrder, take_numbers
from cleanbill.store.opening import opened_document
from cleanbill.store.retries import persistently

Reverse = Callable[[Mapping[int, int] | None], cycle.Batch]
"""Drafts the credit note over all of a bill, or over so much of some charges."""
_NO_TURNS = pl.DataFrame(schema={"charge_id": pl.Int64, "turn": pl.Int32})
"""A reversal's lines consume no charge."""


class NothingLeft(ValueError):
    """The bill has been credited completely, or is itself a credit note."""


class NoSuchLine(LookupError):
    """The bill has no line of that number."""


class RetainerDrawn(ValueError):
    """The bill is of a retainer, and other bills have drawn some of it."""


@dataclass(frozen=True, slots=True)
class _Reversal:
    """A credit note worked out and not issued yet."""

    bill: Bill
    seller_row: SellerRecord
    series: Series
    batch: cycle.Batch
    lines: list[int]
    named: dict[str, Any]


@action("bills.credit")
def credit_bill(
    actor: Actor,
    number: str,
    *,
    issue_date: date,
    reason: str,
    reopen: bool = False,
    lines: Collection[int] = (),
) -> str:
    """Issue a credit note over what is left of an invoice; return the credit note's number.

    With ``lines`` it is over what is left of these lines only. With ``reopen`` their charges may be
    billed again (a wrong bill is replaced); without, they stay consumed (goods came back). Raises
    NoSuchBill, NoSuchLine, NothingLeft, RetainerDrawn, SeriesOrder.
    """
    note = persistently(lambda: credited(actor, number, issue_date, reason, reopen, lines=lines))
    faults.committed("credit")
    return note


@action("bills.credit")
def preview_credit(
    actor: Actor, number: str, *, issue_date: date, reason: str, lines: Collection[int] = ()
) -> bill_json.Document:
    """Return the credit note that ``credit_bill`` would issue now, its customer's data opened.

    Nothing is written. Raises what ``credit_bill`` raises.
    """
    with transaction.atomic():
        found = _reversal(actor, number, issue_date, reason, lines, locked=False)
        issued = cycle.issue_chunk(
            found.batch, 0, 1, prefix="PREVIEW-", first_number=1, **found.named
        )
        text, who = issued.bills.select("document", "customer").row(0)
        transaction.set_rollback(True)
    return opened_document(actor.organisation_id, who, bill_json.read(text))


@action("bills.credit")
def creditable(actor: Actor, number: str) -> list[dict[str, Any]]:
    """Return the lines of an invoice with what is left of each to credit. Raises NoSuchBill.

    A credit note has none.
    """
    bill = _bill(actor, number)
    lines = reading.lines_of_bill(actor.organisation_id, bill.pk)
    left = pl.col("quantity_e6") - pl.col("credited_e6")
    return lines.with_columns(left.alias("left_e6")).sort("line").to_dicts()


@transaction.atomic
def credited(
    actor: Actor,
    number: str,
    issue_date: date,
    reason: str,
    reopen: bool,
    only: Callable[[Reverse], Mapping[int, int]] | None = None,
    *,
    lines: Collection[int] = (),
) -> str:
    """Issue a credit note as ``credit_bill`` does; ``only`` says how much of which charges.

    It is told how the bill would be reversed, once nobody else can credit it.
    """
    found = _reversal(actor, number, issue_date, reason, lines, only, locked=True)
    dated = found.batch.bills["issue_date"][0]
    with faults.write("credit.numbers"):
        taken = take_numbers(found.series.pk, 1, dated, dated)
    issued = cycle.issue_chunk(
        found.batch, 0, 1, prefix=found.series.prefix, first_number=taken.first, **found.named
    )
    scope = Scope(actor.organisation_id, found.seller_row.pk, found.series.pk)
    rows = rows_of(scope, issued, taken.first, None)
    writing.keep_bills(rows, None, taken.chain_head, _NO_TURNS)
    released = 0
    with faults.write("credit.reopen"):
        if reopen:
            released = writing.reopen_charges(actor.organisation_id, found.bill.pk, found.lines)
    credit_number = str(rows.known["number"][0])
    after = {"credit_note": credit_number, "charges_reopened": released}
    _told(actor, number, {**after, "lines": found.lines} if lines else after, reason)
    return credit_number


def _bill(actor: Actor, number: str) -> Bill:
    bill = Bill.objects.filter(organisation_id=actor.organisation_id, number=number).first()
    if bill is None:
        raise NoSuchBill(number)
    return bill


def _reversal(
    actor: Actor,
    number: str,
    issue_date: date,
    reason: str,
    wanted: Collection[int],
    only: Callable[[Reverse], Mapping[int, int]] | None = None,
    *,
    locked: bool,
) -> _Reversal:
    """Work out the credit note; ``locked`` holds what it rests on until the transaction ends."""
    bill = _bill(actor, number)
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
    every = Series.objects.select_for_update() if locked else Series.objects
    series = every.get(seller=seller_row, kind="credit_note")
    lines = _lines(actor, bill, wanted)
    known = reading.customers(actor.organisation_id, bill.customer)
    customers = sealed_customers(actor.organisation_id, known)
    parts = coupon_reading.parts_of_bill(actor.organisation_id, bill.pk)
    held = retainer_reading.retainers_of(actor.organisation_id, bill.customer)
    if locked:
        retainer_reading.locked(actor.organisation_id, held)
    whole = partial(cycle.reverse, lines, customers, seller, policy, issue_date, parts)
    batch = whole(None if only is None else only(whole))
    if batch.bills.is_empty():
        what = f"line {', '.join(map(str, sorted(wanted)))} of {number}" if wanted else number
        raise NothingLeft(f"{what} has been credited completely already")
    _undrawn(actor, number, held, batch)
    named = {"seller": seller, "policy": policy, "reason": reason}
    return _Reversal(bill, seller_row, series, batch, lines["line"].to_list(), named)


def _lines(actor: Actor, bill: Bill, wanted: Collection[int]) -> pl.DataFrame:
    """Return the billed lines that are to be taken back: those wanted, or all."""
    lines = reading.lines_of_bill(actor.organisation_id, bill.pk)
    missing = sorted(set(wanted) - set(lines["line"].to_list()))
    if missing:
        raise NoSuchLine(f"bill {bill.number} has {lines.height} lines, and no line {missing[0]}")
    if wanted:
        lines = lines.filter(pl.col("line").is_in(sorted(wanted)))
    return parts_of_lines(actor.organisation_id, lines)


def _undrawn(actor: Actor, number: str, held: pl.Series, batch: cycle.Batch) -> None:
    """Refuse a credit that leaves less of a retainer than was drawn of it."""
    if held.is_empty():
        return
    if retainer_reading.overdrawn(actor.organisation_id, held, batch.lines, batch.parts):
        raise RetainerDrawn(
            f"{number} bills a retainer in advance that other bills have drawn since; only what is "
            "left of it can be credited. Credit those bills first (cleanbill retainers CODE tells "
            "what is left), or import a cancellation of no more than what is left."
        )


def _told(actor: Actor, number: str, after: dict[str, Any], reason: str) -> None:
    with faults.write("credit.event"):
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=datetime.now(UTC),
            actor=actor.name,
            action="bill.credited",
            subject=number,
            after=after,
            cause=reason,
        )
