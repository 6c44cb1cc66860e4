"""The work queue: open findings as sentences, by reason, most money first."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cleanbill.actions import look_up
from cleanbill.actions.access import Actor
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.shells.web.rooms import room

SHOWN = 100


@room
def queue(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the findings, all or those of the reason and severity in the address."""
    code = request.GET.get("code", "")
    severity = request.GET.get("severity", "")
    code = code if code in BY_CODE else ""
    severity = severity if severity in ("block", "warn", "info") else ""
    views: dict[str, dict[str, object]] = {}
    for row in look_up.findings_summary(actor):
        seen = views.setdefault(row["code"], {"title": row["title"], "count": 0, "code": row["code"]})
        seen["count"] = int(str(seen["count"])) + row["count"]
    found = look_up.findings(actor, code=code or None, severity=severity or None, limit=SHOWN)
    most = sorted(views.values(), key=lambda view: -int(str(view["count"])))
    return render(
        request,
        "web/queue.html",
        {
            "findings": found,
            "views": most,
            "whole": sum(int(str(view["count"])) for view in most),
            "code": code,
            "severity": severity,
            "shown": SHOWN,
        },
    )
