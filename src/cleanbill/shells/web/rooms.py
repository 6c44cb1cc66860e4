"""The way into a page: signed in, a member of the organisation in the address, an actor in hand.

An organisation that is not the visitor's is no organisation: the answer is 404, as for one that
does not exist. Errors that people can cause become pages that say what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from cleanbill.actions.access import Actor, NotAllowed
from cleanbill.store.models import Membership

View = Callable[..., HttpResponse]


def organisations_of(user: Any) -> list[Any]:
    """Return the organisations in which a user is active, by name."""
    own = Membership.objects.filter(user=user, is_active=True).select_related("organisation")
    found = {m.organisation.pk: m.organisation for m in own}
    return sorted(found.values(), key=lambda o: (o.name.casefold(), o.pk))


def _for_pages(told: object) -> str:
    """What is said of something that is not there, without what the command line could do."""
    return str(told).partition("; `cleanbill ")[0]


def room(view: View) -> View:
    """Make a function ``(request, actor, ...)`` a page of the organisation in its address."""

    @login_required
    @wraps(view)
    def entered(request: HttpRequest, slug: str, **rest: Any) -> HttpResponse:
        own = Membership.objects.filter(
            user=request.user, is_active=True, organisation__slug=slug
        ).select_related("organisation")
        found = list(own) if request.user.is_active else []
        if not found:
            raise Http404
        organisation = found[0].organisation
        actor = Actor.of_roles(request.user, organisation, [m.role for m in found])
        request.organisation = organisation
        request.actor = actor
        try:
            return view(request, actor, **rest)
        except NotAllowed as error:
            return render(request, "web/refused.html", {"why": str(error)}, status=403)
        except LookupError as error:
            told = _for_pages(error.args[0]) if error.args else ""
            return render(request, "web/missing.html", {"why": told}, status=404)

    return entered
