"""Clear what is settled or forgotten off the desk: files, archives, what jobs have said of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cleanbill.actions.access import Actor
from cleanbill.store import uploads
from cleanbill.store.models import Job, Upload

FORGOTTEN = timedelta(days=7)


def sweep(actor: Actor) -> None:
    """Remove the organisation's files and finished jobs that are a week old."""
    since = datetime.now(UTC) - FORGOTTEN
    own = Upload.objects.filter(organisation_id=actor.organisation_id, at__lt=since)
    for upload in own.exclude(state=Upload.State.DROPPED):
        uploads.remove(upload.token)
        if upload.state == Upload.State.OPEN:
            settled(actor, upload, Upload.State.DROPPED)
    jobs = Job.objects.filter(organisation_id=actor.organisation_id, finished_at__lt=since)
    for result in jobs.filter(kind="papers").values_list("result", flat=True):
        if result:
            uploads.remove(result["token"])
    jobs.delete()


def settled(
    actor: Actor, upload: Upload, state: Upload.State, source_file: int | None = None
) -> None:
    """Note that a file is settled. What cells said of persons must not stay behind."""
    own = Upload.objects.filter(organisation_id=actor.organisation_id, pk=upload.pk)
    own.update(state=state, source_file=source_file, mends={})
    jobs = Job.objects.filter(organisation_id=actor.organisation_id, subject=upload.pk)
    jobs.filter(kind="check").delete()
