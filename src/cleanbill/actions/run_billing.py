"""Run the billing cycle: preview what it would do, or issue bills in chunks, whole or absent."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from functools import partial

import polars as pl
from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.issue_bills import Desk, Overtaken, Paused
from cleanbill.actions.open_books import Progress, open_books
from cleanbill.actions.outcome import Outcome, added, parts_of, remembered
from cleanbill.cycle import run as cycle
from cleanbill.engine.tables import FINDINGS, empty
from cleanbill.store import faults, reading, writing
from cleanbill.store.models import Run, RunStep, SellerRecord
from cleanbill.store.numbers import SeriesOrder
from cleanbill.store.retries import persistently

CHUNK = 5000


def _silent(stage: str, done: int, whole: int) -> None:
    """Report progress to nobody."""


@action("bills.preview")
def preview(
    actor: Actor, *, until: date, issue_date: date, customer: str | None = None, documents: int = 0
) -> Outcome:
    """Return what a run would do now, with the first ``documents`` bills; nothing is written."""
    last = reading.last_charge_id(actor.organisation_id)
    books = open_books(actor, until, issue_date, last, customer, _silent)
    parts, shown = [], []
    for batch in books.batches():
        parts.append(parts_of(batch.charges, batch.bills, batch.findings))
        wanted = min(documents - len(shown), batch.bills.height)
        if wanted > 0:
            issued = cycle.issue_chunk(
                batch,
                0,
                wanted,
                prefix="PREVIEW-",
                first_number=len(shown) + 1,
                customers=books.master.customers,
                seller=books.seller,
                policy=books.policy,
            )
            shown += issued.bills["document"].to_list()
    books.close()
    return remembered(None, parts[0] if len(parts) == 1 else added(parts), shown)


@action("bills.issue")
def run_billing(
    actor: Actor,
    *,
    until: date,
    issue_date: date,
    customer: str | None = None,
    idempotency_key: str | None = None,
    progress: Progress = _silent,
    chunk: int = CHUNK,
) -> Outcome:
    """Issue every bill that can go out by ``until``; hold the rest with its reasons.

    Each chunk of bills is one transaction with numbers, documents, postings and step. A run that
    was killed goes on where it stopped when it is called with the same ``idempotency_key``; a run
    that is done answers with what it did. With ``customer`` only that customer is billed. Raises
    SeriesOrder when a bill would stand before an earlier one of its series, or a credit note before
    what it credits; Paused when a person paused the run, which goes on with its key.
    """
    key = idempotency_key or uuid.uuid4().hex
    run = persistently(lambda: begun(actor, until, issue_date, customer, key))
    while run.state != Run.State.DONE:
        books = open_books(actor, run.until, run.issue_date, run.last_charge_id, customer, progress)
        desk = Desk(actor, run, books, chunk, progress)
        _whole(run, books.charges.rows)
        try:
            desk.issue_all()
            persistently(partial(_close, desk))
        except SeriesOrder as error:
            _given_up(run, error)
            raise
        except Paused:
            Run.objects.filter(pk=run.pk).update(state=Run.State.PAUSED, pause_wanted=False)
            raise Paused(
                f"run {run.pk} is paused after {run.charges_whole:,} charges were looked at; "
                f"it goes on with: cleanbill run --key {key}"
            ) from None
        except Overtaken:
            # Others billed some of these charges meanwhile: look again at what is left. This ends,
            # because every time there is less.
            continue
        finally:
            books.close()
    return remembered(run.pk, run.totals)


def begun(actor: Actor, until: date, issue_date: date, customer: str | None, key: str) -> Run:
    """Return the run of the key, a new one if there is none; it is running or done.

    Raises ValueError when the key belongs to a run of other days or another customer.
    """
    selection = {"customer": customer} if customer else {}
    with transaction.atomic(), faults.write("run.begin"):
        run, new = Run.objects.get_or_create(
            organisation_id=actor.organisation_id,
            idempotency_key=key,
            defaults={
                "seller_id": SellerRecord.objects.get(organisation_id=actor.organisation_id).pk,
                "state": Run.State.RUNNING,
                "until": until,
                "issue_date": issue_date,
                "selection": selection,
                "last_charge_id": reading.last_charge_id(actor.organisation_id),
                "actor": actor.name,
                "started_at": datetime.now(UTC),
            },
        )
        if not new and (run.until, run.issue_date, run.selection) != (until, issue_date, selection):
            raise ValueError(
                f"the key {key!r} belongs to a run until {run.until}, issued {run.issue_date}, "
                f"of {run.selection.get('customer', 'all customers')}; "
                "use another key for another run"
            )
        if run.state in (Run.State.PAUSED, Run.State.QUEUED, Run.State.FAILED):
            run.state, run.message, run.pause_wanted = Run.State.RUNNING, None, False
            run.save()
    faults.reach("run.begin.committed")
    return run


def _whole(run: Run, waiting: int) -> None:
    """Note how many charges the run is about, so that everybody sees how far it is."""
    run.refresh_from_db(fields=["charges_done"])
    run.charges_whole, run.heartbeat_at = run.charges_done + waiting, datetime.now(UTC)
    run.save(update_fields=["charges_whole", "heartbeat_at"])


def _given_up(run: Run, error: SeriesOrder) -> None:
    """Leave no trace of a run that issued nothing; one that did keeps its bills and says why."""
    with transaction.atomic():
        if RunStep.objects.filter(run_id=run.pk).exists():
            run.state, run.message = Run.State.FAILED, str(error)
            run.save(update_fields=["state", "message"])
        else:
            run.delete()


def _close(desk: Desk) -> None:
    """Write what becomes of the charges that stand on no bill, and end the run."""
    run, own = desk.run, desk.actor.organisation_id
    unbilled = pl.concat([rest.charges for rest in desk.rests]) if desk.rests else None
    found = pl.concat([empty(FINDINGS), *(rest.findings for rest in desk.rests)])
    with transaction.atomic(), faults.write("run.close"):
        gone = reading.superseded_with_findings(own)
        seen = gone
        parts = []
        if unbilled is not None:
            closed = unbilled.filter(pl.col("disposition") == "not_billable").select(
                "charge_id", pl.col("not_billable").alias("cause")
            )
            try:
                writing.close_charges(own, run.pk, closed, "not_billable", desk.books.turns)
            except writing.ChargesTaken as error:
                raise Overtaken from error
            seen = pl.concat([unbilled.select("charge_id"), gone])
            parts.append(parts_of(unbilled, _NO_BILLS, found))
        opened, ended = desk.renew(found, seen, close_drafts=not run.selection)
        steps = RunStep.objects.filter(run_id=run.pk).order_by("id")
        run.totals = {
            **added([*steps.values_list("totals", flat=True), *parts]),
            "findings_opened": opened,
            "findings_closed": ended,
        }
        run.state, run.finished_at, run.message = Run.State.DONE, datetime.now(UTC), None
        run.charges_done = run.charges_whole
        run.save()
    faults.reach("run.close.committed")


_NO_BILLS = pl.DataFrame(
    schema=dict.fromkeys(("kind", "currency"), pl.String)
    | dict.fromkeys(("net_minor", "tax_minor", "payable_minor"), pl.Int64)
)
