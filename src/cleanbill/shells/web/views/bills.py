"""Bills: the list, and a bill as its customer sees it, with every amount explained."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cleanbill.actions import find_bills, look_at_outbox, look_up
from cleanbill.actions.access import Actor
from cleanbill.formats import pdf
from cleanbill.shells.web.rooms import room

KINDS = ("invoice", "credit_note")
_AFTER = re.compile(r"(\d{4}-\d\d-\d\d)\.(\d{1,18})")


@room
def bills(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Show a page of bills, newest first: all, or those that fit what the address asks for."""
    text = request.GET.get("q", "").strip()[:100]
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else ""
    days = {name: _day(request.GET.get(name, "")) for name in ("since", "until")}
    customer = request.GET.get("customer", "").strip()[:100]
    after = _place(request.GET.get("after", ""))
    found = find_bills.find_bills(
        actor, text=text, kind=kind or None, customer=customer or None, after=after, **days
    )
    asked = {"q": text, "kind": kind, "customer": customer, **days}
    asked = {name: value for name, value in asked.items() if value}
    shown = {"found": found, **days, "q": text, "kind": kind, "customer": customer}
    shown |= {"asked": urlencode(asked), "filtered": bool(asked), "first": after is None}
    shown["latest"] = find_bills.LOOKED_IN
    piece = request.htmx and not request.htmx.boosted
    return render(request, "web/_bill_rows.html" if piece else "web/bills.html", shown)


def _day(text: str) -> date | None:
    """Read a day of a filter; what is none filters nothing."""
    try:
        return date.fromisoformat(text[:10]) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def _place(text: str) -> tuple[date, int] | None:
    """Read where a page of the list begins; what nobody could have been given is the beginning."""
    match = _AFTER.fullmatch(text)
    if match is None:
        return None
    try:
        return date.fromisoformat(match[1]), int(match[2])
    except ValueError:
        return None


@room
def bill(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Show one bill: its document, what happened to it, how it was posted."""
    document = look_up.document(actor, number)
    return render(
        request,
        "web/bill.html",
        {
            "number": number,
            "document": document,
            "sheet": pdf.layout(document),
            "around": find_bills.around(actor, number),
            "delivery": look_at_outbox.deliveries(actor, number),
        },
    )


@room
def paper(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Answer with the bill as PDF."""
    content = pdf.write(look_up.document(actor, number))
    return _file(content, "application/pdf", number, "pdf")


@room
def record(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Answer with the bill's canonical JSON, its customer's data opened."""
    content = look_up.document_text(actor, number).encode()
    return _file(content, "application/json", number, "json")


def _file(content: bytes, kind: str, number: str, ending: str) -> HttpResponse:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", number)
    answer = HttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'inline; filename="{name}.{ending}"'
    return answer


@room
def explain(request: HttpRequest, actor: Actor, number: str) -> HttpResponse:
    """Show how the bill's payable amount, or one line's net, came about."""
    asked = request.GET.get("line", "")
    line = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else None
    step = look_up.explain_bill(actor, number, line)
    return render(request, "web/_explain.html", {"step": step, "number": number, "line": line})
