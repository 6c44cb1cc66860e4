"""Home: the figures and their course, what needs somebody today, how the last run went."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cleanbill.actions import look_at_figures, look_up
from cleanbill.actions.access import Actor
from cleanbill.shells.web import figure_cards
from cleanbill.shells.web.reasons import by_reason
from cleanbill.shells.web.rooms import room

PREPARED = 20
"""So many runs are shown, the latest first, that wait for a second person."""
REASONS = 8
"""So many reasons are named; the queue has them all."""


@room
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the figures with their course, open findings by reason, and the last run."""
    needs = [row for row in look_up.findings_summary(actor) if row["severity"] != "info"]
    reasons = by_reason(needs)
    reasons.sort(key=lambda row: (row["severity"] != "block", -row["count"], row["code"]))
    last = look_up.runs(actor, limit=1, billing=True)
    figures = look_at_figures.figures_of(actor, today=datetime.now(UTC).date())
    return render(
        request,
        "web/home.html",
        {
            "needs": reasons[:REASONS],
            "more": max(0, len(reasons) - REASONS),
            "holding": sum(row["count"] for row in needs if row["severity"] == "block"),
            "last": last[0] if last else None,
            "figures": figures,
            "main": figures.currencies[0],
            "others": figures.currencies[1:],
            "cards": figure_cards.cards(figures),
            "months": figures.months[::-1],
            "ends": figures.runs[::-1],
            "prepared": look_up.runs(actor, limit=PREPARED, state="prepared"),
        },
    )
