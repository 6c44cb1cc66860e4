"""Set how gravely a check speaks, or where a limit lies: for whom, from which day, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from cleanbill.actions.access import Actor, action
from cleanbill.actions.verdicts import LIMITS, SINGLE, limit
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.cycle.verify.firm import FIRM
from cleanbill.store import faults
from cleanbill.store.companies import policy_of
from cleanbill.store.decisions import COUNTER
from cleanbill.store.models import CheckSetting, Customer, Event, Organisation, SellerRecord
from cleanbill.store.numbers import take_ids

SEVERITIES = ("block", "warn", "info", "off")


@action("checks.set")
def set_check(
    actor: Actor,
    name: str,
    value: str,
    *,
    reason: str,
    valid_from: date,
    valid_to: date | None = None,
    seller: str | None = None,
    customer: str | None = None,
) -> int:
    """Set the severity of a check or the value of a limit; return the setting's number.

    ``name`` is a check's code or a limit's name. Without ``seller`` and ``customer`` it holds for
    the organisation; of several the most specific wins, then the latest. ``valid_to`` is the first
    day on which it no longer holds. Raises ValueError for what cannot be set.
    """
    own = actor.organisation_id
    _sensible(name, value, customer)
    if not reason.strip():
        raise ValueError("say why: whoever reads this later was not there")
    if valid_to is not None and valid_to <= valid_from:
        raise ValueError(f"it would end on {valid_to}, before it begins on {valid_from}")
    known = Customer.objects.filter(organisation_id=own, customer=customer)
    if customer is not None and not known.exists():
        raise ValueError(f"customer {customer!r} is not in the master data")
    profile = SellerRecord.objects.get(organisation_id=own).profile
    if seller is not None and seller != profile["key"]:
        raise ValueError(f"{seller!r} is no seller here; the seller is {profile['key']!r}")
    now = datetime.now(UTC)
    with transaction.atomic():
        number = take_ids(COUNTER, 1)
        said: dict[str, Any] = {
            "name": name,
            "value": value,
            "seller": seller,
            "customer": customer,
            "valid_from": valid_from,
            "valid_to": valid_to,
        }
        with faults.write("setting.row"):
            CheckSetting.objects.create(
                id=number,
                organisation_id=own,
                **said,
                reason=reason.strip()[:600],
                at=now,
                actor=actor.name,
            )
        with faults.write("setting.event"):
            Event.objects.create(
                organisation_id=own,
                at=now,
                actor=actor.name,
                action="check.set",
                subject=name,
                after={k: str(v) for k, v in said.items() if v is not None},
                cause=reason.strip()[:600],
            )
    faults.committed("setting")
    return number


@action("look")
def check_settings(actor: Actor) -> list[dict[str, Any]]:
    """Return all settings of checks, the latest first."""
    found = CheckSetting.objects.filter(organisation_id=actor.organisation_id).order_by("-id")
    return [dict(row) for row in found.values()]


@action("look")
def limits(actor: Actor) -> dict[str, Any]:
    """Return where each limit lies by the company file, before what was set since."""
    policy = policy_of(Organisation.objects.get(pk=actor.organisation_id).policy)
    return {
        name: getattr(policy.checks, name) for name in LIMITS if LIMITS[name] in ("int", "bool")
    }


def _sensible(name: str, value: str, customer: str | None) -> None:
    if name in LIMITS:
        limit(name, value)
        if customer is not None and name not in SINGLE:
            raise ValueError(f"{name} is the same for all customers")
        return
    if name not in BY_CODE:
        raise ValueError(f"{name!r} is neither the code of a check nor the name of a limit")
    if value not in SEVERITIES:
        raise ValueError(f"the severity is one of {', '.join(SEVERITIES)}, not {value!r}")
    if name in FIRM and value != "block" and BY_CODE[name].severity.value == "block":
        raise ValueError(f"{name} may not be softened: {FIRM[name]}")
