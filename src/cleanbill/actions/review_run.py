"""Second review: a colleague of the preparer passes or returns each sampled draft, with a note."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.prepare_run import run_of
from cleanbill.actions.second_person import lacking, needs_approval, other_than_preparer, policy_for
from cleanbill.store import faults
from cleanbill.store.models import Charge, Customer, Event, ReviewItem, Run

SHOWN = 200
LONGEST = 1000
_STATES = {True: ReviewItem.State.PASSED, False: ReviewItem.State.RETURNED}


@action("look")
def sample_of(actor: Actor, run_id: int) -> dict[str, Any]:
    """Return what a run lacks, whether it needs approval, and its sample with the charges' facts.

    Raises NoSuchRun.
    """
    run, policy = run_of(actor, run_id), policy_for(actor)
    items = list(
        ReviewItem.objects.filter(organisation_id=actor.organisation_id, run_id=run.pk)
        .order_by("place")
        .values()[:SHOWN]
    )
    names = dict(
        Customer.objects.filter(
            organisation_id=actor.organisation_id, customer__in={i["customer"] for i in items}
        ).values_list("customer", "name")
    )
    return {
        "preparer": run.actor,
        "mine": run.actor == actor.name,
        "lacking": lacking(run, policy) if run.state == Run.State.PREPARED else [],
        "needs_approval": needs_approval(run, policy),
        "expected": run.expected,
        "approved_by": run.approved_by,
        "approved_at": run.approved_at,
        "items": [{**i, "name": names.get(i["customer"])} for i in items],
    }


@action("look")
def charges_of(actor: Actor, run_id: int, place: int) -> list[dict[str, Any]]:
    """Return the charges on a sampled draft. Raises LookupError."""
    item = _item(actor, run_id, place)
    found = Charge.objects.filter(
        organisation_id=actor.organisation_id, pk__in=item.charges[:SHOWN]
    )
    columns = ("id", "reference", "item", "description", "quantity_e6", "unit", "service_date")
    return list(found.order_by("id").values(*columns, "kind", "order"))


def _item(actor: Actor, run_id: int, place: int) -> ReviewItem:
    own = ReviewItem.objects.filter(organisation_id=actor.organisation_id)
    known = 0 < run_id < 2**63 and 0 < place < 2**31
    item = own.filter(run_id=run_id, place=place).first() if known else None
    if item is None:
        raise LookupError(f"run {run_id} has no sampled draft {place}")
    return item


@action("bills.review")
@transaction.atomic
def review_draft(
    actor: Actor, run_id: int, place: int, *, passed: bool, note: str = ""
) -> list[str]:
    """Pass a sampled draft, or return it with a note; return what the run still lacks.

    A returned draft stays behind: the run goes out without its charges, which stay open. Until the
    run is issued the word can be changed. Raises NoSuchRun, LookupError; NotApproved for the one
    who prepared the run; ValueError without a note, or once the run goes out.
    """
    run = run_of(actor, run_id, locked=True)
    item = _item(actor, run_id, place)
    other_than_preparer(actor, run, "look at")
    if run.state != Run.State.PREPARED:
        raise ValueError(f"run {run.pk} is {run.state}; its drafts are no longer looked at")
    said = note.strip()[:LONGEST]
    if not passed and not said:
        raise ValueError("Say in a note what is wrong, so that the preparer can put it right.")
    now = datetime.now(UTC)
    with faults.write("run.reviewed"):
        own = ReviewItem.objects.filter(organisation_id=actor.organisation_id, pk=item.pk)
        own.update(state=_STATES[passed], note=said, reviewer=actor.name, reviewed_at=now)
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=now,
            actor=actor.name,
            action=f"draft.{_STATES[passed].value}",
            subject=f"run {run.pk}, sample {place}",
            after={"reasons": item.reasons},
        )
    return lacking(run, policy_for(actor))
