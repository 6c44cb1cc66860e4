"""Take a run that waits, or whose process has ended, and work on it: what a worker does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cleanbill.actions.access import Actor, NotAllowed
from cleanbill.actions.issue_bills import Paused
from cleanbill.actions.queue_job import queued
from cleanbill.actions.second_person import NotApproved
from cleanbill.actions.steer_run import resume_run
from cleanbill.store.claims import claim
from cleanbill.store.models import Organisation, Run, User

SILENT = timedelta(minutes=10)
"""After so long without a sign of life a run's process is taken to be dead."""
Tell = Callable[[str], None]


def take_run(tell: Tell, silent: timedelta = SILENT) -> bool:
    """Take one run and work on it to its end; return whether there was one.

    A run that cannot go on (a date before the last bill, an actor who may no longer issue) is
    marked as failed with the reason; an error of the database is raised, and the run stays to be
    taken again.
    """
    now = datetime.now(UTC)
    run_id = claim(now, now - silent)
    if run_id is None:
        return False
    run = Run.objects.get(pk=run_id)
    tell(f"run {run_id}: until {run.until}, asked for by {run.actor}")
    try:
        outcome = resume_run(_actor_of(run), run_id)
    except Paused as error:
        tell(str(error))
    except NotApproved as error:
        # It waits for another person; what has been issued stays issued.
        Run.objects.filter(pk=run_id).update(state=Run.State.PREPARED, message=str(error)[:2000])
        if Run.objects.filter(pk=run_id, expected__isnull=True).exists():
            queued(_actor_of(run), "prepare", {}, subject=run_id)
        tell(str(error))
    except (NotAllowed, LookupError, ValueError) as error:
        Run.objects.filter(pk=run_id).update(state=Run.State.FAILED, message=str(error)[:2000])
        tell(f"run {run_id} has failed: {error}")
    else:
        bills = int(outcome.bills["count"].sum())
        tell(f"run {run_id} is done: {bills:,} bills")
    return True


def _actor_of(run: Run) -> Actor:
    """Return the one who asked for the run, with the permissions they have now."""
    user = User.objects.filter(email=run.actor).first()
    if user is None:
        raise LookupError(f"{run.actor}, who asked for run {run.pk}, is no longer a user here")
    return Actor.of_user(user, Organisation.objects.get(pk=run.organisation_id))
