"""The work queue: open findings as sentences, the worthiest first, in views of one's own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cleanbill.actions import saved_views, work_queue
from cleanbill.actions.access import Actor
from cleanbill.shells.web.rooms import room
from cleanbill.shells.web.views.asked import asked_of, back_of, ids_of, place_of, query_of
from cleanbill.shells.web.views.toast import done_before


@room
def queue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show a page of the queue: what the address asks for, from the place in it on."""
    asked, after = asked_of(request.GET, actor), place_of(request.GET.get("after", ""))
    query = query_of(request.GET, actor)
    shown = {
        "page": work_queue.queue_page(actor, asked, after=after),
        "asked": asked,
        "query": query,
        "without_code": _without("code", request, actor),
        "everything": _with("all", request, actor),
        "first": after is None,
        "saved": saved_views.views(actor),
        "done": done_before(request, actor),
    }
    return render(request, "web/queue.html", shown)


@room
@require_POST
def views(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Keep the selection as a view by a name, or remove one."""
    query = query_of(back_of(request.POST.get("back", "")), actor)
    there = reverse("queue", kwargs={"slug": request.organisation.slug})
    if request.POST.get("do") == "drop":
        for number in ids_of(request.POST.getlist("view"))[:1]:
            saved_views.drop_view(actor, number)
        return redirect(there)
    try:
        saved_views.save_view(actor, request.POST.get("name", ""), query)
    except ValueError as error:
        messages.error(request, str(error))
    return redirect(f"{there}?{query}" if query else there)


def _without(name: str, request: HttpRequest, actor: Actor) -> str:
    given = request.GET.copy()
    given.pop(name, None)
    return query_of(given, actor)


def _with(name: str, request: HttpRequest, actor: Actor) -> str:
    given = request.GET.copy()
    given[name] = "1"
    return query_of(given, actor)
