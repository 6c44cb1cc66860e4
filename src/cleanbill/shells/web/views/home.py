"""Home: what needs somebody today, what was billed, how the last run went."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cleanbill.actions import look_up, review_run
from cleanbill.actions.access import Actor
from cleanbill.shells.web.reasons import by_reason
from cleanbill.shells.web.rooms import room

RUNS = 50
"""So many runs are added up for the figures of the page."""
REASONS = 8
"""So many reasons are named; the queue has them all."""


@room
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show open findings by reason, the figures of the latest runs, and the last of them."""
    needs = [row for row in look_up.findings_summary(actor) if row["severity"] != "info"]
    reasons = by_reason(needs)
    reasons.sort(key=lambda row: (row["severity"] != "block", -row["count"], row["code"]))
    runs = look_up.runs(actor, limit=RUNS, billing=True)
    today = datetime.now(UTC).date()
    return render(
        request,
        "web/home.html",
        {
            "needs": reasons[:REASONS],
            "more": max(0, len(reasons) - REASONS),
            "held": _by_currency(row for row in needs if row["severity"] == "block"),
            "last": runs[0] if runs else None,
            "billed": _billed(runs),
            "right": _with_share(review_run.first_time_right(actor, today=today)),
            "prepared": [run for run in runs if run["state"] == "prepared"],
        },
    )


def _with_share(right: dict[str, Any]) -> dict[str, Any]:
    """Add the share of bills that are right, in millionths of a percent, to a tenth of one."""
    return {**right, "share_e6": right["right"] * 1000 // max(1, right["whole"]) * 10**5}


def _by_currency(rows: Any) -> list[tuple[str, int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        count, stake = sums.get(row["currency"], (0, 0))
        sums[row["currency"]] = (count + row["count"], stake + row["at_stake_minor"])
    return sorted(((c, n, s) for c, (n, s) in sums.items()), key=lambda each: -each[1])


def _billed(runs: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    """What invoices of the latest runs come to: currency, how many, payable."""
    sums: dict[str, tuple[int, int]] = {}
    for run in runs:
        for row in (run["totals"] or {}).get("bills", []):
            if row["kind"] == "invoice":
                count, payable = sums.get(row["currency"], (0, 0))
                sums[row["currency"]] = (count + row["count"], payable + row["payable_minor"])
    return sorted(((c, n, p) for c, (n, p) in sums.items()), key=lambda each: -each[1])
