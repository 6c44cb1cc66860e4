"""Runs: the list, what one would do beside the last, starting it, and how far it has come."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cleanbill.actions import look_up, preview_run, queue_job, review_run, steer_run, take_job
from cleanbill.actions.access import Actor
from cleanbill.nouns.period import day_from
from cleanbill.shells.web.reasons import by_reason
from cleanbill.shells.web.rooms import room

GOING = ("queued", "running")
LONGEST_KEY, LONGEST_DAY = 100, 40
LAST_DAYS = "run_days"
"""Where a session keeps the days that somebody mends first for, until their run is started."""


@room
def runs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the latest runs with their totals; what was only verified is no run to look at."""
    found = look_up.runs(actor, billing=True)
    return render(request, "web/runs.html", {"runs": [_told(run) for run in found]})


@room
def plan(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ask for days and customers, show what a run would do beside the last, and queue it.

    The form carries a key, so that a form that is sent twice starts one run. Where much is open,
    the preview is left to a worker, and the page watches it. Who mends first comes back to the
    days they had chosen.
    """
    fields = request.POST if request.method == "POST" else request.GET
    kept = request.session.get(LAST_DAYS) or (str(_last_month_end()), str(_today()))
    shown: dict[str, Any] = {
        "until": fields.get("until", "") or kept[0],
        "issue_date": fields.get("issue_date", "") or kept[1],
        "customer": fields.get("customer", "").strip()[:LONGEST_KEY],
        "key": fields.get("key", "")[:LONGEST_KEY] or uuid.uuid4().hex,
    }
    try:
        scope: dict[str, Any] = {
            name: day_from(shown[name][:LONGEST_DAY]) for name in ("until", "issue_date")
        }
        scope["customer"] = shown["customer"] or None
        if request.method == "POST" and "look" in request.POST:
            shown["job"] = queue_job.queue_preview(actor, **scope)
            query = urlencode({k: shown[k] for k in ("until", "issue_date", "customer", "job")})
            there = reverse("runs-new", kwargs={"slug": request.organisation.slug})
            return redirect(f"{there}?{query}")
        if request.method == "POST" and "mend" in request.POST:
            request.session[LAST_DAYS] = [str(scope[day]) for day in ("until", "issue_date")]
            return redirect(_mend_first(request, actor, scope))
        if request.method == "POST":
            number = steer_run.queue_run(actor, **scope, idempotency_key=shown["key"])
            request.session.pop(LAST_DAYS, None)
            return redirect("runs-one", slug=request.organisation.slug, run=number)
        if "until" in request.GET:
            shown |= _previewed(actor, scope, request.GET.get("job", ""))
    except ValueError as error:
        return render(request, "web/plan.html", {**shown, "wrong": str(error)}, status=400)
    return render(request, "web/plan.html", shown)


def _mend_first(request: HttpRequest, actor: Actor, scope: dict[str, Any]) -> str:
    """Put what would be found on the work queue; return where it, or the job at it, is shown."""
    own = {"slug": request.organisation.slug}
    job = queue_job.queue_verify(actor, until=scope["until"], issue_date=scope["issue_date"])
    if not preview_run.is_small(actor):
        return reverse("jobs-one", kwargs={**own, "job": job})
    take_job.work_now(job)
    failed = queue_job.look_at_job(actor, job)["message"]
    if failed:
        raise ValueError(failed)
    query = f"?{urlencode({'customer': scope['customer']})}" if scope["customer"] else ""
    return f"{reverse('queue', kwargs=own)}{query}"


def _previewed(actor: Actor, scope: dict[str, Any], job: str) -> dict[str, Any]:
    """A preview: of a job, or looked for here where little is there; else how to ask for one."""
    if job.isascii() and job.isdigit() and len(job) < 19:
        found = queue_job.look_at_job(actor, int(job))
        result = found["result"] if found["kind"] == "preview" else None
        if found["state"] == "failed":
            raise ValueError(found["message"])
        if found["going"] or result is None:
            return {"job": found}
        return {"preview": _worded(result)}
    if preview_run.is_small(actor, scope["customer"]):
        return {"preview": _worded(preview_run.preview_run(actor, **scope))}
    return {"many": True}


def _worded(found: dict[str, Any]) -> dict[str, Any]:
    findings = [row for row in found["findings"] if row["severity"] != "info"]
    fates: dict[str, int] = {}
    for row in found["charges"]:
        fates[row["disposition"]] = fates.get(row["disposition"], 0) + row["count"]
    last = found["last"]
    compared = sorted(
        found["compared"],
        key=lambda row: (row["kind"] != "invoice", -row["count"], -row["last_count"]),
    )
    return {
        **found,
        "compared": compared,
        "last": {**last, "until": date.fromisoformat(last["until"])} if last else None,
        "fates": fates,
        "findings": by_reason(sorted(findings, key=lambda row: -row["at_stake_minor"])),
    }


@room
def run(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Show one run. An open page asks for the piece that moves; it loads again when that ends."""
    told = _told(_found(actor, run))
    if request.htmx and not request.htmx.boosted:
        answer = render(request, "web/_run.html", {"run": told})
        if not told["going"]:
            answer["HX-Refresh"] = "true"
        return answer
    return render(request, "web/run.html", {"run": told, **_second(actor, told)})


def _second(actor: Actor, run: dict[str, Any]) -> dict[str, Any]:
    """What others have to say of a run, and have said."""
    found = review_run.sample_of(actor, run["id"])
    states = [item["state"] for item in found["items"]]
    expected = found["expected"]
    return {
        "second": found,
        "expected": _worded(expected) if expected else None,
        "reviewed": {state: states.count(state) for state in ("open", "passed", "returned")},
    }


@room
@require_POST
def pause(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Stop a run after the chunk it is writing."""
    return steered(request, actor, run, steer_run.pause_run)


@room
@require_POST
def go_on(request: HttpRequest, actor: Actor, run: int) -> HttpResponse:
    """Leave a stopped run to a worker again."""
    return steered(request, actor, run, steer_run.requeue_run)


def steered(request: HttpRequest, actor: Actor, run: int, steer: Any) -> HttpResponse:
    """Do something to a run and show it; what cannot be is told."""
    try:
        steer(actor, run)
    except ValueError as error:
        told = _told(_found(actor, run))
        shown = {"run": told, "wrong": str(error), **_second(actor, told)}
        return render(request, "web/run.html", shown, status=409)
    return redirect("runs-one", slug=request.organisation.slug, run=run)


def _found(actor: Actor, run: int) -> dict[str, Any]:
    found = look_up.runs(actor, run_id=run) if run < 2**63 else []
    if not found:
        raise steer_run.NoSuchRun(run)
    return found[0]


def _told(run: dict[str, Any]) -> dict[str, Any]:
    totals = run["totals"] or {}
    bills = sorted(
        totals.get("bills", []), key=lambda row: (row["kind"] != "invoice", -row["count"])
    )
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
