"""Prepare a run for a second person, approve it, withdraw it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.foresee_run import foresee, told
from cleanbill.actions.open_books import Progress, open_books, silent
from cleanbill.actions.sample_drafts import sampled
from cleanbill.actions.second_person import (
    NotApproved,
    amounts_of,
    issued_amounts,
    lacking,
    needs_approval,
    other_than_preparer,
    policy_for,
)
from cleanbill.nouns.policy import Policy
from cleanbill.store import faults
from cleanbill.store.models import Event, ReviewItem, Run


class NoSuchRun(LookupError):
    """No run of this organisation has the number."""

    def __init__(self, run_id: int) -> None:
        super().__init__(f"there is no run {run_id}; `cleanbill runs` lists them")


def run_of(actor: Actor, run_id: int, *, locked: bool = False) -> Run:
    """Return a run of the organisation; with ``locked`` nobody else changes it meanwhile."""
    runs = Run.objects.filter(organisation_id=actor.organisation_id)
    if locked:
        runs = runs.select_for_update(no_key=True)
    run = runs.filter(pk=run_id).first() if 0 < run_id < 2**63 else None
    if run is None:
        raise NoSuchRun(run_id)
    return run


@action("bills.issue")
def prepare_run(actor: Actor, run_id: int, *, progress: Progress = silent) -> list[str]:
    """Draft a run that waits for others; note what it comes to and which drafts are looked at.

    Returns what it lacks before it may go out. Prepared again, it needs a new approval and review.
    Raises NoSuchRun; ValueError where it is under way or done.
    """
    run, policy = run_of(actor, run_id), policy_for(actor)
    _waiting(run)
    where = (actor, run.until, run.issue_date, run.last_charge_id, run.selection.get("customer"))
    books = open_books(*where, silent, run_id=run.pk, looking=True)
    try:
        seen = foresee(books, progress)
    finally:
        books.close()
    found = told(actor.organisation_id, seen, run.selection)
    seed = secrets.token_hex(8)
    last = found["last"]["id"] if found["last"] else None
    chosen = sampled(actor.organisation_id, seen.everything(), policy, last, seed)
    amounts = issued_amounts(run)
    for currency, amount in amounts_of(found["bills"]).items():
        amounts[currency] = amounts.get(currency, 0) + amount
    items = [
        ReviewItem(
            organisation_id=actor.organisation_id,
            run_id=run.pk,
            place=place,
            **{name: row[name] for name in _KEPT},
            charges=seen.charges_of(row),
        )
        for place, row in enumerate(chosen, start=1)
    ]
    lot = {"seed": seed, "riskiest": policy.review_riskiest, "percent": policy.review_percent}
    return _kept(actor, run.pk, {**found, "amounts": amounts, "lot": lot}, items, policy)


_KEPT = ("draft_key", "customer", "kind", "currency", "payable_minor", "reasons")


@transaction.atomic
def _kept(
    actor: Actor, run_id: int, expected: dict[str, Any], items: list[ReviewItem], policy: Policy
) -> list[str]:
    run = run_of(actor, run_id, locked=True)
    _waiting(run)
    with faults.write("run.prepared"):
        own = ReviewItem.objects.filter(organisation_id=actor.organisation_id, run_id=run.pk)
        own.delete()
        ReviewItem.objects.bulk_create(items)
        _update(run, expected=expected, approved=None, approved_by=None, approved_at=None)
        _noted(actor, run, "run.prepared", {"amounts": expected["amounts"], "sample": len(items)})
    return lacking(run, policy)


@action("bills.approve")
@transaction.atomic
def approve_run(actor: Actor, run_id: int) -> list[str]:
    """Let a prepared run issue what it comes to; return what it still lacks.

    Raises NoSuchRun; NotApproved for the one who prepared it; ValueError where it does not wait
    for an approval.
    """
    run, policy = run_of(actor, run_id, locked=True), policy_for(actor)
    _waiting(run)
    other_than_preparer(actor, run, "approve")
    if run.expected is None:
        raise NotApproved(f"run {run.pk} is not prepared yet; there is nothing to approve")
    if not needs_approval(run, policy):
        raise ValueError(f"run {run.pk} is below the limit; it needs no approval")
    amounts = run.expected["amounts"]
    with faults.write("run.approved"):
        _update(run, approved=amounts, approved_by=actor.name, approved_at=datetime.now(UTC))
        _noted(actor, run, "run.approved", {"amounts": amounts})
    return lacking(run, policy)


@action("bills.issue")
@transaction.atomic
def withdraw_run(actor: Actor, run_id: int) -> None:
    """Give up a run that waits for others; its charges stay open. Raises NoSuchRun, ValueError."""
    run = run_of(actor, run_id, locked=True)
    _waiting(run)
    _update(run, state=Run.State.FAILED, message=f"withdrawn by {actor.name}")
    _noted(actor, run, "run.withdrawn", {})


def _waiting(run: Run) -> None:
    if run.state != Run.State.PREPARED:
        raise ValueError(f"run {run.pk} is {run.state}; it does not wait for another person")


def _update(run: Run, **values: Any) -> None:
    own = Run.objects.filter(pk=run.pk, organisation_id=run.organisation_id)
    own.update(**values)
    for name, value in values.items():
        setattr(run, name, value)


def _noted(actor: Actor, run: Run, what: str, after: dict[str, Any]) -> None:
    Event.objects.create(
        organisation_id=actor.organisation_id,
        at=datetime.now(UTC),
        actor=actor.name,
        action=what,
        subject=f"run {run.pk}",
        after=after,
    )
