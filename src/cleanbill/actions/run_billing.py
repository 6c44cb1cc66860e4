"""Run the billing cycle: preview what it would do, or issue bills in chunks, whole or absent."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.cycle import run as cycle
from cleanbill.engine.tables import MasterData
from cleanbill.nouns.policy import Policy
from cleanbill.nouns.seller import Seller
from cleanbill.store import reading, writing
from cleanbill.store.companies import policy_of, seller_of
from cleanbill.store.models import Event, Organisation, Run, RunStep, SellerRecord, Series
from cleanbill.store.numbers import take_numbers

CHUNK = 5000
Progress = Callable[[str, int, int], None]


def _silent(stage: str, done: int, whole: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did, or a preview would do. Money by currency, in minor units."""

    run_id: int | None
    charges: pl.DataFrame
    """disposition, kind, currency, count, net_minor"""
    bills: pl.DataFrame
    """kind, currency, count, net_minor, tax_minor, payable_minor"""
    findings: pl.DataFrame
    """code, severity, count, at_stake_minor, currency"""
    first_number: str | None = None
    last_number: str | None = None
    documents: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Books:
    """What one run works with."""

    seller_row: Any
    seller: Seller
    policy: Policy
    master: MasterData
    batch: cycle.Batch
    before: pl.DataFrame


def _opened(
    actor: Actor,
    until: date,
    issue_date: date,
    last_charge: int,
    customer: str | None,
    progress: Progress,
) -> _Books:
    progress("Reading charges", 0, 1)
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    seller_row = SellerRecord.objects.get(organisation=organisation)
    seller, policy = seller_of(seller_row.profile), policy_of(organisation.policy)
    charges = reading.open_charges(actor.organisation_id, last_charge, customer)
    master = reading.master_data(actor.organisation_id)
    cancellations = charges.filter(pl.col("kind") == "cancellation")
    originals = reading.billed_originals(actor.organisation_id, cancellations)
    progress("Verifying, pricing, taxing", 0, 1)
    batch = cycle.bill(
        charges, master, seller, policy, until=until, issue_date=issue_date, originals=originals
    )
    before = reading.open_findings(actor.organisation_id)
    return _Books(seller_row, seller, policy, master, batch, before)


@action("bills.preview")
def preview(
    actor: Actor, *, until: date, issue_date: date, customer: str | None = None, documents: int = 0
) -> Outcome:
    """Return what a run would do now, with the first ``documents`` bills; nothing is written."""
    last = reading.last_charge_id(actor.organisation_id)
    books = _opened(actor, until, issue_date, last, customer, _silent)
    shown = []
    if documents:
        issued = cycle.issue_chunk(
            books.batch,
            0,
            documents,
            prefix="PREVIEW-",
            first_number=1,
            customers=books.master.customers,
            seller=books.seller,
            policy=books.policy,
        )
        shown = issued.bills["document"].to_list()
    return _outcome(None, books.batch, documents=shown)


@action("bills.issue")
def run_billing(
    actor: Actor,
    *,
    until: date,
    issue_date: date,
    idempotency_key: str | None = None,
    progress: Progress = _silent,
    chunk: int = CHUNK,
) -> Outcome:
    """Issue every bill that can go out by ``until``; hold the rest with its reasons.

    Each chunk of bills is one transaction with numbers, documents, postings and step. A run that
    was killed goes on where it stopped when it is called with the same ``idempotency_key``; a run
    that is done answers with what it did.
    """
    key = idempotency_key or uuid.uuid4().hex
    run = _begun(actor, until, issue_date, key)
    if run.state == Run.State.DONE:
        return _remembered(run)
    books = _opened(actor, run.until, run.issue_date, run.last_charge_id, None, progress)
    _issue_all(actor, run, books, chunk, progress)
    with transaction.atomic():
        unbilled = books.batch.charges.filter(pl.col("disposition") != "clear")
        closed = unbilled.filter(pl.col("disposition") == "not_billable").select(
            "charge_id", pl.col("not_billable").alias("cause")
        )
        writing.close_charges(actor.organisation_id, run.pk, closed, "not_billable")
        opened, gone = _renewed(actor, run, books, unbilled, None)
        outcome = _outcome(run.pk, books.batch)
        run.totals = {**_totals(outcome), "findings_opened": opened, "findings_closed": gone}
        run.state, run.finished_at = Run.State.DONE, datetime.now(UTC)
        run.save()
    return outcome


def _begun(actor: Actor, until: date, issue_date: date, key: str) -> Run:
    with transaction.atomic():
        run, new = Run.objects.get_or_create(
            organisation_id=actor.organisation_id,
            idempotency_key=key,
            defaults={
                "seller_id": SellerRecord.objects.get(organisation_id=actor.organisation_id).pk,
                "state": Run.State.RUNNING,
                "until": until,
                "issue_date": issue_date,
                "last_charge_id": reading.last_charge_id(actor.organisation_id),
                "actor": actor.name,
                "started_at": datetime.now(UTC),
            },
        )
        if not new and (run.until, run.issue_date) != (until, issue_date):
            raise ValueError(
                f"the key {key!r} belongs to a run until {run.until}, issued {run.issue_date}; "
                "use another key for another run"
            )
    return run


