"""Settings: sellers with their series, checks with their severities, limits and back-tests."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from cleanbill.actions import backtest_check, keep_members, set_checks
from cleanbill.actions.access import Actor
from cleanbill.actions.verdicts import LIMITS, SINGLE
from cleanbill.cycle.verify.catalogue import BY_CODE
from cleanbill.cycle.verify.firm import FIRM
from cleanbill.nouns.period import day_from
from cleanbill.shells.web.rooms import room

LONGEST_BACKTEST = 92
"""Days of bills that a page judges again; longer ones are for the command line."""


@room
def sellers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show the sellers and their number series."""
    return render(request, "web/sellers.html", {"sellers": keep_members.sellers(actor)})


@room
def checks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show every check with its severity, every limit, and what was set."""
    shown = {
        "checks": backtest_check.checks(actor),
        "limits": sorted(set_checks.limits(actor).items()),
        "settings": set_checks.check_settings(actor)[:50],
    }
    return render(request, "web/checks.html", shown)


@room
def check(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Show one check or limit, set it, or judge past bills by it."""
    if name not in BY_CODE and name not in LIMITS:
        raise LookupError(_("There is no check and no limit of that name."))
    fields = request.POST if request.method == "POST" else request.GET
    today = datetime.now(UTC).date()
    shown: dict[str, Any] = {
        "name": name,
        "code": name in BY_CODE,
        "firm": FIRM.get(name, ""),
        "single": name in BY_CODE or name in SINGLE,
        "severities": set_checks.SEVERITIES,
        "now": _now(actor, name),
        "settings": [s for s in set_checks.check_settings(actor) if s["name"] == name],
        "can_backtest": any(c["code"] == name and c["backtested"] for c in _all(actor)),
        "value": fields.get("value", "")[:100],
        "reason": fields.get("reason", "")[:600],
        "customer": fields.get("customer", "").strip()[:100],
        "valid_from": fields.get("valid_from", "")[:40] or str(today),
        "start": fields.get("start", "")[:40] or str(today - timedelta(days=31)),
        "end": fields.get("end", "")[:40] or str(today),
    }
    try:
        if request.method == "POST":
            set_checks.set_check(
                actor,
                name,
                shown["value"],
                reason=shown["reason"],
                valid_from=day_from(shown["valid_from"]),
                customer=shown["customer"] or None,
            )
            messages.success(request, _("Set. It holds from the next run on."))
            return redirect("checks-one", slug=request.organisation.slug, name=name)
        if "start" in request.GET and shown["can_backtest"]:
            shown["judged"] = _judged(actor, name, day_from(shown["start"]), day_from(shown["end"]))
    except ValueError as error:
        status = 409 if request.method == "POST" else 400
        return render(request, "web/check.html", {**shown, "wrong": str(error)}, status=status)
    return render(request, "web/check.html", shown)


def _all(actor: Actor) -> list[dict[str, Any]]:
    return backtest_check.checks(actor)


def _now(actor: Actor, name: str) -> Any:
    """How grave a check is here by the company file, or where a limit lies."""
    if name in LIMITS:
        return set_checks.limits(actor)[name]
    return next((c["severity"] for c in _all(actor) if c["code"] == name), "")


def _judged(actor: Actor, code: str, start: date, end: date) -> dict[str, Any]:
    if (end - start).days > LONGEST_BACKTEST:
        raise ValueError(
            _("A page looks at %(days)s days at most; for more, use the command line.")
            % {"days": LONGEST_BACKTEST}
        )
    found = backtest_check.backtest(actor, code, start=start, end=end)
    return {"judged": found.judged, "rows": found.rows.to_dicts()}
