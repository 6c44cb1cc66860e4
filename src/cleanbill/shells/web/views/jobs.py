"""Work in the background: how far it is, and what it leaves to fetch."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cleanbill.actions import queue_job
from cleanbill.actions.access import Actor
from cleanbill.actions.render_run import NAME
from cleanbill.shells.web.rooms import room
from cleanbill.store import uploads


@room
def job(request: HttpRequest, actor: Actor, job: int) -> HttpResponse:
    """Show a job. A page that watches it is told to load again once it has ended."""
    found = queue_job.look_at_job(actor, job)
    piece = request.htmx and not request.htmx.boosted
    answer = render(request, "web/_job.html" if piece else "web/job.html", {"job": found})
    if piece and not found["going"]:
        answer["HX-Refresh"] = "true"
    return answer


@room
def fetch(request: HttpRequest, actor: Actor, job: int) -> HttpResponseBase:
    """Answer with the archive that a job has made."""
    found = queue_job.look_at_job(actor, job)
    result: dict[str, Any] = found["result"] or {}
    place = uploads.place_of(result["token"]) / NAME if "token" in result else None
    if place is None or not place.exists():
        raise LookupError("This job has left nothing to fetch, or not any more.")
    name = f"run-{found['subject']}-bills.zip"
    return FileResponse(place.open("rb"), as_attachment=True, filename=name)


@room
@require_POST
def papers(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Have the bills of a run rendered in the background."""
    number = queue_job.queue_papers(actor, run=run)
    return redirect("jobs-one", slug=request.organisation.slug, job=number)