def _issue_all(actor: Actor, run: Run, books: _Books, chunk: int, progress: Progress) -> None:
    """Write the batch's bills chunk by chunk: invoices first, so that credits find their numbers."""
    bills = books.batch.bills
    known: list[pl.DataFrame] = []
    done = 0
    for kind in ("invoice", "credit_note"):
        place = bills.with_row_index("place").filter(pl.col("kind") == kind)
        if place.is_empty():
            continue
        series = Series.objects.get(seller=books.seller_row, kind=kind)
        first, count = int(place["place"][0]), place.height
        numbers = pl.concat(known) if known else None
        for start in range(first, first + count, chunk):
            size = min(chunk, first + count - start)
            known.append(_issue_chunk(actor, run, books, series, start, size, numbers))
            done += size
            progress("Issuing", done, bills.height)


def _issue_chunk(
    actor: Actor,
    run: Run,
    books: _Books,
    series: Series,
    start: int,
    size: int,
    numbers: pl.DataFrame | None,
) -> pl.DataFrame:
    bills = books.batch.bills.slice(start, size)
    first_day, last_day = bills["issue_date"].min(), bills["issue_date"].max()
    assert isinstance(first_day, date)
    assert isinstance(last_day, date)
    with transaction.atomic():
        taken = take_numbers(series.pk, size, first_day, last_day)
        issued = cycle.issue_chunk(
            books.batch,
            start,
            size,
            prefix=series.prefix,
            first_number=taken.first,
            customers=books.master.customers,
            seller=books.seller,
            policy=books.policy,
            numbers=numbers,
        )
        kept = writing.keep_bills(
            actor.organisation_id, books.seller_row.pk, series.pk, run.pk, issued, taken, numbers
        )
        lines = issued.lines.select("charge_id")
        _renewed(actor, run, books, lines, issued.bills["draft_key"])
        step = RunStep.objects.create(
            organisation_id=actor.organisation_id,
            run_id=run.pk,
            kind=series.kind,
            first_number=kept["number"][0],
            last_number=kept["number"][-1],
            rows=size,
            totals={"payable": _by_currency(issued.bills, "payable_minor")},
            done_at=datetime.now(UTC),
        )
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=step.done_at,
            actor=actor.name,
            action="bills.issued",
            subject=f"{step.first_number}..{step.last_number}",
            after={"count": size, **step.totals},
            cause=f"run {run.pk}",
        )
    return kept


def _renewed(
    actor: Actor, run: Run, books: _Books, charges: pl.DataFrame, drafts: pl.Series | None
) -> tuple[int, int]:
    """Keep the findings on these charges and drafts; without drafts, on those that stay held."""
    found = books.batch.findings
    about = found.join(charges.select("charge_id"), on="charge_id", how="semi")
    on_drafts = found.filter(pl.col("subject_kind") == "draft")
    if drafts is None:
        issued = books.batch.bills["draft_key"].implode()
        on_drafts = on_drafts.filter(~pl.col("subject").is_in(issued))
    else:
        on_drafts = on_drafts.filter(pl.col("subject").is_in(drafts.implode()))
    return writing.renew_findings(
        actor.organisation_id,
        run.pk,
        pl.concat([about, on_drafts]),
        books.before,
        charges.select("charge_id"),
        close_drafts=drafts is None,
    )


def _by_currency(frame: pl.DataFrame, column: str) -> dict[str, int]:
    grouped = frame.group_by("currency").agg(pl.col(column).cast(pl.Int128).sum()).sort("currency")
    return {currency: int(amount) for currency, amount in grouped.iter_rows()}


def _outcome(run_id: int | None, batch: cycle.Batch, documents: list[str] | None = None) -> Outcome:
    def summed(frame: pl.DataFrame, by: list[str], columns: list[str]) -> pl.DataFrame:
        return (
            frame.group_by(by)
            .agg(
                pl.len().cast(pl.Int64).alias("count"),
                *(pl.col(c).cast(pl.Int128).sum().cast(pl.Int64).alias(c) for c in columns),
            )
            .sort(by)
        )

    return Outcome(
        run_id,
        charges=summed(batch.charges, ["disposition", "kind", "currency"], ["net_minor"]),
        bills=summed(
            batch.bills, ["kind", "currency"], ["net_minor", "tax_minor", "payable_minor"]
        ),
        findings=summed(batch.findings, ["code", "severity", "currency"], ["at_stake_minor"]),
        documents=documents or [],
    )


def _totals(outcome: Outcome) -> dict[str, Any]:
    return {part: getattr(outcome, part).to_dicts() for part in ("charges", "bills", "findings")}


def _remembered(run: Run) -> Outcome:
    """The answer of a run that is done, from what it stored."""
    tables = {
        part: pl.DataFrame(run.totals[part], infer_schema_length=None)
        for part in ("charges", "bills", "findings")
    }
    return Outcome(run.pk, **tables)
