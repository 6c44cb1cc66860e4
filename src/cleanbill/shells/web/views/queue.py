"""The work queue: open findings as sentences, by reason, most money first."""

from __future__ import annotations

from collections import Counter

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
    titles: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for row in look_up.findings_summary(actor):
        titles[row["code"]] = row["title"]
        counts[row["code"]] += row["count"]
    found = look_up.findings(actor, code=code or None, severity=severity or None, limit=SHOWN)
    return render(
        request,
        "web/queue.html",
        {
            "findings": found,
            "views": [
                {"code": one, "title": titles[one], "count": number}
                for one, number in counts.most_common()
            ],
            "whole": counts.total(),
            "code": code,
            "severity": severity,
        },
    )
