"""Begin a run, or find the one that a key belongs to: the same key never makes two."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from cleanbill.actions.access import Actor
from cleanbill.store import faults
from cleanbill.store.models import Run, SellerRecord

OPEN = (Run.State.PREPARED, Run.State.PAUSED, Run.State.QUEUED, Run.State.FAILED)
"""States from which a run goes on when it is asked for again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks to be billed, and the key under which they ask."""

    until: date
    issue_date: date
    customer: str | None
    key: str

    @property
    def selection(self) -> dict[str, Any]:
        """Whom the run is about, as it is kept."""
        return {"customer": self.customer} if self.customer else {}

    @property
    def command(self) -> str:
        """Return the command that asks for the same again."""
        only = f" --customer {self.customer}" if self.customer else ""
        dates = f"--until {self.until} --issue-date {self.issue_date}"
        return f"cleanbill run {dates}{only} --key {self.key}"


def known(actor: Actor, asked: Asked) -> Run | None:
    """Return the run of the key; raises ValueError when it is one of other days or customers."""
    run = Run.objects.filter(
        organisation_id=actor.organisation_id, idempotency_key=asked.key
    ).first()
    if run is not None:
        _same(run, asked)
    return run


def _same(run: Run, asked: Asked) -> None:
    if (run.until, run.issue_date, run.selection) != (
        asked.until,
        asked.issue_date,
        asked.selection,
    ):
        raise ValueError(
            f"the key {asked.key!r} belongs to a run until {run.until}, issued {run.issue_date}, "
            f"of {run.selection.get('customer', 'all customers')}; use another key for another run"
        )


def begin(
    actor: Actor,
    asked: Asked,
    last_charge: int,
    state: str = Run.State.RUNNING,
    last_decision: int | None = None,
) -> Run:
    """Return the run of the key, made with the charges up to ``last_charge`` if there is none.

    Decisions about findings count up to ``last_decision``; without, up to when it first goes on.
    Raises ValueError as ``known`` does.
    """
    with transaction.atomic(), faults.write("run.begin"):
        run, new = Run.objects.get_or_create(
            organisation_id=actor.organisation_id,
            idempotency_key=asked.key,
            defaults={
                "seller_id": SellerRecord.objects.get(organisation_id=actor.organisation_id).pk,
                "state": state,
                "until": asked.until,
                "issue_date": asked.issue_date,
                "selection": asked.selection,
                "last_charge_id": last_charge,
                "last_decision_id": last_decision,
                "actor": actor.name,
                "queued": state != Run.State.RUNNING,
                "started_at": datetime.now(UTC),
            },
        )
        _same(run, asked)
        if run.last_decision_id is None and last_decision is not None:
            run.last_decision_id = last_decision
            run.save(update_fields=["last_decision_id"])
        if not new and run.state in OPEN and state == Run.State.RUNNING:
            run.state, run.message, run.pause_wanted = Run.State.RUNNING, None, False
            run.save(update_fields=["state", "message", "pause_wanted"])
    faults.committed("run.begin")
    return run
