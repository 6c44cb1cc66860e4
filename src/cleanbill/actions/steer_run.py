"""Steer a run from outside: queue it for a worker, pause it, go on with it."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.begin_run import Asked, begin, known
from cleanbill.actions.draw_terms import draw_due
from cleanbill.actions.open_books import Progress, silent
from cleanbill.actions.outcome import Outcome
from cleanbill.actions.prepare_run import NoSuchRun, run_of
from cleanbill.actions.queue_job import queued
from cleanbill.actions.run_billing import run_billing
from cleanbill.actions.second_person import NotApproved, lacking, policy_for
from cleanbill.store import reading
from cleanbill.store.models import Event, Run


@action("bills.issue")
def queue_run(
    actor: Actor,
    *,
    until: date,
    issue_date: date,
    customer: str | None = None,
    idempotency_key: str | None = None,
) -> int:
    """Leave a run to the next worker that is free; return its number.

    The same key gives the same run. It covers the charges that are there now, and what has fallen
    due of terms, which is drawn at once. Where the policy asks for a second person, the worker
    prepares it first; what then lacks nothing goes on by itself.
    """
    asked = Asked(until, issue_date, customer, idempotency_key or uuid.uuid4().hex)
    if known(actor, asked) is None:
        draw_due(actor, until, customer)
    last = reading.last_charge_id()
    if not policy_for(actor).asks_for_others:
        return begin(actor, asked, last, Run.State.QUEUED).pk
    run = begin(actor, asked, last, Run.State.PREPARED)
    if run.state == Run.State.PREPARED and run.expected is None:
        queued(actor, "prepare", {}, subject=run.pk, key=f"prepare-{run.pk}")
    return run.pk


@action("bills.issue")
@transaction.atomic
def pause_run(actor: Actor, run_id: int) -> None:
    """Ask a run to stop after the chunk that it is writing; what is issued stays issued.

    Raises NoSuchRun; ValueError when the run is not under way.
    """
    run = run_of(actor, run_id)
    waiting = Run.objects.filter(pk=run.pk, state=Run.State.QUEUED).update(state=Run.State.PAUSED)
    if not waiting and not Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).update(
        pause_wanted=True
    ):
        raise ValueError(f"run {run_id} is {run.state}; only one that is under way can be paused")
    Event.objects.create(
        organisation_id=actor.organisation_id,
        at=datetime.now(UTC),
        actor=actor.name,
        action="run.paused",
        subject=f"run {run_id}",
    )


@action("bills.issue")
@transaction.atomic
def requeue_run(actor: Actor, run_id: int) -> None:
    """Leave a run that was paused or prepared, or that failed, to the next worker that is free.

    One that must be prepared again is left to a worker for that. Raises NoSuchRun; NotApproved
    while it lacks a second person; ValueError when it is neither.
    """
    run = run_of(actor, run_id)
    stopped = (Run.State.PREPARED, Run.State.PAUSED, Run.State.FAILED)
    policy = policy_for(actor)
    if run.state == Run.State.PREPARED and run.expected is None and policy.asks_for_others:
        queued(actor, "prepare", {}, subject=run.pk)
        return
    missing = lacking(run, policy) if run.state in stopped else []
    if missing:
        raise NotApproved(" ".join(f"{sentence}." for sentence in missing))
    waiting = Run.objects.filter(pk=run.pk, state__in=stopped).update(
        state=Run.State.QUEUED, queued=True, pause_wanted=False, message=None
    )
    if not waiting:
        raise ValueError(f"run {run_id} is {run.state}; only one that has stopped goes on")
    Event.objects.create(
        organisation_id=actor.organisation_id,
        at=datetime.now(UTC),
        actor=actor.name,
        action="run.requeued",
        subject=f"run {run_id}",
    )


@action("bills.issue")
def resume_run(actor: Actor, run_id: int, *, progress: Progress = silent) -> Outcome:
    """Go on with a run that was paused or whose process has ended; return its outcome."""
    run = run_of(actor, run_id)
    return run_billing(
        actor,
        until=run.until,
        issue_date=run.issue_date,
        customer=run.selection.get("customer"),
        idempotency_key=run.idempotency_key,
        progress=progress,
    )


__all__ = ["NoSuchRun", "pause_run", "queue_run", "requeue_run", "resume_run"]
