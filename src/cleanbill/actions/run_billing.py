"""Run the billing cycle: preview what it would do, or issue bills in chunks, whole or absent."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import polars as pl
from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.open_books import Books, Progress, in_order, open_books
from cleanbill.actions.outcome import Outcome, added, parts_of, remembered
from cleanbill.cycle import run as cycle
from cleanbill.store import reading, writing
from cleanbill.store.finding_writing import renew_findings
from cleanbill.store.models import Event, Run, RunStep, SellerRecord, Series
from cleanbill.store.numbers import SeriesOrder, take_numbers

CHUNK = 5000


def _silent(stage: str, done: int, whole: int) -> None:
    """Report progress to nobody."""


class Overtaken(RuntimeError):
    """Others have billed or credited, since the books were read, what this run is about to."""


@action("bills.preview")
def preview(
    actor: Actor, *, until: date, issue_date: date, customer: str | None = None, documents: int = 0
) -> Outcome:
    """Return what a run would do now, with the first ``documents`` bills; nothing is written."""
    last = reading.last_charge_id(actor.organisation_id)
    books = open_books(actor, until, issue_date, last, customer, _silent)
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
    batch = books.batch
    return remembered(None, parts_of(batch.charges, batch.bills, batch.findings), shown)


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
    that is done answers with what it did. Raises SeriesOrder when a bill would stand before an
    earlier one of its series, or a credit note before what it credits.
    """
    key = idempotency_key or uuid.uuid4().hex
    run = _begun(actor, until, issue_date, key)
    while run.state != Run.State.DONE:
        books = open_books(actor, run.until, run.issue_date, run.last_charge_id, None, progress)
        try:
            in_order(books)
            _issue_all(actor, run, books, chunk, progress)
        except SeriesOrder as error:
            _given_up(run, error)
            raise
        except Overtaken:
            # Others billed some of these charges meanwhile: look again at what is left. This ends,
            # because every time there is less.
            continue
        _close(actor, run, books)
    return remembered(run.pk, run.totals)


def _given_up(run: Run, error: SeriesOrder) -> None:
    """Leave no trace of a run that issued nothing; one that did keeps its bills and says why."""
    with transaction.atomic():
        if RunStep.objects.filter(run_id=run.pk).exists():
            run.state, run.message = Run.State.FAILED, str(error)
            run.save()
        else:
            run.delete()


def _close(actor: Actor, run: Run, books: Books) -> None:
    """Write what becomes of the charges that stand on no bill, and end the run."""
    unbilled = books.batch.charges.filter(pl.col("disposition") != "clear")
    closed = unbilled.filter(pl.col("disposition") == "not_billable").select(
        "charge_id", pl.col("not_billable").alias("cause")
    )
    with transaction.atomic():
        if reading.overtaken(actor.organisation_id, run.pk, books.last_bill, closed):
            return
        writing.close_charges(actor.organisation_id, run.pk, closed, "not_billable")
        replaced = reading.superseded_with_findings(actor.organisation_id)
        seen = pl.concat([unbilled.select("charge_id"), replaced])
        kept, opened, gone = _renewed(actor, run, books, seen, None)
        rest = parts_of(unbilled, books.batch.bills.clear(), kept)
        steps = (
            RunStep.objects.filter(run_id=run.pk).order_by("id").values_list("totals", flat=True)
        )
        run.totals = {
            **added([*steps, rest]),
            "findings_opened": opened,
            "findings_closed": gone,
        }
        run.state, run.finished_at, run.message = Run.State.DONE, datetime.now(UTC), None
        run.save()


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


def _issue_all(actor: Actor, run: Run, books: Books, chunk: int, progress: Progress) -> None:
    """Write the bills chunk by chunk: invoices first, so that credits find their numbers."""
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
    books: Books,
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
        drafted = books.batch.lines.join(bills.select("draft"), on="draft", how="semi")
        if reading.overtaken(actor.organisation_id, run.pk, books.last_bill, drafted):
            raise Overtaken
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
        found, _, _ = _renewed(actor, run, books, drafted, issued.bills["draft_key"])
        billed = books.batch.charges.join(drafted.select("charge_id"), on="charge_id", how="semi")
        step = RunStep.objects.create(
            organisation_id=actor.organisation_id,
            run_id=run.pk,
            kind=series.kind,
            first_number=kept["number"][0],
            last_number=kept["number"][-1],
            rows=size,
            totals=parts_of(billed, issued.bills, found),
            done_at=datetime.now(UTC),
        )
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=step.done_at,
            actor=actor.name,
            action="bills.issued",
            subject=f"{step.first_number}..{step.last_number}",
            after={"count": size, "bills": step.totals["bills"]},
            cause=f"run {run.pk}",
        )
    return kept


def _renewed(
    actor: Actor, run: Run, books: Books, charges: pl.DataFrame, drafts: pl.Series | None
) -> tuple[pl.DataFrame, int, int]:
    """Keep the findings on these charges and drafts; without drafts, on those that stay held.

    Return these findings, how many were opened, how many closed.
    """
    found = books.batch.findings
    about = found.join(charges.select("charge_id"), on="charge_id", how="semi")
    on_drafts = found.filter(pl.col("subject_kind") == "draft")
    if drafts is None:
        issued = books.batch.bills["draft_key"].implode()
        on_drafts = on_drafts.filter(~pl.col("subject").is_in(issued))
    else:
        on_drafts = on_drafts.filter(pl.col("subject").is_in(drafts.implode()))
    kept = pl.concat([about, on_drafts])
    opened, closed = renew_findings(
        actor.organisation_id,
        run.pk,
        kept,
        books.before,
        charges.select("charge_id"),
        close_drafts=drafts is None,
    )
    return kept, opened, closed
