"""Runs: the list, what one would do, starting it, and how far it has come."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cleanbill.actions import look_up, run_billing, steer_run
from cleanbill.actions.access import Actor
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.nouns.period import day_from
from cleanbill.shells.web.rooms import room

GOING = ("queued", "running")
LONGEST_KEY, LONGEST_DAY = 100, 40


@room
def runs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the latest runs with their totals."""
    return render(request, "web/runs.html", {"runs": [_told(r) for r in look_up.runs(actor)]})


@room
def plan(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ask for a cut-off and an issue date, show what a run would do, and queue it.

    The form carries a key, so that a form that is sent twice starts one run.
    """
    fields = request.POST if request.method == "POST" else request.GET
    shown: dict[str, Any] = {
        "until": fields.get("until", "") or str(_last_month_end()),
        "issue_date": fields.get("issue_date", "") or str(_today()),
        "key": fields.get("key", "")[:LONGEST_KEY] or uuid.uuid4().hex,
    }
    try:
        days = {name: day_from(shown[name][:LONGEST_DAY]) for name in ("until", "issue_date")}
        if request.method == "POST":
            number = steer_run.queue_run(actor, **days, idempotency_key=shown["key"])
            return redirect("runs-one", slug=request.organisation.slug, run=number)
        if "until" in request.GET:
            shown["preview"] = _previewed(actor, days)
    except ValueError as error:
        return render(request, "web/plan.html", {**shown, "wrong": str(error)}, status=400)
    return render(request, "web/plan.html", shown)


def _previewed(actor: Actor, days: dict[str, date]) -> dict[str, Any]:
    outcome = run_billing.preview(actor, **days)
    findings = [
        {**row, "title": BY_CODE[row["code"]].title}
        for row in outcome.findings.to_dicts()
        if row["severity"] != "info"
    ]
    return {
        "bills": outcome.bills.to_dicts(),
        "charges": outcome.charges.to_dicts(),
        "findings": sorted(findings, key=lambda row: -row["at_stake_minor"]),
    }


@room
def run(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Show one run; a page that is open asks again for the piece that moves."""
    told = _told(_found(actor, run))
    piece = request.htmx and not request.htmx.boosted
    return render(request, "web/_run.html" if piece else "web/run.html", {"run": told})


@room
@require_POST
def pause(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Stop a run after the chunk it is writing."""
    return _steered(request, actor, run, steer_run.pause_run)


@room
@require_POST
def go_on(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Leave a stopped run to a worker again."""
    return _steered(request, actor, run, steer_run.requeue_run)


def _steered(request: HttpRequest, actor: Actor, run: int, steer: Any) -> HttpResponse:
    try:
        steer(actor, run)
    except ValueError as error:
        told = {"run": _told(_found(actor, run)), "wrong": str(error)}
        return render(request, "web/run.html", told, status=409)
    return redirect("runs-one", slug=request.organisation.slug, run=run)


def _found(actor: Actor, run: int) -> dict[str, Any]:
    found = look_up.runs(actor, run_id=run) if run < 2**63 else []
    if not found:
        raise steer_run.NoSuchRun(run)
    return found[0]


def _told(run: dict[str, Any]) -> dict[str, Any]:
    totals = run["totals"] or {}
    bills = totals.get("bills", [])
    fates: dict[str, int] = {}
    for row in totals.get("charges", []):
        fates[row["disposition"]] = fates.get(row["disposition"], 0) + row["count"]
    return {
        **run,
        "bills": bills,
        "fates": fates,
        "count": sum(row["count"] for row in bills),
        "going": run["state"] in GOING,
        "stopped": run["state"] in ("paused", "failed"),
    }


def _today() -> date:
    return datetime.now(UTC).date()


def _last_month_end() -> date:
    return _today().replace(day=1) - timedelta(days=1)
