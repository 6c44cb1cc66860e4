"""A second person at a run: approving it, looking at its sample, giving it up."""

from __future__ import annotations

from itertools import chain

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cleanbill.actions import prepare_run, review_run
from cleanbill.actions.access import Actor
from cleanbill.shells.web.rooms import room
from cleanbill.shells.web.views.runs import steered

LONGEST = 1000


@room
@require_POST
def approve(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Let a prepared run go out."""
    return steered(request, actor, run, prepare_run.approve_run)


@room
@require_POST
def withdraw(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Give up a run that waits."""
    return steered(request, actor, run, prepare_run.withdraw_run)


@room
def review(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Show a run's sample: each draft with why it was chosen, its charges, what was said of it."""
    return _shown(request, actor, run)


def _shown(
    request: HttpRequest, actor: Actor, run: int, wrong: str = "", status: int = 200
) -> HttpResponse:
    found = review_run.sample_of(actor, run)
    place = request.GET.get("draft", "")
    number = int(place) if place.isascii() and place.isdigit() and len(place) < 9 else 0
    items = found["items"]
    named = (item for item in items if item["place"] == number)
    waiting = (item for item in items if item["state"] == "open")
    chosen = next(chain(named, waiting, items), None)
    shown = {
        "run": prepare_run.run_of(actor, run),
        "second": found,
        "chosen": chosen,
        "charges": review_run.charges_of(actor, run, chosen["place"]) if chosen else [],
        "wrong": wrong,
    }
    return render(request, "web/review.html", shown, status=status)


@room
@require_POST
def say(request: HttpRequest, actor: Actor, run: int, place: int) -> HttpResponse:
    """Pass or return a draft; the next one that waits opens by itself."""
    note = request.POST.get("note", "")[:LONGEST]
    passed = request.POST.get("say") == "pass"
    try:
        review_run.review_draft(actor, run, place, passed=passed, note=note)
    except ValueError as error:
        return _shown(request, actor, run, str(error), 409)
    return redirect("runs-review", slug=request.organisation.slug, run=run)
