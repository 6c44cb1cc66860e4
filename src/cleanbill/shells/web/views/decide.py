"""Decide about findings, one or many: look first, then do it, then the next one opens by itself."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cleanbill.actions import decide_findings, look_at_finding, mend_findings, work_queue
from cleanbill.actions.access import Actor
from cleanbill.actions.mend_report import Report
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.nouns.decision import Scope
from cleanbill.shells.web.rooms import room
from cleanbill.shells.web.views.asked import asked_of, back_of, ids_of, query_of
from cleanbill.shells.web.views.findings import shown_finding

Said = Mapping[str, str]
Doing = Callable[[Actor, list[int], Said, str], list[decide_findings.Decided]]
LONGEST = 1000


def _until(said: Said) -> date:
    try:
        return date.fromisoformat(said.get("until", "").strip())
    except ValueError:
        raise ValueError(_("say until when, as a day: 2026-12-31")) from None


DOINGS: Mapping[str, Doing] = {
    "waive": lambda actor, ids, said, key: decide_findings.waive(
        actor,
        ids,
        reason=said.get("reason", ""),
        until=_until(said),
        scope=Scope.CUSTOMER if said.get("scope") == "customer" else Scope.ROW,
        idempotency_key=key,
    ),
    "defer": lambda actor, ids, said, key: decide_findings.defer(
        *(actor, ids), reason=said.get("reason", ""), until=_until(said), idempotency_key=key
    ),
    "assign": lambda actor, ids, said, key: decide_findings.assign(
        *(actor, ids),
        assignee=said.get("assignee", ""),
        text=said.get("reason", ""),
        idempotency_key=key,
    ),
    "comment": lambda actor, ids, said, key: decide_findings.comment(
        actor, ids, text=said.get("text", ""), idempotency_key=key
    ),
    "confirm": lambda actor, ids, said, key: decide_findings.confirm(
        actor, ids, idempotency_key=key
    ),
    "dismiss": lambda actor, ids, said, key: decide_findings.dismiss(
        actor, ids, idempotency_key=key
    ),
}
ASKS_NOTHING = ("confirm", "dismiss")


@room
@require_POST
def decide(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Do to the findings of a form what it says, or ask first what has to be known."""
    ids = work_queue.chosen(actor, ids_of(request.POST.getlist("finding")))
    do, step = request.POST.get("do", ""), request.POST.get("step", "")
    if not ids or (do != "apply" and do not in DOINGS):
        return redirect(_queue(request, actor))
    if do == "apply":
        return _apply(request, actor, ids, keep=step == "do")
    if step != "do" and do not in ASKS_NOTHING:
        return _many(request, actor, ids, do)
    try:
        rows = DOINGS[do](actor, ids, _said(request), _key(request))
    except ValueError as error:
        return _again(request, actor, ids, do, wrong=str(error))
    return _done(request, actor, ids, do, rows)


def _apply(request: HttpRequest, actor: Actor, ids: list[int], *, keep: bool) -> HttpResponse:
    said, key = _answers(request), _key(request)
    if not keep:
        report = mend_findings.apply_proposals(actor, ids, said=said, dry_run=True)
        shown = {"preview": report, "moved": moved(report), "said": said, "empty": _empty(request)}
        return _again(request, actor, ids, "apply", status=200, **shown)
    report = mend_findings.apply_proposals(actor, ids, said=said, idempotency_key=key)
    return _done(request, actor, ids, "apply", report.rows, report)


def _done(
    request: HttpRequest,
    actor: Actor,
    ids: list[int],
    do: str,
    rows: list[Any],
    report: Report | None = None,
) -> HttpResponse:
    """One finding: on to the next. Many: what became of each."""
    if not request.POST.get("one"):
        shown = {"rows": rows, "do": do, "moved": moved(report) if report else []}
        back = query_of(back_of(request.POST.get("back", "")), actor)
        return render(request, "web/outcome.html", {**shown, "query": back})
    row = rows[0]
    if not row.done:
        return _again(request, actor, ids, do, wrong=row.message)
    mark = f"r{row.repair_id}" if report else f"d{row.decision_id}"
    asked = asked_of(back_of(request.POST.get("back", "")), actor)
    if do == "comment":
        return _to(request, actor, ids[0])
    following = work_queue.next_in_queue(actor, asked, ids[0])
    return _to(request, actor, following, mark)


