"""Let somebody work in an organisation: a role, and a first password for the browser."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from cleanbill.actions.access import ROLES, Actor, action
from cleanbill.store import faults
from cleanbill.store.models import Event, Membership, User


@action("company.set_up")
def let_in(
    actor: Actor, email: str, role: str, *, name: str = "", password: str | None = None
) -> None:
    """Give a person a role in the actor's organisation; make the account where there is none.

    ``password`` is for accounts that have none: nobody sets another's. Raises ValueError for an
    unknown role, an address that is none, and a password that is too weak or not wanted.
    """
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role; expected one of {', '.join(ROLES)}")
    address = email.strip().lower()
    try:
        validate_email(address)
        if password is not None:
            validate_password(password)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error
    with transaction.atomic():
        with faults.write("member.account"):
            user, new = User.objects.get_or_create(
                email=address, defaults={"name": name, "password": "!"}
            )
            if password is not None:
                if not new and user.has_usable_password():
                    raise ValueError(f"{address} has a password already, which only they change")
                user.set_password(password)
                user.save(update_fields=["password"])
        with faults.write("member.role"):
            Membership.objects.update_or_create(
                organisation_id=actor.organisation_id,
                user=user,
                role=role,
                defaults={"is_active": True},
            )
            Event.objects.create(
                organisation_id=actor.organisation_id,
                at=datetime.now(UTC),
                actor=actor.name,
                action="member.let_in",
                subject=address,
                after={"role": role},
            )
    faults.committed("member")
