"""Crediting a bill or some of its lines: choose, look at the credit note, issue it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from cleanbill.actions import credit_bill
from cleanbill.actions.access import Actor
from cleanbill.formats import pdf
from cleanbill.nouns.period import day_from
from cleanbill.shells.web.rooms import room

LONGEST = 300


@room
def credit(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Show an invoice's lines and the credit note over those that were chosen; issue it.

    A form that is sent twice finds nothing left the second time, and says so.
    """
    fields = request.POST if request.method == "POST" else request.GET
    lines = credit_bill.creditable(actor, number)
    day = fields.get("issue_date", "")[:40] or str(datetime.now(UTC).date())
    reason = fields.get("reason", "").strip()[:LONGEST]
    chosen = sorted({int(n) for n in fields.getlist("line") if _is_line(n)})
    shown: dict[str, Any] = {
        "number": number,
        "lines": lines,
        "chosen": chosen,
        "issue_date": day,
        "reason": reason,
        "reopen": "reopen" in fields,
    }
    try:
        if request.method == "POST" or "look" in fields:
            asked = {"issue_date": day_from(day), "reason": reason, "lines": chosen}
            if not reason:
                raise ValueError(_("Say why: the customer reads it on the credit note."))
            if request.method == "POST":
                note = credit_bill.credit_bill(actor, number, **asked, reopen=shown["reopen"])
                messages.success(request, _("Credit note %(note)s is issued.") % {"note": note})
                return redirect("bills-one", slug=request.organisation.slug, number=note)
            shown["sheet"] = pdf.layout(credit_bill.preview_credit(actor, number, **asked))
    except ValueError as error:
        shown["wrong"] = str(error)
        return render(request, "web/credit.html", shown, status=409)
    return render(request, "web/credit.html", shown)


def _is_line(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7
