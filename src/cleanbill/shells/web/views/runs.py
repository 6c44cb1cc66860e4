"""Runs: what each did, how far it has come."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cleanbill.actions import look_up
from cleanbill.actions.access import Actor
from cleanbill.shells.web.rooms import room


@room
def runs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the latest runs with their totals."""
    return render(request, "web/runs.html", {"runs": [_told(r) for r in look_up.runs(actor)]})


def _told(run: dict[str, Any]) -> dict[str, Any]:
    totals = run["totals"] or {}
    bills = totals.get("bills", [])
    charges = totals.get("charges", [])
    by_fate: dict[str, int] = {}
    for row in charges:
        by_fate[row["disposition"]] = by_fate.get(row["disposition"], 0) + row["count"]
    return {**run, "bills": bills, "fates": by_fate, "count": sum(row["count"] for row in bills)}
