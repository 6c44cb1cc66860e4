"""Who may do what: actors, permissions, and the mark that makes a function an action.

A permission is declared once, on the action; the web, the API, the CLI and agents all pass here.
An actor carries the organisation, so nothing below an action ever chooses one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

ROLES: dict[str, frozenset[str]] = {
    "specialist": frozenset(
        {
            *("look", "charges.import", "bills.preview", "bills.issue", "bills.credit"),
            *("bills.review", "bills.send", "findings.work", "findings.waive"),
        }
    ),
    "approver": frozenset(
        {
            *("look", "bills.preview", "bills.issue", "bills.credit", "bills.review"),
            *("bills.approve", "bills.send", "findings.work", "findings.waive", "checks.set"),
        }
    ),
    "master_data": frozenset({"look", "master.import", "findings.work"}),
    "auditor": frozenset({"look", "books.audit"}),
    "admin": frozenset(
        {
            "look",
            "charges.import",
            "master.import",
            "bills.preview",
            "bills.issue",
            "bills.credit",
            "bills.review",
            "bills.approve",
            "bills.send",
            "books.audit",
            "company.set_up",
            "parties.erase",
            "findings.work",
            "findings.waive",
            "checks.set",
        }
    ),
}
"""What each role may do."""


class NotAllowed(PermissionError):
    """The actor lacks the permission that the action declares."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which organisation, with which permissions."""

    organisation_id: int
    name: str
    permissions: frozenset[str]

    @classmethod
    def of_user(cls, user: Any, organisation: Any) -> Actor:
        """Return the actor a signed-in user is in an organisation; without membership, nobody.

        A user or a membership that is no longer active gives no permission at all.
        """
        roles = user.memberships.filter(
            organisation=organisation, is_active=True, user__is_active=True
        )
        return cls.of_roles(user, organisation, roles.values_list("role", flat=True))

    @classmethod
    def of_roles(cls, user: Any, organisation: Any, roles: Iterable[str]) -> Actor:
        """Return the actor that a user is with roles that are known to hold there."""
        allowed = frozenset[str]().union(*(ROLES.get(role, frozenset()) for role in roles))
        return cls(organisation.pk, user.email, allowed)


ACTIONS: dict[str, str] = {}
"""Every action by its name, with the permission it needs."""


def action(
    permission: str,
) -> Callable[[Callable[Concatenate[Actor, P], R]], Callable[Concatenate[Actor, P], R]]:
    """Declare a function ``(actor, ...)`` as an action that needs a permission."""

    def declare(function: Callable[Concatenate[Actor, P], R]) -> Callable[Concatenate[Actor, P], R]:
        name = f"{function.__module__.rsplit('.', 1)[-1]}.{function.__name__}"
        ACTIONS[name] = permission

        @wraps(function)
        def guarded(actor: Actor, *args: P.args, **kwargs: P.kwargs) -> R:
            if permission not in actor.permissions:
                raise NotAllowed(
                    f"{actor.name} may not do this: it needs the permission {permission!r}. "
                    "Ask an administrator of the organisation for a role that has it."
                )
            return function(actor, *args, **kwargs)

        return guarded

    return declare
