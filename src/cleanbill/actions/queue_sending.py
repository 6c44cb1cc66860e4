"""Leave sending the bills of a run to a worker: first what could be sent, then the sending."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cleanbill.actions.access import Actor, action
from cleanbill.actions.mail_sender import sender_of
from cleanbill.actions.open_books import Progress
from cleanbill.actions.prepare_run import run_of
from cleanbill.actions.queue_job import queued_once
from cleanbill.actions.send_bills import Asked, send_run
from cleanbill.actions.sweep_desk import sweep
from cleanbill.store.models import Run

SHOWN = 200
"""So many bills that cannot be sent are kept with a job; their count says how many there are."""


@action("bills.send")
def queue_sending(actor: Actor, *, run: int) -> int:
    """Leave it to a worker to find what of a run can be sent; return the job's number.

    While such a job of this run is under way, that is the one. Raises LookupError where there is
    no such run, or it is done without a bill.
    """
    _with_bills(actor, run)
    sweep(actor)
    return queued_once(actor, "sending", run)


@action("bills.send")
def queue_send(actor: Actor, *, run: int) -> int:
    """Leave it to a worker to put the bills of a run into the outbox; return the job's number.

    While such a job of this run is under way, that is the one. Raises LookupError as above,
    NoSender where nobody is named as the sender.
    """
    _with_bills(actor, run)
    sender_of(actor.organisation_id)
    sweep(actor)
    return queued_once(actor, "send", run)


def looked(actor: Actor, run: int, progress: Progress) -> dict[str, Any]:
    """Return what of a run can be sent, as a job keeps it."""
    return _told(send_run(actor, run, dry_run=True, most=SHOWN, progress=progress))


def sent(actor: Actor, run: int, progress: Progress) -> dict[str, Any]:
    """Put the bills of a run into the outbox; return what became of it, as a job keeps it."""
    return _told(send_run(actor, run, most=SHOWN, progress=progress))


def _with_bills(actor: Actor, run_id: int) -> None:
    run = run_of(actor, run_id)
    if run.state == Run.State.DONE and not any(row["count"] for row in run.totals.get("bills", ())):
        raise LookupError(f"run {run_id} has issued no bill")


def _told(asked: Asked) -> dict[str, Any]:
    # Addresses stay out: a job outlives the erasure of a customer.
    unsent = [{k: v for k, v in asdict(row).items() if k != "why"} for row in asked.unsent]
    return {**asdict(asked), "unsent": unsent}
