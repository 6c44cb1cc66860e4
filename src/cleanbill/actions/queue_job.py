"""Leave work to a worker that a page must not wait for, and look how far it has come."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.sweep_desk import sweep
from cleanbill.store.models import Job

KINDS = ("check", "take", "preview", "verify", "papers", "prepare", "sending", "send")
"""Looking through an import, importing, previewing, verifying what is open, rendering bills,
preparing a run, finding what of a run can be sent, putting that into the outbox."""
GOING = (Job.State.QUEUED, Job.State.RUNNING)


class NoSuchJob(LookupError):
    """No job of this organisation has the number."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"there is no job {job_id}")


def queued(
    actor: Actor, kind: str, asked: Mapping[str, Any], *, subject: int | None = None, key: str = ""
) -> int:
    """Queue a job of this kind; return its number. The same key gives the same job."""
    with transaction.atomic():
        job, _ = Job.objects.get_or_create(
            organisation_id=actor.organisation_id,
            key=key or uuid.uuid4().hex,
            defaults={
                "kind": kind,
                "subject": subject,
                "asked": dict(asked),
                "actor": actor.name,
                "started_at": datetime.now(UTC),
            },
        )
    if job.kind != kind:
        raise ValueError(f"the key {key!r} belongs to other work; use another key")
    return job.pk


def queued_once(actor: Actor, kind: str, subject: int) -> int:
    """Queue a job about this, unless one like it waits or is under way; return its number."""
    own = Job.objects.filter(organisation_id=actor.organisation_id, kind=kind, subject=subject)
    last = own.order_by("-id").values("id", "state").first()
    if last and last["state"] in GOING:
        return int(last["id"])
    # Two who ask at once name the same predecessor, so that they get the same job.
    after = last["id"] if last else 0
    return queued(actor, kind, {}, subject=subject, key=f"{kind}-{subject}-after-{after}")


@action("bills.preview")
def queue_preview(
    actor: Actor, *, until: date, issue_date: date, customer: str | None = None, key: str = ""
) -> int:
    """Leave a preview to a worker; return the job's number."""
    asked = {"until": str(until), "issue_date": str(issue_date), "customer": customer}
    return queued(actor, "preview", asked, key=key)


@action("bills.preview")
def queue_verify(actor: Actor, *, until: date, issue_date: date, key: str = "") -> int:
    """Leave the verification of all open charges to a worker; return the job's number."""
    asked = {"until": str(until), "issue_date": str(issue_date)}
    return queued(actor, "verify", asked, key=key)


@action("look")
def queue_papers(actor: Actor, *, run: int, key: str = "") -> int:
    """Leave the PDFs of a run's bills to a worker; return the job's number."""
    sweep(actor)
    return queued(actor, "papers", {"run": run}, subject=run, key=key)


@action("look")
def look_at_job(actor: Actor, job_id: int) -> dict[str, Any]:
    """Return one job as plain values. Raises NoSuchJob."""
    found = Job.objects.filter(organisation_id=actor.organisation_id, pk=job_id)
    columns = (
        *("id", "kind", "subject", "asked", "state", "stage", "done", "whole", "result"),
        *("message", "actor", "started_at", "heartbeat_at", "finished_at"),
    )
    job = found.values(*columns).first() if 0 < job_id < 2**63 else None
    if job is None:
        raise NoSuchJob(job_id)
    return {**job, "going": job["state"] in GOING}
