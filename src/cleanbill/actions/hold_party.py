"""Legal hold: keep a party's data whatever falls due, until somebody releases it."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.erase_party import require_known
from cleanbill.store import faults
from cleanbill.store.models import Event, LegalHold


class HoldMismatch(ValueError):
    """The hold to set is in force already, or the one to release is not."""


@action("parties.erase")
@transaction.atomic
def hold_party(actor: Actor, party: str, *, reason: str) -> None:
    """Set a legal hold: until it is released, the party is not erased.

    Raises NoSuchParty, and HoldMismatch where one is in force already.
    """
    require_known(actor.organisation_id, party)
    found = _in_force(actor, party)
    if found:
        raise HoldMismatch(
            f"{party} is held already, since {found.set_at:%Y-%m-%d}: {found.reason}"
        )
    now = datetime.now(UTC)
    with faults.write("hold.row"):
        LegalHold.objects.create(
            organisation_id=actor.organisation_id,
            party=party,
            reason=reason,
            set_at=now,
            set_by=actor.name,
        )
    _told(actor, "party.held", party, reason, now)


@action("parties.erase")
@transaction.atomic
def release_party(actor: Actor, party: str, *, reason: str) -> None:
    """Release a party's legal hold. Raises HoldMismatch."""
    found = _in_force(actor, party)
    if found is None:
        raise HoldMismatch(f"no legal hold is set on {party}")
    now = datetime.now(UTC)
    found.released_at, found.released_by = now, actor.name
    with faults.write("hold.row"):
        found.save()
    _told(actor, "party.released", party, reason, now)


def _in_force(actor: Actor, party: str) -> LegalHold | None:
    return (
        LegalHold.objects.select_for_update()
        .filter(organisation_id=actor.organisation_id, party=party, released_at=None)
        .first()
    )


def _told(actor: Actor, what: str, party: str, reason: str, at: datetime) -> None:
    with faults.write("hold.event"):
        Event.objects.create(
            organisation_id=actor.organisation_id,
            at=at,
            actor=actor.name,
            action=what,
            subject=party,
            cause=reason,
        )
