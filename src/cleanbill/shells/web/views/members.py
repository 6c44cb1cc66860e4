"""Members: who may work here, in which role."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cleanbill.actions import keep_members
from cleanbill.actions import let_in as letting_in
from cleanbill.actions.access import ROLES, Actor
from cleanbill.shells.web.rooms import room

NAMES = {
    "specialist": gettext_lazy("Specialist"),
    "approver": gettext_lazy("Approver"),
    "master_data": gettext_lazy("Master data"),
    "auditor": gettext_lazy("Auditor"),
    "admin": gettext_lazy("Administrator"),
}
NOBODY = "-"
"""What stands in the form for no role at all."""


@room
def members(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show everybody who works here."""
    return _shown(request, actor)


def _shown(request: HttpRequest, actor: Actor, wrong: str = "") -> HttpResponse:
    people = [
        {**row, "named": [(role, NAMES[role]) for role in row["roles"]]}
        for row in keep_members.members(actor)
    ]
    kept = {name: request.POST.get(name, "")[:200] for name in ("email", "name", "role")}
    shown: dict[str, Any] = {"people": people, "roles": [(r, NAMES[r]) for r in ROLES]}
    status = 409 if wrong else 200
    return render(request, "web/members.html", {**shown, "wrong": wrong, **kept}, status=status)


@room
@require_POST
def let_in(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Give somebody a role, and a first password where they have none."""
    fields = {name: request.POST.get(name, "").strip()[:320] for name in ("email", "name", "role")}
    password = request.POST.get("password", "")[:200] or None
    try:
        letting_in.let_in(
            actor,
            fields["email"],
            fields["role"],
            name=fields["name"][:200],
            password=password,
        )
    except ValueError as error:
        return _shown(request, actor, str(error))
    messages.success(request, _("%(who)s may work here now.") % {"who": fields["email"]})
    return redirect("members", slug=request.organisation.slug)


@room
@require_POST
def change(request: HttpRequest, actor: Actor, person: int) -> HttpResponse:
    """Give somebody another role, or none."""
    role, reason = request.POST.get("role", "")[:40], request.POST.get("reason", "")
    try:
        keep_members.change_member(actor, person, None if role == NOBODY else role, reason=reason)
    except ValueError as error:
        return _shown(request, actor, str(error))
    messages.success(request, _("Changed."))
    return redirect("members", slug=request.organisation.slug)
