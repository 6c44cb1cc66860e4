"""Take a job that waits and do it: what a worker does between runs, and a page for small files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import Error as DatabaseError

from cleanbill.actions import mend_import, queue_sending
from cleanbill.actions.access import Actor, NotAllowed
from cleanbill.actions.prepare_run import prepare_run
from cleanbill.actions.preview_run import preview_run
from cleanbill.actions.render_run import render_run
from cleanbill.actions.steer_run import requeue_run
from cleanbill.actions.verify_again import verify_charges
from cleanbill.engine.attempts import FAULTS, told
from cleanbill.store import failures
from cleanbill.store.claims import claim_job
from cleanbill.store.models import Job, Organisation, User

SILENT = timedelta(minutes=30)
"""After so long without a sign of life a job's process is taken to be dead."""
Tell = Callable[[str], None]


def take_job(tell: Tell, silent: timedelta = SILENT) -> bool:
    """Take one job and do it; return whether there was one."""
    now = datetime.now(UTC)
    job_id = claim_job(now, now - silent)
    if job_id is None:
        return False
    done = work_at(job_id)
    tell(f"job {job_id} ({done.kind}): {done.state}{f', {done.message}' if done.message else ''}")
    return True


def work_now(job_id: int) -> bool:
    """Do a job at once, unless a worker has it already; return whether it was done here."""
    waiting = Job.objects.filter(pk=job_id, state=Job.State.QUEUED)
    if not waiting.update(state=Job.State.RUNNING, heartbeat_at=_now()):
        return False
    work_at(job_id)
    return True


def work_at(job_id: int) -> Job:
    """Do a job and keep what comes of it. What people can mend becomes its message; what fails of
    the database is raised, and the job stays to be taken again.
    """
    job = Job.objects.get(pk=job_id)
    own = Job.objects.filter(pk=job.pk, organisation_id=job.organisation_id)
    try:
        result = _WORK[job.kind](_actor_of(job), job, _watched(job))
    except DatabaseError:
        raise
    except (NotAllowed, LookupError, ValueError) as error:
        said = str(error.args[0] if error.args else error)
        own.update(state=Job.State.FAILED, message=said[:2000], finished_at=_now())
    except FAULTS as error:
        own.update(state=Job.State.FAILED, message=told(error)[:2000], finished_at=_now())
    except OSError as error:
        said = failures.told(error)
        own.update(state=Job.State.FAILED, message=said[:2000], finished_at=_now())
    else:
        own.update(state=Job.State.DONE, result=result, message=None, finished_at=_now())
    job.refresh_from_db()
    return job


def _now() -> datetime:
    return datetime.now(UTC)


def _actor_of(job: Job) -> Actor:
    """Return the one who asked for the job, with the permissions they have now."""
    user = User.objects.filter(email=job.actor).first()
    if user is None:
        raise LookupError(f"{job.actor}, who asked for this, is no longer a user here")
    return Actor.of_user(user, Organisation.objects.get(pk=job.organisation_id))


def _watched(job: Job) -> Callable[[str, int, int], None]:
    """Return what notes how far a job is. It must not be called within a transaction."""

    def noted(stage: str, done: int, whole: int) -> None:
        own = Job.objects.filter(pk=job.pk, organisation_id=job.organisation_id)
        own.update(stage=stage[:100], done=done, whole=whole, heartbeat_at=_now())

    return noted


def _preview(actor: Actor, job: Job, noted: Any) -> dict[str, Any]:
    asked = job.asked
    return preview_run(
        actor,
        until=date.fromisoformat(asked["until"]),
        issue_date=date.fromisoformat(asked["issue_date"]),
        customer=asked["customer"],
        progress=noted,
    )


def _verify(actor: Actor, job: Job, noted: Any) -> dict[str, Any]:
    noted("Verifying charges", 0, 0)
    days = {name: date.fromisoformat(job.asked[name]) for name in ("until", "issue_date")}
    return {"run": verify_charges(actor, **days).run_id}


def _prepare(actor: Actor, job: Job, noted: Any) -> dict[str, Any]:
    run_id = int(job.subject or 0)
    missing = prepare_run(actor, run_id, progress=noted)
    if not missing:
        requeue_run(actor, run_id)
    return {"lacking": missing}


def _check(actor: Actor, job: Job, noted: Any) -> dict[str, Any]:
    noted("Reading the file", 0, 0)
    return mend_import.check(actor, int(job.subject or 0))


def _take(actor: Actor, job: Job, noted: Any) -> dict[str, Any]:
    noted("Importing", 0, 0)
    return mend_import.take(actor, int(job.subject or 0))


def _papers(actor: Actor, job: Job, noted: Any) -> dict[str, Any]:
    return render_run(actor, int(job.subject or 0), progress=noted)


def _sending(actor: Actor, job: Job, noted: Any) -> dict[str, Any]:
    return queue_sending.looked(actor, int(job.subject or 0), noted)


def _send(actor: Actor, job: Job, noted: Any) -> dict[str, Any]:
    return queue_sending.sent(actor, int(job.subject or 0), noted)


_WORK: dict[str, Callable[[Actor, Job, Any], dict[str, Any]]] = {
    "check": _check,
    "take": _take,
    "preview": _preview,
    "verify": _verify,
    "papers": _papers,
    "prepare": _prepare,
    "sending": _sending,
    "send": _send,
}
