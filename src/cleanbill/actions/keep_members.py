"""Keep members: who works in the organisation, in which role, and who no longer does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from cleanbill.actions.access import ROLES, Actor, action
from cleanbill.actions.keep_master import REASON_MOST
from cleanbill.store import faults
from cleanbill.store.models import Event, Membership, Organisation


class NoSuchMember(LookupError):
    """Nobody of this organisation has the number."""


@action("company.set_up")
def members(actor: Actor) -> list[dict[str, Any]]:
    """Return everybody who has or had a role: number, address, name, roles in force."""
    own = Membership.objects.filter(organisation_id=actor.organisation_id)
    found: dict[int, dict[str, Any]] = {}
    for one in own.select_related("user").order_by("user__email", "role"):
        row = found.setdefault(
            one.user.pk,
            {
                "id": one.user.pk,
                "email": one.user.email,
                "name": one.user.name,
                "may_sign_in": one.user.is_active,
                "roles": [],
                "you": one.user.email == actor.name,
            },
        )
        if one.is_active:
            row["roles"].append(one.role)
    return list(found.values())


@action("company.set_up")
def change_member(actor: Actor, user_id: int, role: str | None, *, reason: str) -> None:
    """Give a member this role and no other; with None, let them in no longer.

    What they did stays theirs. Raises NoSuchMember; ValueError for an unknown role, where the last
    administrator would be gone, and without a reason.
    """
    with transaction.atomic():
        # Whoever changes members holds the organisation: two may not each take the other's role.
        Organisation.objects.select_for_update().get(pk=actor.organisation_id)
        own = Membership.objects.filter(organisation_id=actor.organisation_id)
        theirs = list(own.filter(user_id=user_id).select_related("user"))
        if not theirs:
            raise NoSuchMember(f"there is no member {user_id}")
        if role is not None and role not in ROLES:
            raise ValueError(f"{role!r} is no role; expected one of {', '.join(ROLES)}")
        before = sorted(one.role for one in theirs if one.is_active)
        if before == ([] if role is None else [role]):
            return
        others = own.filter(role="admin", is_active=True, user__is_active=True)
        if "admin" in before and role != "admin" and not others.exclude(user_id=user_id).exists():
            raise ValueError(
                "this is the last administrator; give somebody else that role first, so that "
                "somebody can let people in"
            )
        if not reason.strip():
            raise ValueError("say why: whoever reads this later was not there")
        with faults.write("member.role"):
            own.filter(user_id=user_id).update(is_active=False)
            if role is not None:
                Membership.objects.update_or_create(
                    organisation_id=actor.organisation_id,
                    user_id=user_id,
                    role=role,
                    defaults={"is_active": True},
                )
            Event.objects.create(
                organisation_id=actor.organisation_id,
                at=datetime.now(UTC),
                actor=actor.name,
                action="member.changed",
                subject=theirs[0].user.email,
                before={"roles": before},
                after={"roles": [] if role is None else [role]},
                cause=reason.strip()[:REASON_MOST],
            )
    faults.committed("member")


@action("look")
def sellers(actor: Actor) -> list[dict[str, Any]]:
    """Return the sellers with their number series: prefix, next number, date of the last bill."""
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    found = []
    for record in organisation.sellers.filter(organisation_id=actor.organisation_id).order_by(
        "key"
    ):
        series = record.series.filter(organisation_id=actor.organisation_id).order_by("kind")
        columns = ("kind", "prefix", "first_sequence", "next_sequence", "last_issue_date")
        found.append({**record.profile, "series": list(series.values(*columns))})
    return found
