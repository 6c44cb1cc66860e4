"""What an address asks of the work queue, read and written; what nobody could mean is left out."""

from __future__ import annotations

import re
from typing import Any

from django.http import QueryDict

from cleanbill.actions.access import Actor
from cleanbill.actions.work_queue import Asked
from cleanbill.cycle.verify.catalogue import BY_CODE

NAMES = ("code", "severity", "owner", "customer", "mine", "put_off", "days", "all")
SEVERITIES = ("block", "warn", "info")
OWNERS = ("specialist", "master_data")
_PLACE = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})")
MOST_IDS = 500


def asked_of(given: QueryDict, actor: Actor) -> Asked:
    """Return what is asked for."""
    code, days = given.get("code", ""), given.get("days", "")
    severity, owner = given.get("severity", ""), given.get("owner", "")
    return Asked(
        code=code if code in BY_CODE else None,
        severity=severity if severity in SEVERITIES else None,
        owner=owner if owner in OWNERS else None,
        customer=given.get("customer", "").strip()[:100] or None,
        assignee=actor.name.lower() if given.get("mine") else None,
        put_off=bool(given.get("put_off")),
        days=int(days) if re.fullmatch("[0-9]{1,4}", days) else 0,
        every=bool(given.get("all")),
    )


def query_of(given: QueryDict, actor: Actor) -> str:
    """Return the same wishes as the shortest address, always in one order."""
    asked = asked_of(given, actor)
    wishes: dict[str, Any] = {
        "code": asked.code,
        "severity": asked.severity,
        "owner": asked.owner,
        "customer": asked.customer,
        "mine": "1" if asked.assignee else None,
        "put_off": "1" if asked.put_off else None,
        "days": str(asked.days) if asked.days else None,
        "all": "1" if asked.every else None,
    }
    written = QueryDict(mutable=True)
    written.update({name: value for name, value in wishes.items() if value})
    return written.urlencode()


def back_of(text: str) -> QueryDict:
    """Return the wishes that a form has brought along as text."""
    try:
        return QueryDict(text[:1000])
    except ValueError:
        return QueryDict()


def place_of(text: str) -> tuple[int, int] | None:
    """Read where a page of the queue begins; what nobody could have been given is the beginning."""
    match = _PLACE.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def ids_of(texts: list[str]) -> list[int]:
    """Return the numbers among texts, in their order."""
    return [int(text) for text in texts[:MOST_IDS] if re.fullmatch("[0-9]{1,18}", text)]