def _again(
    request: HttpRequest, actor: Actor, ids: list[int], do: str, *, status: int = 409, **more: Any
) -> HttpResponse:
    """Show the page from which the form came, with what is to be seen or mended there."""
    if not request.POST.get("one"):
        return _many(request, actor, ids, do, status=status, **more)
    given = back_of(request.POST.get("back", ""))
    said = more.pop("said", None) or _said(request)
    return shown_finding(request, actor, ids[0], given, status=status, do=do, said=said, **more)


def _many(
    request: HttpRequest, actor: Actor, ids: list[int], do: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    """Ask once for many findings, or show once what would become of them."""
    codes = {row.code for row in more["preview"].rows} if "preview" in more else set()
    asks = [
        name
        for code in sorted(codes)
        if code in BY_CODE and (proposal := BY_CODE[code].proposal)
        for name in proposal.asks
    ]
    shown = {
        "ids": ids,
        "do": do,
        "asks": list(dict.fromkeys(asks)),
        "query": query_of(back_of(request.POST.get("back", "")), actor),
        "colleagues": look_at_finding.colleagues(actor),
        "key": uuid.uuid4().hex,
        "said": _said(request),
        **more,
    }
    return render(request, "web/many.html", shown, status=status)


def moved(report: Report) -> list[dict[str, Any]]:
    """Return the money that a report moves: by what becomes of it and currency, before and after.

    ``what`` is ``invoice`` or ``credit_note`` (payable) or ``held`` (net).
    """
    sides: list[dict[tuple[str, str], int]] = []
    for outcome in (report.before, report.after):
        found = {
            (row["kind"], row["currency"]): int(row["payable_minor"])
            for row in outcome.bills.to_dicts()
        }
        for row in outcome.charges.to_dicts():
            if row["disposition"] == "held":
                place = ("held", row["currency"])
                found[place] = found.get(place, 0) + int(row["net_minor"] or 0)
        sides.append(found)
    before, after = sides
    order = {"invoice": 0, "credit_note": 1, "held": 2}
    places = sorted(before.keys() | after.keys(), key=lambda p: (order.get(p[0], 3), p[1]))
    return [
        {
            "what": what,
            "currency": currency,
            "before": before.get((what, currency), 0),
            "after": after.get((what, currency), 0),
        }
        for what, currency in places
    ]


def _said(request: HttpRequest) -> dict[str, str]:
    names = ("reason", "until", "assignee", "text", "scope")
    given = {name: request.POST.get(name, "")[:LONGEST] for name in names}
    return {**given, **_answers(request)}


def _answers(request: HttpRequest) -> dict[str, str]:
    """What proposals ask for: fields that were filled, and those that are to be emptied."""
    answers = {
        name.removeprefix("said."): value.strip()[:LONGEST]
        for name, value in request.POST.items()
        if name.startswith("said.") and value.strip()
    }
    return {**answers, **dict.fromkeys(_empty(request), "")}


def _empty(request: HttpRequest) -> list[str]:
    return request.POST.getlist("empty")[:20]


def _key(request: HttpRequest) -> str:
    return request.POST.get("key", "")[:100] or uuid.uuid4().hex


def _queue(request: HttpRequest, actor: Actor) -> str:
    query = query_of(back_of(request.POST.get("back", "")), actor)
    there = reverse("queue", kwargs={"slug": request.organisation.slug})
    return f"{there}?{query}" if query else there


def _to(
    request: HttpRequest, actor: Actor, number: int | None, mark: str = ""
) -> HttpResponseRedirect:
    """Go to a finding, or to the queue where none is left, with what was done."""
    query = query_of(back_of(request.POST.get("back", "")), actor)
    there = reverse("queue", kwargs={"slug": request.organisation.slug})
    if number is not None:
        there = reverse("queue-one", kwargs={"slug": request.organisation.slug, "finding": number})
    more = "&".join(part for part in (query, f"done={mark}" if mark else "") if part)
    return HttpResponseRedirect(f"{there}?{more}" if more else there)
