"""Run the billing cycle: preview what it would do, or issue bills in chunks, whole or absent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import polars as pl
from django.db import InterfaceError, InternalError, OperationalError, transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.ask_engines import with_answers
from cleanbill.actions.begin_run import Asked, begin, known
from cleanbill.actions.close_run import after_others, close_run
from cleanbill.actions.draw_terms import draw_due, would_draw
from cleanbill.actions.issue_bills import Desk, Overtaken, Paused
from cleanbill.actions.make_ready import Expected, ready_chunks
from cleanbill.actions.open_books import SMALL, Books, Progress, open_books, silent
from cleanbill.actions.outcome import (
    NO_BILLS,
    NO_CHARGES,
    Outcome,
    Parts,
    added,
    drawn_by,
    parts_of,
    remembered,
)
from cleanbill.actions.prepare_history import keep_up
from cleanbill.actions.prepare_run import prepare_run
from cleanbill.actions.second_person import NotApproved, lacking, policy_for, returned_charges
from cleanbill.cycle import run as cycle
from cleanbill.store import failures, faults, reading
from cleanbill.store.models import Run, RunStep
from cleanbill.store.numbers import SeriesOrder
from cleanbill.store.opening import opened_text
from cleanbill.store.retries import persistently

CHUNK = 5000


class Stopped(OSError):
    """The disk or the database failed in the middle of a run; it goes on with its key."""


@action("bills.preview")
def preview(
    actor: Actor, *, until: date, issue_date: date, customer: str | None = None, documents: int = 0
) -> Outcome:
    """Return what a run would do now, with the first ``documents`` bills; nothing is written.

    Only what tax engines answer is kept, so that the run need not ask again.
    """
    last = reading.last_charge_id()
    parts: list[Parts] = []
    shown: list[str] = []
    ordered: list[pl.DataFrame] = []

    def drawn() -> Iterator[pl.DataFrame]:
        for each in would_draw(actor, until, customer):
            parts.append(parts_of(NO_CHARGES, NO_BILLS, each.findings))
            yield each.charges

    where = (actor, until, issue_date, last, customer, silent)
    books = open_books(*where, drawn=drawn(), looking=True)
    books = with_answers(actor, books, silent)
    for batch in books.batches():
        parts.append(parts_of(batch.charges, batch.bills, batch.findings))
        ordered.append(drawn_by(batch.bills, batch.lines))
        wanted = min(documents - len(shown), batch.bills.height)
        if wanted > 0:
            issued = cycle.issue_chunk(
                batch,
                0,
                wanted,
                prefix="PREVIEW-",
                first_number=len(shown) + 1,
                seller=books.seller,
                policy=books.policy,
            )
            texts = issued.bills.select("document", "customer").iter_rows()
            shown += [opened_text(actor.organisation_id, who, text) for text, who in texts]
    books.close()
    outcome = remembered(None, parts[0] if len(parts) == 1 else added(parts), shown)
    return replace(outcome, orders=pl.concat([outcome.orders, *ordered]))


@action("bills.issue")
def run_billing(
    actor: Actor,
    *,
    until: date,
    issue_date: date,
    customer: str | None = None,
    idempotency_key: str | None = None,
    progress: Progress = silent,
    chunk: int = CHUNK,
) -> Outcome:
    """Issue every bill that can go out by ``until``; hold the rest with its reasons.

    What has fallen due of terms is drawn first, as charges. Each chunk of bills is one transaction
    with numbers, documents, postings and step. A run that was killed goes on where it stopped when
    it is called with the same ``idempotency_key``; a run that is done answers with what it did.
    With ``customer`` only that customer is billed. Raises SeriesOrder when a bill would stand
    before an earlier one of its series, or a credit note before what it credits; Paused when a
    person paused the run, and Stopped when the disk or the database failed: both go on with the
    key. Raises NotApproved where the policy asks for a second person who has not had their say.
    """
    asked = Asked(until, issue_date, customer, idempotency_key or uuid.uuid4().hex)
    try:
        return _to_the_end(actor, asked, progress, chunk)
    except (OperationalError, InterfaceError, InternalError, OSError) as error:
        raise Stopped(f"{failures.told(error)}; then go on with: {asked.command}") from error


def _to_the_end(actor: Actor, asked: Asked, progress: Progress, chunk: int) -> Outcome:
    """Issue what there is to issue until nobody else has been at the same charges meanwhile."""
    while True:
        run = known(actor, asked)
        if run is not None and run.state == Run.State.DONE:
            return remembered(run.pk, run.totals)
        if run is None:
            draw_due(actor, asked.until, asked.customer, progress)
            persistently(partial(keep_up, actor, progress))
        run = _let_out(actor, asked, run, progress)
        last = run.last_charge_id if run else reading.last_charge_id()
        same = run.pk if run else None
        whose = (actor, asked.until, asked.issue_date, last, asked.customer, progress)
        without = returned_charges(run) if run else frozenset()
        books = open_books(*whose, issuing=True, run_id=same, without=without)
        try:
            books = with_answers(actor, books, progress)
            if run is None and books.charges.rows <= min(SMALL, chunk):
                return _at_once(actor, asked, books, chunk, progress)
            decided = books.last_decision
            begun = persistently(partial(begin, actor, asked, last, last_decision=decided))
            if begun.state != Run.State.DONE and begun.last_charge_id == last:
                return _in_chunks(actor, begun, asked, books, chunk, progress)
        except Overtaken:
            # Others billed some of these charges meanwhile: look again at what is left. This ends,
            # because every time there is less.
            continue
        finally:
            books.close()


def _let_out(actor: Actor, asked: Asked, run: Run | None, progress: Progress) -> Run | None:
    """Return the run once it lacks no second person; prepared first where the policy asks for one.

    Raises NotApproved.
    """
    policy = policy_for(actor)
    if not policy.asks_for_others:
        return run
    if run is None:
        run = begin(actor, asked, reading.last_charge_id(), Run.State.PREPARED)
    if run.expected is None and run.state == Run.State.PREPARED:
        prepare_run(actor, run.pk, progress=progress)
        run.refresh_from_db()
    missing = lacking(run, policy)
    if missing:
        raise NotApproved(" ".join(f"{sentence}." for sentence in missing))
    return run


def _at_once(actor: Actor, asked: Asked, books: Books, chunk: int, progress: Progress) -> Outcome:
    """Bill a few charges in one transaction: everything is worked out before it begins."""
    expected = Expected.of(books)
    ready = list(ready_chunks(books, expected, chunk))

    def whole() -> Run:
        with transaction.atomic():
            after_others(books.seller_row.pk, actor.organisation_id)
            run = begin(actor, asked, books.last_charge, last_decision=books.last_decision)
            if run.state != Run.State.DONE:
                desk = Desk(actor, run, books, chunk, progress, expected)
                for item in ready:
                    desk.take(item)
                run.charges_whole = books.charges.rows
                close_run(desk)
            return run

    run = persistently(whole)
    faults.committed("run.close")
    return remembered(run.pk, run.totals)


def _in_chunks(
    actor: Actor, run: Run, asked: Asked, books: Books, chunk: int, progress: Progress
) -> Outcome:
    """Bill in chunks, each its own transaction, working ahead of the database."""
    persistently(partial(_whole, run, books.charges.rows - books.settled))
    desk = Desk(actor, run, books, chunk, progress, Expected.of(books))
    try:
        desk.issue_all()
        persistently(partial(close_run, desk))
    except SeriesOrder as error:
        persistently(partial(_given_up, run, error))
        raise
    except NotApproved:
        own = Run.objects.filter(pk=run.pk, organisation_id=actor.organisation_id)
        persistently(partial(own.update, state=Run.State.PREPARED, expected=None))
        raise
    except Paused:
        paused = Run.objects.filter(pk=run.pk, organisation_id=actor.organisation_id)
        persistently(partial(paused.update, state=Run.State.PAUSED, pause_wanted=False))
        raise Paused(
            f"run {run.pk} is paused: {desk.done:,} of {run.charges_whole:,} charges are settled; "
            f"it goes on with: cleanbill run --resume {run.pk}"
        ) from None
    faults.committed("run.close")
    return remembered(run.pk, run.totals)


def _whole(run: Run, waiting: int) -> None:
    """Note how many charges the run is about, so that everybody sees how far it is."""
    run.refresh_from_db(fields=["charges_done"])
    run.charges_whole, run.heartbeat_at = run.charges_done + waiting, datetime.now(UTC)
    run.save(update_fields=["charges_whole", "heartbeat_at"])


def _given_up(run: Run, error: SeriesOrder) -> None:
    """Leave no trace of a run that issued nothing and that nobody will ask about.

    One that was queued, or has issued, says why.
    """
    with transaction.atomic():
        issued = RunStep.objects.filter(organisation_id=run.organisation_id, run_id=run.pk)
        if run.queued or issued.exists():
            run.state, run.message = Run.State.FAILED, str(error)
            run.save(update_fields=["state", "message"])
        else:
            run.delete()
