"""One finding: its sentence, its row beside the line it would become, all that can be done."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from cleanbill.actions import look_at_finding, work_queue
from cleanbill.actions.access import Actor
from cleanbill.shells.web.fields import beside
from cleanbill.shells.web.rooms import room
from cleanbill.shells.web.views.asked import asked_of, query_of
from cleanbill.shells.web.views.toast import done_before


@room
def finding(request: HttpRequest, actor: Actor, finding: int) -> HttpResponse:
    """Show a finding, and those that stand behind it in the queue."""
    return shown_finding(request, actor, finding, request.GET)


@room
def line(request: HttpRequest, actor: Actor, finding: int) -> HttpResponse:
    """Show the finding's row beside the line it would become: a part of its page."""
    row = look_at_finding.look_at(actor, finding)
    made = look_at_finding.draft_line(actor, finding)
    shown = {"row": row, "fields": beside(row["source"], made), "line": made, "lined": True}
    return render(request, "web/_beside.html", shown)


def shown_finding(
    request: HttpRequest,
    actor: Actor,
    number: int,
    given: QueryDict,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Render a finding's page; ``more`` is what has just been asked of it."""
    row = look_at_finding.look_at(actor, number)
    asked = asked_of(given, actor)
    lined = bool(request.GET.get("line"))
    made = look_at_finding.draft_line(actor, number) if lined else None
    shown = {
        "row": row,
        "one": number,
        "query": query_of(given, actor),
        "next": work_queue.beside(actor, asked, number),
        "fields": beside(row["source"], made),
        "line": made,
        "lined": lined,
        "colleagues": look_at_finding.colleagues(actor),
        "key": uuid.uuid4().hex,
        "done": done_before(request, actor),
        **more,
    }
    return render(request, "web/finding.html", shown, status=status)
